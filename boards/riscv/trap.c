/* SPDX-License-Identifier: MIT */
/* 32-bit RISC-V, machine mode: names the causes of traps, starts the second hart. */
#include "second_core.h"
#include "semihosting.h"

#define MSIP(hart) (*(volatile uint32_t *)(0x02000000u + 4 * (hart))) /* 1: a software interrupt for that hart */

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char *const exceptions[] = {
    [0] = "instruction address misaligned",
    [1] = "instruction access fault",
    [2] = "illegal instruction",
    [3] = "breakpoint",
    [4] = "load address misaligned",
    [5] = "load access fault",
    [6] = "store address misaligned",
    [7] = "store access fault",
    [8] = "environment call from user mode",
    [11] = "environment call from machine mode",
};

/* Called by start.S. */
void board_trap(uint32_t cause, uint32_t address, uint32_t pc);

void board_trap(uint32_t cause, uint32_t address, uint32_t pc) {
    board_fault(cause < COUNT(exceptions) ? exceptions[cause] : NULL, cause, address, pc);
}

/* Read by start.S on the second hart. */
void (*board_second_entry)(void);

void board_start_second_core(void (*entry)(void)) {
    board_second_entry = entry;
    __asm__ volatile("fence w, o" : : : "memory"); /* the word before the doorbell */
    MSIP(1) = 1;
}
