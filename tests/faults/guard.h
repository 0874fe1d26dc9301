/* SPDX-License-Identifier: MIT */
/*
 * Runs a piece of a trial and tells how it ended, whatever it did: signals, endless loops and the port's fatal function all lead
 * back to guard_run().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    RAN,      /* to its end */
    REPORTED, /* the library called the port's fatal function */
    CRASHED,  /* a wild access, or an instruction that must not be reached */
    HUNG,     /* ran for so long that it is an endless loop */
    OWNED,    /* guard_leave() by the reference: memory was handed out that is not free */
} how_t;

/** Takes over the signals. Once a process. */
void guard_begin(void);

/** Calls function(arg). */
how_t guard_run(void (*function)(void *arg), void *arg);

/** What runs is on its way: the watchdog starts anew. */
void guard_alive(void);

/** Ends the innermost guard_run(). */
_Noreturn void guard_leave(how_t how);

/** Where the last CRASHED or HUNG happened (an instruction), what was accessed there, and how the report began. */
extern uintptr_t guard_pc, guard_address;
extern char guard_reason[160];

/** What the port's random numbers come of: the same keys for the same state. */
extern uint32_t guard_random;
