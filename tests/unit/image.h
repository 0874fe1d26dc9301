/* SPDX-License-Identifier: MIT */
/*
 * What the words of a heap have to be, as block.h and bins.h say, seen from a map of granules that a test keeps: bits, sizes,
 * links, bins, totals, contents. The heap is an engine's, or one of capabilities, whose ways to malloc and free are their own.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "ch_test.h"
#include "engine/alloc.h"
#include "engine/reshape.h"
#include "esp_heap_caps.h"
#include "heap/heap.h"
#include "unit/only_region.h"

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

static bool by_caps;

static ch_engine_t *engine_in(unsigned char *start, size_t size) {
    if (!by_caps) return ch_engine_create(start, size);
    return ch_heap_engine(only_region(start, size));
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
        for (uint32_t at = e->bins[bin]; at; at = ch_link(word_of(before), CH_NEXT)) {
            uint32_t i = at / CH_G;
            if (at % CH_G || i < first || i >= end || kind[i] != FREE || found++ > end) fail_msg("bin %u names %u", bin, at);
            expect(bin_of(length_of(i)), bin, "bin of what is in bin", bin);
            if (before || CH_REFILLS) expect(ch_link(word_of(i), CH_BACK), before * CH_G, "back link of block", i);
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
