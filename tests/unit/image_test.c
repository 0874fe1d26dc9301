/* SPDX-License-Identifier: MIT */
/*
 * Random changes of one heap; after each all its words are compared with what block.h and bins.h say, seen from a map of granules
 * that the test keeps: bits, sizes, links, bins, totals. Nothing of the engine is asked what it thinks of itself, so that a
 * change of the layout that is wrong but agrees with itself is seen here.
 */
#include <stdlib.h>

#include "unit/image.h"

/* ---- answers ---- */

/** The longest block is one of the last bin that is not empty; so is what is told of alignments. */
static void expect_largest(void) {
    uint32_t most = ch_engine_largest(e), alignment = (uint32_t)CH_G << (1 + draw(5)), shift = CH_G * draw(4), last = 0;
    uint32_t aligned = ch_engine_largest_aligned(e, alignment, shift), holes = 0;
    bool is_there = false, fits = aligned == 0;
    for (uint32_t i = first; i < end; i += length_of(i)) {
        if (kind[i] == FREE && bin_of(length_of(i)) > last) last = bin_of(length_of(i)), holes = 0;
        holes += kind[i] == FREE && bin_of(length_of(i)) == last;
    }
    for (uint32_t i = first; i < end; i += length_of(i)) {
        uint32_t n = length_of(i), lead = 0;
        if (kind[i] != FREE || bin_of(n) != last) continue;
        while (((uintptr_t)e + (i + lead) * CH_G + shift) % alignment || lead == 1) lead++;
        is_there |= n == most;
        fits |= lead + 2 <= n && n - lead == aligned;
        if (n > most && holes <= CH_LOOKS) fail_msg("operation %u: the longest is %u, not %u", operation, n, most);
        if (holes == 1) expect(aligned, lead + 2 <= n ? n - lead : 0, "aligned granules of block", i);
    }
    assert_true(most ? is_there : last == 0 && e->free_blocks == 0);
    assert_true(fits);
}

/** What is told about any place. */
static void expect_place(uint32_t i) {
    uint32_t at = i, start = i, steps = 0;
    bool used = kind[i] == USED;
    ch_block_t b;
    while (start < end && !kind[start]) start++;
    do {
        b = ch_engine_seek(e, at * CH_G);
        if (b.n || !b.offset) break;
        assert_true(b.offset > at * CH_G && steps++ < 6 && (b.offset - at * CH_G) / CH_G >= 7 * 32);
        at = b.offset / CH_G;
    } while (true);
    expect(b.offset, start < end ? start * CH_G : 0, "seek from", i);
    if (start < end) {
        expect(b.n, length_of(start), "length at", start);
        expect(b.used, kind[start] == USED, "use at", start);
        assert_true(ch_engine_is_there(e, &b));
        b.n++;
        assert_false(ch_engine_is_there(e, &b));
        b.n--, b.used = !b.used;
        assert_false(ch_engine_is_there(e, &b));
    }
    expect(ch_engine_starts(e, i * CH_G), kind[i] != INSIDE, "start at", i);
    expect(ch_engine_size(e, i * CH_G), used ? length_of(i) : 0, "size at", i);
    if (used) return;
    assert_false(ch_engine_free(e, i * CH_G));
    assert_int_equal(ch_engine_size(e, i * CH_G + 2), 0);
}

/* ---- changes ---- */

static uint32_t draw_size(void) {
    switch (draw(8)) {
    case 0: return 2 + draw(3);
    case 1: return 13 + draw(6);
    case 2: return 22 + draw(8);
    case 3: return 30 + draw(8);
    case 4: return 60 + draw(12);
    case 5: return 94 + draw(8);
    case 6: return 2 + draw(14);
    default: return 2 + draw(end / 2);
    }
}

/** What was found for n granules is in the bin for them, or in the next one that is not empty. */
static void expect_tight(uint32_t n, uint32_t f) {
    for (uint32_t i = first; i < end; i += length_of(i)) {
        uint32_t other = length_of(i);
        if (kind[i] != FREE || other < n) continue;
        if (n < 16 ? other < f && other < 16 : bin_of(other) > bin_of(n) && bin_of(other) < bin_of(f))
            fail_msg("operation %u: %u granules taken of %u, not of %u", operation, n, f, other);
    }
}

static void allocate(void) {
    uint32_t n = draw_size(), offset = take_from_heap(n), i = offset / CH_G;
    if (!offset) return;
    assert_true(i >= first && i < end && kind[i] == FREE);
    uint32_t f = length_of(i);
    assert_true(f >= n);
    expect_tight(n, f);
    take(i, f == n + 1 ? f : n);
}

static void allocate_aligned(void) {
    uint32_t n = draw_size(), alignment = (uint32_t)CH_G << (1 + draw(5)), shift = CH_G * draw(4), got = n;
    uint32_t look = draw(2) ? n : ch_engine_enough(n, alignment);
    uint32_t offset = ch_engine_alloc_aligned(e, look, ch_slot_of(e, look), &got, alignment, shift), start = offset / CH_G;
    if (!offset) return;
    assert_int_equal(((uintptr_t)e + offset + shift) % alignment, 0);
    while (!kind[start]) start--;
    uint32_t rest = start + length_of(start) - offset / CH_G - n;
    assert_int_equal(got, rest == 1 ? n + 1 : n);
    take(offset / CH_G, got);
}

/** The used block at i has n granules from now on. */
static void resized(uint32_t i, uint32_t n) {
    uint32_t had = length_of(i), whole = had + right_of(i + had);
    if (whole > had) kind[i + had] = INSIDE;
    if (n < whole) kind[i + n] = FREE;
    for (uint32_t k = had * CH_G / 4; k < n * CH_G / 4; k++) {
        if (CH_REFILLS) expect(word_of(i)[k], content, "word taken over", k);
        word_of(i)[k] = content;
    }
}

/** `limit` is no less than a block that came into being, and is left alone otherwise. */
static void expect_limit(uint32_t before, uint32_t i) {
    uint32_t n = i < end && kind[i] == FREE ? length_of(i) : 0;
    expect(e->limit, n > before ? n : before, "limit after block", i);
}

static void resize(uint32_t i) {
    uint32_t had = length_of(i), right = right_of(i + had), whole = had + right, limit = e->limit;
    uint32_t n = draw(2) ? 2 + draw(whole + 4) : whole > 6 ? whole - draw(5) : 2;
    uint32_t then = n > whole ? 0 : n + 1 == whole ? whole : n;
    assert_int_equal(ch_engine_resize(e, i * CH_G, had, n), then);
    if (then && then != had) resized(i, then), expect_limit(limit, i + then);
}

static void grow_down(uint32_t i) {
    uint32_t had = length_of(i), right = right_of(i + had), left = left_of(i), whole = left + had;
    uint32_t n = draw(2) ? 2 + draw(whole + right + 4) : whole + right - draw(4), limit = e->limit;
    bool can = left && whole + right >= n;
    assert_int_equal(ch_engine_grow_down(e, i * CH_G, had, n), can ? left : 0);
    if (!can) return;
    uint32_t start = i - left, then = n <= whole ? whole : n + 1 == whole + right ? n + 1 : n;
    kind[i] = INSIDE, kind[start] = USED;
    for (uint32_t k = 0; k < left * CH_G / 4; k++) {
        if (CH_REFILLS) expect(word_of(start)[k], content, "word taken over in front", k);
        word_of(start)[k] = content;
    }
    if (then > whole) resized(start, then), expect_limit(limit, start + then);
}

static void release(uint32_t i) {
    uint32_t limit = e->limit, start = i - left_of(i);
    assert_true(give_to_heap(i * CH_G));
    give(i);
    expect_limit(limit, start);
    assert_false(ch_engine_free(e, i * CH_G));
}

/** The used block at granule i or behind it; `end`: there is none. */
static uint32_t used_from(uint32_t i) {
    while (i < end && kind[i] != USED) i++;
    return i;
}

static void change(void) {
    uint32_t i = used_from(first + draw(end - first)), what = draw(8);
    if (draw(16) == 0) e->limit = draw(end - first);
    if (what < 3)
        allocate();
    else if (what == 3)
        allocate_aligned();
    else if (i == end)
        return;
    else if (what == 4)
        resize(i);
    else if (what == 5)
        grow_down(i);
    else
        release(i);
}

/** Words of the span that are the engine's: control block and bits lie at its start, without a gap but for the alignment. */
static void expect_span(const unsigned char *start, size_t size) {
    size_t before = (size_t)((uintptr_t)e - (uintptr_t)start), behind = size - before - (size_t)end * CH_G, words = end / 32 + 2;
    assert_true(before >= 4 * words && before < 4 * (words + 1) + CH_G &&
                (end + 3) / 32 < words); /* a window begins in all but the last */
    assert_true(behind < 3 * CH_G + 4);
    assert_true(first * CH_G >= offsetof(ch_engine_t, bins) + 4 * (CH_EXACT_BINS + 1));
    assert_int_equal(e->reach, end * CH_G - CH_G - CH_NO_BLOCK);
    assert_int_equal(e->limit, end - first);
}

static void play(size_t size, uint32_t skew, uint32_t operations) {
    unsigned char *span = ch_test_span(size + 16);
    memset(span, 0xFE, size + 16);
    e = engine_in(span + skew, size);
    assert_non_null(e);
    first = ch_first(e) / CH_G, end = e->end / CH_G;
    assert_true(end <= MAP);
    memset(kind, INSIDE, sizeof kind);
    kind[first] = FREE, kind[end] = USED;
    expect_span(span + skew, size);
    expect_all();
    for (operation = 0; operation < operations; operation++) {
        change();
        expect_all();
        expect_place(first + draw(end - first));
        if (operation % 4 == 0) expect_largest();
    }
    while (used_from(first) < end) release(used_from(first)), expect_all();
    assert_int_equal(length_of(first), end - first);
    for (size_t k = 0; k < 16; k++) assert_int_equal(span[k < skew ? k : size + k], 0xFE);
}

static uint32_t scaled(uint32_t operations) {
    const char *ops = ch_test_argument("CH_OPS");
    if (ops) return (uint32_t)strtoul(ops, NULL, 10);
    return ch_test_on_host() ? operations : operations / 20;
}

static void small_spans_are_as_the_layout_says(void **caps) {
    by_caps = *caps;
    if (by_caps && CH_CAREFUL) skip(); /* levels of detection have no such ways */
    for (size_t size = 300; size < 1000; size += 28) play(size, (uint32_t)(size / 28 % 4) * 4, scaled(2000) / 10);
}

static void middle_spans_are_as_the_layout_says(void **caps) {
    by_caps = *caps;
    if (by_caps && CH_CAREFUL) skip(); /* levels of detection have no such ways */
    for (size_t granules = 200; granules < MAP - 100; granules += 120)
        play(granules * CH_G, (uint32_t)(granules % 3) * 4, scaled(10000));
}

int main(void) {
    static bool caps = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_spans_are_as_the_layout_says),
        cmocka_unit_test(middle_spans_are_as_the_layout_says),
        cmocka_unit_test_prestate_setup_teardown(small_spans_are_as_the_layout_says, NULL, NULL, &caps),
        cmocka_unit_test_prestate_setup_teardown(middle_spans_are_as_the_layout_says, NULL, NULL, &caps),
    };
    state = ch_test_seed() | 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
