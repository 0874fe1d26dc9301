/* SPDX-License-Identifier: MIT */
/*
 * What level `hardened` adds: freed blocks of the system's heaps are held back a while. Skipped at the levels below, and in part
 * where the option has no room for it.
 */
#include "api_setup.h"
#include "frame_bytes.h"
#include "multi_heap_setup.h"

#define HEAP_SIZE 16384u

static unsigned char *memory;

static void drain(void) {
    /* A request that nobody can serve lets all out. */
    void *all = heap_caps_malloc(HEAP_SIZE, API_CAP_USER_A);
    assert_null(all);
    api_failures_clear();
}

static void a_freed_block_is_not_at_once_to_be_had_again(void **state) {
    (void)state;
    if (!FRAME_HOLDS_BACK) skip();
    for (int i = 0; i < 5; i++) {
        void *p = heap_caps_malloc(40, API_CAP_USER_A);
        heap_caps_free(p);
        void *q = heap_caps_malloc(40, API_CAP_USER_A);
        assert_ptr_not_equal(q, p);
        heap_caps_free(q);
    }
    assert_true(heap_caps_check_integrity_all(true));
    drain();
}

static void what_is_held_back_is_bounded_and_comes_out(void **state) {
    (void)state;
    if (!FRAME_HOLDS_BACK) skip();
    size_t free_bytes = heap_caps_get_free_size(API_CAP_USER_A);
    for (int i = 0; i < 500; i++) heap_caps_free(heap_caps_malloc(1 + (size_t)i % 90, API_CAP_USER_A));
    multi_heap_info_t info;
    heap_caps_get_info(&info, API_CAP_USER_A);
    assert_in_range(info.allocated_blocks, 1, CH_CFG_QUARANTINE_BLOCKS);
    assert_true(info.total_allocated_bytes <= CH_CFG_QUARANTINE_BYTES);
    drain();
    assert_int_equal(heap_caps_get_free_size(API_CAP_USER_A), free_bytes);
}

static void a_block_longer_than_all_room_is_freed_at_once(void **state) {
    (void)state;
    if (!FRAME_HOLDS_BACK) skip();
    void *p = heap_caps_malloc(CH_CFG_QUARANTINE_BYTES + 1, API_CAP_USER_A);
    assert_non_null(p);
    heap_caps_free(p);
    assert_int_equal(heap_caps_get_largest_free_block(API_CAP_USER_A), heap_caps_get_free_size(API_CAP_USER_A));
}

static void no_request_fails_for_what_is_held_back(void **state) {
    (void)state;
    size_t all = heap_caps_get_largest_free_block(API_CAP_USER_A);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 10; k++) heap_caps_free(heap_caps_malloc(100, API_CAP_USER_A));
        void *p = heap_caps_malloc(all, API_CAP_USER_A);
        assert_non_null(p);
        heap_caps_free(p);
    }
    drain();
}

/* Memory for code may be several heaps, of which some are asked by another address. */
static void no_request_for_code_fails_for_what_is_held_back(void **state) {
    (void)state;
    void *first = API_CAP_EXEC ? heap_caps_malloc(100, API_CAP_EXEC) : NULL, *taken[64];
    if (!first) skip();
    size_t count = 0, largest;
    for (; (largest = heap_caps_get_largest_free_block(API_CAP_EXEC)) >= 100 && count < 64; count++) {
        taken[count] = heap_caps_malloc(largest, API_CAP_EXEC);
        assert_non_null(taken[count]);
    }
    heap_caps_free(first);
    first = heap_caps_malloc(100, API_CAP_EXEC);
    assert_non_null(first);
    heap_caps_free(first);
    while (count-- > 0) heap_caps_free(taken[count]);
    drain();
}

static void expect_told_as_double_free(void *p) {
    ch_test_output_clear();
    CH_EXPECT_FATAL(heap_caps_free(p));
    assert_string_equal(ch_test_fatal_reason(), "block already marked as free");
    api_expect_report(p);
    CH_EXPECT_FATAL(heap_caps_realloc(p, 50, API_CAP_USER_A));
    api_expect_report(p);
    CH_EXPECT_FATAL(heap_caps_get_allocated_size(p));
    CH_EXPECT_FATAL(heap_caps_get_containing_block_size((char *)p + 4));
    ch_test_output_clear();
}

static void a_second_free_is_told_as_one(void **state) {
    (void)state;
    void *p = heap_caps_malloc(40, API_CAP_USER_A), *q = heap_caps_aligned_alloc(256, 40, API_CAP_USER_A);
    heap_caps_free(p);
    expect_told_as_double_free(p);
    heap_caps_free(q);
    expect_told_as_double_free(q);
    expect_told_as_double_free(p);
    assert_true(heap_caps_check_integrity_all(true));
    drain();
    expect_told_as_double_free(p);
}

static void each_byte_written_to_a_block_held_back_is_found_by_a_check(void **state) {
    (void)state;
    unsigned char *p = heap_caps_malloc(45, API_CAP_USER_A);
    assert_non_null(heap_caps_malloc(5, API_CAP_USER_A)); /* stays */
    heap_caps_free(p);
    for (int at = FRAME_HOLDS_BACK ? -8 : 16; at < (FRAME_HOLDS_BACK ? 49 : 20); at++) {
        p[at] ^= 4;
        assert_false(heap_caps_check_integrity(API_CAP_USER_A, true));
        assert_int_equal(api_count_lines("CORRUPT HEAP: Invalid data at "), 1);
        ch_test_output_clear();
        p[at] ^= 4;
        assert_true(heap_caps_check_integrity(API_CAP_USER_A, true));
    }
    drain();
}

static void a_block_written_to_is_found_when_it_comes_out(void **state) {
    (void)state;
    if (!FRAME_HOLDS_BACK) skip();
    unsigned char *p = heap_caps_malloc(45, API_CAP_USER_A);
    heap_caps_free(p);
    p[44] = 0;
    ch_test_output_clear();
    CH_EXPECT_FATAL(drain());
    assert_int_equal(api_count_lines("CORRUPT HEAP: Invalid data at "), 1);
    ch_test_output_clear();
    p[44] = 0xFE; /* the block is lost, but sound */
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    memory = api_span(HEAP_SIZE);
    api_add_heap(memory, HEAP_SIZE, API_CAP_USER_A, 0, 0);
    return 0;
}

static void not_at_this_level(void **state) {
    (void)state;
    skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_freed_block_is_not_at_once_to_be_had_again),
        cmocka_unit_test(what_is_held_back_is_bounded_and_comes_out),
        cmocka_unit_test(a_block_longer_than_all_room_is_freed_at_once),
        cmocka_unit_test(no_request_fails_for_what_is_held_back),
        cmocka_unit_test(no_request_for_code_fails_for_what_is_held_back),
        cmocka_unit_test(a_second_free_is_told_as_one),
        cmocka_unit_test(each_byte_written_to_a_block_held_back_is_found_by_a_check),
        cmocka_unit_test(a_block_written_to_is_found_when_it_comes_out),
    };
    const struct CMUnitTest none[] = {cmocka_unit_test(not_at_this_level)};
    if (!(CH_CFG_DETECTION >= CH_DETECT_HARDENED)) return cmocka_run_group_tests(none, NULL, NULL);
    return cmocka_run_group_tests(tests, boot, NULL);
}
