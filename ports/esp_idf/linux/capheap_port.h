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

/**
 * The owner is written inside only, and a thread finds itself there exactly when it is inside: so it may look without the mutex.
 */
typedef struct {
    pthread_mutex_t mutex;
    uintptr_t owner; /* thread that is inside; 0: nobody */
    unsigned depth;  /* sections of it that are open */
} ch_port_lock_t;
#define CH_PORT_LOCK_INIT                                                                                                        \
    { PTHREAD_MUTEX_INITIALIZER, 0, 0 }

/** The signals that were blocked before. */
typedef sigset_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    uintptr_t me = (uintptr_t)pthread_self();
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != me) {
        pthread_mutex_lock(&lock->mutex);
        __atomic_store_n(&lock->owner, me, __ATOMIC_RELAXED);
    }
    lock->depth++;
    return before;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    if (--lock->depth == 0) {
        __atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&lock->mutex);
    }
    pthread_sigmask(SIG_SETMASK, &state, NULL);
}

static inline void ch_port_fence(void) { atomic_thread_fence(memory_order_acq_rel); }
