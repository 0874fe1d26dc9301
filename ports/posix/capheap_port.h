/* SPDX-License-Identifier: MIT */
/*
 * Port to POSIX: the heap on a workstation, for tests and tools. A lock is a mutex; there are no interrupts to mask, so a signal
 * handler may not use the heap. port.c has the rest of the contract of capheap/port.h.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

typedef pthread_mutex_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT PTHREAD_MUTEX_INITIALIZER

/** Nothing to remember: unlocking a mutex needs no state from before. */
typedef uint8_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    pthread_mutex_lock(lock);
    return 0;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)state;
    pthread_mutex_unlock(lock);
}

static inline void ch_port_fence(void) { atomic_thread_fence(memory_order_release); }
