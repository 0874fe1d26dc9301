/* SPDX-License-Identifier: MIT */
/*
 * The POSIX port (ports/posix/port.c) with another lock, for one thread: a lock that was damaged, or is none, stands for the
 * endless wait that it would be elsewhere.
 */
#pragma once

#include <stdint.h>

typedef struct {
    uint32_t word; /* CH_PORT_OPEN, and one more for each section of the thread that is open */
} ch_port_lock_t;
enum { CH_PORT_OPEN = 0x10C4ED00, CH_PORT_DEEPEST = 16 };
#define CH_PORT_LOCK_INIT                                                                                                        \
    { CH_PORT_OPEN }

typedef uint8_t ch_port_state_t;

/** Ends the play as one that hangs (guard.c). */
__attribute__((noreturn)) void guard_stuck(void);

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    if (lock->word - CH_PORT_OPEN >= CH_PORT_DEEPEST) guard_stuck();
    lock->word++;
    return 0;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)state;
    if (lock->word - CH_PORT_OPEN - 1 >= CH_PORT_DEEPEST) guard_stuck();
    lock->word--;
}

static inline void ch_port_fence(void) {}
