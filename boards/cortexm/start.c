/* SPDX-License-Identifier: MIT */
/*
 * Start of a Cortex-M3 or higher: the vector table is what the core is told to start with (address 0 at reset, or where the board
 * has it). The image is loaded where it runs, so .data needs no copy. main()'s value is the exit status.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "semihosting.h"

extern char board_stack_top[], bss_start[], bss_end[], __tls_base[];
extern void _set_tls(void *tls);
extern void __libc_init_array(void);
int main(int argc, char **argv);

#define SCB_CFSR (*(volatile uint32_t *)0xe000ed28u)  /* what kind of fault */
#define SCB_MMFAR (*(volatile uint32_t *)0xe000ed34u) /* address of a protection fault */
#define SCB_BFAR (*(volatile uint32_t *)0xe000ed38u)  /* address of a bus fault */
#define CFSR_MMFAR_VALID (1u << 7)
#define CFSR_BFAR_VALID (1u << 15)

__attribute__((noreturn)) void _start(void);

void _start(void) {
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    _set_tls(__tls_base); /* picolibc keeps errno there */
    __libc_init_array();
    exit(main(0, NULL));
}

static const char *name_of(uint32_t status) {
    if (status & 0xffu) return "memory protection";
    if (status & 0xff00u) return "bus";
    if (status & 0x03000000u) return "misaligned access or division by zero";
    return status ? "usage" : NULL;
}

/* The exception frame: r0-r3, r12, lr, pc, xpsr. */
__attribute__((used)) static void fault_in_c(const uint32_t *frame) {
    uint32_t status = SCB_CFSR;
    uint32_t address = status & CFSR_MMFAR_VALID ? SCB_MMFAR : status & CFSR_BFAR_VALID ? SCB_BFAR : 0;
    board_fault(name_of(status), status, address, frame[6]);
}

__attribute__((naked)) static void fault(void) { __asm__("mrs r0, msp\n\tb fault_in_c"); }

/* A program with interrupts defines these. */
void board_svcall(void) __attribute__((weak, alias("fault")));
void board_pendsv(void) __attribute__((weak, alias("fault")));
void board_systick(void) __attribute__((weak, alias("fault")));

/* The vector table: initial stack pointer, reset, NMI, the four faults, 4 unused, SVCall, debug, unused, PendSV, SysTick. */
typedef void (*vector_t)(void);
__attribute__((section(".vectors"), used)) static const struct {
    char *stack;
    vector_t handlers[15];
} vectors = {
    board_stack_top,
    {_start, fault, fault, fault, fault, fault, NULL, NULL, NULL, NULL, board_svcall, fault, NULL, board_pendsv, board_systick}};
