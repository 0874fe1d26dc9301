/* SPDX-License-Identifier: MIT */
/*
 * What the boards have in common: the interrupt is the timer's, and a point is a number of its ticks. Under QEMU's -icount an
 * instruction takes a fixed number of ticks (more than one), so counting points up by one tick leaves out no instruction; the
 * QEMU plugin tests/plugin/sweep.c proves it. The symbols sweep_* are what the plugin goes by.
 *
 * An interrupt that comes late waited for the end of a locked section: points up to there would all end at the same instruction,
 * and are left out. How late it is in an open place is the least that was ever seen.
 */
#pragma once

#include <stdint.h>

#include "machine.h"

/* A machine's file defines: */
uint32_t timer_step(void);        /* ticks from one point to the next: at least one less than an instruction takes */
void timer_start(uint32_t ticks); /* from interrupts masked: one interrupt after so many ticks, unmask */
void timer_stop(void);            /* mask, no interrupt */
uint32_t timer_lateness(void);    /* in the handler: ticks since the interrupt was due */

__attribute__((noinline)) void sweep_scene(void);
__attribute__((noinline)) void sweep_begin(void);
__attribute__((noinline)) void sweep_end(void);

/** The machine's handler calls it, after it has switched the timer off. */
void timer_struck(void);
