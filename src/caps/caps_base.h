/* SPDX-License-Identifier: MIT */
/*
 * The base and default level: names that libraries, linker wraps and the C library bind to, without a public header of their own.
 * The base functions allocate, tell the hooks, and never call the failure callback; the default functions are plain malloc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/** heap_caps_aligned_alloc() without argument checks and callback; alignment up to the granule means plain. */
void *heap_caps_aligned_alloc_base(size_t alignment, size_t size, uint32_t caps);
/** The same with the least alignment. */
void *heap_caps_malloc_base(size_t size, uint32_t caps);
/** heap_caps_realloc() without callback. */
void *heap_caps_realloc_base(void *ptr, size_t size, uint32_t caps);
/** heap_caps_calloc() without callback. */
void *heap_caps_calloc_base(size_t n, size_t size, uint32_t caps);

/** malloc(): internal memory, or, after heap_caps_malloc_extmem_enable(), internal or external first by size, then either. */
void *heap_caps_malloc_default(size_t size);
/** realloc() by the same scheme. */
void *heap_caps_realloc_default(void *ptr, size_t size);
/** aligned_alloc() by the same scheme. */
void *heap_caps_aligned_alloc_default(size_t alignment, size_t size);

struct ch_region;

/** Whether a heap is active and has all of caps. */
bool heap_caps_match(const struct ch_region *heap, uint32_t caps);

/**
 * Whether a heap [start, end) may exist beside the heap [heap_start, heap_end): apart, touching, or properly inside it. Not 0:
 * yes.
 */
int heap_caps_check_add_region_allowed(intptr_t heap_start, intptr_t heap_end, intptr_t start, intptr_t end);

/** Calls the failure callback with what was asked, and ends the program where CH_CFG_ABORT_ON_FAIL says so. Returns NULL. */
void *ch_caps_failed(size_t size, uint32_t caps, const char *function_name);

/*
 * The same and the public functions under the names by which the library calls them for itself: nobody is told. Without observers
 * these are the public names (base/compiler.h).
 */
void *CH_UNTOLD(heap_caps_malloc)(size_t size, uint32_t caps);
void CH_UNTOLD(heap_caps_free)(void *ptr);
void *CH_UNTOLD(heap_caps_realloc)(void *ptr, size_t size, uint32_t caps);
void *CH_UNTOLD(heap_caps_calloc)(size_t n, size_t size, uint32_t caps);
void *CH_UNTOLD(heap_caps_aligned_alloc)(size_t alignment, size_t size, uint32_t caps);
void *CH_UNTOLD(heap_caps_aligned_calloc)(size_t alignment, size_t n, size_t size, uint32_t caps);
void CH_UNTOLD(heap_caps_aligned_free)(void *ptr);
void *CH_UNTOLD(heap_caps_aligned_alloc_base)(size_t alignment, size_t size, uint32_t caps);
void *CH_UNTOLD(heap_caps_malloc_base)(size_t size, uint32_t caps);
void *CH_UNTOLD(heap_caps_realloc_base)(void *ptr, size_t size, uint32_t caps);
void *CH_UNTOLD(heap_caps_calloc_base)(size_t n, size_t size, uint32_t caps);
void *CH_UNTOLD(heap_caps_malloc_default)(size_t size);
void *CH_UNTOLD(heap_caps_realloc_default)(void *ptr, size_t size);
void *CH_UNTOLD(heap_caps_aligned_alloc_default)(size_t alignment, size_t size);
