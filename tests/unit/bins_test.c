/* SPDX-License-Identifier: MIT */
/*
 * Which bin is for which length, in heaps of all sizes, against a ladder that is built step by step; and how a span is divided
 * for them.
 */
#include "ch_test.h"
#include "engine/bins.h"
#include "heap/heap.h"

enum { STEPS = 96 };

static uint32_t ladder[STEPS + 1]; /* the shortest length of each bin from the first that is not exact on */

static int build(void **state) {
    uint32_t quarter = 4, least = 16;
    (void)state;
    for (int k = 0; k <= STEPS; k++) {
        ladder[k] = least;
        least += quarter;
        if (least == 8 * quarter) quarter *= 2;
    }
    return 0;
}

/** Number of the bin for n granules where there are as many as one could wish. */
static uint32_t bin_of(uint32_t n) {
    uint32_t k = 0;
    if (n < 16) return n - 2;
    while (ladder[k + 1] <= n) k++;
    return 14 + k;
}

static void each_quarter_of_a_power_of_two_has_a_bin(void **state) {
    (void)state;
    for (uint32_t k = 0; k < STEPS; k++) {
        assert_int_equal(ch_slot_for(ladder[k]), ch_slot_of_bin(14 + k));
        assert_int_equal(ch_slot_for(ladder[k] + 1), ch_slot_of_bin(14 + k));
        assert_int_equal(ch_slot_for(ladder[k + 1] - 1), ch_slot_of_bin(14 + k));
    }
    for (uint32_t n = 2; n < 16; n++) {
        assert_true(ch_is_exact(n));
        assert_int_equal(ch_slot_of_exact(n), ch_slot_of_bin(n - 2));
        assert_int_equal(ch_exact_of(ch_slot_of_bin(n - 2)), n);
    }
    assert_false(ch_is_exact(16));
}

static void bins_wanted_reach_half_of_the_heap(void **state) {
    (void)state;
    for (uint32_t n = 4; n < 56; n++) assert_int_equal(ch_bins_wanted(n), 15);
    for (uint32_t n = 56; n < 5000; n++) assert_int_equal(ch_bins_wanted(n), bin_of(n / 2) + 1);
}

/** The bin from which on one holds what else were four, as late as it can be. */
static uint32_t fine_of(uint32_t n, uint32_t bins) {
    uint32_t wanted = ch_bins_wanted(n), fine = bins - 1;
    if (wanted <= bins) return fine;
    while (fine > 14 && fine + (wanted - 1 - fine) / 4 > bins - 1) fine--;
    return fine;
}

static void few_bins_are_coarse_as_late_as_can_be(void **state) {
    static ch_engine_t e;
    (void)state;
    for (uint32_t bins = 15; bins < CH_BINS; bins++) {
        e.map[0] = ch_slot_of_bin(bins);
        for (uint32_t k = 0; k < 60; k++) {
            uint32_t n = 2 * ladder[k] + k % 2, fine = fine_of(n, bins);
            if (ch_bins_wanted(n) > 4 * bins) break; /* so few are in small heaps alone */
            e.fine = ch_fine_for(n, e.map[0]);
            assert_int_equal(e.fine, ch_slot_of_bin(fine));
            for (uint32_t j = 0; j < 70; j++) {
                uint32_t bin = 14 + j;
                if (bin >= fine) bin = fine + (bin - fine) / 4;
                if (bin >= bins) bin = bins - 1;
                assert_int_equal(ch_slot_of_long(&e, ladder[j]), ch_slot_of_bin(bin));
                assert_int_equal(ch_slot_of(&e, ladder[j + 1] - 1), ch_slot_of_bin(bin));
            }
        }
    }
}

static void a_damaged_word_names_no_bin_that_is_none(void **state) {
    static ch_engine_t e;
    const uint32_t wrong[] = {0,    4,        36,       65, 66, 67, ch_slot_of_bin(2), ch_slot_of_bin(14), ch_slot_of_bin(40),
                              1000, 1u << 20, 1u << 31, ~0u};
    (void)state;
    for (uint32_t bins = 15; bins < CH_BINS; bins += 7) {
        e.map[0] = ch_slot_of_bin(bins);
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            e.fine = wrong[i];
            for (uint32_t j = 0; j < 70; j++) {
                uint32_t slot = ch_slot_of_long(&e, ladder[j]);
                if (wrong[i] <= ch_first(&e) - 4) assert_in_range(slot, ch_slot_of_bin(14), ch_slot_of_bin(bins - 1));
                if (wrong[i] <= ch_first(&e)) assert_int_equal(slot % 4, 0);
            }
        }
    }
}

/** Bytes that a span of 16 KB or less promises to blocks. */
static uint32_t promised(uint32_t size) {
    uint32_t bytes = size - size / 32 - 160 - 4 * (CH_ENGINE_ABOVE - 4);
    return (bytes + CH_G - 1) / CH_G * CH_G;
}

/** As many bins as are wanted; in a small heap no more than leave what is promised, but one that is not exact in any case. */
static void a_span_has_the_bins_that_leave_what_is_promised(void **state) {
    (void)state;
    unsigned char *span = ch_test_span(40000);
    ch_engine_t *longest = NULL;
    for (uint32_t size = 64; size < 40000; size += size < 3000 || (size > 16200 && size < 17400) ? 4 : 252) {
        ch_engine_t *e = ch_engine_create(span, size);
        assert_int_equal(ch_engine_fits(span, size), e != NULL);
        if (longest) assert_non_null(e); /* what a shorter one can */
        if (!e) continue;
        if (!longest) assert_int_equal(e->free, 2); /* no room is wasted */
        longest = e;
        uint32_t n = e->end / CH_G, bins = ch_bins_wanted(n), control = 160 + 4 * (CH_ENGINE_ABOVE - 4);
        if (bins > CH_BINS) bins = CH_BINS;
        if (n <= 16384 / CH_G) {
            while (bins > 15 &&
                   (4 * (CH_ENGINE_WORDS + bins) > control || e->end < promised(size) + 4 * (CH_ENGINE_WORDS + bins)))
                bins--;
        }
        uint32_t first = (ch_slot_of_bin(bins) + CH_G - 1) / CH_G * CH_G;
        assert_int_equal(ch_first(e), first);
        assert_true(e->end >= first + 2 * CH_G);
        assert_int_equal(e->free, (e->end - first) / CH_G);
        assert_int_equal(e->fine, ch_slot_of_bin(fine_of(n, (first - ch_slot_of_bin(0)) / 4)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_quarter_of_a_power_of_two_has_a_bin),
        cmocka_unit_test(bins_wanted_reach_half_of_the_heap),
        cmocka_unit_test(few_bins_are_coarse_as_late_as_can_be),
        cmocka_unit_test(a_damaged_word_names_no_bin_that_is_none),
        cmocka_unit_test(a_span_has_the_bins_that_leave_what_is_promised),
    };
    return cmocka_run_group_tests(tests, build, NULL);
}
