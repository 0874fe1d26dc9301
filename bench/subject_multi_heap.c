/* SPDX-License-Identifier: MIT */
/*
 * Subject "multi_heap": one heap with the port's lock. multi_heap has no calloc: that operation counts multi_heap_malloc() and
 * clears the block outside the counted span.
 */
#include <string.h>

#include "capheap/port.h"
#include "counted.h"
#include "multi_heap.h"
#include "replay.h"

static multi_heap_handle_t heap;
static ch_port_lock_t lock = CH_PORT_LOCK_INIT;

static bool multi_setup(void *pool, size_t size) {
    heap = multi_heap_register(pool, size);
    if (heap == NULL) {
        return false;
    }
    multi_heap_set_lock(heap, &lock);
    return true;
}

static void *multi_malloc(size_t size, uint32_t *cost) { return (void *)COUNTED_CALL(multi_heap_malloc, heap, size, 0, cost); }

static void *multi_calloc(size_t size, uint32_t *cost) {
    void *block = multi_malloc(size, cost);

    return block == NULL ? NULL : memset(block, 0, size);
}

static void *multi_realloc(void *block, size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(multi_heap_realloc, heap, block, size, cost);
}

static void *multi_aligned_alloc(size_t alignment, size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(multi_heap_aligned_alloc, heap, size, alignment, cost);
}

static void multi_free(void *block, uint32_t *cost) { COUNTED_CALL(multi_heap_free, heap, block, 0, cost); }

const subject_t subject = {
    "multi_heap", 0, multi_setup, multi_malloc, multi_calloc, multi_realloc, multi_aligned_alloc, multi_free,
};
