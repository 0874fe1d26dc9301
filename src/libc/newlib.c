/* SPDX-License-Identifier: MIT */
/*
 * newlib's reentrant malloc family: what its own functions (printf, strdup, fopen, ...) call. Only for programs that link newlib;
 * picolibc has no such functions. The first argument, the calling thread's library state, is not looked at: a failed request
 * leaves errno alone.
 */
#include <stddef.h>

#include "libc/told.h"

struct _reent;

void *calloc(size_t n, size_t size);
size_t malloc_usable_size(void *ptr);
void *_malloc_r(struct _reent *state, size_t size);
void *_calloc_r(struct _reent *state, size_t n, size_t size);
void *_realloc_r(struct _reent *state, void *ptr, size_t size);
void *_memalign_r(struct _reent *state, size_t alignment, size_t size);
void *_valloc_r(struct _reent *state, size_t size);
void *_pvalloc_r(struct _reent *state, size_t size);
void *_reallocf_r(struct _reent *state, void *ptr, size_t size);
void _free_r(struct _reent *state, void *ptr);
void _cfree_r(struct _reent *state, void *ptr);
size_t _malloc_usable_size_r(struct _reent *state, void *ptr);
int _malloc_trim_r(struct _reent *state, size_t pad);
int _mallopt_r(struct _reent *state, int parameter, int value);
void _malloc_stats_r(struct _reent *state);

void *_malloc_r(struct _reent *state, size_t size) {
    (void)state;
    return ch_libc_malloc(size, CH_CALLER);
}

void *_calloc_r(struct _reent *state, size_t n, size_t size) {
    (void)state;
    return calloc(n, size);
}

void *_realloc_r(struct _reent *state, void *ptr, size_t size) {
    (void)state;
    return ch_libc_realloc(ptr, size, CH_CALLER);
}

void *_memalign_r(struct _reent *state, size_t alignment, size_t size) {
    (void)state;
    return ch_libc_aligned_alloc(alignment, size, CH_CALLER);
}

void _free_r(struct _reent *state, void *ptr) {
    (void)state;
    ch_libc_free(ptr, CH_CALLER);
}

/** malloc(): a microcontroller has no pages. */
void *_valloc_r(struct _reent *state, size_t size) { return _malloc_r(state, size); }

void *_pvalloc_r(struct _reent *state, size_t size) { return _malloc_r(state, size); }

/** realloc() that frees the block where it fails. */
void *_reallocf_r(struct _reent *state, void *ptr, size_t size) {
    void *p = _realloc_r(state, ptr, size);
    if (!p && size != 0) _free_r(state, ptr);
    return p;
}

/** Old name of _free_r(). */
void _cfree_r(struct _reent *state, void *ptr) { _free_r(state, ptr); }

size_t _malloc_usable_size_r(struct _reent *state, void *ptr) {
    (void)state;
    return malloc_usable_size(ptr);
}

/** Nothing can be given back to anybody. */
int _malloc_trim_r(struct _reent *state, size_t pad) {
    (void)state;
    (void)pad;
    return 0;
}

/** There is nothing to set. */
int _mallopt_r(struct _reent *state, int parameter, int value) {
    (void)state;
    (void)parameter;
    (void)value;
    return 0;
}

/** Prints nothing. */
void _malloc_stats_r(struct _reent *state) { (void)state; }
