/* SPDX-License-Identifier: MIT */
/*
 * Port to one Cortex-M core in privileged mode, without an RTOS. The lock masks interrupts (PRIMASK); the state is PRIMASK as it
 * was, so that sections nest and work inside interrupt handlers. Faults and NMI still come: they may not use the heap.
 */
#pragma once

#include <stdint.h>

/** One byte that nobody reads: masking is all that one core needs. */
typedef uint8_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT 0

/** PRIMASK as it was: 1 masked, 0 open. */
typedef uint32_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    uint32_t before;
    (void)lock;
    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(before) : : "memory");
    return before;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)lock;
    __asm__ volatile("msr primask, %0" : : "r"(state) : "memory");
}

static inline void ch_port_fence(void) { __asm__ volatile("" : : : "memory"); }
