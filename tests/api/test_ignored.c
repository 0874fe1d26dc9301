/* SPDX-License-Identifier: MIT */
/* With NDEBUG bad pointers are ignored: nothing is printed, nothing changes, and nothing comes of them. Variant ndebug alone runs
 * this; its walks also take several blocks in a slice. */
#include "api_setup.h"
#include "frame_bytes.h"
#include "multi_heap.h"

static int outside;

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
        assert_int_equal(heap_caps_get_allocated_size(bad[i]), 0);
    }
    assert_int_equal(heap_caps_get_containing_block_size(&outside), 0);
    assert_int_equal(heap_caps_get_containing_block_size(once), 0);
    assert_true(heap_caps_get_containing_block_size(p + 20) >= 100);
    assert_null(heap_caps_realloc(p, 200, MALLOC_CAP_INVALID));
    assert_string_equal(ch_test_output(), "");
    heap_caps_free(p);
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
        API_TEST(walks_in_slices_see_every_block),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
