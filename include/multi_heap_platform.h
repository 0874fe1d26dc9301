/* SPDX-License-Identifier: MIT */
/* The lock of a multi_heap, and how the heap prints and asserts, in terms of the port. */
#pragma once

#include <stdio.h>

#include "capheap/port.h"

/** A lock for multi_heap_set_lock(). The state is what ch_port_lock() returned to the holder. */
typedef struct {
    ch_port_lock_t lock;
    ch_port_state_t state;
} multi_heap_lock_t;

#define MULTI_HEAP_LOCK_STATIC_INITIALIZER                                                                                       \
    { .lock = CH_PORT_LOCK_INIT }

/** Opens a lock for the first time. */
static inline void multi_heap_lock_init(multi_heap_lock_t *lock) {
    static const multi_heap_lock_t open = MULTI_HEAP_LOCK_STATIC_INITIALIZER;
    *lock = open;
}

/** Takes a lock; NULL: nothing. Not recursive. */
static inline void multi_heap_lock_take(multi_heap_lock_t *lock) {
    if (!lock) return;
    ch_port_state_t state = ch_port_lock(&lock->lock);
    lock->state = state;
}

/** Opens a lock; NULL: nothing. */
static inline void multi_heap_lock_give(multi_heap_lock_t *lock) {
    if (lock) ch_port_unlock(&lock->lock, lock->state);
}

#define MULTI_HEAP_LOCK_INIT(lock) multi_heap_lock_init(lock)
#define MULTI_HEAP_LOCK(lock) multi_heap_lock_take(lock)
#define MULTI_HEAP_UNLOCK(lock) multi_heap_lock_give(lock)

#define MULTI_HEAP_PRINTF printf
#define MULTI_HEAP_STDERR_PRINTF(format, ...) fprintf(stderr, format, __VA_ARGS__)
#define MULTI_HEAP_ASSERT(condition, address)                                                                                    \
    do {                                                                                                                         \
        if (!(condition)) ch_port_fatal("CORRUPT HEAP: " #condition, (const void *)(address));                                   \
    } while (0)
