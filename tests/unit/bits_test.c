/* SPDX-License-Identifier: MIT */
/*
 * Bits beside blocks that are wrong where one particular word has them: met by malloc, free and questions. Any bit, at the levels
 * that look after them: use_damaged_test.c; all that a check finds: damage_test.c.
 */
#include <stdio.h>
#include <string.h>

#include "ch_test.h"
#include "engine/reshape.h"
#include "heap/guard.h"
#include "unit/room.h"

static void begin(size_t size) {
    room_open_framed();
    memset(room, FILL, ROOM);
    span = room, span_size = size; /* the bits begin where memory does */
    heap = multi_heap_register(span, size);
    assert_non_null(heap);
    e = ch_heap_engine(heap);
}

static uint32_t offset_of(const void *p) { return (uint32_t)ch_heap_offset(e, p) - CH_FRAME_HEAD; }

/** User bytes of a block of n granules. */
static size_t bytes_of(uint32_t n) { return ch_heap_bytes(n) - CH_FRAME_HEAD - CH_FRAME_TAIL; }

/** A hole wherever its first bit may lie in a word: it is no free block without its second bit. */
static void a_hole_without_its_second_bit_is_none(void **state) {
    (void)state;
    if (CH_CFG_NDEBUG) skip();
    bool seen[32] = {false};
    for (uint32_t before = 8; before < 8 + 32; before++) {
        begin(8192);
        assert_non_null(multi_heap_malloc(heap, bytes_of(before)));
        void *hole = multi_heap_malloc(heap, bytes_of(60));
        assert_non_null(multi_heap_malloc(heap, bytes_of(8)));
        uint32_t i = offset_of(hole) >> CH_G_SHIFT;
        multi_heap_free(heap, hole);
        seen[i & 31] = true;
        ch_flip_one(e, i + 1);
        assert_false(multi_heap_check(heap, false));
        CH_EXPECT_FATAL(multi_heap_malloc(heap, bytes_of(before % 2 ? 40 : 60)));
    }
    for (int k = 0; k < 32; k++) assert_true(seen[k]);
}

/** Behind the last block there is none, whatever the bits there say. */
static void nothing_begins_at_the_end(void **state) {
    (void)state;
    if (CH_CFG_NDEBUG) skip();
    begin(4096);
    void *last = multi_heap_malloc(heap, bytes_of(e->free));
    assert_non_null(last);
    assert_int_equal(e->free, 0);
    ch_flip_one(e, (e->end >> CH_G_SHIFT) + 1); /* a second bit */
    assert_false(multi_heap_check(heap, false));
    if (CH_ONE_WAY)
        multi_heap_free(heap, last); /* does not even look */
    else
        CH_EXPECT_FATAL(multi_heap_free(heap, last));
    for (unsigned char *p = span + span_size; p < room + ROOM; p++) assert_int_equal(*p, FILL);
}

/**
 * A free block of four granules and more has sizes: three granules before the end there is no room for one, so no more than that
 * is read.
 */
static void no_size_is_read_where_none_has_room(void **state) {
    (void)state;
    if (CH_CFG_NDEBUG || !CH_CAREFUL || CH_G < 8 || ch_heap_bytes(3) <= CH_FRAME_HEAD + CH_FRAME_TAIL) skip();
    for (int way = 0; way < 2; way++) {
        if (!way && CH_FRAME_MOVES) continue;
        begin(4096);
        void *p = multi_heap_malloc(heap, bytes_of(e->free - 3 - 8)), *wall = multi_heap_malloc(heap, bytes_of(8));
        void *last = multi_heap_malloc(heap, bytes_of(3));
        assert_non_null(p);
        assert_int_equal(e->free, 0);
        assert_int_equal(offset_of(last), e->end - 3 * CH_G);
        ch_flip_one(e, (offset_of(last) >> CH_G_SHIFT) + 1);
        CH_EXPECT_FATAL(way ? multi_heap_free(heap, wall) : (void)multi_heap_realloc(heap, wall, bytes_of(10)));
    }
}

/** A long block has its length among the bits: one that leads beyond the heap is none. */
static void a_length_that_leads_outside_is_none(void **state) {
    (void)state;
    if (CH_CFG_NDEBUG) skip();
    begin(8192);
    void *p = multi_heap_malloc(heap, bytes_of(120));
    uint32_t i = offset_of(p) >> CH_G_SHIFT, *word = ch_bit_word(e, i + 3) - 2, was = *word;
    assert_int_equal(was, CH_MARK | 120);
    static const uint32_t wrong[] = {5000, 0x7FFFFFF, 119, 121, 0};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        *word = CH_MARK | wrong[k];
        assert_false(multi_heap_check(heap, false));
        if (wrong[k] > 5000 - 1) {
            assert_int_equal(ch_engine_size(e, offset_of(p)), 0);
            CH_EXPECT_FATAL(multi_heap_free(heap, p));
            CH_EXPECT_FATAL(multi_heap_get_allocated_size(heap, p));
            assert_false(ch_engine_free(e, offset_of(p)));
        }
        *word = was;
    }
    ch_test_output_clear();
    assert_true(multi_heap_check(heap, true));
    multi_heap_free(heap, p);
}

/** In the last word of the bits, at the very end of the span: a length there has no second half, as no word is there. */
static void no_word_beyond_the_last_is_read(void **state) {
    (void)state;
    unsigned seen = 0;
    for (size_t size = 1024; size < 1024 + 40 * CH_G; size += 4) {
        begin(size);
        void *p, *last = NULL;
        while ((p = multi_heap_malloc(heap, 1))) last = p;
        uint32_t i = offset_of(last) >> CH_G_SHIFT, end = e->end >> CH_G_SHIFT;
        if ((i + 3) >> 5 != end >> 5 || (end + 3) >> 5 != end >> 5) continue;
        seen++;
        ch_flip_one(e, end);
        ch_bit_word(e, i + 3)[-2] = CH_MARK | 2;
        uint32_t n = ch_engine_size(e, offset_of(last));
        assert_true(n <= end - i);
        assert_false(multi_heap_check(heap, false));
    }
    assert_true(seen > 0);
}

/** Two lists that lead into each other: right by their links, but not by what is in them. */
static void a_long_block_behind_a_short_one_is_in_the_wrong_bin(void **state) {
    (void)state;
    char line[64];
    begin(8192);
    void *a = multi_heap_malloc(heap, bytes_of(64)), *wall = multi_heap_malloc(heap, bytes_of(8));
    void *c = multi_heap_malloc(heap, bytes_of(64));
    assert_non_null(wall);
    assert_non_null(multi_heap_malloc(heap, bytes_of(8)));
    void *p, *last = NULL, *before = NULL;
    while ((p = multi_heap_malloc(heap, bytes_of(8)))) before = last, last = p;
    assert_true(offset_of(before) > e->end - 32 * CH_G);
    multi_heap_free(heap, last); /* with what is behind it less than any long block */
    multi_heap_free(heap, a);
    multi_heap_free(heap, c);
    uint32_t offset = offset_of(a), least = offset_of(last);
    assert_int_equal(ch_link(ch_at(e, offset), CH_BACK), offset_of(c));
    if (e->end - least >= (2 + CH_EXACT_BINS) * CH_G) skip();
    ch_link_set(ch_at(e, offset), CH_BACK, least);
    ch_link_set(ch_at(e, least), CH_NEXT, offset);
    ch_link_set(ch_at(e, offset_of(c)), CH_NEXT, 0);
    ch_test_output_clear();
    assert_false(multi_heap_check(heap, true));
    snprintf(line, sizeof line, "detected at 0x%08lx (free block in the wrong bin)", (unsigned long)(uintptr_t)ch_at(e, offset));
    if (!strstr(ch_test_output(), line)) fail_msg("no '%s' in: %s", line, ch_test_output());
}

/** Where nobody clears a first block's back link, an old one may be of the very block that leads to it by damage. */
static void nothing_leads_to_the_first_block_of_a_list(void **state) {
    (void)state;
    begin(4096);
    void *a = multi_heap_malloc(heap, bytes_of(8)), *wall = multi_heap_malloc(heap, bytes_of(8));
    void *b = multi_heap_malloc(heap, bytes_of(10));
    assert_non_null(wall);
    assert_non_null(multi_heap_malloc(heap, bytes_of(8)));
    multi_heap_free(heap, a);
    multi_heap_free(heap, b);
    ch_link_set(ch_at(e, offset_of(b)), CH_BACK, offset_of(a));
    assert_int_equal(multi_heap_check(heap, false), !CH_REFILLS);
    ch_link_set(ch_at(e, offset_of(a)), CH_NEXT, offset_of(b));
    assert_false(multi_heap_check(heap, false));
}

static void a_control_block_that_is_not_sealed_is_not_looked_at(void **state) {
    (void)state;
    begin(1024);
    assert_int_equal(ch_engine_check_control(e), CH_SOUND);
    e->seal ^= 1;
    assert_int_equal(ch_engine_check_control(e), CH_BAD_SPAN);
    e->seal ^= 1;
    e->end += CH_G;
    assert_int_equal(ch_engine_check_control(e), CH_BAD_SPAN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hole_without_its_second_bit_is_none),
        cmocka_unit_test(nothing_begins_at_the_end),
        cmocka_unit_test(no_size_is_read_where_none_has_room),
        cmocka_unit_test(a_length_that_leads_outside_is_none),
        cmocka_unit_test(no_word_beyond_the_last_is_read),
        cmocka_unit_test(a_long_block_behind_a_short_one_is_in_the_wrong_bin),
        cmocka_unit_test(nothing_leads_to_the_first_block_of_a_list),
        cmocka_unit_test(a_control_block_that_is_not_sealed_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
