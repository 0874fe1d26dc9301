/* SPDX-License-Identifier: MIT */
/* What start.S calls for traps: names the causes of faults. A program with interrupts defines board_interrupt(). */
#include "semihosting.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char *const exceptions[] = {
    [0] = "illegal instruction",
    [2] = "instruction fetch error",
    [3] = "load or store error",
    [4] = "interrupt that no program asked for",
    [6] = "division by zero",
    [8] = "privileged instruction",
    [9] = "misaligned load or store",
    [12] = "instruction fetch, data error",
    [13] = "load or store, data error",
    [14] = "instruction fetch, address error",
    [15] = "load or store, address error",
    [20] = "instruction fetch prohibited",
    [28] = "load prohibited",
    [29] = "store prohibited",
};

void board_trap(uint32_t cause, uint32_t address, uint32_t pc);

void board_trap(uint32_t cause, uint32_t address, uint32_t pc) {
    board_fault(cause < COUNT(exceptions) ? exceptions[cause] : NULL, cause, address, pc);
}

/* An interrupt of level 1, at pc; interrupts are masked. */
void board_interrupt(uint32_t pc);

__attribute__((weak)) void board_interrupt(uint32_t pc) { board_trap(4, 0, pc); }
