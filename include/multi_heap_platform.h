/* SPDX-License-Identifier: MIT */
/* The lock of a multi_heap, and how the heap prints and asserts, in terms of the port. */
#pragma once

#include <stdio.h>

#include "capheap/port.h"

/*
 * A lock for multi_heap_set_lock(). The state is what ch_port_lock() returned to the holder. A port whose locks keep that by themselves
 * defines CH_PORT_LOCK_KEEPS_STATE: then its own type of lock is what multi_heap_set_lock() takes.
 */
#ifdef CH_PORT_LOCK_KEEPS_STATE
typedef ch_port_lock_t multi_heap_lock_t;

#define MULTI_HEAP_LOCK_STATIC_INITIALIZER CH_PORT_LOCK_INIT
#define CH_MULTI_HEAP_LOCK_TAKE(lock_) ((void)ch_port_lock(lock_))
#define CH_MULTI_HEAP_LOCK_GIVE(lock_) ch_port_unlock(lock_, (ch_port_state_t){0})
#else
typedef struct {
    ch_port_lock_t lock;
    ch_port_state_t state;
} multi_heap_lock_t;

#define MULTI_HEAP_LOCK_STATIC_INITIALIZER                                                                                       \
    { .lock = CH_PORT_LOCK_INIT }
#define CH_MULTI_HEAP_LOCK_TAKE(lock_)                                                                                           \
    do {                                                                                                                         \
        ch_port_state_t state_ = ch_port_lock(&(lock_)->lock);                                                                   \
        (lock_)->state = state_;                                                                                                 \
    } while (0)
#define CH_MULTI_HEAP_LOCK_GIVE(lock_) ch_port_unlock(&(lock_)->lock, (lock_)->state)
#endif

/** Opens a lock for the first time. */
static inline void multi_heap_lock_init(multi_heap_lock_t *lock) {
    static const multi_heap_lock_t open = MULTI_HEAP_LOCK_STATIC_INITIALIZER;
    *lock = open;
}

/** Takes a lock; NULL: nothing. Not recursive. */
static inline void multi_heap_lock_take(multi_heap_lock_t *lock) {
    if (lock) CH_MULTI_HEAP_LOCK_TAKE(lock);
}

/** Opens a lock; NULL: nothing. */
static inline void multi_heap_lock_give(multi_heap_lock_t *lock) {
    if (lock) CH_MULTI_HEAP_LOCK_GIVE(lock);
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
