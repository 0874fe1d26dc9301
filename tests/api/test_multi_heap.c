/* SPDX-License-Identifier: MIT */
/* multi_heap: making a heap, plain allocation and free, totals, the exact largest block, the low watermark. */
#include "multi_heap_setup.h"

static void register_gives_null_or_a_usable_heap_for_every_small_size(void **state) {
    (void)state;
    for (size_t size = 0; size <= 640; size++) {
        multi_heap_handle_t heap = mh_make_at(0, size);
        if (size >= 256) {
            assert_non_null(heap);
        }
        if (heap == NULL) {
            mh_expect_guards_at(0, size);
            continue;
        }
        size_t free_before = multi_heap_free_size(heap);
        mh_expect_consistent(heap);
        void *p = multi_heap_malloc(heap, 1);
        assert_non_null(p);
        memset(p, 0xA5, multi_heap_get_allocated_size(heap, p));
        mh_expect_consistent(heap);
        multi_heap_free(heap, p);
        assert_int_equal(multi_heap_free_size(heap), free_before);
        mh_expect_guards_at(0, size);
    }
}

static void register_serves_every_start_that_is_a_multiple_of_4(void **state) {
    (void)state;
    for (size_t offset = 0; offset < 64; offset++) {
        multi_heap_handle_t heap = mh_make_at(offset, 1000);
        if (offset % 4 != 0) {
            assert_null(heap);
            mh_expect_guards_at(offset, 1000);
            continue;
        }
        assert_non_null(heap);
        void *p = multi_heap_malloc(heap, 100);
        assert_int_equal((uintptr_t)p % MH_G, 0);
        memset(p, 0xA5, 100);
        mh_expect_consistent(heap);
        mh_expect_guards_at(offset, 1000);
    }
}

static void register_refuses_a_range_that_wraps(void **state) {
    (void)state;
    assert_null(multi_heap_register((void *)(UINTPTR_MAX & ~(uintptr_t)1023), 4096));
    assert_null(multi_heap_register((void *)(UINTPTR_MAX & ~(uintptr_t)3), SIZE_MAX));
    for (size_t i = 0; i <= 64; i++) {
        assert_null(multi_heap_register(mh_span(), SIZE_MAX - i));
    }
}

static void register_of_null_is_fatal(void **state) {
    (void)state;
    CH_EXPECT_FATAL(multi_heap_register(NULL, 4096));
}

static void fresh_heap_is_one_free_block(void **state) {
    (void)state;
    for (size_t size = 256; size <= MH_SPAN; size = size * 2 + 36) {
        multi_heap_handle_t heap = mh_make(size);
        multi_heap_info_t info;
        multi_heap_get_info(heap, &info);
        assert_int_equal(info.allocated_blocks, 0);
        assert_int_equal(info.total_allocated_bytes, 0);
        assert_int_equal(info.free_blocks, 1);
        assert_int_equal(info.total_blocks, 1);
        assert_int_equal(info.minimum_free_bytes, info.total_free_bytes);
        assert_true(info.total_free_bytes < size);
        mh_expect_consistent(heap);
    }
}

static void fresh_heap_offers_what_the_contract_promises(void **state) {
    (void)state;
    if (sizeof(void *) != 4) {
        skip();
    }
    for (size_t size = 256; size <= MH_SPAN; size += 124) {
        multi_heap_handle_t heap = mh_make(size);
        size_t control = size <= 16384 ? 160u : 340u;
        if (FRAME_FILLS) control += 8; /* seals */
        assert_non_null(multi_heap_malloc(heap, size - control - size / 32u - FRAME_BYTES));
    }
}

static void small_requests_cost_no_more_than_the_limit(void **state) {
    (void)state;
    if (sizeof(void *) != 4) {
        skip();
    }
    /* The limits are the contract's, of builds without owner words. */
    size_t owners = (4 * (CH_CFG_TASK_TRACKING + (CH_CFG_CALL_SITES > 0)) + MH_G - 1) / MH_G * MH_G;
    multi_heap_handle_t heap = mh_make(8192);
    size_t before = multi_heap_free_size(heap);
    assert_non_null(multi_heap_malloc(heap, 100));
    assert_true(before - multi_heap_free_size(heap) <= (MH_G > 8 ? 128 : FRAME_IS_THERE ? 116 : 108) + owners);
    before = multi_heap_free_size(heap);
    assert_non_null(multi_heap_malloc(heap, 1));
    assert_true(before - multi_heap_free_size(heap) <= (MH_G > 8 ? 32 : FRAME_IS_THERE ? 20 : 16) + owners);
}

static void malloc_gives_aligned_blocks_of_at_least_the_size(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(MH_SPAN);
    for (size_t size = 1; size <= 1500; size += size < 200 ? 1 : 37) {
        void *p = multi_heap_malloc(heap, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % MH_G, 0);
        size_t usable = multi_heap_get_allocated_size(heap, p);
        assert_true(usable >= size);
        assert_true(usable <= mh_rounded(size) + MH_G);
        assert_true(multi_heap_get_full_block_size(heap, p) >= usable);
        memset(p, 0x33, usable);
        multi_heap_free(heap, p);
        mh_expect_consistent(heap);
    }
}

static void malloc_of_nothing_or_too_much_changes_nothing(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(4096);
    multi_heap_info_t before;
    multi_heap_get_info(heap, &before);
    assert_null(multi_heap_malloc(heap, 0));
    assert_null(multi_heap_malloc(heap, 4096));
    assert_null(multi_heap_malloc(heap, (size_t)INTPTR_MAX));
    assert_null(multi_heap_malloc(heap, (size_t)INTPTR_MAX + 1u));
    for (size_t i = 0; i <= 64; i++) {
        assert_null(multi_heap_malloc(heap, SIZE_MAX - i));
    }
    mh_expect_same(heap, &before);
}

static void fresh_heap_hands_out_ascending_addresses(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(8192);
    uintptr_t last = 0;
    for (size_t i = 0; i < 40; i++) {
        void *p = multi_heap_malloc(heap, 8 + 4 * i);
        assert_non_null(p);
        assert_true((uintptr_t)p > last);
        last = (uintptr_t)p;
    }
}

static void multiples_of_the_granule_are_accounted_exactly(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(8192);
    for (size_t size = MH_LEAST < 12 ? 12 : MH_LEAST; size <= 64; size += MH_G) {
        multi_heap_info_t before;
        multi_heap_info_t after;
        size = mh_rounded(size) - FRAME_BYTES;
        multi_heap_get_info(heap, &before);
        assert_non_null(multi_heap_malloc(heap, size));
        multi_heap_get_info(heap, &after);
        assert_int_equal(after.total_allocated_bytes, before.total_allocated_bytes + size);
        assert_int_equal(after.allocated_blocks, before.allocated_blocks + 1);
    }
    mh_expect_consistent(heap);
}

static void tightest_hole_is_used_and_the_latest_of_equals(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(8192);
    void *hole[5];
    const size_t sizes[5] = {256, 64, 128, 64, 512};
    for (int i = 0; i < 5; i++) {
        hole[i] = multi_heap_malloc(heap, sizes[i]);
        assert_non_null(multi_heap_malloc(heap, 32)); /* keeps the holes apart */
    }
    for (int i = 0; i < 5; i++) {
        multi_heap_free(heap, hole[i]);
    }
    assert_ptr_equal(multi_heap_malloc(heap, 64), hole[3]);
    assert_ptr_equal(multi_heap_malloc(heap, 64), hole[1]);
    assert_ptr_equal(multi_heap_malloc(heap, 64), hole[2]);
    assert_ptr_equal(multi_heap_malloc(heap, 256), hole[0]);
    assert_ptr_equal(multi_heap_malloc(heap, 500), hole[4]);
    mh_expect_consistent(heap);
}

static void freed_blocks_merge_with_both_neighbours_in_every_order(void **state) {
    (void)state;
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t size = 1; size <= 2048; size = size * 3 + 1) {
        for (int order = 0; order < 6; order++) {
            multi_heap_handle_t heap = mh_make(16384);
            size_t at_start = multi_heap_free_size(heap);
            void *p[3];
            for (int i = 0; i < 3; i++) {
                p[i] = multi_heap_malloc(heap, size);
            }
            for (int i = 0; i < 3; i++) {
                multi_heap_free(heap, p[orders[order][i]]);
                mh_expect_consistent(heap);
            }
            multi_heap_info_t info;
            multi_heap_get_info(heap, &info);
            assert_int_equal(info.free_blocks, 1);
            assert_int_equal(info.total_free_bytes, at_start);
        }
    }
}

static void freeing_everything_returns_every_byte(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(MH_SPAN);
    size_t at_start = multi_heap_free_size(heap);
    void *p[128];
    size_t count = 0;
    while (count < 128 && (p[count] = multi_heap_malloc(heap, 1 + count * 5 % 700)) != NULL) {
        count++;
    }
    assert_true(count > 20);
    for (size_t step = 0; step < 3; step++) {
        for (size_t i = step; i < count; i += 3) {
            multi_heap_free(heap, p[i]);
        }
        mh_expect_consistent(heap);
    }
    assert_int_equal(multi_heap_free_size(heap), at_start);
}

static void largest_free_block_is_exact(void **state) {
    (void)state;
    for (size_t round = 0; round < 40; round++) {
        multi_heap_handle_t heap = mh_make(2048 + round * 52);
        multi_heap_info_t info;
        void *p[8];
        for (size_t i = 0; i < 8; i++) {
            p[i] = multi_heap_malloc(heap, 20 + (round * 31 + i * 57) % 150);
        }
        for (size_t i = round % 2; i < 8; i += 2) {
            multi_heap_free(heap, p[i]);
        }
        for (;;) {
            multi_heap_get_info(heap, &info);
            if (info.largest_free_block == 0) {
                break;
            }
            assert_null(multi_heap_malloc(heap, info.largest_free_block + 1));
            assert_null(multi_heap_malloc(heap, info.largest_free_block + MH_G));
            void *all = multi_heap_malloc(heap, info.largest_free_block);
            assert_non_null(all);
            memset(all, 0xC3, info.largest_free_block);
            mh_expect_consistent(heap);
        }
        assert_null(multi_heap_malloc(heap, 1));
        if (!FRAME_IS_THERE) assert_int_equal(info.total_free_bytes, 0); /* else holes that no frame fits in may be left */
        mh_expect_guards_at(0, 2048 + round * 52);
    }
}

static void low_watermark_follows_the_free_size_down_only(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(4096);
    size_t at_start = multi_heap_free_size(heap);
    void *p = multi_heap_malloc(heap, 1000);
    size_t low = multi_heap_free_size(heap);
    assert_int_equal(multi_heap_minimum_free_size(heap), low);
    multi_heap_free(heap, p);
    assert_int_equal(multi_heap_minimum_free_size(heap), low);
    assert_int_equal(multi_heap_reset_minimum_free_bytes(heap), low);
    assert_int_equal(multi_heap_minimum_free_size(heap), at_start);
    multi_heap_free(heap, multi_heap_malloc(heap, 100));
    size_t second = multi_heap_minimum_free_size(heap);
    assert_true(second > low && second < at_start);
    multi_heap_restore_minimum_free_bytes(heap, low);
    assert_int_equal(multi_heap_minimum_free_size(heap), low);
    multi_heap_restore_minimum_free_bytes(heap, at_start);
    assert_int_equal(multi_heap_minimum_free_size(heap), low);
    multi_heap_restore_minimum_free_bytes(heap, 0);
    assert_int_equal(multi_heap_minimum_free_size(heap), 0);
    multi_heap_free(heap, multi_heap_malloc(heap, 100));
    assert_int_equal(multi_heap_minimum_free_size(heap), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(register_gives_null_or_a_usable_heap_for_every_small_size),
        cmocka_unit_test(register_serves_every_start_that_is_a_multiple_of_4),
        cmocka_unit_test(register_refuses_a_range_that_wraps),
        cmocka_unit_test(register_of_null_is_fatal),
        cmocka_unit_test(fresh_heap_is_one_free_block),
        cmocka_unit_test(fresh_heap_offers_what_the_contract_promises),
        cmocka_unit_test(small_requests_cost_no_more_than_the_limit),
        cmocka_unit_test(malloc_gives_aligned_blocks_of_at_least_the_size),
        cmocka_unit_test(malloc_of_nothing_or_too_much_changes_nothing),
        cmocka_unit_test(fresh_heap_hands_out_ascending_addresses),
        cmocka_unit_test(multiples_of_the_granule_are_accounted_exactly),
        cmocka_unit_test(tightest_hole_is_used_and_the_latest_of_equals),
        cmocka_unit_test(freed_blocks_merge_with_both_neighbours_in_every_order),
        cmocka_unit_test(freeing_everything_returns_every_byte),
        cmocka_unit_test(largest_free_block_is_exact),
        cmocka_unit_test(low_watermark_follows_the_free_size_down_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
