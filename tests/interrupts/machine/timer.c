/* SPDX-License-Identifier: MIT */
/* See timer.h. */
#include "timer.h"

/* The negative control sets CH_SWEEP_LEAVES_OUT to take steps so many times too long. */
#ifndef CH_SWEEP_LEAVES_OUT
#define CH_SWEEP_LEAVES_OUT 1
#endif

enum { SLACK = 2 }; /* instructions: ticks and instructions are not in step */

static void (*volatile pending)(void);
static volatile bool in_operation, has_struck, was_early;
static uint32_t late, least_late = UINT32_MAX;

/* Not empty, so that no call is left out. */
void sweep_scene(void) { __asm__ volatile("nop" : : : "memory"); }
void sweep_begin(void) { __asm__ volatile("nop" : : : "memory"); }
void sweep_end(void) { __asm__ volatile("nop" : : : "memory"); }

bool machine_can_interrupt(void) { return true; }

void machine_mark_scene(void) { sweep_scene(); }

void timer_struck(void) {
    late = timer_lateness();
    if (late < least_late) least_late = late;
    if (!in_operation) {
        was_early = true;
        return;
    }
    has_struck = true;
    pending();
}

/* One place for all runs, or the compiler makes several, and the plugin would take them for different operations. */
static __attribute__((noinline)) void run(void (*operation)(void)) {
    in_operation = true;
    sweep_begin();
    operation();
    sweep_end();
    in_operation = false;
}

machine_result_t machine_race(void (*operation)(void), void (*interrupt)(void), unsigned long point) {
    pending = interrupt;
    has_struck = was_early = false;
    late = 0;
    if (point) timer_start((uint32_t)point);
    run(operation);
    if (point) timer_stop();
    if (was_early) return MACHINE_EARLY;
    return has_struck ? MACHINE_STRUCK : MACHINE_NEVER;
}

unsigned long machine_next(unsigned long point, unsigned long stride) {
    uint32_t step = timer_step() * CH_SWEEP_LEAVES_OUT, waited = late > least_late ? late - least_late : 0;
    (void)stride;
    return point + (waited > step * (SLACK + 1) ? waited - step * SLACK : step);
}
