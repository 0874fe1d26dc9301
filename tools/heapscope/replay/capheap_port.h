/* SPDX-License-Identifier: MIT */
/*
 * Port of the replayer: one thread of a 32-bit process plays the chip. Its locks are those of the bare-metal ports, so that the
 * descriptors of regions, which lie in front of the first heap, have the size that they have on a board.
 */
#pragma once

#include <stdint.h>

#include "capheap/config.h"

static inline uint32_t ch_core_name(void) { return 1; }
static inline uint32_t ch_core_draw(uint32_t *next) { return __atomic_fetch_add(next, 1, __ATOMIC_RELAXED); }
#define CH_CORE_RELAX() ((void)0)

#include "core_lock.h"

#define CH_PORT_ONE_CORE (CH_CFG_CORES == 1)

typedef ch_core_lock_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT CH_CORE_LOCK_INIT

/** Of no meaning, as there are no interrupts; of the size that it has on boards, as descriptors contain one. */
typedef uint32_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    ch_core_take(lock);
    return 0;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)state;
    ch_core_give(lock);
}

static inline void ch_port_fence(void) { __atomic_thread_fence(__ATOMIC_ACQ_REL); }
