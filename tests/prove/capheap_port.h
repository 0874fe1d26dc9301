/* SPDX-License-Identifier: MIT */
/* A port for Frama-C: one core, nothing to mask. */
#pragma once

#include <stdint.h>

typedef uint32_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT 0
typedef uint32_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    (void)lock;
    return 0;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) { (void)lock, (void)state; }

static inline void ch_port_fence(void) {}
