/* SPDX-License-Identifier: MIT */
/*
 * Links of free blocks that somebody wrote to: nothing is led astray by them at any level. At `hardened` they are encoded, so
 * that not even one that names a true free block, or is copied from another place, is taken for a link.
 */
#include "ch_test.h"

#include "engine/bins.h"
#include "heap/frame.h"
#include "heap/heap.h"
#include "multi_heap.h"

enum { SIZE = 8192, HOLES = 4, BYTES = 128 };

static multi_heap_handle_t heap;
static ch_engine_t *e;
static uint32_t hole[HOLES]; /* of one bin: the last one is its first block */
static void *wall[HOLES];    /* the used block behind each */

static void make(void) {
    static void *span;
    void *block[HOLES];
    if (!span) span = ch_test_span(SIZE);
    heap = multi_heap_register(span, SIZE);
    assert_non_null(heap);
    e = ch_heap_engine(heap);
    for (unsigned k = 0; k < HOLES; k++) {
        block[k] = multi_heap_malloc(heap, BYTES);
        wall[k] = multi_heap_malloc(heap, BYTES);
        assert_non_null(wall[k]);
    }
    for (unsigned k = 0; k < HOLES; k++) {
        multi_heap_free(heap, block[k]);
        hole[k] = (uint32_t)ch_heap_offset(e, block[k]) - CH_FRAME_HEAD;
    }
    ch_test_output_clear();
}

static uint32_t *words(unsigned k) { return ch_at(e, hole[k]); }

static void links_lead_to_and_fro(void **state) {
    (void)state;
    make();
    for (unsigned k = 1; k < HOLES; k++) {
        assert_int_equal(ch_link(words(k), CH_NEXT), hole[k - 1]);
        assert_int_equal(ch_link(words(k - 1), CH_BACK), hole[k]);
    }
    assert_int_equal(ch_link(words(0), CH_NEXT), 0);
    assert_true(multi_heap_check(heap, true));
}

static void what_stands_there_says_nothing_where_links_are_encoded(void **state) {
    (void)state;
    make();
    assert_true(CH_ENCODED || !CH_KEYED); /* as they are at `hardened` */
    uint32_t all = 0;
    for (unsigned k = 0; k < HOLES; k++) {
        for (unsigned link = CH_NEXT; link <= CH_BACK; link++) {
            const uint32_t *word = words(k) + link;
            if (CH_ENCODED && k) assert_int_not_equal(*word, ch_link(words(k), link));
            if (!CH_ENCODED) assert_int_equal(*word, ch_link(words(k), link));
            assert_int_equal(*word & 3, 0); /* never taken for a size */
            all |= *word ^ ch_link(words(k), link);
        }
    }
    assert_true(!CH_ENCODED || all >> 24);                                         /* all of the word */
    assert_int_equal(words(0)[CH_NEXT] == words(HOLES - 1)[CH_BACK], !CH_ENCODED); /* both 0, each in its own place */
}

/** Who copies a word to another place, or knows the difference of two places, gains nothing. */
static void no_two_places_are_encoded_alike(void **state) {
    (void)state;
    make();
    enum { PLACES = 512 };
    if (!CH_ENCODED) skip();
    for (uint32_t k = 0; k < PLACES; k++) {
        for (uint32_t j = 0; j < k; j++) assert_int_not_equal(ch_link_mask(ch_at(e, 4 * j)), ch_link_mask(ch_at(e, 4 * k)));
    }
}

/** Nor is what two places are held XOR the same for many neighbours: one link tells nothing of the next. */
static void neighbours_differ_in_many_ways(void **state) {
    (void)state;
    make();
    enum { PLACES = 256, WAYS = 32 }; /* a sum instead of the product has 28 at most */
    uint32_t ways[PLACES], different = 0;
    if (!CH_ENCODED) skip();
    for (uint32_t k = 0; k < PLACES; k++) {
        uint32_t way = ch_link_mask(ch_at(e, 4 * k)) ^ ch_link_mask(ch_at(e, 4 * k + 4)), j = 0;
        while (j < different && ways[j] != way) j++;
        if (j == different) ways[different++] = way;
    }
    assert_in_range(different, WAYS, PLACES);
}

/** Writes a link as somebody does who knows where blocks are; whether a check sees it. */
static bool is_seen(unsigned k, unsigned link, uint32_t value) {
    uint32_t *word = words(k) + link, old = *word;
    bool seen;
    *word = value;
    seen = !multi_heap_check(heap, false);
    *word = old;
    assert_true(multi_heap_check(heap, true));
    return seen || old == value;
}

static void a_true_block_is_not_one_to_lead_to(void **state) {
    (void)state;
    make();
    for (unsigned k = 0; k < HOLES; k++) {
        for (unsigned to = 0; to < HOLES; to++) {
            assert_true(is_seen(k, CH_NEXT, hole[to]) || (!CH_ENCODED && to + 1 == k));
            bool may_be_old = k == HOLES - 1 && !CH_REFILLS; /* nobody asks for a first block's back link */
            assert_true(is_seen(k, CH_BACK, hole[to]) || may_be_old || (!CH_ENCODED && to == k + 1));
        }
    }
}

static void a_copied_link_leads_nowhere(void **state) {
    (void)state;
    make();
    if (!CH_ENCODED) skip();
    for (unsigned k = 0; k < HOLES; k++) {
        for (unsigned from = 0; from < HOLES; from++) {
            for (unsigned link = CH_NEXT; link <= CH_BACK; link++) {
                assert_true(is_seen(k, CH_NEXT, words(from)[link]));
                assert_true(is_seen(k, CH_BACK, words(from)[link]));
            }
        }
    }
}

/** Takes all blocks of the bin, so that each link is gone by. */
CH_NOINLINE static void take_all(void) {
    for (unsigned k = 0; k < HOLES; k++) (void)!multi_heap_malloc(heap, BYTES);
}

CH_NOINLINE static bool stops_malloc(void) {
    CH_EXPECT_FATAL(take_all());
    return true;
}

static void malloc_stops_before_it_goes_astray(void **state) {
    (void)state;
    if (CH_CFG_NDEBUG) skip();
    for (unsigned k = 1; k < HOLES; k++) {
        for (uint32_t value = 4; value; value <<= 4) { /* the control block, blocks in use, what is beyond */
            make();
            words(k)[CH_NEXT] = value;
            assert_true(stops_malloc());
        }
        make();
        words(k)[CH_NEXT] = hole[0]; /* as a link that nobody encoded, it leads elsewhere */
        if (CH_ENCODED) assert_true(stops_malloc());
    }
}

/** A true link, of another block: who takes out a block between two others, or the one in front of it, comes upon it. */
static void back_links_to_others_are_noticed(void **state) {
    (void)state;
    if (CH_CFG_NDEBUG) skip();
    const uint32_t wrong[] = {1, 0}; /* hole 1, which goes, and hole 0, to which it leads */
    for (volatile unsigned k = 0; k < 2; k++) {
        make();
        ch_link_set(words(wrong[k]), CH_BACK, hole[3]);
        CH_EXPECT_FATAL(multi_heap_free(heap, wall[1]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_lead_to_and_fro),
        cmocka_unit_test(what_stands_there_says_nothing_where_links_are_encoded),
        cmocka_unit_test(no_two_places_are_encoded_alike),
        cmocka_unit_test(neighbours_differ_in_many_ways),
        cmocka_unit_test(a_true_block_is_not_one_to_lead_to),
        cmocka_unit_test(a_copied_link_leads_nowhere),
        cmocka_unit_test(malloc_stops_before_it_goes_astray),
        cmocka_unit_test(back_links_to_others_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
