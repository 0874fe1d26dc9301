/* SPDX-License-Identifier: MIT */
/*
 * Random changes of one heap; after each all its words are compared with what block.h and bins.h say, seen from a map of granules that the
 * test keeps: bits, sizes, links, bins, totals. Nothing of the engine is asked what it thinks of itself, so that a change of the layout
 * that is wrong but agrees with itself is seen here.
 */
#include <stdlib.h>
#include <string.h>

#include "caps/registry.h"
#include "ch_test.h"
#include "engine/alloc.h"
#include "engine/reshape.h"
#include "esp_heap_caps.h"
#include "heap/heap.h"

enum { MAP = 1024, INSIDE = 0, USED = 1, FREE = 2 };
static const uint32_t content = CH_REFILLS ? CH_REFILL : 0xF8A5A5A7u; /* of used blocks: might be a size, or bits */

static unsigned char kind[MAP + 1]; /* of each granule: inside a block, or how one starts there */
static uint32_t first, end;         /* granules */
static ch_engine_t *e;
static uint32_t state, operation;

static uint32_t draw(uint32_t below) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    return (uint32_t)((uint64_t)state * below >> 32);
}

static uint32_t *word_of(uint32_t granule) { return (uint32_t *)((uintptr_t)e + granule * CH_G); }

static void expect(uint32_t value, uint32_t wanted, const char *what, uint32_t where) {
    if (value != wanted) fail_msg("operation %u, %s %u: %x instead of %x", operation, what, where, value, wanted);
}

/* ---- a heap of capabilities, whose ways to malloc and free are their own ---- */

#define CAPS (1u << 22)

static ch_region_t region;
static bool by_caps;

static ch_engine_t *engine_in(unsigned char *start, size_t size) {
    if (!by_caps) return ch_engine_create(start, size);
    static ch_registry_t at_start;
    static bool known;
    static ch_engine_t *recent_at_start[CH_RECENT];
    if (!known) at_start = ch_registry, memcpy(recent_at_start, ch_heap_recent, sizeof recent_at_start);
    known = true;
    ch_registry = at_start;
    memcpy(ch_heap_recent, recent_at_start, sizeof recent_at_start);
    ch_route_latest = ch_registry.plain;
    memset(&region, 0, sizeof region);
    region.start = (uintptr_t)start, region.end = region.start + size;
    region.caps[0] = CAPS;
    multi_heap_lock_init(&region.lock);
    assert_true(ch_registry_add(&region));
    assert_true(ch_region_open(&region));
    return ch_heap_engine(ch_region_heap(&region));
}

static uint32_t take_from_heap(uint32_t n) {
    if (!by_caps) return ch_engine_alloc(e, n);
    void *p = heap_caps_malloc(n * CH_G - draw(CH_G), CAPS);
    return p ? (uint32_t)ch_heap_offset(e, p) : 0;
}

static bool give_to_heap(uint32_t offset) {
    if (!by_caps) return ch_engine_free(e, offset);
    heap_caps_free(ch_at(e, offset));
    return true;
}

/* ---- the map ---- */

static uint32_t length_of(uint32_t i) {
    uint32_t n = 1;
    while (!kind[i + n]) n++;
    return n;
}

/** Granules of the free block that ends before granule i, 0 if there is none. */
static uint32_t left_of(uint32_t i) {
    uint32_t start = i;
    if (i == first) return 0;
    do start--;
    while (!kind[start]);
    return kind[start] == FREE ? i - start : 0;
}

static uint32_t right_of(uint32_t i) { return i < end && kind[i] == FREE ? length_of(i) : 0; }

/** n granules from i on, inside a free block, are used from now on. */
static void take(uint32_t i, uint32_t n) {
    uint32_t start = i;
    while (!kind[start]) start--;
    assert_int_equal(kind[start], FREE);
    uint32_t stop = start + length_of(start);
    assert_true(i + n <= stop && i + n + 1 != stop && i != start + 1);
    kind[i] = USED;
    if (i + n < stop) kind[i + n] = FREE;
    for (uint32_t k = 0; k < n * CH_G / 4; k++) {
        if (CH_REFILLS) expect(word_of(i)[k], content, "word of a new block", k); /* what the engine had there is gone */
        word_of(i)[k] = content;
    }
}

/** The used block at i is free from now on. */
static void give(uint32_t i) {
    uint32_t left = left_of(i), right = right_of(i + length_of(i));
    if (right) kind[i + length_of(i)] = INSIDE;
    kind[i] = left ? INSIDE : FREE;
}

/* ---- what has to be ---- */

static void expect_bits(void) {
    static uint32_t bits[MAP / 32 + 3];
    uint32_t words = ((end + 3) >> 5) + 1;
    memset(bits, 0, sizeof bits);
    for (uint32_t i = first; i < end; i += length_of(i)) {
        uint32_t n = length_of(i), p = i + 3;
        bits[p >> 5] |= 1u << (p & 31);
        if (kind[i] == FREE) bits[(p + 1) >> 5] |= 1u << ((p + 1) & 31), bits[(p + n - 1) >> 5] |= 1u << ((p + n - 1) & 31);
    }
    bits[(end + 3) >> 5] |= 1u << ((end + 3) & 31);
    for (uint32_t i = first; i < end; i += length_of(i)) {
        uint32_t k = ((i + 3) >> 5) + 1,
                 n = length_of(i); /* a size where the next word lies inside, and three granules behind it */
        if (kind[i] == USED && 32 * (k + 1) + 3 <= i + 3 + n) bits[k] = CH_MARK | n;
    }
    for (uint32_t k = 0; k < words; k++) expect(((uint32_t *)e)[-1 - (int)k], bits[k], "bits", k);
}

/** Number of the bin for n granules. */
static uint32_t bin_of(uint32_t n) {
    uint32_t bins = (first * CH_G - (uint32_t)offsetof(ch_engine_t, bins)) / 4, bin = 14, least = 16, quarter = 4;
    uint32_t fine = (e->fine - (uint32_t)offsetof(ch_engine_t, bins)) / 4;
    if (n < 16) return n - 2;
    for (; n >= least + quarter; bin++) {
        least += quarter;
        if (least == 8 * quarter) quarter *= 2;
    }
    if (bin >= fine) bin = fine + (bin - fine) / 4;
    return bin < bins ? bin : bins - 1;
}

/** The words of a free block that are the engine's; all others are what they were. */
static void expect_free_block(uint32_t i, uint32_t n) {
    const uint32_t *w = word_of(i);
    uint32_t last = n * CH_G / 4 - 1, slot = (uint32_t)offsetof(ch_engine_t, bins) + 4 * bin_of(n);
    if (CH_G > 4 || n > 2) {
        expect(w[CH_SIZE], n * CH_G + 1, "size of block", i);
        expect(w[last], n * CH_G + 1, "size behind block", i);
    }
    if (n >= 16) expect(w[CH_HOME], slot, "bin of block", i);
    if (n < 16 && CH_G == 16) expect(w[CH_HOME], 0, "word 3 of block", i);
    for (uint32_t k = CH_G == 4 && n == 2 ? 2 : n < 16 && CH_G < 16 ? 3 : 4; CH_REFILLS && k < last; k++)
        expect(w[k], content, "word that nobody has use for in block", i);
}

static void expect_blocks(void) {
    uint32_t blocks = 0, holes = 0, granules = 0;
    for (uint32_t i = first; i < end; i += length_of(i)) {
        uint32_t n = length_of(i);
        blocks++;
        if (kind[i] == FREE) {
            holes++, granules += n;
            expect_free_block(i, n);
            continue;
        }
        for (uint32_t k = 0; k < n * CH_G / 4; k++) expect(word_of(i)[k], content, "content of block", i);
    }
    expect(e->blocks, blocks, "blocks", 0);
    expect(e->free_blocks, holes, "free blocks", 0);
    expect(e->free, granules, "free granules", 0);
}

static void expect_bins(void) {
    uint32_t bins = (first * CH_G - (uint32_t)offsetof(ch_engine_t, bins)) / 4, map[CH_MAP_WORDS] = {first * CH_G}, found = 0;
    for (uint32_t bin = 0; bin < bins; bin++) {
        uint32_t before = 0, word = (uint32_t)offsetof(ch_engine_t, bins) / 4 + bin;
        if (e->bins[bin]) map[word / 32] |= 1u << word % 32;
        for (uint32_t at = e->bins[bin]; at; at = word_of(before)[CH_NEXT]) {
            uint32_t i = at / CH_G;
            if (at % CH_G || i < first || i >= end || kind[i] != FREE || found++ > end) fail_msg("bin %u names %u", bin, at);
            expect(bin_of(length_of(i)), bin, "bin of what is in bin", bin);
            if (before || CH_REFILLS) expect(word_of(i)[CH_BACK], before * CH_G, "back link of block", i);
            before = i;
        }
    }
    expect(found, e->free_blocks, "blocks in bins", 0);
    for (uint32_t k = 0; k < CH_MAP_WORDS; k++) expect(e->map[k], map[k], "map", k);
}

static void expect_all(void) {
    expect_bits();
    expect_blocks();
    expect_bins();
    assert_int_equal(ch_engine_check_control(e), CH_SOUND);
}

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
    uint32_t offset = ch_engine_alloc_aligned(e, draw(2) ? n : ch_engine_enough(n, alignment), &got, alignment, shift),
             start = offset / CH_G;
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
