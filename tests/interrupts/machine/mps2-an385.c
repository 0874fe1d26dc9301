/* SPDX-License-Identifier: MIT */
/* Timer interrupts on QEMU's mps2-an385: SysTick. -icount shift=10: an instruction takes 25.6 ticks of 40 ns. */
#include "timer.h"

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xe000e010u) /* 7: count, interrupt, from the processor's clock */
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xe000e014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xe000e018u) /* counts down; a write clears it */
#define SCB_ICSR (*(volatile uint32_t *)0xe000ed04u)
#define FIRST (10 * 26u) /* ticks of ten instructions */
#define RELOAD_MAX 0xffffffu
#define ICSR_FORGET_SYSTICK (1u << 25)

/* The vector table names it board_systick. */
void board_systick(void);
void sweep_handler(void) __attribute__((alias("board_systick")));

void board_systick(void) {
    SYSTICK_CONTROL = 5;
    timer_struck();
}

void machine_begin(void) { SYSTICK_CONTROL = 0; }

uint32_t timer_step(void) { return 24; }

/*
 * The counter takes its start from the reload register when it first counts; from then on that holds what comes after 0. Both
 * must be over before the first interrupt comes, and the first interrupt before the operation begins: hence the instructions that
 * do nothing.
 */
void timer_start(uint32_t ticks) {
    SYSTICK_RELOAD = FIRST + ticks;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7;
    __asm__ volatile(".rept 4\n\tnop\n\t.endr" : : : "memory");
    SYSTICK_RELOAD = RELOAD_MAX;
    __asm__ volatile(".rept 12\n\tnop\n\t.endr" : : : "memory");
}

void timer_stop(void) {
    SYSTICK_CONTROL = 0;
    SCB_ICSR = ICSR_FORGET_SYSTICK;
}

uint32_t timer_lateness(void) { return RELOAD_MAX - SYSTICK_VALUE; }
