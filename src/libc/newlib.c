/* SPDX-License-Identifier: MIT */
/*
 * newlib's reentrant malloc family: what its own functions (printf, strdup, fopen, ...) call. Only for programs that link newlib;
 * picolibc has no such functions. The first argument, the calling thread's library state, is not looked at: a failed request
 * leaves errno alone.
 */
#include <stddef.h>

#include "caps/caps_base.h"
#include "esp_heap_caps.h"

struct _reent;

void *calloc(size_t n, size_t size);
void *_malloc_r(struct _reent *state, size_t size);
void *_calloc_r(struct _reent *state, size_t n, size_t size);
void *_realloc_r(struct _reent *state, void *ptr, size_t size);
void *_memalign_r(struct _reent *state, size_t alignment, size_t size);
void _free_r(struct _reent *state, void *ptr);

void *_malloc_r(struct _reent *state, size_t size) {
    (void)state;
    return heap_caps_malloc_default(size);
}

void *_calloc_r(struct _reent *state, size_t n, size_t size) {
    (void)state;
    return calloc(n, size);
}

void *_realloc_r(struct _reent *state, void *ptr, size_t size) {
    (void)state;
    return heap_caps_realloc_default(ptr, size);
}

void *_memalign_r(struct _reent *state, size_t alignment, size_t size) {
    (void)state;
    return heap_caps_aligned_alloc_default(alignment, size);
}

void _free_r(struct _reent *state, void *ptr) {
    (void)state;
    heap_caps_free(ptr);
}
