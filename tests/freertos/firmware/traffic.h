/* SPDX-License-Identifier: MIT */
/* Everybody at once: two tasks of different priority, the tick's handler, further handlers where the machine has them. */
#pragma once

#include <stdbool.h>

typedef struct {
    unsigned exchanged; /* blocks that one task allocated and the other one freed */
    unsigned from_tick; /* blocks that the tick's handler allocated and a task freed */
    unsigned into_tick; /* blocks that a task allocated and the tick's handler freed */
    unsigned ticks;     /* ticks that used the heap */
    unsigned timers;    /* runs of the other timers' handlers */
} traffic_t;

/** Switches the handlers' part on and off; off: when it returns, they hold no blocks. */
void traffic_handlers(bool on);

/** Runs both tasks for `rounds` while the caller, a task of lower priority, goes on with work(). Returns when all have ended. */
traffic_t traffic_run(unsigned rounds, void (*work)(void));

/** Returns when no more tasks exist than that, and the idle task has freed those that were deleted. */
void traffic_wait_for_tasks(unsigned count);
