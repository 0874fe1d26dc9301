/* SPDX-License-Identifier: MIT */
/*
 * The entry points that allocate: of esp_heap_caps.h, the base and default functions behind it, and the malloc family (under the
 * names of tests/libc/names/libc_names.h). The ones of multi_heap.h are in multi_heap_sizes_test.c.
 */
#include <errno.h>

#include "caps/caps_base.h"
#include "libc_calls.h"
#include "sizes.h"

#define CALL(name, expression)                                                                                                   \
    static void *name(const ask_t *q) { return expression; }

CALL(caps_malloc, heap_caps_malloc(q->size, q->caps))
CALL(caps_calloc, heap_caps_calloc(1, q->size, q->caps))
CALL(caps_calloc_many, heap_caps_calloc(q->size, 1, q->caps))
CALL(caps_realloc_none, heap_caps_realloc(NULL, q->size, q->caps))
CALL(caps_realloc, heap_caps_realloc(q->old, q->size, q->caps))
CALL(caps_aligned, heap_caps_aligned_alloc(q->alignment, q->size, q->caps))
CALL(caps_aligned_calloc, heap_caps_aligned_calloc(q->alignment, 1, q->size, q->caps))
CALL(caps_aligned_calloc_many, heap_caps_aligned_calloc(q->alignment, q->size, 1, q->caps))
CALL(malloc_prefer_one, heap_caps_malloc_prefer(q->size, 1, q->caps))
CALL(malloc_prefer_last, heap_caps_malloc_prefer(q->size, 3, API_CAP_NOBODY, MALLOC_CAP_INVALID, q->caps))
CALL(calloc_prefer, heap_caps_calloc_prefer(1, q->size, 2, API_CAP_NOBODY, q->caps))
CALL(calloc_prefer_many, heap_caps_calloc_prefer(q->size, 1, 1, q->caps))
CALL(realloc_prefer_none, heap_caps_realloc_prefer(NULL, q->size, 2, API_CAP_NOBODY, q->caps))
CALL(realloc_prefer, heap_caps_realloc_prefer(q->old, q->size, 2, API_CAP_NOBODY, q->caps))

CALL(base_malloc, heap_caps_malloc_base(q->size, q->caps))
CALL(base_calloc, heap_caps_calloc_base(1, q->size, q->caps))
CALL(base_realloc, heap_caps_realloc_base(q->old, q->size, q->caps))
CALL(default_malloc, heap_caps_malloc_default(q->size))
CALL(default_realloc, heap_caps_realloc_default(q->old, q->size))
CALL(default_aligned, heap_caps_aligned_alloc_default(q->alignment, q->size))

CALL(libc_malloc, ch_test_malloc(q->size))
CALL(libc_calloc, ch_test_calloc(1, q->size))
CALL(libc_calloc_many, ch_test_calloc(q->size, 1))
CALL(libc_realloc_none, ch_test_realloc(NULL, q->size))
CALL(libc_realloc, ch_test_realloc(q->old, q->size))
CALL(libc_reallocarray, ch_test_reallocarray(q->old, 1, q->size))
CALL(libc_memalign, ch_test_memalign(q->alignment, q->size))
CALL(libc_aligned, ch_test_aligned_alloc(q->alignment, q->size))
CALL(libc_valloc, ch_test_valloc(q->size))
CALL(libc_pvalloc, ch_test_pvalloc(q->size))

/* Beside the block there is an error to be right about, and a variable to be left alone. */
static void *libc_posix(const ask_t *q) {
    void *out = (void *)(uintptr_t)1;
    bool valid = q->alignment != 0 && (q->alignment & (q->alignment - 1)) == 0;
    int error = ch_test_posix_memalign(&out, q->alignment, q->size);
    if (q->size == 0) {
        assert_int_equal(error, 0);
        assert_null(out);
        return NULL;
    }
    if (error == 0) return out;
    assert_int_equal(error == EINVAL, !valid);
    assert_ptr_equal(out, (void *)(uintptr_t)1);
    return NULL;
}

#define NAMED(name) "heap_caps_" name

const entry_t sizes_entries[] = {
    {"malloc", TAKES_CAPS, caps_malloc, NAMED("malloc")},
    {"calloc(1, size)", TAKES_CAPS | CLEARS, caps_calloc, NAMED("calloc")},
    {"calloc(size, 1)", TAKES_CAPS | CLEARS | COUNTS, caps_calloc_many, NAMED("calloc")},
    {"realloc(NULL)", TAKES_CAPS, caps_realloc_none, NAMED("realloc")},
    {"realloc", TAKES_CAPS | TAKES_BLOCK, caps_realloc, NAMED("realloc")},
    {"aligned_alloc", TAKES_CAPS | TAKES_ALIGNMENT, caps_aligned, NAMED("aligned_alloc")},
    {"aligned_calloc(1, size)", TAKES_CAPS | TAKES_ALIGNMENT | CLEARS, caps_aligned_calloc, NAMED("aligned_calloc")},
    {"aligned_calloc(size, 1)", TAKES_CAPS | TAKES_ALIGNMENT | CLEARS, caps_aligned_calloc_many, NAMED("aligned_calloc")},
    {"malloc_prefer", TAKES_CAPS, malloc_prefer_one, NAMED("malloc_prefer")},
    {"malloc_prefer, third", TAKES_CAPS, malloc_prefer_last, NAMED("malloc_prefer")},
    {"calloc_prefer(1, size)", TAKES_CAPS | CLEARS, calloc_prefer, NAMED("calloc_prefer")},
    {"calloc_prefer(size, 1)", TAKES_CAPS | CLEARS | COUNTS, calloc_prefer_many, NAMED("calloc_prefer")},
    {"realloc_prefer(NULL)", TAKES_CAPS, realloc_prefer_none, NAMED("realloc_prefer")},
    {"realloc_prefer", TAKES_CAPS | TAKES_BLOCK, realloc_prefer, NAMED("realloc_prefer")},
    {"malloc_base", TAKES_CAPS | SILENT, base_malloc, NULL},
    {"calloc_base", TAKES_CAPS | SILENT | CLEARS, base_calloc, NULL},
    {"realloc_base", TAKES_CAPS | SILENT | TAKES_BLOCK, base_realloc, NULL},
    {"malloc_default", OF_LIBC, default_malloc, NULL},
    {"realloc_default", OF_LIBC | TAKES_BLOCK, default_realloc, NULL},
    {"aligned_alloc_default", OF_LIBC | TAKES_ALIGNMENT, default_aligned, NULL},
    {"libc malloc", OF_LIBC, libc_malloc, NULL},
    {"libc calloc(1, size)", OF_LIBC | CLEARS, libc_calloc, NULL},
    {"libc calloc(size, 1)", OF_LIBC | CLEARS, libc_calloc_many, NULL},
    {"libc realloc(NULL)", OF_LIBC, libc_realloc_none, NULL},
    {"libc realloc", OF_LIBC | TAKES_BLOCK, libc_realloc, NULL},
    {"libc reallocarray", OF_LIBC | TAKES_BLOCK, libc_reallocarray, NULL},
    {"libc memalign", OF_LIBC | TAKES_ALIGNMENT, libc_memalign, NULL},
    {"libc aligned_alloc", OF_LIBC | TAKES_ALIGNMENT, libc_aligned, NULL},
    {"libc posix_memalign", OF_LIBC | TAKES_ALIGNMENT, libc_posix, NULL},
    {"libc valloc", OF_LIBC, libc_valloc, NULL},
    {"libc pvalloc", OF_LIBC, libc_pvalloc, NULL},
};
const size_t sizes_entry_count = sizeof sizes_entries / sizeof sizes_entries[0];
