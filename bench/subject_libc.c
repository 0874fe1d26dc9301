/* SPDX-License-Identifier: MIT */
/* Subject: the malloc of the C library that the firmware is linked with, fed by an sbrk() over the pool. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "counted.h"
#include "replay.h"

/* Ample: picolibc needs more than the count pool for some traces. Its cost does not depend on what is left. */
enum { POOL_SIZE = 16 << 20 };

static char *pool_next;
static char *pool_end;

void *sbrk(ptrdiff_t increment);
void *_sbrk_r(void *context, ptrdiff_t increment);

void *sbrk(ptrdiff_t increment) {
    char *old = pool_next;

    if (increment > pool_end - pool_next) {
        errno = ENOMEM;
        return (void *)-1;
    }
    pool_next += increment;
    return old;
}

/* The same under newlib's name. */
void *_sbrk_r(void *context, ptrdiff_t increment) {
    (void)context;
    return sbrk(increment);
}

/* Only once in a program: the library's own state cannot be put back. */
static bool libc_setup(void *pool, size_t size) {
    pool_next = pool;
    pool_end = pool_next + size;
    return true;
}

static void *libc_malloc(size_t size, uint32_t *cost) { return (void *)COUNTED_CALL(malloc, size, 0, 0, cost); }

static void *libc_calloc(size_t size, uint32_t *cost) { return (void *)COUNTED_CALL(calloc, 1, size, 0, cost); }

static void *libc_realloc(void *block, size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(realloc, block, size, 0, cost);
}

static void *libc_aligned_alloc(size_t alignment, size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(memalign, alignment, size, 0, cost);
}

static void libc_free(void *block, uint32_t *cost) { COUNTED_CALL(free, block, 0, 0, cost); }

const subject_t subject = {
    "libc", POOL_SIZE, libc_setup, libc_malloc, libc_calloc, libc_realloc, libc_aligned_alloc, libc_free,
};
