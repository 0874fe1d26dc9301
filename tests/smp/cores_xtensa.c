/* SPDX-License-Identifier: MIT */
/* cores.h on Xtensa: each core has a timer of its own, CCOMPARE0, which is interrupt 6 of QEMU's sample_controller. */
#if defined __xtensa__
#include <stddef.h>

#include "capheap/port.h"
#include "cores.h"

#define TIMER (1u << 6)
#define CYCLES_IN_MICROSECOND 40u
#define NAP 200u /* cycles */
#define PS_INTLEVEL 15u
#define PS_OPEN 0x20u

static struct {
    void (*handler)(unsigned core);
    uint32_t period;
    volatile bool sleeps; /* in cores_end_turn() */
} timer[CORES];

void board_interrupt(uint32_t pc); /* called by the board's trap_entry */

static uint32_t cycle(void) {
    uint32_t now;
    __asm__ volatile("rsr %0, ccount" : "=r"(now) : : "memory");
    return now;
}

/*
 * A write to CCOMPARE0 ends the interrupt, too. Once more if the moment had passed before it was written: it would come a round
 * later.
 */
static void arm(uint32_t cycles) {
    uint32_t from;
    do {
        from = cycle();
        __asm__ volatile("wsr %0, ccompare0\n\trsync" : : "r"(from + cycles) : "memory");
    } while (cycle() - from >= cycles);
}

void board_interrupt(uint32_t pc) {
    unsigned core = cores_me();
    (void)pc;
    if (timer[core].sleeps) {
        arm(NAP); /* another one: this may have come before waiti */
        return;
    }
    timer[core].handler(core);
    arm(timer[core].period);
}

/*
 * Sleeps until the timer wakes the core, with nothing but that enabled, whatever was. May be called in board_interrupt(): the
 * board's trap_entry keeps on the stack what a second interrupt overwrites.
 */
void cores_end_turn(void) {
    unsigned core = cores_me();
    uint32_t ps, enabled, masked;
    __asm__ volatile("rsil %0, 15\n\trsr %1, intenable" : "=r"(ps), "=r"(enabled) : : "memory");
    timer[core].sleeps = true;
    arm(NAP);
    __asm__ volatile("wsr %0, intenable\n\twsr %1, ps\n\trsync\n\twaiti 0" : : "r"(TIMER), "r"(PS_OPEN) : "memory");
    __asm__ volatile("rsil %0, 15" : "=r"(masked) : : "memory");
    timer[core].sleeps = false;
    arm(enabled ? timer[core].period : UINT32_MAX / 2);
    __asm__ volatile("wsr %0, intenable\n\twsr %1, ps\n\trsync" : : "r"(enabled), "r"(ps) : "memory");
}

bool cores_timer_start(void (*handler)(unsigned core), uint32_t microseconds) {
    unsigned core = cores_me();
    timer[core].handler = handler;
    timer[core].period = microseconds * CYCLES_IN_MICROSECOND;
    arm(timer[core].period);
    __asm__ volatile("wsr %0, intenable\n\trsync" : : "r"(TIMER) : "memory");
    cores_open(true);
    return true;
}

void cores_timer_stop(void) { __asm__ volatile("wsr %0, intenable\n\trsync" : : "r"(0) : "memory"); }

bool cores_is_open(void) {
    uint32_t ps;
    __asm__ volatile("rsr %0, ps" : "=r"(ps) : : "memory");
    return (ps & PS_INTLEVEL) == 0;
}

void cores_open(bool open) {
    uint32_t ps;
    if (open)
        __asm__ volatile("rsil %0, 0" : "=r"(ps) : : "memory");
    else
        __asm__ volatile("rsil %0, 15" : "=r"(ps) : : "memory");
}

void cores_relax(void) { CH_CORE_RELAX(); }

void *cores_exchange(void **place, void *pointer) {
    register void *before __asm__("a8"), *seen __asm__("a9");
    register void **at __asm__("a10") = place;
    uint32_t ps;
    __asm__ volatile("rsil %0, 15" : "=r"(ps) : : "memory"); /* a handler could change scompare1 */
    do {
        before = __atomic_load_n(at, __ATOMIC_RELAXED);
        seen = pointer;
        __asm__ volatile("memw\n\t"
                         ".byte 0x80, 12, 0x13\n\trsync\n\t" /* wsr a8, scompare1 */
                         ".byte 0x92, 0xea, 0x00\n\tmemw"    /* s32c1i a9, a10, 0 */
                         : "+r"(seen)
                         : "r"(before), "r"(at)
                         : "memory");
    } while (seen != before);
    __asm__ volatile("wsr %0, ps\n\trsync" : : "r"(ps) : "memory");
    return before;
}

#endif
