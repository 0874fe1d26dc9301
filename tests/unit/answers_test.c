/* SPDX-License-Identifier: MIT */
/*
 * Answers of the engine about places and blocks that no caller of today asks for. The heap has holes of chosen lengths between
 * used blocks.
 */
#include "ch_test.h"
#include "engine/alloc.h"
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

/* Places between granules are no blocks, nor are there alignments that shift to them. */
static void between_granules_is_nothing(void **state) {
    (void)state;
    make((uint32_t[]){6, 12, 40});
    uint32_t used = ch_engine_alloc(e, 6), n = 6, blocks = e->blocks;
    for (uint32_t part = 1; part < CH_G; part++) {
        assert_int_equal(ch_engine_size(e, used + part), 0);
        assert_false(ch_engine_free(e, used + part));
        assert_int_equal(ch_engine_alloc_aligned(e, n, ch_slot_of(e, n), &n, 4 * CH_G, part), 0);
    }
    assert_int_equal(e->blocks, blocks);
    assert_true(ch_engine_free(e, used));
}

/* As many granules as have room with their bits: one bit each, 32 in a word that holds none less. */
static void a_span_is_used_to_its_end(void **state) {
    (void)state;
    for (size_t size = 600; size < 600 + 3 * (32 * CH_G + 4); size += 4) {
        unsigned char *start = ch_test_span(size);
        e = ch_engine_create(start, size);
        uint32_t n = e->end >> CH_G_SHIFT, most = n + 2; /* two granules are the bits' that lie beyond the last */
        while ((most + 1) * CH_G + 4 * ((most + 1) / 32) <= size + CH_G - 4) most++;
        assert_int_equal(n + 2, most);
        assert_true((uintptr_t)(ch_bit_word(e, n + 3) - 1) >= (uintptr_t)start);
        assert_true((uintptr_t)ch_at(e, e->end) <= (uintptr_t)start + size);
    }
}

/* The last word of a used block may be a record of the layer above: it is not there any more when the block ends elsewhere. */
static void the_last_word_of_a_block_goes_with_it(void **state) {
    (void)state;
    if (CH_REFILLS) skip(); /* who frees a part fills it, above the engine */
    for (uint32_t n = 4; n < 40; n += 3) {
        for (uint32_t behind = 0; behind < 2; behind++) {
            make((uint32_t[]){4, 4, 4});
            uint32_t used = ch_engine_alloc(e, n + 20), next = ch_engine_alloc(e, 20),
                     *last = ch_at(e, used + (n + 20) * CH_G) - 1;
            assert_true(next == used + (n + 20) * CH_G);
            if (behind) assert_true(ch_engine_free(e, next));
            *last = 0xA5A5A5A5u;
            assert_int_equal(ch_engine_resize(e, used, n + 20, n), n);
            assert_int_not_equal(*last, 0xA5A5A5A5u);
            uint32_t *mine = ch_at(e, used + n * CH_G) - 1;
            *mine = 0xA5A5A5A5u;
            assert_true(ch_engine_free(e, used));
            assert_int_not_equal(*mine, 0xA5A5A5A5u);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_are_told_within_the_span_alone),
        cmocka_unit_test(lengths_beyond_the_span_are_no_lengths),
        cmocka_unit_test(a_last_block_without_an_end_has_no_size),
        cmocka_unit_test(between_granules_is_nothing),
        cmocka_unit_test(a_span_is_used_to_its_end),
        cmocka_unit_test(the_last_word_of_a_block_goes_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
