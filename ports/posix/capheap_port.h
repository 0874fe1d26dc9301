/* SPDX-License-Identifier: MIT */
/*
 * Port to POSIX: the heap on a workstation, for tests and tools. A lock is a mutex that its own thread may take again; there are
 * no interrupts to mask, so a signal handler may not use the heap. port.c has the rest of the contract of capheap/port.h.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>

/**
 * The owner is written inside only, and a thread finds itself there exactly when it is inside: so it may look without the mutex.
 * (pthread's own recursive mutexes have no portable static initializer.)
 */
typedef struct {
    pthread_mutex_t mutex;
    uintptr_t owner; /* thread that is inside; 0: nobody */
    unsigned depth;  /* sections of it that are open */
} ch_port_lock_t;
#define CH_PORT_LOCK_INIT                                                                                                        \
    { PTHREAD_MUTEX_INITIALIZER, 0, 0 }

/** Nothing to remember: unlocking a mutex needs no state from before. */
typedef uint8_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    uintptr_t me = (uintptr_t)pthread_self();
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != me) {
        pthread_mutex_lock(&lock->mutex);
        __atomic_store_n(&lock->owner, me, __ATOMIC_RELAXED);
    }
    lock->depth++;
    return 0;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)state;
    if (--lock->depth != 0) return;
    __atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lock->mutex);
}

static inline void ch_port_fence(void) { __atomic_thread_fence(__ATOMIC_ACQ_REL); }
