/* SPDX-License-Identifier: MIT */
/*
 * How a machine interrupts an operation: by its timer on boards, by single-stepping on the host. machine/<name>.c implements it.
 */
#pragma once

#include <stdbool.h>

typedef enum {
    MACHINE_EARLY,  /* the interrupt came before the operation began: nothing was done */
    MACHINE_STRUCK, /* the operation was interrupted, at one of its open places */
    MACHINE_NEVER   /* the operation ended before */
} machine_result_t;

/** Whether this machine can. */
bool machine_can_interrupt(void);

/** Called once, before anything else. */
void machine_begin(void);

/** An operation begins, or ends, for who watches from outside: called before the first of its runs and after the last. */
void machine_mark_scene(void);

/**
 * Runs the operation; `point` units of time later the interrupt comes and runs `interrupt`, once; at that point, or at the first
 * later one where interrupts are open. point 0: there is none.
 */
machine_result_t machine_race(void (*operation)(void), void (*interrupt)(void), unsigned long point);

/**
 * The next point, from the last one: the interrupt will come at another instruction, and no open one in between is left out.
 * stride: on the host, where each instruction costs a trap, so many instructions further on; boards take each.
 */
unsigned long machine_next(unsigned long point, unsigned long stride);
