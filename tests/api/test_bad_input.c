/* SPDX-License-Identifier: MIT */
/*
 * Input that no call can serve, for every public entry point of the capability API: NULL or the error of API.md, the callback
 * once where API.md says so, and every heap exactly as before. test_bad_free.c has the pointers, test_add_region.c the ranges.
 */
#include "api_setup.h"

/* Sizes that no memory has: everything within 64 of the wrap, the signed limits, and more than the chip serves at once. */
#define SIZES_MAX 160
static size_t sizes[SIZES_MAX];
static size_t size_count;

static const size_t bad_alignments[] = {0,  3,  5,  6,   7,          9,          12,       15,          24,
                                        31, 33, 48, 100, 0x7fffffff, 0x80000001, SIZE_MAX, SIZE_MAX - 1};
static const uint32_t bad_caps[] = {0,
                                    MALLOC_CAP_INVALID,
                                    API_CAP_NOBODY,
                                    API_CAP_NOBODY | MALLOC_CAP_DEFAULT,
                                    MALLOC_CAP_INVALID | MALLOC_CAP_8BIT,
                                    MALLOC_CAP_PID2,
                                    MALLOC_CAP_PID7 | MALLOC_CAP_8BIT,
                                    MALLOC_CAP_INTERNAL | MALLOC_CAP_SPIRAM,
                                    0x7fffffff,
                                    0xffffffff};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static multi_heap_info_t before;
static size_t largest_before;

static void unchanged_begin(void) {
    heap_caps_get_info(&before, 0);
    largest_before = heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT);
    api_failures_clear();
}

/* Nothing moved, not even for a moment: the low watermark would show it. */
static void unchanged_end(void) {
    multi_heap_info_t now;
    heap_caps_get_info(&now, 0);
    assert_int_equal(now.total_free_bytes, before.total_free_bytes);
    assert_int_equal(now.total_allocated_bytes, before.total_allocated_bytes);
    assert_int_equal(now.minimum_free_bytes, before.minimum_free_bytes);
    assert_int_equal(now.largest_free_block, before.largest_free_block);
    assert_int_equal(now.allocated_blocks, before.allocated_blocks);
    assert_int_equal(now.free_blocks, before.free_blocks);
    assert_int_equal(heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT), largest_before);
    assert_true(heap_caps_check_integrity_all(true));
}

static void make_sizes(void) {
    for (size_t i = 0; i <= 64; i++) {
        sizes[size_count++] = SIZE_MAX - i;
        sizes[size_count++] = SIZE_MAX / 2 + 33 - i; /* both sides of the sign */
    }
    sizes[size_count++] = ch_chip.max_request + 1;
    sizes[size_count++] = ch_chip.max_request * 2;
    sizes[size_count++] = 0x80000000u;
    sizes[size_count++] = 0x7fffffffu;
    sizes[size_count++] = 0xfffffffcu;
    sizes[size_count++] = 0xfffffff0u;
}

static void malloc_of_impossible_sizes(void **state) {
    (void)state;
    static const uint32_t kinds[] = {MALLOC_CAP_DEFAULT, MALLOC_CAP_32BIT, MALLOC_CAP_DMA, MALLOC_CAP_INTERNAL,
                                     API_CAP_EXEC | MALLOC_CAP_32BIT};
    unchanged_begin();
    for (size_t i = 0; i < size_count; i++) {
        for (size_t k = 0; k < COUNT(kinds); k++) {
            assert_null(heap_caps_malloc(sizes[i], kinds[k]));
            api_expect_failure(sizes[i], kinds[k], "heap_caps_malloc");
        }
        assert_null(heap_caps_malloc_prefer(sizes[i], 2, MALLOC_CAP_DEFAULT, MALLOC_CAP_DMA));
        api_expect_failure(sizes[i], MALLOC_CAP_DMA, "heap_caps_malloc_prefer");
    }
    unchanged_end();
}

static void calloc_of_impossible_sizes(void **state) {
    (void)state;
    unchanged_begin();
    for (size_t i = 0; i < size_count; i++) {
        assert_null(heap_caps_calloc(1, sizes[i], MALLOC_CAP_DEFAULT));
        api_expect_failure(sizes[i], MALLOC_CAP_DEFAULT, "heap_caps_calloc");
        assert_null(heap_caps_calloc(sizes[i], 1, MALLOC_CAP_DEFAULT));
        api_expect_failure(sizes[i], MALLOC_CAP_DEFAULT, "heap_caps_calloc");
        assert_null(heap_caps_calloc_prefer(sizes[i], 1, 2, MALLOC_CAP_DMA, MALLOC_CAP_DEFAULT));
        api_expect_failure(sizes[i], MALLOC_CAP_DEFAULT, "heap_caps_calloc_prefer");
        assert_null(heap_caps_aligned_calloc(64, 1, sizes[i], MALLOC_CAP_DEFAULT));
        api_expect_failure(sizes[i], MALLOC_CAP_DEFAULT, "heap_caps_aligned_calloc");
    }
    unchanged_end();
}

/* Pairs whose product wraps, to 0, to something small, or by a little. */
static void products_that_overflow(void **state) {
    (void)state;
    const size_t half = (size_t)1 << (sizeof(size_t) * 4);
    const size_t pairs[][2] = {{half, half},          {half + 1, half},        {half + 1, half + 1},
                               {SIZE_MAX, 2},         {SIZE_MAX / 2 + 1, 2},   {SIZE_MAX / 2 + 2, 2},
                               {SIZE_MAX / 3 + 1, 3}, {SIZE_MAX / 16 + 1, 16}, {SIZE_MAX, SIZE_MAX}};
    unchanged_begin();
    for (size_t i = 0; i < COUNT(pairs); i++) {
        for (int swap = 0; swap < 2; swap++) {
            size_t n = pairs[i][swap];
            size_t size = pairs[i][1 - swap];
            assert_null(heap_caps_calloc(n, size, MALLOC_CAP_DEFAULT));
            api_expect_failure(SIZE_MAX, MALLOC_CAP_DEFAULT, "heap_caps_calloc");
            assert_null(heap_caps_aligned_calloc(32, n, size, MALLOC_CAP_DEFAULT));
            api_expect_failure(SIZE_MAX, MALLOC_CAP_DEFAULT, "heap_caps_aligned_calloc");
            assert_null(heap_caps_calloc_prefer(n, size, 2, MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT));
            api_expect_failure(SIZE_MAX, MALLOC_CAP_8BIT, "heap_caps_calloc_prefer");
        }
    }
    unchanged_end();
}

static void aligned_alloc_of_impossible_sizes_and_alignments(void **state) {
    (void)state;
    unchanged_begin();
    for (unsigned bit = 0; bit < 32; bit++) {
        for (size_t i = 0; i < size_count; i += bit < 8 ? 1 : 7) {
            assert_null(heap_caps_aligned_alloc((size_t)1 << bit, sizes[i], MALLOC_CAP_8BIT));
            api_expect_failure(sizes[i], MALLOC_CAP_8BIT, "heap_caps_aligned_alloc");
        }
    }
    for (size_t i = 0; i < COUNT(bad_alignments); i++) {
        assert_null(heap_caps_aligned_alloc(bad_alignments[i], 16, MALLOC_CAP_8BIT));
        assert_null(heap_caps_aligned_alloc(bad_alignments[i], SIZE_MAX, API_CAP_NOBODY));
        assert_null(heap_caps_aligned_calloc(bad_alignments[i], 1, 16, MALLOC_CAP_8BIT));
        api_expect_no_failure();
    }
    unchanged_end();
}

/* Larger than every heap: NULL unless a heap happens to hold such an address. */
static void alignments_larger_than_any_region(void **state) {
    (void)state;
    for (unsigned bit = 24; bit < 32; bit++) {
        size_t alignment = (size_t)1 << bit;
        void *p = heap_caps_aligned_alloc(alignment, 16, MALLOC_CAP_DEFAULT);
        if (p != NULL) {
            assert_int_equal((uintptr_t)p % alignment, 0);
            assert_non_null(api_heap_of(p));
            heap_caps_free(p);
        } else {
            api_expect_failure(16, MALLOC_CAP_DEFAULT, "heap_caps_aligned_alloc");
        }
        api_expect_no_failure();
    }
}

static void capabilities_that_nobody_has(void **state) {
    (void)state;
    unchanged_begin();
    for (size_t i = 0; i < COUNT(bad_caps); i++) {
        uint32_t caps = bad_caps[i];
        assert_null(heap_caps_malloc(16, caps));
        api_expect_failure(16, caps, "heap_caps_malloc");
        assert_null(heap_caps_calloc(2, 8, caps));
        api_expect_failure(16, caps, "heap_caps_calloc");
        assert_null(heap_caps_aligned_alloc(32, 16, caps));
        api_expect_failure(16, caps, "heap_caps_aligned_alloc");
        assert_null(heap_caps_aligned_calloc(32, 2, 8, caps));
        api_expect_failure(16, caps, "heap_caps_aligned_calloc");
        assert_null(heap_caps_malloc_prefer(16, 2, API_CAP_NOBODY, caps));
        api_expect_failure(16, caps, "heap_caps_malloc_prefer");
        assert_null(heap_caps_calloc_prefer(2, 8, 2, API_CAP_NOBODY, caps));
        api_expect_failure(16, caps, "heap_caps_calloc_prefer");
        assert_null(heap_caps_realloc_prefer(NULL, 16, 1, caps));
        assert_int_equal(api_failures()->count, 1);
        assert_null(heap_caps_realloc(NULL, 16, caps));
        assert_int_equal(api_failures()->count, 2);
        api_failures_clear();
    }
    unchanged_end();
}

static void realloc_to_impossible_sizes_and_caps_keeps_the_block(void **state) {
    (void)state;
    void *p = heap_caps_malloc(200, MALLOC_CAP_8BIT);
    api_fill_words(p, 200, 42);
    unchanged_begin();
    for (size_t i = 0; i < size_count; i++) {
        assert_null(heap_caps_realloc(p, sizes[i], MALLOC_CAP_8BIT));
        api_expect_failure(sizes[i], MALLOC_CAP_8BIT, "heap_caps_realloc");
        assert_null(heap_caps_realloc_prefer(p, sizes[i], 2, MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT));
        api_expect_failure(sizes[i], MALLOC_CAP_8BIT, "heap_caps_realloc_prefer");
    }
    for (size_t i = 1; i < COUNT(bad_caps); i++) { /* not caps 0: every heap has all of none */
        assert_null(heap_caps_realloc(p, 200, bad_caps[i]));
        api_expect_failure(200, bad_caps[i], "heap_caps_realloc");
    }
    assert_true(api_words_hold(p, 200, 42));
    unchanged_end();
    heap_caps_free(p);
}

static void queries_take_any_mask(void **state) {
    (void)state;
    multi_heap_info_t info;
    unchanged_begin();
    for (size_t i = 1; i < COUNT(bad_caps); i++) {
        assert_int_equal(heap_caps_get_total_size(bad_caps[i]), 0);
        assert_int_equal(heap_caps_get_free_size(bad_caps[i]), 0);
        assert_int_equal(heap_caps_get_minimum_free_size(bad_caps[i]), 0);
        assert_int_equal(heap_caps_get_largest_free_block(bad_caps[i]), 0);
        heap_caps_get_info(&info, bad_caps[i]);
        assert_int_equal(info.total_blocks, 0);
        assert_int_equal(info.largest_free_block, 0);
        assert_true(heap_caps_check_integrity(bad_caps[i], true));
    }
    assert_int_equal(heap_caps_get_largest_free_block(0), before.largest_free_block);
    api_expect_no_failure();
    unchanged_end();
}

static void register_callback_null_is_refused(void **state) {
    (void)state;
    assert_int_equal(heap_caps_register_failed_alloc_callback(NULL), ESP_ERR_INVALID_ARG);
    assert_null(heap_caps_malloc(3, API_CAP_NOBODY));
    api_expect_failure(3, API_CAP_NOBODY, "heap_caps_malloc");
}

static void regions_that_make_no_heap_change_nothing(void **state) {
    (void)state;
    static const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {API_CAP_USER_A, 0, 0};
    intptr_t span = (intptr_t)api_span(512);
    api_heap_t heaps[API_MAX_HEAPS];
    assert_true(api_list_heaps(heaps, API_MAX_HEAPS) > 0);
    const api_heap_t first = heaps[0];
    unchanged_begin();
    assert_int_equal(heap_caps_add_region_with_caps(NULL, span, span + 512), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(caps, 0, span), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(caps, span, 0), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(caps, span + 512, span), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(caps, span, span), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(caps, span, span + 8), ESP_ERR_INVALID_SIZE);
    assert_int_equal(heap_caps_add_region_with_caps(caps, span + 2, span + 512), ESP_ERR_INVALID_SIZE);
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)first.start, (intptr_t)first.end), ESP_FAIL);
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)first.start + 64, (intptr_t)first.end + 64), ESP_FAIL);
    assert_int_equal(heap_caps_add_region_with_caps(caps, -64, 64), ESP_ERR_INVALID_ARG);
    api_expect_no_failure();
    before.minimum_free_bytes = heap_caps_get_minimum_free_size(0); /* a descriptor may have been taken and given back */
    unchanged_end();
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    make_sizes();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(malloc_of_impossible_sizes),
        API_TEST(calloc_of_impossible_sizes),
        API_TEST(products_that_overflow),
        API_TEST(aligned_alloc_of_impossible_sizes_and_alignments),
        API_TEST(alignments_larger_than_any_region),
        API_TEST(capabilities_that_nobody_has),
        API_TEST(realloc_to_impossible_sizes_and_caps_keeps_the_block),
        API_TEST(queries_take_any_mask),
        API_TEST(register_callback_null_is_refused),
        API_TEST(regions_that_make_no_heap_change_nothing),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
