/* SPDX-License-Identifier: MIT */
/*
 * What is looked at before it is relied on: the size in a block's guard against the length that the bits say, the address of the
 * lock, sizes of free blocks. Damage of one word at a time; what level sees it is said at each.
 */
#include "ch_test.h"

#include <string.h>

#include "heap/guard.h"
#include "heap/heap.h"
#include "multi_heap_platform.h"

enum { SIZE = 16384 };

static multi_heap_lock_t lock, other;

static ch_engine_t *make(multi_heap_handle_t *heap) {
    static void *span;
    if (!span) span = ch_test_span(SIZE);
    memset(span, 0, SIZE); /* no old record is left */
    *heap = multi_heap_register(span, SIZE);
    assert_non_null(*heap);
    multi_heap_lock_init(&lock);
    multi_heap_lock_init(&other);
    return ch_heap_engine(*heap);
}

static uint32_t offset_of(const ch_engine_t *e, const void *p) { return (uint32_t)ch_heap_offset(e, p) - CH_FRAME_HEAD; }

/**
 * Clears the start bit of the block behind p, so that p's seems to have its granules too; expects that a check and a free of p
 * see that.
 */
static void expect_longer_seen(multi_heap_handle_t heap, void *p, const void *behind) {
    ch_engine_t *e = ch_heap_engine(heap);
    uint32_t i = offset_of(e, behind) >> CH_G_SHIFT;
    ch_flip_one(e, i);
    assert_false(multi_heap_check(heap, false));
    CH_EXPECT_FATAL(multi_heap_free(heap, p));
    CH_EXPECT_FATAL(multi_heap_get_allocated_size(heap, p));
    ch_flip_one(e, i);
    assert_true(multi_heap_check(heap, true));
}

static void a_block_that_the_bits_make_longer_is_found(void **state) {
    (void)state;
    multi_heap_handle_t heap;
    make(&heap);
    if (!CH_GUARDED || CH_CFG_NDEBUG) skip();
    for (size_t size = 1; size < 70; size++) {
        void *p = multi_heap_malloc(heap, size), *behind = multi_heap_malloc(heap, 1), *wall = multi_heap_malloc(heap, 1);
        expect_longer_seen(heap, p, behind);
        multi_heap_free(heap, wall);
        multi_heap_free(heap, behind);
        multi_heap_free(heap, p);
    }
}

static void so_is_one_with_a_record_of_its_alignment(void **state) {
    (void)state;
    multi_heap_handle_t heap;
    ch_engine_t *e = make(&heap);
    if (!CH_GUARDED || CH_CFG_NDEBUG) skip();
    for (size_t size = 1; size < 70; size++) {
        void *p = multi_heap_aligned_alloc(heap, size, 64);
        uint32_t n = ch_engine_size(e, offset_of(e, p));
        assert_int_equal(ch_record_get(e, offset_of(e, p), n), 64);
        assert_true(multi_heap_check(heap, true));
        void *behind = multi_heap_malloc(heap, 1);
        while ((uintptr_t)behind < (uintptr_t)p) behind = multi_heap_malloc(heap, 1); /* what the alignment left out */
        assert_int_equal(offset_of(e, behind), offset_of(e, p) + (n << CH_G_SHIFT));
        void *wall = multi_heap_malloc(heap, 1);
        assert_true((uintptr_t)wall > (uintptr_t)behind);
        expect_longer_seen(heap, p, behind);
        e = make(&heap);
    }
}

static void a_size_says_what_a_block_has(void **state) {
    (void)state;
    multi_heap_handle_t heap;
    ch_engine_t *e = make(&heap);
    if (!CH_GUARDED) skip();
    void *p = multi_heap_malloc(heap, 40);
    uint32_t offset = offset_of(e, p), n = (uint32_t)ch_granules(ch_frame_outer(40));
    assert_int_equal(ch_engine_size(e, offset), n);
    assert_true(ch_guard_fits(e, offset, n, 40) && ch_guard_fits(e, offset, n + 1, 40)); /* one may have been left over */
    assert_false(ch_guard_fits(e, offset, n + 2, 40));                                   /* there is no record */
    assert_false(ch_guard_fits(e, offset, n - 1, 40));
    assert_false(ch_guard_fits(e, offset, 2, 0xFFFFFFFFu));
    multi_heap_free(heap, p);
}

static void the_address_of_a_lock_is_looked_at(void **state) {
    (void)state;
    multi_heap_handle_t heap;
    ch_engine_t *e = make(&heap);
    if (!CH_LOCK_WATCHED) skip();
    multi_heap_set_lock(heap, &lock);
    void *p = multi_heap_malloc(heap, 40);
    assert_non_null(p);
    assert_true(multi_heap_check(heap, true));
    for (uint32_t word = 0; word < 2; word++) {
        for (uint32_t bit = 0; bit < 32; bit++) {
            e->above[word] ^= 1u << bit;
            assert_false(multi_heap_check(heap, false));
            CH_EXPECT_FATAL(multi_heap_malloc(heap, 40));
            CH_EXPECT_FATAL(multi_heap_free(heap, p));
            e->above[word] ^= 1u << bit;
        }
    }
    multi_heap_set_lock(heap, &other);
    multi_heap_free(heap, p);
    multi_heap_set_lock(heap, NULL);
    assert_true(multi_heap_check(heap, true));
}

/** A free block of 100 granules or so, whose size is smashed: who cuts it is stopped before anything is written by that. */
static void a_size_that_is_too_small_is_not_cut(void **state) {
    (void)state;
    if (CH_CFG_NDEBUG) skip();
    for (uint32_t n = 0; n < 30; n++) {
        multi_heap_handle_t heap;
        ch_engine_t *e = make(&heap);
        char *hole = multi_heap_malloc(heap, 100 * CH_G);
        void *wall = multi_heap_malloc(heap, 1);
        assert_non_null(wall);
        multi_heap_free(heap, hole);
        uint32_t *block = ch_at(e, offset_of(e, hole));
        block[CH_SIZE] = n ? ch_size_tag(n) : 0;
        *(uint32_t *)((uintptr_t)block + (n << CH_G_SHIFT) - 4) = block[CH_SIZE]; /* as an old one that is still there */
        assert_false(multi_heap_check(heap, false));
        CH_EXPECT_FATAL(multi_heap_malloc(heap, 35 * CH_G));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_that_the_bits_make_longer_is_found),
        cmocka_unit_test(so_is_one_with_a_record_of_its_alignment),
        cmocka_unit_test(a_size_says_what_a_block_has),
        cmocka_unit_test(the_address_of_a_lock_is_looked_at),
        cmocka_unit_test(a_size_that_is_too_small_is_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
