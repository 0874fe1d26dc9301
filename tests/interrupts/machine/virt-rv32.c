/* SPDX-License-Identifier: MIT */
/*
 * Timer interrupts on QEMU's virt machine: the CLINT's, in machine mode. -icount shift=10: an instruction takes 10.24 ticks of
 * 100 ns.
 */
#include "timer.h"

#define MTIMECMP_LOW (*(volatile uint32_t *)0x02004000u)
#define MTIMECMP_HIGH (*(volatile uint32_t *)0x02004004u)
#define MTIME_LOW (*(volatile uint32_t *)0x0200bff8u)
#define MTIME_HIGH (*(volatile uint32_t *)0x0200bffcu)
#define CAUSE_TIMER 0x80000007u
#define MIE_TIMER (1u << 7)
#define MSTATUS_MIE 8

/* The board's: names the cause of any other trap and ends the program. */
void board_trap(uint32_t cause, uint32_t address, uint32_t pc);

static uint32_t due;

/* Saves what it uses and ends in mret: the compiler knows how. */
__attribute__((interrupt("machine"), aligned(4), used)) void sweep_handler(void) {
    uint32_t cause, address, pc;
    __asm__ volatile("csrr %0, mcause" : "=r"(cause));
    if (cause != CAUSE_TIMER) {
        __asm__ volatile("csrr %0, mtval\n\tcsrr %1, mepc" : "=r"(address), "=r"(pc));
        board_trap(cause, address, pc);
    }
    MTIMECMP_HIGH = UINT32_MAX;
    timer_struck();
}

void machine_begin(void) {
    MTIMECMP_HIGH = UINT32_MAX;
    __asm__ volatile("csrw mtvec, %0\n\tcsrs mie, %1" : : "r"(sweep_handler), "r"(MIE_TIMER) : "memory");
}

uint32_t timer_step(void) { return 9; }

/* Time may carry into the high word in between; interrupts are masked until both are written. */
void timer_start(uint32_t ticks) {
    uint32_t high = MTIME_HIGH, now = MTIME_LOW;
    if (MTIME_HIGH != high) high++, now = MTIME_LOW;
    due = now + ticks;
    MTIMECMP_HIGH = UINT32_MAX;
    MTIMECMP_LOW = due;
    MTIMECMP_HIGH = high + (due < now);
    __asm__ volatile("csrsi mstatus, %0" : : "i"(MSTATUS_MIE) : "memory");
}

void timer_stop(void) {
    __asm__ volatile("csrci mstatus, %0" : : "i"(MSTATUS_MIE) : "memory");
    MTIMECMP_HIGH = UINT32_MAX;
}

uint32_t timer_lateness(void) { return MTIME_LOW - due; }
