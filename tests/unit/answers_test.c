/* SPDX-License-Identifier: MIT */
/*
 * Answers of the engine about places and blocks that no caller of today asks for. The heap has holes of chosen lengths between
 * used blocks.
 */
#include "ch_test.h"
#include "heap/heap.h"

enum { SIZE = 16384, HOLES = 3 };

static multi_heap_handle_t heap;
static ch_engine_t *e;
static uint32_t hole[HOLES];

/** Free blocks of n[k] granules, in this order, the rest one long free block. */
static void make(const uint32_t n[HOLES]) {
    heap = multi_heap_register(ch_test_span(SIZE), SIZE);
    assert_non_null(heap);
    e = ch_heap_engine(heap);
    for (int k = 0; k < HOLES; k++) {
        hole[k] = ch_engine_alloc(e, n[k]);
        assert_true(hole[k] && ch_engine_alloc(e, 2));
    }
    for (int k = 0; k < HOLES; k++) assert_true(ch_engine_free(e, hole[k]));
    e->above[2] = 0;
    assert_true(multi_heap_check(heap, true));
}

static void starts_are_told_within_the_span_alone(void **state) {
    (void)state;
    make((uint32_t[]){6, 12, 40});
    for (int k = 0; k < HOLES; k++) {
        assert_true(ch_engine_starts(e, hole[k]));
        assert_false(ch_engine_starts(e, hole[k] + CH_G));
        assert_false(ch_engine_starts(e, hole[k] + 3 * CH_G));
    }
    assert_true(ch_engine_starts(e, ch_first(e)));
    uint32_t outside[] = {0, CH_G, ch_first(e) - CH_G, e->end, e->end + CH_G, ~0u << CH_G_SHIFT};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) assert_false(ch_engine_starts(e, outside[i]));
    e->seal ^= 1;
    assert_false(ch_engine_starts(e, hole[0]));
    assert_int_equal(ch_engine_seek(e, hole[0]).offset, 0);
    e->seal ^= 1;
}

static void lengths_beyond_the_span_are_no_lengths(void **state) {
    (void)state;
    make((uint32_t[]){6, 12, 40});
    ch_block_t b = {hole[1], 12, false};
    assert_int_equal(ch_engine_check_size(e, &b), CH_SOUND);
    uint32_t rest = (e->end - hole[1]) >> CH_G_SHIFT, wrong[] = {0, 1, 11, 13, rest + 1, rest + 32, ~0u >> CH_G_SHIFT};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        b.n = wrong[i];
        assert_int_not_equal(ch_engine_check_size(e, &b), CH_SOUND);
    }
}

/* The end of the last block is a bit behind it: without that no search may go on beyond the words that there are. */
static void a_last_block_without_an_end_has_no_size(void **state) {
    (void)state;
    for (size_t less = 0; less < 40 * CH_G; less += 4) {
        size_t size = 4096 - less;
        uint32_t *below = ch_test_span(size + 4); /* the word in front of the span looks like a block's end */
        *below = ~0u;
        e = ch_engine_create(below + 1, size);
        uint32_t all = ch_engine_largest(e), last = e->end - 2 * CH_G;
        assert_true(ch_engine_alloc(e, all - 2) && ch_engine_alloc(e, 2) == last);
        assert_int_equal(ch_engine_size(e, last), 2);
        ch_flip_one(e, e->end >> CH_G_SHIFT);
        assert_int_equal(ch_engine_size(e, last), 0);
        assert_false(ch_engine_free(e, last));
        ch_flip_one(e, e->end >> CH_G_SHIFT);
        assert_true(ch_engine_free(e, last));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_are_told_within_the_span_alone),
        cmocka_unit_test(lengths_beyond_the_span_are_no_lengths),
        cmocka_unit_test(a_last_block_without_an_end_has_no_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
