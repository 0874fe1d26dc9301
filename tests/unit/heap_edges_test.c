/* SPDX-License-Identifier: MIT */
/*
 * Arguments at the edge of what the calls of one heap take: NULL, shifts beyond the address space, a full heap, blocks of many
 * words.
 */
#include "ch_test.h"

#include <stdio.h>
#include <string.h>

#include "heap/heap.h"
#include "multi_heap_internal.h"

enum { SIZE = 65536 };

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* the old names are tested too */

static multi_heap_handle_t make(void) {
    multi_heap_handle_t heap = multi_heap_register(ch_test_span(SIZE), SIZE);
    assert_non_null(heap);
    return heap;
}

static void questions_about_no_heap_are_reported(void **state) {
    (void)state;
    multi_heap_handle_t heap = make();
    void *p = multi_heap_malloc(heap, 50);
    if (CH_CFG_NDEBUG) skip();
    CH_EXPECT_FATAL(multi_heap_get_allocated_size(NULL, p));
    CH_EXPECT_FATAL(multi_heap_get_allocated_size(heap, NULL));
    CH_EXPECT_FATAL(multi_heap_get_full_block_size(NULL, p));
    CH_EXPECT_FATAL(multi_heap_find_containing_block(NULL, p));
    assert_ptr_equal(ch_test_fatal_address(), p);
    multi_heap_aligned_free(heap, p);
    assert_true(multi_heap_check(heap, true));
}

static void shifts_that_no_block_can_have_are_refused(void **state) {
    (void)state;
    multi_heap_handle_t heap = make();
    assert_null(multi_heap_aligned_alloc_offs(heap, 10, 64, SIZE_MAX));
    assert_null(multi_heap_aligned_alloc_offs(heap, 10, 64, SIZE_MAX - 64));
    if (CH_WIDE) assert_null(multi_heap_aligned_alloc_offs(heap, 10, 64, (size_t)UINT32_MAX + 1));
    assert_int_equal(multi_heap_free_size(heap), ch_frame_inner(ch_heap_engine(heap)->end - ch_first(ch_heap_engine(heap))));
}

static void small_alignments_hold_at_any_shift(void **state) {
    (void)state;
    multi_heap_handle_t heap = make();
    for (size_t alignment = 4; alignment <= CH_G; alignment *= 2) {
        for (size_t shift = 0; shift <= 2 * CH_G; shift += 4) {
            void *p = multi_heap_aligned_alloc_offs(heap, 20, alignment, shift);
            /* Blocks begin at multiples of the granule: another remainder can't be had. */
            if (shift % alignment == 0) assert_int_equal(((uintptr_t)p + shift) % alignment, 0);
            if (p) assert_int_equal(((uintptr_t)p + shift) % alignment, 0);
            multi_heap_free(heap, p);
        }
    }
}

static void nothing_aligned_is_left_in_a_full_heap(void **state) {
    (void)state;
    multi_heap_handle_t heap = make();
    size_t largest = ch_heap_largest(heap, 64);
    assert_true(largest > SIZE / 2);
    while (multi_heap_malloc(heap, 200)) {
    }
    while (multi_heap_malloc(heap, 1)) {
    }
    assert_int_equal(ch_heap_largest(heap, 64), 0);
    assert_int_equal(ch_heap_largest(heap, 0), 0);
}

static void a_block_that_must_be_aligned_better_moves(void **state) {
    (void)state;
    multi_heap_handle_t heap = make();
    unsigned char *p = NULL;
    for (int i = 0; i < 100 && (!p || !((uintptr_t)p & 255)); i++) p = multi_heap_malloc(heap, 40);
    memset(p, 0x33, 40);
    ch_held_t was;
    unsigned char *q = ch_heap_resize(heap, p, 60, 256, &was);
    assert_true(was.size >= 40);
    assert_non_null(q);
    assert_true(q != p && !((uintptr_t)q & 255));
    for (size_t i = 0; i < 40; i++) assert_int_equal(q[i], 0x33);
    multi_heap_free(heap, q);
    assert_true(multi_heap_check(heap, true));
}

/* What looks like a record in all but the alignment is a user's word. */
static void records_of_impossible_alignments_are_none(void **state) {
    (void)state;
    multi_heap_handle_t heap = make();
    ch_engine_t *e = ch_heap_engine(heap);
    char *p = multi_heap_aligned_alloc(heap, 7 * CH_G, 2 * CH_G); /* it leaves the word of a record */
    uint32_t offset = (uint32_t)ch_heap_offset(e, p) - CH_FRAME_HEAD, n = ch_engine_size(e, offset), largest = 31;
    uint32_t *last = ch_at(e, offset + n * CH_G) - 1;
    while ((uintptr_t)p & ((1u << largest) - 1)) largest--; /* p is a multiple of 2^largest, and of no more */
    for (uint32_t k = 0; k < 32; k++) {
        *last = ch_record_of(offset, n) ^ 1u << k;
        assert_int_equal(ch_record_get(e, offset, n), k > CH_G_SHIFT && k <= largest ? 1u << k : 0);
        *last ^= k ? 1u : 6u; /* no power of two */
        assert_int_equal(ch_record_get(e, offset, n), 0);
    }
    *last = ch_record_of(offset, n);
    assert_int_equal(ch_record_get(e, offset, n), 0);
    *last = 0;
    multi_heap_free(heap, p);
}

static void a_walk_by_hand_passes_long_blocks(void **state) {
    (void)state;
    multi_heap_handle_t heap = make();
    size_t half = SIZE / 4;
    void *held = multi_heap_malloc(heap, half), *hole = multi_heap_malloc(heap, half), *wall = multi_heap_malloc(heap, 20);
    multi_heap_free(heap, hole);
    static const bool is_free[] = {false, true, false, true};
    multi_heap_block_handle_t b = multi_heap_get_first_block(heap);
    assert_ptr_equal(multi_heap_get_block_address(b), held);
    for (size_t i = 0; i < 4; i++, b = multi_heap_get_next_block(heap, b)) {
        assert_non_null(b);
        assert_int_equal(multi_heap_is_free(b), is_free[i]);
        if (i == 2) assert_ptr_equal(multi_heap_get_block_address(b), wall);
    }
    assert_null(b);
}

/** A used block between free ones: its first bit is gone, and the size of the one behind it. No way leads on. */
static void a_check_that_can_t_go_on_says_where_it_stands(void **state) {
    (void)state;
    multi_heap_handle_t heap = make();
    ch_engine_t *e = ch_heap_engine(heap);
    void *first = multi_heap_malloc(heap, 200), *p = multi_heap_malloc(heap, 100), *hole = multi_heap_malloc(heap, 300);
    assert_non_null(multi_heap_malloc(heap, 20));
    multi_heap_free(heap, first);
    multi_heap_free(heap, hole);
    uint32_t offset = (uint32_t)ch_heap_offset(e, p) - CH_FRAME_HEAD, free_at = (uint32_t)ch_heap_offset(e, hole) - CH_FRAME_HEAD;
    uint32_t was = ch_at(e, free_at)[CH_SIZE];
    ch_flip_one(e, offset >> CH_G_SHIFT);
    ch_at(e, free_at)[CH_SIZE] = 0xFFFFFFF1u;
    ch_test_output_clear();
    assert_false(multi_heap_check(heap, true));
    char line[64];
    snprintf(line, sizeof line, "detected at 0x%08lx (bad block size)", (unsigned long)(uintptr_t)ch_at(e, offset));
    if (!strstr(ch_test_output(), line)) fail_msg("no '%s' in: %s", line, ch_test_output());
    ch_flip_one(e, offset >> CH_G_SHIFT);
    ch_at(e, free_at)[CH_SIZE] = was;
    ch_test_output_clear();
    assert_true(multi_heap_check(heap, true));
}

static void an_allocator_in_rom_is_told_nothing(void **state) {
    (void)state;
    multi_heap_os_funcs_t functions = {NULL, NULL};
    multi_heap_os_funcs_init(&functions);
    assert_null(functions.lock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_about_no_heap_are_reported),
        cmocka_unit_test(shifts_that_no_block_can_have_are_refused),
        cmocka_unit_test(small_alignments_hold_at_any_shift),
        cmocka_unit_test(nothing_aligned_is_left_in_a_full_heap),
        cmocka_unit_test(a_block_that_must_be_aligned_better_moves),
        cmocka_unit_test(records_of_impossible_alignments_are_none),
        cmocka_unit_test(a_walk_by_hand_passes_long_blocks),
        cmocka_unit_test(an_allocator_in_rom_is_told_nothing),
        cmocka_unit_test(a_check_that_can_t_go_on_says_where_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
