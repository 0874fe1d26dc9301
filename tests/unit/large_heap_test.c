/* SPDX-License-Identifier: MIT */
/* A heap of 4 GB on a 64-bit host: offsets, lengths and totals beyond 31 and 32 bits. Skipped where no such range can be had. */
#define _GNU_SOURCE
#include "ch_test.h"
#include "frame_bytes.h"

#include <string.h>

#include "heap/heap.h"

#if defined __unix__
#include <sys/mman.h>

static void *map(size_t size) {
    void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}
#else
static void *map(size_t size) {
    (void)size;
    return NULL;
}
#endif

#define GIB ((size_t)1 << 30)

static unsigned char *start;
static multi_heap_handle_t heap;

static size_t largest_now(void) {
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    return info.largest_free_block;
}

static void whole_heap_is_one_block_that_can_be_had(void **state) {
    (void)state;
    if (!heap) {
        skip();
    }
    size_t all = multi_heap_free_size(heap);
    assert_true(all > 3 * GIB + GIB / 2);
    assert_int_equal(largest_now(), all);
    assert_null(multi_heap_malloc(heap, all + 1));
    unsigned char *p = multi_heap_malloc(heap, all);
    assert_non_null(p);
    assert_int_equal(multi_heap_get_allocated_size(heap, p), all);
    assert_int_equal(multi_heap_free_size(heap), 0);
    p[0] = p[all - 1] = 1;
    assert_ptr_equal(multi_heap_find_containing_block(heap, p + all - 1), p);
    assert_true(multi_heap_check(heap, true));
    multi_heap_free(heap, p);
    assert_int_equal(multi_heap_free_size(heap), all);
}

static void blocks_beyond_2_gb_behave_like_others(void **state) {
    (void)state;
    if (!heap) {
        skip();
    }
    size_t all = multi_heap_free_size(heap);
    unsigned char *low = multi_heap_malloc(heap, 2 * GIB + 5), *high = multi_heap_malloc(heap, GIB);
    unsigned char *small = multi_heap_malloc(heap, 100);
    assert_true(low && high && small);
    assert_true((size_t)(high - low) > 2 * GIB && (size_t)(small - start) > 3 * GIB);
    memset(small, 3, 100);
    low[0] = high[0] = 1, low[2 * GIB + 4] = high[GIB - 1] = 2;
    assert_true(multi_heap_get_allocated_size(heap, low) >= 2 * GIB + 5);
    multi_heap_free(heap, low); /* a hole of 2 GB, used at its start */
    unsigned char *again = multi_heap_malloc(heap, 2 * GIB + 5);
    assert_ptr_equal(again, low);
    again[0] = 1;
    low = multi_heap_realloc(heap, again, 1000);
    assert_int_equal(low[0], 1);
    assert_true(multi_heap_check(heap, true));
    /* Grows in place into what follows, beyond 2 GB again. */
    assert_ptr_equal(multi_heap_realloc(heap, low, 2 * GIB), low);
    assert_null(multi_heap_realloc(heap, small, all));
    for (int i = 0; i < 100; i++) assert_int_equal(small[i], 3);
    assert_int_equal(high[GIB - 1], 2);
    multi_heap_free(heap, low), multi_heap_free(heap, small), multi_heap_free(heap, high);
    assert_int_equal(multi_heap_free_size(heap), all);
    assert_int_equal(largest_now(), all);
}

/** One of as many granules as need a bit more than one size word has: the lower part of its length is 0. */
static void a_block_whose_length_ends_in_zeros_is_like_others(void **state) {
    (void)state;
    if (!heap) {
        skip();
    }
    size_t all = multi_heap_free_size(heap), size = ((size_t)CH_G << 27) - FRAME_BYTES;
    for (unsigned lead = 0; lead < 70; lead += 3) { /* wherever its first bit lies in a word */
        void *before = multi_heap_malloc(heap, (lead + 2) * CH_G);
        unsigned char *p = multi_heap_malloc(heap, size), *behind = multi_heap_malloc(heap, 100);
        assert_true(before && p && behind);
        assert_int_equal(multi_heap_get_allocated_size(heap, p), size);
        assert_ptr_equal(multi_heap_find_containing_block(heap, p + size - 1), p);
        assert_true(multi_heap_check(heap, true));
        for (uint32_t k = 1; k < 140 && !CH_CFG_NDEBUG; k += 2) {
            CH_EXPECT_FATAL(multi_heap_free(heap, p + (size_t)k * CH_G)); /* no block of its own */
        }
        assert_ptr_equal(multi_heap_realloc(heap, p, 1000), p);
        assert_ptr_equal(multi_heap_realloc(heap, p, size), p);
        assert_int_equal(multi_heap_get_allocated_size(heap, p), size);
        multi_heap_free(heap, before);
        multi_heap_free(heap, p);
        assert_true(multi_heap_check(heap, true));
        multi_heap_free(heap, behind);
        assert_int_equal(multi_heap_free_size(heap), all);
    }
}

static void largest_alignments_are_served_or_refused(void **state) {
    (void)state;
    if (!heap) {
        skip();
    }
    size_t all = multi_heap_free_size(heap);
    for (size_t alignment = 32; alignment <= (size_t)1 << 31; alignment *= 2) {
        void *p = multi_heap_aligned_alloc(heap, 1000, alignment);
        assert_int_equal((uintptr_t)p & (alignment - 1), 0);
        if (alignment <= GIB) assert_non_null(p);
        multi_heap_free(heap, p);
    }
    assert_null(multi_heap_aligned_alloc(heap, 1000, (size_t)1 << 31 << 1));
    assert_null(multi_heap_aligned_alloc(heap, SIZE_MAX - 8, (size_t)1 << 31));
    assert_int_equal(multi_heap_free_size(heap), all);
    assert_true(multi_heap_check(heap, true));
}

static void sizes_that_lose_their_upper_bits_are_refused(void **state) {
    (void)state;
    if (!heap) {
        skip();
    }
    size_t all = multi_heap_free_size(heap);
    void *kept = multi_heap_malloc(heap, 100);
    for (int bit = 32; bit < 64; bit++) {
        size_t size = ((size_t)1 << (bit & 63)) + 64;
        if (CH_WIDE) assert_null(multi_heap_malloc(heap, size));
        if (CH_WIDE) assert_null(multi_heap_realloc(heap, kept, size));
        if (CH_WIDE) assert_null(multi_heap_aligned_alloc(heap, size, 64));
        if (CH_WIDE)
            CH_EXPECT_FATAL(
                multi_heap_free(heap, (void *)((uintptr_t)kept + ((size_t)1 << (bit & 63))))); /* the same lower bits */
    }
    multi_heap_free(heap, kept);
    assert_int_equal(multi_heap_free_size(heap), all);
}

static void no_heap_is_longer_than_its_offsets(void **state) {
    (void)state;
    if (!CH_WIDE) skip();
    char *at = (char *)ch_test_span(64);
    assert_true(ch_engine_fits(at, 4 * (GIB - 1) + 4));
    for (int bit = 32; bit < 64; bit++) assert_false(ch_engine_fits(at, ((size_t)1 << (bit & 63)) + 1));
    assert_false(ch_engine_fits(at, SIZE_MAX / 2));
}

static int make(void **state) {
    (void)state;
    const size_t size =
        4 * (GIB - 1); /* with the last word: 2^32, the longest range that engine.h promises; not used on 32 bits */
    start = CH_WIDE && !FRAME_FILLS ? map(size + 4) : NULL; /* fills would make 4 GB of memory of it */
    heap = start ? multi_heap_register(start, size + 4) : NULL;
    return start && !heap;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_heap_is_one_block_that_can_be_had),
        cmocka_unit_test(blocks_beyond_2_gb_behave_like_others),
        cmocka_unit_test(a_block_whose_length_ends_in_zeros_is_like_others),
        cmocka_unit_test(largest_alignments_are_served_or_refused),
        cmocka_unit_test(sizes_that_lose_their_upper_bits_are_refused),
        cmocka_unit_test(no_heap_is_longer_than_its_offsets),
    };
    return cmocka_run_group_tests(tests, make, NULL);
}
