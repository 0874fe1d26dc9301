/* SPDX-License-Identifier: MIT */
/* multi_heap_internal.h and multi_heap_platform.h: blocks one by one, the lock, the fill. */
#include "multi_heap_setup.h"

#include "multi_heap_internal.h"
#include "multi_heap_platform.h"

enum { BLOCKS_MAX = 300 };

typedef struct {
    void *start;
    size_t size;
    bool used;
} seen_t;

static seen_t walked[BLOCKS_MAX];
static size_t walked_count;

static bool note(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    (void)user_data;
    assert_true(walked_count < BLOCKS_MAX);
    walked[walked_count++] = (seen_t){block_ptr, block_size, block_used != 0};
    return true;
}

/* Block by block access sees what a walk shows. */
static void expect_same_as_walk(multi_heap_handle_t heap) {
    size_t i = 0;
    walked_count = 0;
    multi_heap_walk(heap, note, NULL);
    multi_heap_internal_lock(heap);
    for (multi_heap_block_handle_t b = multi_heap_get_first_block(heap); b; b = multi_heap_get_next_block(heap, b), i++) {
        if (i >= walked_count) break;
        void *start = walked[i].used ? frame_user(walked[i].start) : walked[i].start;
        if (multi_heap_get_block_address(b) != start || multi_heap_is_free(b) == walked[i].used) break;
    }
    multi_heap_internal_unlock(heap);
    assert_int_equal(i, walked_count);
}

static void fresh_heap_has_one_free_block(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(4000);
    multi_heap_block_handle_t b = multi_heap_get_first_block(heap);
    assert_true(multi_heap_is_free(b));
    assert_null(multi_heap_get_next_block(heap, b));
    assert_ptr_equal(frame_user(multi_heap_get_block_address(b)), multi_heap_malloc(heap, 8));
}

static void block_by_block_access_agrees_with_the_walk(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(MH_SPAN);
    static void *held[150];
    uint32_t draw = ch_test_seed() | 1;
    for (int round = 0; round < 1200; round++) {
        draw = draw * 1664525u + 1013904223u;
        size_t i = (draw >> 8) % 150;
        if (held[i]) {
            multi_heap_free(heap, held[i]);
            held[i] = NULL;
        } else {
            /* 2 granules to more than one sliced look can pass */
            size_t size = (draw >> 16) % 16 == 0 ? 600 * MH_G : 1 + (draw >> 20) % (20 * MH_G);
            held[i] = multi_heap_malloc(heap, size);
        }
        if (round % 20 == 0) expect_same_as_walk(heap);
    }
    for (size_t i = 0; i < 150; i++) {
        multi_heap_free(heap, held[i]);
        held[i] = NULL;
    }
    expect_same_as_walk(heap);
}

static void last_block_used_ends_the_row_too(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(2000);
    void *all = multi_heap_malloc(heap, multi_heap_free_size(heap));
    multi_heap_block_handle_t b = multi_heap_get_first_block(heap);
    assert_false(multi_heap_is_free(b));
    assert_ptr_equal(multi_heap_get_block_address(b), all);
    assert_null(multi_heap_get_next_block(heap, b));
}

static void lock_holds_the_heap_and_opens_it(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(2000);
    static multi_heap_lock_t lock = MULTI_HEAP_LOCK_STATIC_INITIALIZER;
    multi_heap_internal_lock(heap); /* none yet */
    multi_heap_internal_unlock(heap);
    multi_heap_set_lock(heap, &lock);
    for (int i = 0; i < 3; i++) {
        multi_heap_internal_lock(heap);
        assert_non_null(multi_heap_get_first_block(heap));
        multi_heap_internal_unlock(heap);
        void *p = multi_heap_malloc(heap, 100); /* would wait for ever were it still held */
        assert_non_null(p);
        multi_heap_free(heap, p);
    }
    multi_heap_lock_t fresh;
    MULTI_HEAP_LOCK_INIT(&fresh);
    MULTI_HEAP_LOCK(&fresh);
    MULTI_HEAP_UNLOCK(&fresh);
    MULTI_HEAP_LOCK((multi_heap_lock_t *)NULL);
    MULTI_HEAP_UNLOCK((multi_heap_lock_t *)NULL);
}

static void fill_writes_the_bytes_it_is_given_and_no_other(void **state) {
    (void)state;
    unsigned char *memory = mh_span();
    for (size_t from = 16; from < 24; from++) {
        for (size_t size = 0; size < 40; size++) {
            for (int is_free = 0; is_free < 2; is_free++) {
                memset(memory, 0x5A, 80);
                multi_heap_internal_poison_fill_region(memory + from, size, is_free);
                for (size_t i = 0; i < 80; i++) {
                    bool inside = i >= from && i < from + size;
                    assert_int_equal(memory[i], inside ? (is_free ? 0xFE : 0xCE) : 0x5A);
                }
                if (!FRAME_IS_THERE) assert_true(multi_heap_internal_check_block_poisoning(memory + from, size, is_free, true));
            }
        }
    }
}

static void assertion_macro_stops_only_where_it_must(void **state) {
    (void)state;
    MULTI_HEAP_ASSERT(1 + 1 == 2, NULL);
    CH_EXPECT_FATAL(MULTI_HEAP_ASSERT(1 + 1 == 3, mh_span()));
    assert_ptr_equal(ch_test_fatal_address(), mh_span());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_heap_has_one_free_block),
        cmocka_unit_test(block_by_block_access_agrees_with_the_walk),
        cmocka_unit_test(last_block_used_ends_the_row_too),
        cmocka_unit_test(lock_holds_the_heap_and_opens_it),
        cmocka_unit_test(fill_writes_the_bytes_it_is_given_and_no_other),
        cmocka_unit_test(assertion_macro_stops_only_where_it_must),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
