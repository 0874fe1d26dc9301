/* SPDX-License-Identifier: MIT */
/*
 * QEMU's virt machine. The kernel's trap handler serves the timer itself and hands the rest to the two functions here. It saves
 * registers to the stack of a current task, so before the scheduler starts mtvec holds a handler of our own. Interrupts do not
 * nest.
 */
#include <stddef.h>

#include "machine.h"
#include "semihosting.h"

#define MSIP (*(volatile uint32_t *)0x02000000u)      /* raises the software interrupt of hart 0 */
#define MTIMECMP ((volatile uint32_t *)0x02004000u)   /* low, high */
#define MTIME_LOW (*(volatile uint32_t *)0x0200bff8u) /* 100 ns */
#define MSTATUS_MIE 8u
#define MIE_MSIE 8u
#define CAUSE_SOFTWARE 0x80000003u
#define NS_PER_INSTRUCTION 64u /* -icount shift=6 */

extern char freertos_risc_v_trap_handler[];
extern uint64_t ullNextTime; /* the kernel's: what the timer will be set to next */

void freertos_risc_v_application_interrupt_handler(uint32_t cause);
void freertos_risc_v_application_exception_handler(uint32_t cause);

static void on_interrupt(uint32_t cause) {
    if (cause != CAUSE_SOFTWARE) machine_give_up("an interrupt that nobody asked for");
    MSIP = 0;
    interrupt_raised();
}

__attribute__((interrupt("machine"), aligned(4))) static void early_trap(void) {
    uint32_t cause;
    __asm__ volatile("csrr %0, mcause" : "=r"(cause));
    if (!(cause >> 31)) freertos_risc_v_application_exception_handler(cause);
    on_interrupt(cause);
}

void machine_prepare(void) {
    __asm__ volatile("csrw mtvec, %0" : : "r"(early_trap));
    __asm__ volatile("csrs mie, %0" : : "r"(MIE_MSIE));
}

void machine_start(void) { __asm__ volatile("csrw mtvec, %0" : : "r"(freertos_risc_v_trap_handler)); }

bool machine_masked(void) {
    uint32_t status;
    __asm__ volatile("csrr %0, mstatus" : "=r"(status) : : "memory");
    return !(status & MSTATUS_MIE);
}

void machine_open(bool open) {
    if (open) __asm__ volatile("csrs mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
    if (!open) __asm__ volatile("csrc mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
}

/* The emulator notices it at the next branch or so: reading it back and a few instructions make sure. */
void machine_raise(void) {
    MSIP = 1;
    (void)MSIP;
    for (volatile int i = 0; i < 4; i++) {
    }
}

void freertos_risc_v_application_interrupt_handler(uint32_t cause) { on_interrupt(cause); }

void freertos_risc_v_application_exception_handler(uint32_t cause) {
    uint32_t address, pc;
    __asm__ volatile("csrr %0, mtval" : "=r"(address));
    __asm__ volatile("csrr %0, mepc" : "=r"(pc));
    board_fault(NULL, cause, address, pc);
}

void machine_next_tick(uint32_t instructions) {
    uint32_t low = MTIME_LOW + instructions * NS_PER_INSTRUCTION / 100u;
    if (low < MTIME_LOW) return; /* once in seven minutes */
    MTIMECMP[0] = ~0u;
    MTIMECMP[1] = 0;
    MTIMECMP[0] = low;
    ullNextTime = (uint64_t)low + 1000u; /* overwritten by the next call */
}

void machine_timers(bool on) { (void)on; }

bool machine_has_priorities(void) { return false; }

bool machine_urgent_runs(void) { return false; }
