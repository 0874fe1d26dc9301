/* SPDX-License-Identifier: MIT */
/* With NDEBUG bad pointers are ignored: nothing is printed, nothing changes, and nothing comes of them. Variant ndebug alone runs
 * this; its walks also take several blocks in a slice. */
#include "api_setup.h"
#include "frame_bytes.h"
#include "multi_heap.h"

static int outside;

/** What is held back counts as used: lets it out. */
static void drain(void) {
    if (!FRAME_HOLDS_BACK) return;
    void *p = heap_caps_malloc(heap_caps_get_total_size(MALLOC_CAP_8BIT), MALLOC_CAP_8BIT); /* no heap has so much */
    assert_null(p);
    api_failures_clear();
}

static void bad_pointers_are_ignored_by_the_capability_calls(void **state) {
    (void)state;
    if (!CH_CFG_NDEBUG) skip();
    char *p = heap_caps_malloc(100, MALLOC_CAP_8BIT), *once = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    heap_caps_free(once);
    void *bad[] = {&outside, p + 4, p + 2 * CH_CFG_GRANULE, once};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        heap_caps_free(bad[i]);
        assert_null(heap_caps_realloc(bad[i], 200, MALLOC_CAP_8BIT));
        api_failures_clear();
        if (!(FRAME_HOLDS_BACK && bad[i] == once)) assert_int_equal(heap_caps_get_allocated_size(bad[i]), 0);
    }
    assert_int_equal(heap_caps_get_containing_block_size(&outside), 0);
    assert_int_equal(heap_caps_get_containing_block_size(once), 0);
    assert_true(heap_caps_get_containing_block_size(p + 20) >= 100);
    assert_null(heap_caps_realloc(p, 200, MALLOC_CAP_INVALID));
    assert_string_equal(ch_test_output(), "");
    heap_caps_free(p);
    drain();
}

/*
 * Where there are guards: told in one line, as the option for short reports says in the variant with both, and the block left
 * alone.
 */
static void a_damaged_block_is_told_and_left_alone(void **state) {
    (void)state;
    if (!CH_CFG_NDEBUG || !FRAME_IS_THERE) skip();
    char *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    size_t free_bytes = heap_caps_get_free_size(MALLOC_CAP_8BIT);
    p[100] ^= 1;
    heap_caps_free(p);
    assert_null(heap_caps_realloc(p, 200, MALLOC_CAP_8BIT));
    api_failures_clear();
    assert_int_equal(heap_caps_get_allocated_size(p), 100);
    assert_int_equal(api_count_lines("CORRUPT HEAP: Bad tail at "), 3);
    if (!CH_CFG_REPORT) assert_int_equal(api_count_lines(""), 3);
    assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_8BIT), free_bytes);
    p[100] ^= 1;
    heap_caps_free(p);
    drain();
}

static void so_it_is_in_one_heap(void **state) {
    (void)state;
    if (!CH_CFG_NDEBUG || !FRAME_IS_THERE) skip();
    multi_heap_handle_t heap = multi_heap_register(ch_test_span(4096), 4096);
    char *p = multi_heap_malloc(heap, 100);
    p[100] ^= 1;
    multi_heap_free(heap, p);
    assert_null(multi_heap_realloc(heap, p, 50));
    assert_int_equal(multi_heap_get_allocated_size(heap, p), 100);
    assert_int_equal(api_count_lines("CORRUPT HEAP: Bad tail at "), 3);
    assert_null(multi_heap_find_containing_block(heap, p + 50));
    p[100] ^= 1;
    ch_test_output_clear();
    assert_ptr_equal(multi_heap_find_containing_block(heap, p + 50), p);
    multi_heap_free(heap, p);
    assert_true(multi_heap_check(heap, true));
    assert_string_equal(ch_test_output(), "");
}

static void bad_pointers_are_ignored_by_one_heap(void **state) {
    (void)state;
    if (!CH_CFG_NDEBUG) skip();
    multi_heap_handle_t heap = multi_heap_register(ch_test_span(4096), 4096);
    char *p = multi_heap_malloc(heap, 100);
    void *bad[] = {&outside, p + 4, p + 2 * CH_CFG_GRANULE};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        multi_heap_free(heap, bad[i]);
        assert_null(multi_heap_realloc(heap, bad[i], 50));
        assert_int_equal(multi_heap_get_allocated_size(heap, bad[i]), 0);
        assert_int_equal(multi_heap_get_full_block_size(heap, bad[i]), 0);
    }
    assert_int_equal(multi_heap_get_allocated_size(NULL, p), 0);
    assert_int_equal(multi_heap_get_allocated_size(heap, NULL), 0);
    assert_null(multi_heap_find_containing_block(heap, &outside));
    assert_string_equal(ch_test_output(), "");
    multi_heap_free(heap, p);
    assert_true(multi_heap_check(heap, true));
}

static bool sum_up(void *block, size_t size, int used, void *sums) {
    (void)block;
    ((size_t *)sums)[used ? 1 : 0] += used ? size - FRAME_BYTES : size;
    return true;
}

static void walks_in_slices_see_every_block(void **state) {
    (void)state;
    multi_heap_handle_t heap = multi_heap_register(ch_test_span(4096), 4096);
    for (size_t blocks = 0; blocks < 12; blocks++) {
        multi_heap_info_t info;
        size_t sums[2] = {0, 0};
        multi_heap_get_info(heap, &info);
        multi_heap_walk(heap, sum_up, sums);
        assert_int_equal(frame_inner(sums[0]), info.total_free_bytes);
        assert_int_equal(sums[1], info.total_allocated_bytes);
        multi_heap_free(heap, multi_heap_malloc(heap, 30));
        assert_non_null(multi_heap_malloc(heap, 100));
    }
}

static int begin(void **state) {
    (void)state;
    api_boot();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(bad_pointers_are_ignored_by_the_capability_calls),
        API_TEST(bad_pointers_are_ignored_by_one_heap),
        API_TEST(a_damaged_block_is_told_and_left_alone),
        API_TEST(so_it_is_in_one_heap),
        API_TEST(walks_in_slices_see_every_block),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
