/* SPDX-License-Identifier: MIT */
/* Names that libraries bind to without a public header. */
#pragma once

#include <stddef.h>

/** malloc(). */
void *heap_caps_malloc_default(size_t size);
/** realloc(). */
void *heap_caps_realloc_default(void *ptr, size_t size);
/** aligned_alloc() for any size. */
void *heap_caps_aligned_alloc_default(size_t alignment, size_t size);
