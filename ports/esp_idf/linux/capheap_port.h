/* SPDX-License-Identifier: MIT */
/*
 * Port to ESP-IDF's Linux target, for multi_heap: the capability layer is the C library there. A lock is a mutex taken with all
 * signals blocked, because the FreeRTOS of this target switches tasks by signals: a task that holds a lock is not switched away.
 */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

typedef pthread_mutex_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT PTHREAD_MUTEX_INITIALIZER

/** The signals that were blocked before. */
typedef sigset_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_mutex_lock(lock);
    return before;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    pthread_mutex_unlock(lock);
    pthread_sigmask(SIG_SETMASK, &state, NULL);
}

static inline void ch_port_fence(void) { atomic_thread_fence(memory_order_release); }
