/* SPDX-License-Identifier: MIT */
/* cores.h on RISC-V in machine mode, with a core-local interruptor where QEMU's virt machine has it. */
#if defined __riscv
#include <stddef.h>

#include "capheap/port.h"
#include "cores.h"

#define MTIMECMP_LOW(hart) (*(volatile uint32_t *)(0x02004000u + 8 * (hart)))
#define MTIMECMP_HIGH(hart) (*(volatile uint32_t *)(0x02004004u + 8 * (hart)))
#define MTIME_LOW (*(volatile uint32_t *)0x0200bff8u)
#define TICKS_IN_MICROSECOND 10u

#define CAUSE_TIMER 0x80000007u
#define MIE_TIMER 0x80u
#define MSTATUS_MIE 8u

#define CSR_READ(name)                                                                                                           \
    __extension__({                                                                                                              \
        uint32_t value;                                                                                                          \
        __asm__ volatile("csrr %0, " #name : "=r"(value) : : "memory");                                                          \
        value;                                                                                                                   \
    })

void board_trap(uint32_t cause, uint32_t address, uint32_t pc); /* of the board: reports a fault */

static struct {
    void (*handler)(unsigned core);
    uint32_t period;
} timer[CORES];

/* The high word is 0 in the first seven minutes. It is written last, so that no interrupt comes in between. */
static void arm(uint32_t hart) {
    MTIMECMP_HIGH(hart) = UINT32_MAX;
    MTIMECMP_LOW(hart) = MTIME_LOW + timer[hart].period;
    MTIMECMP_HIGH(hart) = 0;
}

__attribute__((interrupt("machine"), aligned(4))) static void trap(void) {
    uint32_t hart = CSR_READ(mhartid), cause = CSR_READ(mcause);
    if (cause != CAUSE_TIMER) board_trap(cause, CSR_READ(mtval), CSR_READ(mepc));
    timer[hart].handler(hart);
    arm(hart);
}

bool cores_timer_start(void (*handler)(unsigned core), uint32_t microseconds) {
    uint32_t hart = CSR_READ(mhartid);
    timer[hart].handler = handler;
    timer[hart].period = microseconds * TICKS_IN_MICROSECOND;
    arm(hart);
    __asm__ volatile("csrw mtvec, %0\n\tcsrs mie, %1" : : "r"(trap), "r"(MIE_TIMER) : "memory");
    cores_open(true);
    return true;
}

void cores_timer_stop(void) { __asm__ volatile("csrc mie, %0" : : "r"(MIE_TIMER) : "memory"); }

bool cores_is_open(void) { return CSR_READ(mstatus) & MSTATUS_MIE; }

void cores_open(bool open) {
    if (open)
        __asm__ volatile("csrs mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
    else
        __asm__ volatile("csrc mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
}

void cores_relax(void) { CH_CORE_RELAX(); }

void *cores_exchange(void **place, void *pointer) { return __atomic_exchange_n(place, pointer, __ATOMIC_ACQ_REL); }

#endif
