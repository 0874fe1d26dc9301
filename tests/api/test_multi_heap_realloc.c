/* SPDX-License-Identifier: MIT */
/* multi_heap: aligned allocation, with and without offset, and realloc in every direction. */
#include "multi_heap_setup.h"

static void aligned_alloc_gives_null_or_an_aligned_block(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(MH_SPAN);
    multi_heap_info_t before;
    multi_heap_get_info(heap, &before);
    for (unsigned bit = 0; bit < 32; bit++) {
        size_t alignment = (size_t)1 << bit;
        for (size_t size = 1; size <= 3000; size = size * 3 + 2) {
            unsigned char *p = multi_heap_aligned_alloc(heap, size, alignment);
            if (p == NULL) {
                assert_true(alignment > 256);
                continue;
            }
            assert_int_equal((uintptr_t)p % alignment, 0);
            assert_int_equal((uintptr_t)p % MH_G, 0);
            assert_true(p >= mh_span() && p + size <= mh_span() + MH_SPAN);
            assert_true(multi_heap_get_allocated_size(heap, p) >= size);
            memset(p, 0x77, multi_heap_get_allocated_size(heap, p));
            mh_expect_consistent(heap);
            multi_heap_free(heap, p);
        }
    }
    before.minimum_free_bytes = multi_heap_minimum_free_size(heap);
    mh_expect_same(heap, &before);
    mh_expect_guards_at(0, MH_SPAN);
}

static void aligned_alloc_refuses_what_is_no_power_of_two(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(4096);
    multi_heap_info_t before;
    multi_heap_get_info(heap, &before);
    static const size_t wrong[] = {0, 3, 5, 6, 7, 9, 12, 24, 100, 0x7fffffff, 0x80000001, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 7};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_null(multi_heap_aligned_alloc(heap, 16, wrong[i]));
        assert_null(multi_heap_aligned_alloc_offs(heap, 16, wrong[i], 0));
    }
    assert_null(multi_heap_aligned_alloc(heap, 0, 16));
    assert_null(multi_heap_aligned_alloc_offs(heap, 0, 16, 4));
    mh_expect_same(heap, &before);
}

static void aligned_alloc_never_wraps(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(4096);
    multi_heap_info_t before;
    multi_heap_get_info(heap, &before);
    for (size_t i = 0; i <= 64; i++) {
        for (unsigned bit = 0; bit < 32; bit++) {
            size_t alignment = (size_t)1 << bit;
            assert_null(multi_heap_aligned_alloc(heap, SIZE_MAX - i, alignment));
            assert_null(multi_heap_aligned_alloc(heap, SIZE_MAX - alignment - i + 1, alignment));
            assert_null(multi_heap_aligned_alloc(heap, 4096, alignment));
            assert_null(multi_heap_aligned_alloc_offs(heap, SIZE_MAX - i, alignment, 8));
            assert_null(multi_heap_aligned_alloc_offs(heap, SIZE_MAX - i - 8, alignment, SIZE_MAX - i));
        }
    }
    mh_expect_same(heap, &before);
}

static void aligned_alloc_offs_aligns_the_address_behind_the_offset(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(MH_SPAN);
    size_t at_start = multi_heap_free_size(heap);
    for (size_t alignment = 8; alignment <= 1024; alignment *= 2) {
        for (size_t offset = 0; offset <= 40; offset++) {
            size_t rounded = (offset + 3u) & ~(size_t)3u;
            if (rounded % (alignment < MH_G ? alignment : MH_G) != 0) {
                continue; /* no multiple of the granule can satisfy both */
            }
            unsigned char *p = multi_heap_aligned_alloc_offs(heap, 48 + rounded, alignment, offset);
            assert_non_null(p);
            assert_int_equal(((uintptr_t)p + rounded) % alignment, 0);
            assert_true(multi_heap_get_allocated_size(heap, p) >= 48 + rounded);
            memset(p, 0x77, 48 + rounded);
            mh_expect_consistent(heap);
            multi_heap_free(heap, p);
        }
    }
    assert_int_equal(multi_heap_free_size(heap), at_start);
}

static void aligned_blocks_leave_no_space_behind(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(MH_SPAN);
    size_t at_start = multi_heap_free_size(heap);
    void *p[24];
    for (size_t i = 0; i < 24; i++) {
        p[i] = multi_heap_aligned_alloc(heap, 20 + i * 13, (size_t)8 << (i % 6));
        assert_non_null(p[i]);
        mh_expect_consistent(heap);
    }
    assert_true(multi_heap_free_size(heap) > at_start / 2);
    for (size_t i = 0; i < 24; i++) {
        multi_heap_free(heap, p[(i * 7) % 24]);
        mh_expect_consistent(heap);
    }
    assert_int_equal(multi_heap_free_size(heap), at_start);
}

static void realloc_of_null_allocates_and_to_zero_frees(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(4096);
    size_t at_start = multi_heap_free_size(heap);
    assert_null(multi_heap_realloc(heap, NULL, 0));
    void *p = multi_heap_realloc(heap, NULL, 100);
    assert_non_null(p);
    assert_null(multi_heap_realloc(heap, p, 0));
    assert_int_equal(multi_heap_free_size(heap), at_start);
    mh_expect_consistent(heap);
}

static void realloc_keeps_contents_from_any_size_to_any_other(void **state) {
    (void)state;
    static const size_t sizes[] = {1,   4,   8,   16,  24,  31,   100,  255,  256,  257,
                                   400, 511, 512, 513, 600, 1023, 1024, 1600, 3000, 6000};
    const size_t n = sizeof(sizes) / sizeof(sizes[0]);
    for (size_t situation = 0; situation < 4; situation++) {
        multi_heap_handle_t heap = mh_make(MH_SPAN);
        size_t at_start = multi_heap_free_size(heap);
        for (size_t pair = 0; pair < n * n; pair++) {
            size_t from = sizes[pair / n];
            size_t to = sizes[pair % n];
            void *before = multi_heap_malloc(heap, 2000);
            void *p = multi_heap_malloc(heap, from);
            void *after = multi_heap_malloc(heap, 64);
            if (situation & 1) { /* room in front */
                multi_heap_free(heap, before);
                before = NULL;
            }
            if (situation & 2) { /* room behind */
                multi_heap_free(heap, after);
                after = NULL;
            }
            mh_fill(p, from, (unsigned)pair);
            void *q = multi_heap_realloc(heap, p, to);
            assert_non_null(q);
            assert_int_equal((uintptr_t)q % MH_G, 0);
            assert_true(multi_heap_get_allocated_size(heap, q) >= to);
            assert_true(mh_holds(q, from < to ? from : to, (unsigned)pair));
            mh_expect_consistent(heap);
            multi_heap_free(heap, q);
            multi_heap_free(heap, before);
            multi_heap_free(heap, after);
        }
        assert_int_equal(multi_heap_free_size(heap), at_start);
    }
    mh_expect_guards_at(0, MH_SPAN);
}

static void growing_stays_in_place_where_the_next_block_is_free(void **state) {
    (void)state;
    if (FRAME_FILLS) skip(); /* realloc always moves */
    static const size_t from_to[][2] = {{32, 64}, {100, 200}, {48, 400}, {1024, 2048}, {2000, 4000}, {300, 3000}};
    for (size_t i = 0; i < sizeof(from_to) / sizeof(from_to[0]); i++) {
        multi_heap_handle_t heap = mh_make(16384);
        assert_non_null(multi_heap_malloc(heap, 64));
        void *p = multi_heap_malloc(heap, from_to[i][0]);
        mh_fill(p, from_to[i][0], 3);
        assert_ptr_equal(multi_heap_realloc(heap, p, from_to[i][1]), p);
        assert_true(mh_holds(p, from_to[i][0], 3));
        mh_expect_consistent(heap);
    }
}

static void growing_by_exactly_the_next_block_leaves_no_rest(void **state) {
    (void)state;
    if (FRAME_FILLS) skip(); /* realloc always moves */
    multi_heap_handle_t heap = mh_make(8192);
    void *p = multi_heap_malloc(heap, 128);
    void *next = multi_heap_malloc(heap, 128);
    void *wall = multi_heap_malloc(heap, 128);
    multi_heap_free(heap, next);
    mh_fill(p, 128, 9);
    size_t both = 2 * mh_rounded(128) - FRAME_BYTES;
    assert_ptr_equal(multi_heap_realloc(heap, p, both), p);
    assert_true(mh_holds(p, 128, 9));
    mh_expect_consistent(heap);
    void *moved = multi_heap_realloc(heap, p, both + 1);
    assert_non_null(moved);
    assert_ptr_not_equal(moved, p);
    assert_true(mh_holds(moved, 128, 9));
    assert_non_null(wall);
    mh_expect_consistent(heap);
}

static void shrinking_stays_in_place_where_no_tighter_hole_exists(void **state) {
    (void)state;
    if (FRAME_FILLS) skip(); /* realloc always moves */
    multi_heap_handle_t heap = mh_make(8192);
    unsigned char *p = multi_heap_malloc(heap, 2000);
    mh_fill(p, 2000, 5);
    for (size_t size = 1999; size > 0; size = size * 2 / 3) {
        assert_ptr_equal(multi_heap_realloc(heap, p, size), p);
        assert_true(mh_holds(p, size, 5));
        assert_true(multi_heap_get_allocated_size(heap, p) <= mh_rounded(size) + MH_G);
        mh_expect_consistent(heap);
    }
}

static void shrinking_never_fails_even_in_a_full_heap(void **state) {
    (void)state;
    if (FRAME_FILLS) skip(); /* realloc always moves */
    multi_heap_handle_t heap = mh_make(4096);
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    unsigned char *p = multi_heap_malloc(heap, info.largest_free_block);
    mh_fill(p, info.largest_free_block, 1);
    for (size_t size = info.largest_free_block; size > 0; size -= size > 100 ? 97 : 1) {
        unsigned char *q = multi_heap_realloc(heap, p, size);
        assert_non_null(q);
        assert_true(mh_holds(q, size, 1));
        p = q;
    }
    mh_expect_consistent(heap);
}

static void failed_realloc_changes_nothing(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(4096);
    void *p = multi_heap_malloc(heap, 500);
    mh_fill(p, 500, 7);
    multi_heap_info_t before;
    multi_heap_get_info(heap, &before);
    assert_null(multi_heap_realloc(heap, p, 4096));
    assert_null(multi_heap_realloc(heap, p, (size_t)INTPTR_MAX + 1u));
    for (size_t i = 0; i <= 64; i++) {
        assert_null(multi_heap_realloc(heap, p, SIZE_MAX - i));
    }
    assert_true(mh_holds(p, 500, 7));
    mh_expect_same(heap, &before);
}

static void growing_uses_all_room_around_the_block(void **state) {
    (void)state;
    if (FRAME_FILLS) skip(); /* realloc always moves */
    multi_heap_handle_t heap = mh_make(8192);
    multi_heap_info_t info;
    void *front = multi_heap_malloc(heap, 1024);
    void *p = multi_heap_malloc(heap, 512);
    multi_heap_get_info(heap, &info);
    void *rest = multi_heap_malloc(heap, info.largest_free_block);
    assert_null(multi_heap_realloc(heap, p, 1536));
    multi_heap_free(heap, front);
    mh_fill(p, 512, 11);
    unsigned char *q = multi_heap_realloc(heap, p, 1536); /* only the free block in front and its own bytes hold this */
    assert_ptr_equal(q, front);
    assert_true(mh_holds(q, 512, 11));
    mh_expect_consistent(heap);
    multi_heap_free(heap, q);
    multi_heap_free(heap, rest);
    multi_heap_get_info(heap, &info);
    assert_int_equal(info.free_blocks, 1);
}

static void what_a_slide_leaves_joins_the_free_block_behind(void **state) {
    (void)state;
    if (FRAME_FILLS) skip(); /* realloc always moves */
    multi_heap_handle_t heap = mh_make(8192);
    multi_heap_info_t info;
    void *front = multi_heap_malloc(heap, 1024);
    void *p = multi_heap_malloc(heap, 512);
    void *gap = multi_heap_malloc(heap, 256);
    multi_heap_get_info(heap, &info);
    void *rest = multi_heap_malloc(heap, info.largest_free_block);
    multi_heap_free(heap, front);
    multi_heap_free(heap, gap);
    mh_fill(p, 512, 11);
    unsigned char *q = multi_heap_realloc(heap, p, 1400); /* the block in front is enough, and more */
    assert_ptr_equal(q, front);
    assert_true(mh_holds(q, 512, 11));
    mh_expect_consistent(heap);
    multi_heap_get_info(heap, &info);
    assert_int_equal(info.free_blocks, 1);
    multi_heap_free(heap, q);
    multi_heap_free(heap, rest);
}

/* Frees an aligned block and takes a plain one of the same length at the same place. */
static void reuse_aligned_place(size_t aligned_size) {
    multi_heap_handle_t heap = mh_make(4096);
    void *before = multi_heap_malloc(heap, 16);
    unsigned char *p = multi_heap_aligned_alloc(heap, aligned_size, 512);
    while ((unsigned char *)before < p) {
        before = multi_heap_malloc(heap, FRAME_BYTES ? 1 : MH_LEAST); /* no hole is left in front, and a wall stands behind */
        assert_non_null(before);
    }
    size_t size = multi_heap_get_full_block_size(heap, p) - FRAME_BYTES;
    multi_heap_free(heap, p);
    unsigned char *q = multi_heap_malloc(heap, size);
    if (FRAME_BYTES && q != p) return; /* a hole was left that no frame fits in */
    assert_ptr_equal(q, p);
    assert_true(multi_heap_get_allocated_size(heap, q) >= size);
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    assert_non_null(multi_heap_realloc(heap, q, info.largest_free_block)); /* fits there unless alignment is asked for */
    mh_expect_consistent(heap);
}

static void a_plain_block_inherits_no_alignment_from_its_place(void **state) {
    (void)state;
    for (size_t size = 1; size <= 300; size += 3) {
        reuse_aligned_place(size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligned_alloc_gives_null_or_an_aligned_block),
        cmocka_unit_test(aligned_alloc_refuses_what_is_no_power_of_two),
        cmocka_unit_test(aligned_alloc_never_wraps),
        cmocka_unit_test(aligned_alloc_offs_aligns_the_address_behind_the_offset),
        cmocka_unit_test(aligned_blocks_leave_no_space_behind),
        cmocka_unit_test(realloc_of_null_allocates_and_to_zero_frees),
        cmocka_unit_test(realloc_keeps_contents_from_any_size_to_any_other),
        cmocka_unit_test(growing_stays_in_place_where_the_next_block_is_free),
        cmocka_unit_test(growing_by_exactly_the_next_block_leaves_no_rest),
        cmocka_unit_test(shrinking_stays_in_place_where_no_tighter_hole_exists),
        cmocka_unit_test(shrinking_never_fails_even_in_a_full_heap),
        cmocka_unit_test(failed_realloc_changes_nothing),
        cmocka_unit_test(growing_uses_all_room_around_the_block),
        cmocka_unit_test(what_a_slide_leaves_joins_the_free_block_behind),
        cmocka_unit_test(a_plain_block_inherits_no_alignment_from_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
