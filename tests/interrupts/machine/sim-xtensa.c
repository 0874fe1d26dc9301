/* SPDX-License-Identifier: MIT */
/*
 * Timer interrupts on QEMU's Xtensa machine sim: CCOMPARE0, interrupt 6 of level 1. -icount shift=10: an instruction takes 40.96
 * ticks of 25 ns. The handler that the plugin goes by is the vector: boards/sim-xtensa.cmake sets the symbol.
 */
#include "timer.h"

#define TIMER_INTERRUPT (1u << 6)
#define LEVEL_MASK 15u
#define FIRST (6 * 41u) /* ticks of six instructions: the register must be written before the counter gets there */

/* Called by the board's vector. */
void board_interrupt(uint32_t pc);

static uint32_t due;

static uint32_t now(void) {
    uint32_t count;
    __asm__ volatile("rsr %0, ccount" : "=r"(count) : : "memory");
    return count;
}

static void enable(uint32_t interrupts) { __asm__ volatile("wsr %0, intenable\n\trsync" : : "r"(interrupts) : "memory"); }

static void open_to(uint32_t level) {
    uint32_t ps;
    __asm__ volatile("rsr %0, ps" : "=r"(ps) : : "memory");
    __asm__ volatile("wsr %0, ps\n\trsync" : : "r"((ps & ~LEVEL_MASK) | level) : "memory");
}

void board_interrupt(uint32_t pc) {
    (void)pc;
    enable(0);
    timer_struck();
}

void machine_begin(void) {
    open_to(LEVEL_MASK);
    enable(0);
}

uint32_t timer_step(void) { return 39; }

/* Writing the time to compare with takes a pending interrupt back. */
void timer_start(uint32_t ticks) {
    due = now() + FIRST + ticks;
    __asm__ volatile("wsr %0, ccompare0\n\trsync" : : "r"(due) : "memory");
    enable(TIMER_INTERRUPT);
    open_to(0);
}

void timer_stop(void) {
    open_to(LEVEL_MASK);
    enable(0);
}

uint32_t timer_lateness(void) { return now() - due; }
