/* SPDX-License-Identifier: MIT */
/* The malloc family of src/libc/malloc.c under the names that tests/libc/names/libc_names.h gives it in a host program. */
#pragma once

#include <stddef.h>

void *ch_test_malloc(size_t size);
void *ch_test_calloc(size_t n, size_t size);
void *ch_test_realloc(void *ptr, size_t size);
void *ch_test_reallocarray(void *ptr, size_t n, size_t size);
void ch_test_free(void *ptr);
void ch_test_cfree(void *ptr);
void *ch_test_memalign(size_t alignment, size_t size);
void *ch_test_aligned_alloc(size_t alignment, size_t size);
int ch_test_posix_memalign(void **out, size_t alignment, size_t size);
void *ch_test_valloc(size_t size);
void *ch_test_pvalloc(size_t size);
size_t ch_test_malloc_usable_size(void *ptr);
