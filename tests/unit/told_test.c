/* SPDX-License-Identifier: MIT */
/*
 * One damaged word after the other, by design: what checks call it, and that who needs the word says so before it is followed.
 * The heap has holes of chosen lengths between used blocks; hole 1 lies behind hole 2 in their list if they share one.
 */
#include <string.h>

#include "ch_test.h"
#include "engine/alloc.h"
#include "engine/reshape.h"
#include "heap/heap.h"

enum { SIZE = 16384, HOLES = 3 };

static unsigned char *span;
static ch_engine_t *e;
static uint32_t hole[HOLES], behind[HOLES]; /* offsets: of holes, and of the used blocks behind them */

static void make(uint32_t a, uint32_t b, uint32_t c) {
    const uint32_t n[HOLES] = {a, b, c};
    ch_test_spans_begin();
    span = ch_test_span(SIZE);
    multi_heap_handle_t heap = multi_heap_register(span, SIZE);
    assert_non_null(heap);
    e = ch_heap_engine(heap);
    e->above[2] = 0; /* the low watermark, which calls of the engine alone do not lower */
    for (int k = 0; k < HOLES; k++) {
        hole[k] = ch_engine_alloc(e, n[k]);
        behind[k] = ch_engine_alloc(e, 2);
        assert_true(hole[k] && behind[k]);
        memset(ch_at(e, behind[k]), 0x55, 2 * CH_G);
    }
    for (int k = 0; k < HOLES; k++) assert_true(ch_engine_free(e, hole[k]));
    assert_true(CH_CFG_DETECTION || multi_heap_check(heap, true)); /* blocks of the engine alone have no guards */
}

static uint32_t *word(uint32_t offset, uint32_t k) { return ch_at(e, offset) + k; }

/** A use of a heap that is damaged must say so; without assertions it goes on, and must come back. */
#define EXPECT_TOLD(use)                                                                                                         \
    do {                                                                                                                         \
        if (CH_CFG_NDEBUG)                                                                                                       \
            (void)(use);                                                                                                         \
        else                                                                                                                     \
            CH_EXPECT_FATAL((void)(use));                                                                                        \
        ch_test_output_clear();                                                                                                  \
    } while (0)

static void fail_if(bool wrong) {
    if (wrong) fail();
}

/* ---- seen by checks ---- */

static void a_bin_that_names_no_free_block_is_a_bad_link(void **state) {
    (void)state;
    make(6, 12, 40);
    uint32_t bin = 6 - 2;
    assert_int_equal(ch_engine_check_bin(e, bin), CH_SOUND);
    const uint32_t wrong[] = {behind[0], hole[0] + CH_G, hole[0] + 1, ch_first(e) - CH_G, e->end, 4, ~0u};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        e->bins[bin] = wrong[k];
        assert_int_equal(ch_engine_check_bin(e, bin), CH_BAD_LINK);
    }
    e->bins[bin] = hole[1];
    assert_int_equal(ch_engine_check_bin(e, bin), CH_WRONG_BIN);
    e->bins[bin] = 0;
    assert_int_equal(ch_engine_check_bin(e, bin), CH_BAD_MAP);
    assert_int_equal(ch_engine_check_bin(e, bin + 1), CH_SOUND);
    e->bins[bin + 1] = hole[0];
    assert_int_equal(ch_engine_check_bin(e, bin + 1), CH_BAD_MAP);
}

static ch_fault_t check_links(const ch_block_t *b) {
    ch_fault_t fault = ch_engine_check_next(e, b);
    return fault ? fault : ch_engine_check_back(e, b);
}

static void links_that_do_not_lead_to_and_fro_are_bad(void **state) {
    (void)state;
    for (uint32_t n = 12; n <= 40; n += 28) {
        make(6, n, n);
        ch_block_t first = {hole[2], n, false}, second = {hole[1], n, false};
        assert_int_equal(check_links(&first), CH_SOUND);
        assert_int_equal(check_links(&second), CH_SOUND);
        const uint32_t wrong[] = {behind[1],   hole[1] + CH_G, hole[0], ch_first(e) - CH_G, e->end, e->end + CH_G, 4,
                                  hole[1] + 1, hole[2] + 2,    ~0u};
        for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
            *word(hole[2], CH_NEXT) = wrong[k];
            assert_int_equal(check_links(&first), CH_BAD_LINK);
            *word(hole[2], CH_NEXT) = hole[1];
            *word(hole[1], CH_BACK) = wrong[k];
            assert_int_equal(check_links(&second), CH_BAD_LINK);
            *word(hole[1], CH_BACK) = hole[2];
        }
        *word(hole[2], CH_BACK) = e->end; /* the back link of the first leads nowhere, but it is a link */
        assert_int_equal(check_links(&first), CH_BAD_LINK);
        *word(hole[2], CH_BACK) = 2;
        assert_int_equal(check_links(&first), CH_BAD_LINK);
    }
}

static void a_block_in_the_place_of_another_length_is_in_the_wrong_bin(void **state) {
    (void)state;
    make(6, 40, 40);
    ch_block_t first = {hole[2], 40, false}, second = {hole[1], 40, false}, small = {hole[0], 6, false};
    assert_int_equal(ch_engine_check_place(e, &first), CH_SOUND);
    assert_int_equal(ch_engine_check_place(e, &second), CH_SOUND);
    assert_int_equal(ch_engine_check_place(e, &small), CH_SOUND);
    *word(hole[1], CH_HOME) += 4;
    assert_int_equal(ch_engine_check_place(e, &second), CH_WRONG_BIN);
    *word(hole[1], CH_HOME) -= 4;
    *word(hole[2], CH_HOME) += 4;
    assert_int_equal(ch_engine_check_place(e, &first), CH_WRONG_BIN);
    assert_int_equal(ch_engine_check_place(e, &second), CH_WRONG_BIN);
    *word(hole[2], CH_HOME) -= 4;
    *word(hole[1], CH_BACK) = hole[0];
    assert_int_equal(ch_engine_check_place(e, &second), CH_WRONG_BIN);
    make(12, 40, 40);
    second.offset = hole[1];
    for (uint32_t skip = 0; skip <= 4; skip += 4) { /* what looks like a block of that bin, but is short, or none */
        uint32_t like = hole[0] + skip * CH_G;
        *word(like, CH_HOME) = ch_slot_of(e, 40);
        if (skip) *word(like, CH_SIZE) = ch_size_tag(40);
        *word(hole[1], CH_BACK) = like;
        assert_int_equal(ch_engine_check_place(e, &second), CH_WRONG_BIN);
    }
    make(6, 12, 12);
    ch_block_t exact = {hole[1], 12, false};
    assert_int_equal(ch_engine_check_place(e, &exact), CH_SOUND);
    *word(hole[1], CH_BACK) = hole[0];
    assert_int_equal(ch_engine_check_place(e, &exact), CH_WRONG_BIN);
    ch_block_t other = {hole[0], 7, false};
    assert_int_equal(ch_engine_check_place(e, &other), CH_WRONG_BIN);
    other.n = 1;
    assert_int_equal(ch_engine_check_place(e, &other), CH_WRONG_BIN);
}

static void bits_where_no_block_is_are_found(void **state) {
    (void)state;
    for (size_t size = SIZE; size > SIZE - 34 * CH_G; size -= 4) {
        ch_test_spans_begin();
        e = ch_engine_create(ch_test_span(SIZE), size);
        assert_int_equal(ch_engine_check_control(e), CH_SOUND);
        for (uint32_t i = 0; i < ch_first(e) >> CH_G_SHIFT; i++) {
            ch_flip_one(e, i);
            assert_int_equal(ch_engine_check_control(e), CH_BAD_BITS);
            ch_flip_one(e, i);
        }
        for (uint32_t i = e->end >> CH_G_SHIFT; (i + 3) >> 5 <= ((e->end >> CH_G_SHIFT) + 3) >> 5; i++) {
            ch_flip_one(e, i);
            assert_int_equal(ch_engine_check_control(e), CH_BAD_BITS);
            ch_flip_one(e, i);
        }
    }
}

/* A used block of 150 granules, wherever its bits lie, without or with another size. */
static void a_length_that_can_t_be_is_no_length(void **state) {
    (void)state;
    for (uint32_t lead = 2; lead < 36; lead++) {
        make(lead, 12, 20);
        uint32_t offset = ch_engine_alloc(e, 154), i = offset >> CH_G_SHIFT, n = 0, *size = ch_bit_word(e, i + 3) - 2;
        assert_int_equal(ch_engine_resize(e, offset, 154, 150), 150);
        assert_int_equal(*size, CH_MARK | 150);
        ch_block_t b = {offset, 150, true};
        const uint32_t wrong[] = {0, CH_MARK, CH_MARK | 1, CH_MARK | 30, CH_MARK | 151, CH_MARK | 5000, CH_MARK | 70000, ~0u};
        for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
            *size = wrong[k];
            ch_block_t seen = ch_engine_seek(e, offset);
            assert_int_equal(seen.offset, offset);
            assert_int_not_equal(seen.n, 150);
            if (k != 4) assert_int_equal(seen.n, 0);
            assert_false(ch_engine_is_there(e, &b));
            if (wrong[k] > (CH_MARK | 4999)) assert_int_equal(ch_engine_size(e, offset), 0);
            if (wrong[k] > (CH_MARK | 4999)) assert_false(ch_engine_free(e, offset));
        }
        *size = CH_MARK | 150;
        assert_true(ch_engine_is_there(e, &b));
        for (n = 0; n < b.n;) assert_int_equal(ch_engine_check_bits(e, &b, &n), CH_SOUND);
        assert_true(ch_engine_free(e, offset));
    }
}

/* A block without a start, behind another one whose bits end before: what lies in it is in no block. */
static void a_length_without_a_start_leads_nowhere(void **state) {
    (void)state;
    for (uint32_t lead = 2; lead < 36; lead++) {
        make(lead, 12, 20);
        uint32_t before = ch_engine_alloc(e, 150), offset = ch_engine_alloc(e, 150);
        assert_true(offset == before + 150 * CH_G);
        ch_flip_one(e, offset >> CH_G_SHIFT);
        for (uint32_t at = offset + 70 * CH_G; at < offset + 148 * CH_G; at += CH_G) {
            ch_block_t seen = ch_engine_seek(e, at);
            if (seen.n) assert_int_equal(seen.offset, offset + 150 * CH_G);
        }
        ch_block_t seen = ch_engine_seek(e, offset + 2 * CH_G);
        assert_int_equal(seen.n, 0);
    }
}

/* Each bit of a long block, free or used, and of its size words. */
static void bits_inside_a_block_are_found(void **state) {
    (void)state;
    for (uint32_t lead = 2; lead < 36; lead++) {
        make(lead, 12, 20);
        for (int used = 0; used < 2; used++) {
            uint32_t offset = used ? ch_engine_alloc(e, 200) : *ch_at(e, ch_slot_of(e, ch_engine_largest(e))), n = 0;
            ch_block_t b = {offset, used ? 200 : ch_engine_largest(e), used};
            for (uint32_t i = offset / CH_G + 2; i < offset / CH_G + b.n - 1; i++) {
                bool found = false;
                ch_flip_one(e, i);
                for (n = 0; !found && n < b.n;) found = ch_engine_check_bits(e, &b, &n) != CH_SOUND;
                if (!found) fail_msg("the bit of granule %u of %u, behind %u", i - offset / CH_G, b.n, lead);
                ch_flip_one(e, i);
            }
        }
    }
}

static void a_free_block_without_room_for_its_size_is_none(void **state) {
    (void)state;
    for (uint32_t n = 2; n < 4; n++) {
        make(6, 12, 40);
        uint32_t rest = ch_engine_largest(e), last = e->end - n * CH_G;
        assert_true(ch_engine_alloc(e, rest - n) != 0); /* the last block is free, and short */
        assert_int_equal(ch_engine_seek(e, last).n, n);
        if (n == 3) ch_flip_one(e, (last >> CH_G_SHIFT) + 2);
        if (n == 2) ch_flip_one(e, e->end >> CH_G_SHIFT);
        *word(last, CH_G == 4 && n == 2 ? 1 : CH_SIZE) = ch_size_tag(2);
        assert_int_equal(ch_engine_seek(e, last).n, 0);
    }
}

static void the_inside_of_a_free_block_without_a_size_is_no_block(void **state) {
    (void)state;
    make(6, 12, 40);
    *word(hole[2], CH_SIZE) = 1;
    ch_block_t seen = ch_engine_seek(e, hole[2] + CH_G);
    assert_int_equal(seen.n, 0);
    assert_int_equal(seen.offset, hole[2] + CH_G);
    assert_int_equal(ch_engine_seek(e, hole[2]).n, 0);
    assert_int_equal(ch_engine_seek(e, behind[2]).n, 2);
    *word(hole[2], CH_SIZE) = ch_size_tag(41); /* leads to where no block starts */
    assert_int_equal(ch_engine_seek(e, hole[2] + CH_G).n, 0);
    *word(hole[2], CH_SIZE) = ch_size_tag(e->end / CH_G); /* leads outside */
    assert_int_equal(ch_engine_seek(e, hole[2]).n, 0);
}

/* ---- told by those who use it ---- */

static void questions_tell_of_a_bin_that_leads_astray(void **state) {
    (void)state;
    for (int k = 0; k < 3; k++) {
        make(6, 12, 40);
        uint32_t slot = ch_slot_of(e, ch_engine_largest(e)), wrong[] = {behind[1], hole[1] + 4 * CH_G, e->end};
        *ch_at(e, slot) = wrong[k];
        EXPECT_TOLD(ch_engine_largest(e));
        *ch_at(e, slot) = wrong[k];
        EXPECT_TOLD(ch_engine_largest_aligned(e, 4 * CH_G, 0));
    }
    make(6, 12, 40);
    *word(*ch_at(e, ch_slot_of(e, ch_engine_largest(e))), CH_SIZE) = 1;
    EXPECT_TOLD(ch_engine_largest(e));
}

static void a_bin_that_names_a_used_block_is_told(void **state) {
    (void)state;
    for (uint32_t n = 6; n <= 12; n += 6) {
        make(6, 12, 40);
        e->bins[n - 2] = behind[0];
        EXPECT_TOLD(ch_engine_alloc(e, n));
        make(6, 12, 40);
        e->bins[n - 2] = behind[0];
        uint32_t got = 2; /* wherever it is aligned, there is room */
        EXPECT_TOLD(fail_if(ch_engine_alloc_aligned(e, n, ch_slot_of(e, n), &got, 2 * CH_G, 0) != 0));
    }
}

/* The block that a bin of short ones names has another length: no part of it is handed out. */
static void a_short_block_of_another_length_is_told(void **state) {
    (void)state;
    for (uint32_t n = CH_CAREFUL ? CH_SIZED : 3; n < 16; n++) {
        for (uint32_t take = 2; take + 1 < n; take++) {
            make(n, 40, 40);
            *word(hole[0], CH_SIZE) += 1u << CH_G_SHIFT;
            EXPECT_TOLD(fail_if(ch_engine_alloc(e, take) - hole[0] < n * CH_G));
        }
    }
}

/* Both ends of a free block agree on what no size can be. */
static void a_size_that_both_ends_have_wrong_is_told(void **state) {
    (void)state;
    if (!CH_CAREFUL) skip();
    for (uint32_t n = 12; n <= 40; n += 28) {
        make(6, n, 6);
        *word(hole[1], CH_SIZE) |= 2;
        word(behind[1], 0)[-1] |= 2;
        EXPECT_TOLD(fail_if(ch_engine_alloc(e, n) == hole[1]));
        make(6, n, 6);
        uint32_t round = behind[0] - hole[1] + 1; /* round the whole address space, to where another one ends */
        *word(hole[1], CH_SIZE) = word(behind[0], 0)[-1] = round;
        EXPECT_TOLD(fail_if(ch_engine_alloc(e, n) == hole[1]));
    }
}

/* The size at the end of a free block leads to what is none, and agrees. */
static void a_size_that_leads_back_into_a_used_block_is_told(void **state) {
    (void)state;
    if (!CH_CAREFUL) skip();
    make(6, 12, 40);
    uint32_t tag = behind[1] - behind[0] + 1;
    *word(behind[0], CH_SIZE) = word(behind[1], 0)[-1] = tag;
    EXPECT_TOLD(ch_engine_free(e, behind[1]));
}

/** A bin of f granules leads to a place inside a used block. */
static CH_NOINLINE void expect_not_taken(uint32_t f, uint32_t inside, uint32_t offset, uint32_t n) {
    *ch_at(e, ch_slot_of(e, f)) = inside;
    if (!ch_is_exact(f)) { /* who looks no further finds its size there, twice */
        *word(inside, CH_SIZE) = ch_size_tag(f);
        *word(inside, f * CH_G / 4 - 1) = ch_size_tag(f);
    }
    EXPECT_TOLD(fail_if(ch_engine_alloc(e, f) - offset < n * CH_G));
}

/* A bin that leads into a used block, whose length, among the bits, may look like those of a free block. */
static void the_length_of_a_used_block_is_not_taken_for_bits(void **state) {
    static uint32_t saved[SIZE / 4];
    const uint32_t lengths[] = {199, 224, 448}, wanted[] = {2, 3, 4, 6, 15, 16, 30};
    (void)state;
    for (uint32_t lead = 2; lead < 40; lead += 7) {
        make(lead, 60, 60);
        uint32_t n = lengths[lead % 3], offset = ch_engine_alloc(e, n), tail = offset + n * CH_G;
        memset(ch_at(e, offset), 0, n * CH_G);
        memcpy(saved, span, SIZE);
        for (uint32_t k = 0; k < sizeof wanted / sizeof *wanted; k++) {
            for (uint32_t inside = offset; inside + (wanted[k] + 1) * CH_G < tail; inside += CH_G) {
                expect_not_taken(wanted[k], inside, offset, n);
                memcpy(span, saved, SIZE);
            }
        }
    }
}

/* Bits at the very end, by which a block would go beyond it. */
static void a_block_that_would_go_beyond_the_end_is_told(void **state) {
    (void)state;
    if (!CH_CAREFUL) skip();
    for (uint32_t n = 3; n < 20; n++) {
        make(6, 40, 40);
        uint32_t rest = ch_engine_largest(e), end = e->end >> CH_G_SHIFT;
        assert_true(ch_engine_alloc(e, rest - 2) != 0);
        ch_flip_one(e, end + 1); /* the last block, which is free, has three granules then, and not two */
        EXPECT_TOLD(ch_engine_alloc(e, 2));
        make(6, 40, 40);
        uint32_t used = ch_engine_alloc(e, rest - n), last = used + (rest - n) * CH_G;
        assert_int_equal(ch_engine_alloc(e, n), last);
        ch_flip_one(e, end - 1); /* the last granule is the first of two that are free */
        ch_flip_one(e, end + 1);
        EXPECT_TOLD(ch_engine_free(e, last));
        if (CH_CFG_NDEBUG && !CH_ONE_WAY && n > CH_SIZED) assert_int_equal(*word(last, CH_SIZE), ch_size_tag(n - 1));
    }
}

/* A bit of the map beyond the bins. */
static void a_bin_that_is_not_there_is_told(void **state) {
    (void)state;
    if (!CH_CAREFUL) skip();
    make(6, 12, 40);
    for (uint32_t n; (n = ch_engine_largest(e)) != 0;) assert_true(ch_engine_alloc(e, n) != 0);
    for (uint32_t k = ch_first(e) / 4; k < 32 * CH_MAP_WORDS; k++) {
        ch_map_flip(e, 4 * k);
        EXPECT_TOLD(ch_engine_alloc(e, 2));
        EXPECT_TOLD(ch_engine_largest(e));
        ch_map_flip(e, 4 * k);
    }
}

/** A free block's word is wrong when the block `freed`, beside it, is freed and would be merged with it. */
static void expect_told_by(uint32_t freed, int k, uint32_t at, uint32_t wrong) {
    static uint32_t saved[SIZE / 4];
    uint32_t was = *word(hole[k], at);
    memcpy(saved, span, SIZE);
    if (was == wrong) return;
    *word(hole[k], at) = wrong;
    EXPECT_TOLD(ch_engine_free(e, freed));
    memcpy(span, saved, SIZE);
}

static void sizes_and_bins_that_are_wrong_are_told_when_a_neighbour_is_freed(void **state) {
    const bool few = CH_CAREFUL || CH_ONE_WAY; /* elsewhere sizes of less than three granules may pass, in the midst of a list */
    (void)state;
    for (uint32_t n = 5; n <= 80; n += n < 16 ? 6 : 9) {
        for (int k = 1; k < 3; k++) {
            const uint32_t wrong[] = {few ? ch_size_tag(0) - 1 : 3, few ? ch_size_tag(2) : 5, 1,   ch_size_tag(n + 1),
                                      ch_size_tag(n - 1),           ch_size_tag(6),           ~0u, ch_size_tag(3000)};
            for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
                make(6, n, n);
                expect_told_by(behind[k], k, n * CH_G / 4 - 1, wrong[w] | 1);
                expect_told_by(behind[k - 1], k, CH_SIZE, wrong[w]);
            }
        }
        if (n < 16) continue;
        make(6, n, n); /* hole 1 is not the first of its list */
        expect_told_by(behind[0], 1, CH_HOME, ch_first(e));
        expect_told_by(behind[1], 1, CH_HOME, ch_first(e));
        expect_told_by(behind[0], 1, CH_HOME, ch_first(e) + 4);
        expect_told_by(behind[1], 1, CH_HOME, ch_first(e) + 4);
        expect_told_by(behind[0], 1, CH_HOME, ~0u);
        expect_told_by(behind[1], 1, CH_HOME, ~0u);
    }
}

/* Without assertions a block behind whose size is damaged is left out: what is freed is a block of its own. */
static void what_is_damaged_is_left_out_where_nobody_is_told(void **state) {
    (void)state;
    if (!CH_CFG_NDEBUG) skip();
    for (uint32_t used = 5; used < 100; used += 7) { /* shorter ones would look longer beside another free one */
        make(6, 40, 50);
        uint32_t offset = ch_engine_alloc(e, used + 200), granules, blocks, holes;
        if (!ch_engine_alloc(e, 2) || ch_engine_resize(e, offset, used + 200, used) != used) fail(); /* a hole of 200 behind it */
        granules = e->free, blocks = e->blocks, holes = e->free_blocks;
        *word(offset + used * CH_G, CH_SIZE) ^= 1u << CH_G_SHIFT;
        assert_int_equal(ch_engine_resize(e, offset, used, used + 2), 0);
        assert_true(ch_engine_free(e, offset));
        ch_block_t b = ch_engine_seek(e, offset);
        assert_true(b.offset == offset && !b.used && b.n == used);
        assert_int_equal(e->free, granules + used);
        assert_int_equal(e->blocks, blocks);
        assert_int_equal(e->free_blocks, holes + 1);
    }
}

/* Where free memory is looked after, short blocks are too, whose sizes nobody needs. */
static void words_of_short_blocks_are_looked_after(void **state) {
    (void)state;
    if (!CH_REFILLS) skip();
    for (uint32_t n = CH_G == 4 ? 3 : 2; n < 16; n++) {
        make(n, 40, 40);
        *word(hole[0], CH_SIZE) ^= 1u << CH_G_SHIFT;
        EXPECT_TOLD(ch_engine_alloc(e, n));
        make(n, 40, 40);
        *word(hole[0], n * CH_G / 4 - 1) ^= 1u << CH_G_SHIFT;
        EXPECT_TOLD(ch_engine_alloc(e, n));
        make(n, 40, 40);
        *word(hole[0], CH_BACK) = hole[1];
        EXPECT_TOLD(ch_engine_alloc(e, n));
        if (CH_G < 16) continue;
        make(n, 40, 40);
        *word(hole[0], CH_HOME) = 4;
        EXPECT_TOLD(ch_engine_alloc(e, n));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bin_that_names_no_free_block_is_a_bad_link),
        cmocka_unit_test(links_that_do_not_lead_to_and_fro_are_bad),
        cmocka_unit_test(a_block_in_the_place_of_another_length_is_in_the_wrong_bin),
        cmocka_unit_test(bits_where_no_block_is_are_found),
        cmocka_unit_test(a_length_that_can_t_be_is_no_length),
        cmocka_unit_test(a_length_without_a_start_leads_nowhere),
        cmocka_unit_test(bits_inside_a_block_are_found),
        cmocka_unit_test(a_free_block_without_room_for_its_size_is_none),
        cmocka_unit_test(the_inside_of_a_free_block_without_a_size_is_no_block),
        cmocka_unit_test(questions_tell_of_a_bin_that_leads_astray),
        cmocka_unit_test(a_bin_that_names_a_used_block_is_told),
        cmocka_unit_test(a_short_block_of_another_length_is_told),
        cmocka_unit_test(a_size_that_both_ends_have_wrong_is_told),
        cmocka_unit_test(a_size_that_leads_back_into_a_used_block_is_told),
        cmocka_unit_test(the_length_of_a_used_block_is_not_taken_for_bits),
        cmocka_unit_test(a_block_that_would_go_beyond_the_end_is_told),
        cmocka_unit_test(a_bin_that_is_not_there_is_told),
        cmocka_unit_test(sizes_and_bins_that_are_wrong_are_told_when_a_neighbour_is_freed),
        cmocka_unit_test(what_is_damaged_is_left_out_where_nobody_is_told),
        cmocka_unit_test(words_of_short_blocks_are_looked_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
