/* SPDX-License-Identifier: MIT */
/*
 * Port to one Xtensa core in its privileged mode, without an RTOS. The lock raises the interrupt level (PS.INTLEVEL); the state is
 * PS as it was, so that sections nest and work inside interrupt handlers.
 */
#pragma once

#include <stdint.h>

/* Level up to which the lock masks: handlers above it may not use the heap. 15: all but the non-maskable one. Firmware whose handlers
 * above level 3 leave the heap alone may choose 3, as C code runs up to there. */
#ifndef CH_PORT_XTENSA_LEVEL
#define CH_PORT_XTENSA_LEVEL 15
#endif

/** One byte that nobody reads: masking is all that one core needs. */
typedef uint8_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT 0

/** PS as it was. */
typedef uint32_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    uint32_t before;
    (void)lock;
    __asm__ volatile("rsil %0, %1" : "=r"(before) : "i"(CH_PORT_XTENSA_LEVEL) : "memory");
    return before;
}

/* Interrupts that came meanwhile are taken after the rsync, not some instructions later. */
static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)lock;
    __asm__ volatile("wsr %0, ps\n\trsync" : : "r"(state) : "memory");
}

static inline void ch_port_fence(void) { __asm__ volatile("" : : : "memory"); }
