/* SPDX-License-Identifier: MIT */
/* The lock of a multi_heap, and how the heap prints and asserts, in terms of the port. */
#pragma once

#include <stdio.h>

#include "capheap/port.h"

/*
 * A lock for multi_heap_set_lock(). Depth and state are for multi_heap_lock_take(): the heap's functions keep their state
 * themselves. A port whose locks keep both defines CH_PORT_LOCK_KEEPS_STATE: then its own type of lock is what
 * multi_heap_set_lock() takes, and its state is a number that nobody looks at.
 */
#ifdef CH_PORT_LOCK_KEEPS_STATE
typedef ch_port_lock_t multi_heap_lock_t;

#define MULTI_HEAP_LOCK_STATIC_INITIALIZER CH_PORT_LOCK_INIT

/** Takes a lock; NULL: nothing. The core (or thread) that has it may take it again, and use its heap meanwhile. */
static inline void multi_heap_lock_take(multi_heap_lock_t *lock) {
    if (lock) (void)ch_port_lock(lock);
}

/** Opens a lock, once for each time it was taken; NULL: nothing. */
static inline void multi_heap_lock_give(multi_heap_lock_t *lock) {
    if (lock) ch_port_unlock(lock, (ch_port_state_t)0);
}
#else
typedef struct {
    ch_port_lock_t lock;
    uint8_t depth;         /* takes that are open */
    ch_port_state_t state; /* what ch_port_lock() returned to the first of them */
} multi_heap_lock_t;

#define MULTI_HEAP_LOCK_STATIC_INITIALIZER                                                                                       \
    { .lock = CH_PORT_LOCK_INIT }

/**
 * Takes a lock; NULL: nothing. The core (or thread) that has it may take it again, up to 255 times, and use its heap meanwhile.
 */
static inline void multi_heap_lock_take(multi_heap_lock_t *lock) {
    if (!lock) return;
    ch_port_state_t state = ch_port_lock(&lock->lock);
    if (lock->depth++ == 0) lock->state = state;
}

/** Opens a lock, once for each time it was taken; NULL: nothing. */
static inline void multi_heap_lock_give(multi_heap_lock_t *lock) {
    if (!lock) return;
    if (--lock->depth == 0) {
        ch_port_unlock(&lock->lock, lock->state);
        return;
    }
    ch_port_state_t inside = ch_port_lock(&lock->lock); /* what every take but the first returned: the state of a section */
    ch_port_unlock(&lock->lock, inside);
    ch_port_unlock(&lock->lock, inside);
}
#endif

/** Opens a lock for the first time. */
static inline void multi_heap_lock_init(multi_heap_lock_t *lock) {
    static const multi_heap_lock_t open = MULTI_HEAP_LOCK_STATIC_INITIALIZER;
    *lock = open;
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

/* Owners of blocks: none without task tracking. */
#define MULTI_HEAP_SET_BLOCK_OWNER(block) ((void)(block))
#define MULTI_HEAP_GET_BLOCK_OWNER(block) ((void)(block), (void *)0)
#define MULTI_HEAP_ADD_BLOCK_OWNER_OFFSET(block) (block)
#define MULTI_HEAP_REMOVE_BLOCK_OWNER_OFFSET(block) (block)
#define MULTI_HEAP_ADD_BLOCK_OWNER_SIZE(size) (size)
#define MULTI_HEAP_REMOVE_BLOCK_OWNER_SIZE(size) (size)
#define MULTI_HEAP_BLOCK_OWNER_SIZE() 0
