/* SPDX-License-Identifier: MIT */
/*
 * The C library's malloc family on the capability heap: link this file and every malloc of the program, the library's own ones
 * included, is served from memory with MALLOC_CAP_DEFAULT, internal memory first (heap_caps_malloc_extmem_enable changes that).
 *
 * A pointer of malloc() may be given to heap_caps_free() and the other way round. Common to all of these functions:
 *   size 0     NULL, without a callback; realloc(p, 0) frees p
 *   failure    NULL, errno is left alone, the failed-allocation callback is called once
 *   alignment  of every block: the granule, CH_CFG_GRANULE bytes
 *   time, locks, interrupts: as the heap_caps functions behind them
 *
 * heap_caps_init() comes first: a malloc() before it returns NULL.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "libc/told.h"

/* C libraries differ in which of these they declare, where, and under which macro; so each is declared here. */
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *ptr, size_t size);
void *reallocarray(void *ptr, size_t n, size_t size);
void free(void *ptr);
void cfree(void *ptr);
void *memalign(size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void **out, size_t alignment, size_t size);
void *valloc(size_t size);
void *pvalloc(size_t size);
size_t malloc_usable_size(void *ptr);
int malloc_trim(size_t pad);
int mallopt(int parameter, int value);
void malloc_stats(void);
void esp_libc_include_heap_impl(void);

void *malloc(size_t size) { return ch_kasan_allocated_by(ch_libc_malloc(size, CH_CALLER), CH_KASAN_PC); }

void free(void *ptr) {
    if (ch_kasan_checks_free(ptr, CH_KASAN_PC)) ch_libc_free(ptr, CH_CALLER);
}

/** Old name of free(). */
void cfree(void *ptr) { ch_libc_free(ptr, CH_CALLER); }

void *realloc(void *ptr, size_t size) {
    if (!ch_kasan_checks_free(ptr, CH_KASAN_PC)) return NULL;
    return ch_kasan_allocated_by(ch_libc_realloc(ptr, size, CH_CALLER), CH_KASAN_PC);
}

/** n * size cleared bytes. An overflowing product fails as a request of SIZE_MAX bytes does: one callback, with that size. */
void *calloc(size_t n, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) bytes = SIZE_MAX;
    void *block = ch_libc_malloc(bytes, CH_CALLER);
    if (block) memset(block, 0, bytes); /* MALLOC_CAP_DEFAULT memory takes bytes */
    return ch_kasan_allocated_by(block, CH_KASAN_PC);
}

/** realloc() to n * size bytes. An overflowing product fails as a request of SIZE_MAX bytes does, and the block is kept. */
void *reallocarray(void *ptr, size_t n, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) bytes = SIZE_MAX;
    return ch_libc_realloc(ptr, bytes, CH_CALLER);
}

/** A block at a multiple of alignment, a power of two (else NULL); size need not be a multiple of it. */
void *aligned_alloc(size_t alignment, size_t size) {
    return ch_kasan_allocated_by(ch_libc_aligned_alloc(alignment, size, CH_CALLER), CH_KASAN_PC);
}

/** The same as aligned_alloc(). */
void *memalign(size_t alignment, size_t size) { return ch_libc_aligned_alloc(alignment, size, CH_CALLER); }

/**
 * aligned_alloc() with an error code. Powers of two below the size of a pointer are taken too.
 *
 * @return 0; EINVAL for an alignment that is 0 or no power of two; ENOMEM. *out is written on success only; size 0 is a success
 *         with *out = NULL.
 */
int posix_memalign(void **out, size_t alignment, size_t size) {
    if (size == 0) {
        *out = NULL;
        return 0;
    }
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *block = ch_libc_aligned_alloc(alignment, size, CH_CALLER);
    if (!block) return ENOMEM;
    *out = block;
    return 0;
}

/** malloc(): a microcontroller has no pages. */
void *valloc(size_t size) { return ch_libc_malloc(size, CH_CALLER); }

/** malloc(): a microcontroller has no pages. */
void *pvalloc(size_t size) { return ch_libc_malloc(size, CH_CALLER); }

/** Bytes that the owner of ptr may use; 0 for NULL. */
size_t malloc_usable_size(void *ptr) { return ptr ? heap_caps_get_allocated_size(ptr) : 0; }

/** Nothing can be given back to anybody. */
int malloc_trim(size_t pad) {
    (void)pad;
    return 0;
}

/** There is nothing to set. */
int mallopt(int parameter, int value) {
    (void)parameter;
    (void)value;
    return 0;
}

/** Prints nothing; heap_caps_print_heap_info() is the function for that. */
void malloc_stats(void) {}

/** Does nothing. A linker told to look for this name (-u esp_libc_include_heap_impl) takes this file from the library. */
void esp_libc_include_heap_impl(void) {}
