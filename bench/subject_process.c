/* SPDX-License-Identifier: MIT */
/* Subject: the malloc of the process, whatever library it comes from (LD_PRELOAD). For host.c. */
#include <malloc.h>
#include <stdlib.h>

#include "counted.h"
#include "replay.h"

static bool process_setup(void *pool, size_t size) {
    (void)pool;
    (void)size;
    return true;
}

static void *process_malloc(size_t size, uint32_t *cost) { return (void *)COUNTED_CALL(malloc, size, 0, 0, cost); }

static void *process_calloc(size_t size, uint32_t *cost) { return (void *)COUNTED_CALL(calloc, 1, size, 0, cost); }

static void *process_realloc(void *block, size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(realloc, block, size, 0, cost);
}

static void *process_aligned_alloc(size_t alignment, size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(memalign, alignment, size, 0, cost);
}

static void process_free(void *block, uint32_t *cost) { COUNTED_CALL(free, block, 0, 0, cost); }

const subject_t subject = {
    "process", 0, process_setup, process_malloc, process_calloc, process_realloc, process_aligned_alloc, process_free,
};
