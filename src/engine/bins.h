/* SPDX-License-Identifier: MIT */
/*
 * Where free blocks wait: bins, and four words that tell which are not empty.
 *
 *      bin    0   1   2  ...  13 |   14     15     16     17  |   18   ...
 *      n      2   3   4  ...  15 | 16-19  20-23  24-27  28-31 | 32-39  ...    granules
 *             exact              | four for each power of two
 *      told   bit b % 32 of map[b / 32]
 *
 * Each bin is a list, last freed first. A request takes from its exact bin; else from the first bin behind it that is not empty, where every
 * block is long enough (good fit). One of 16 granules and more looks first at the head of its own bin, which may fit more tightly; and only if
 * it would fail, at a few more blocks there.
 *
 * Back links hold the offset of the word that leads to the block, so unlinking asks neither which bin it is nor what stands before.
 */
#pragma once

#include "engine/block.h"

/** Blocks of its own bin that a request looks at before it fails. */
#define CH_LOOKS 8

extern const uint8_t ch_bin_table[64];

CH_INLINE uint32_t ch_offset_of_bin(uint32_t bin) { return (uint32_t)offsetof(ch_engine_t, bins) + 4 * bin; }

CH_INLINE bool ch_is_exact(uint32_t n) { return n < 2 + CH_EXACT_BINS; }

/** The bin of n granules, too many for an exact one. */
CH_INLINE_FAST uint32_t ch_bin_of_long(uint32_t n) {
    if (CH_HAS_CLZ) {
        uint32_t log = ch_highest_bit(n);
        return 4 * log + (n >> (log - 2)) - (4 * 4 + 4 - CH_EXACT_BINS);
    }
    uint32_t bin = 0;
    while (CH_UNLIKELY(n >= 256)) n >>= 4, bin += 16;
    return bin + ch_bin_table[n >> 2];
}

CH_INLINE_FAST uint32_t ch_bin_of(uint32_t n) { return ch_is_exact(n) ? n - 2 : ch_bin_of_long(n); }

/** The longest block that belongs in a bin, granules. */
CH_INLINE uint32_t ch_bin_top(uint32_t bin) {
    if (bin < CH_EXACT_BINS) return bin + 2;
    bin -= CH_EXACT_BINS;
    return ((5 + (bin & 3)) << (bin / 4 + 2)) - 1;
}

/** The block of f granules at the head of a bin. */
typedef struct {
    uint32_t bin, offset, f; /* offset 0: there is none */
} ch_found_t;

/** Puts a free block at the head of a bin; its size is written elsewhere. */
CH_INLINE_FAST void ch_bin_push(ch_engine_t *e, uint32_t bin, uint32_t offset) {
    uint32_t *block = ch_at(e, offset), *head = &e->bins[bin], next = *head;
    *head = offset;
    block[CH_NEXT] = next;
    block[CH_BACK] = ch_offset_of_bin(bin);
    if (next)
        ch_at(e, next)[CH_BACK] = offset;
    else
        e->map[bin >> 5] |= 1u << (bin & 31);
}

/** Adds a free block of n granules. */
CH_INLINE_FAST void ch_bin_insert(ch_engine_t *e, uint32_t offset, uint32_t n) {
    uint32_t *block = ch_at(e, offset);
    if (ch_is_exact(n)) {
        if (CH_G == 16) block[CH_HOME] = 0; /* the word before the second granule has to be even */
        ch_bin_push(e, n - 2, offset);
    } else {
        uint32_t bin = ch_bin_of_long(n);
        block[CH_HOME] = ch_offset_of_bin(bin);
        ch_bin_push(e, bin, offset);
    }
    ch_free_size_set(block, n);
}

/** A bin has become empty. */
CH_INLINE_FAST void ch_bin_empty(ch_engine_t *e, uint32_t bin) { e->map[bin >> 5] ^= 1u << (bin & 31); }

/** Takes a free block out of its bin. */
CH_INLINE_FAST void ch_bin_remove(ch_engine_t *e, uint32_t offset) {
    uint32_t next = ch_at(e, offset)[CH_NEXT], back = ch_at(e, offset)[CH_BACK];
    *ch_at(e, back) = next;
    if (next)
        ch_at(e, next)[CH_BACK] = back;
    else if (back < e->first)
        ch_bin_empty(e, (back - ch_offset_of_bin(0)) >> 2);
}

/** The free block `old` is from now on the one at `offset`, in its place in the list; sizes are written elsewhere. */
CH_INLINE_FAST void ch_bin_replace(ch_engine_t *e, uint32_t old, uint32_t offset, uint32_t home) {
    uint32_t next = ch_at(e, old)[CH_NEXT], back = ch_at(e, old)[CH_BACK], *block = ch_at(e, offset); /* the two may overlap */
    *ch_at(e, back) = offset;
    if (next) ch_at(e, next)[CH_BACK] = offset;
    block[CH_NEXT] = next;
    block[CH_BACK] = back;
    block[CH_HOME] = home;
}

/** The free block `old` of old_n granules becomes the one at `offset` of n, as it grows or loses a part at either end. */
CH_INLINE_FAST void ch_bin_change(ch_engine_t *e, uint32_t old, uint32_t old_n, uint32_t offset, uint32_t n) {
    if (!ch_is_exact(old_n) && !ch_is_exact(n)) {
        uint32_t bin = ch_bin_of_long(n), home = ch_offset_of_bin(bin);
        if (ch_at(e, old)[CH_HOME] == home) {
            if (old != offset) ch_bin_replace(e, old, offset, home);
        } else {
            ch_bin_remove(e, old);
            ch_at(e, offset)[CH_HOME] = home;
            ch_bin_push(e, bin, offset);
        }
        ch_free_size_set(ch_at(e, offset), n);
    } else {
        ch_bin_remove(e, old);
        ch_bin_insert(e, offset, n);
    }
}

/** The first bin from `bin` on that is not empty, CH_BINS if there is none. */
CH_INLINE_FAST uint32_t ch_bin_next(const ch_engine_t *e, uint32_t bin) {
    uint32_t word = bin >> 5, bits = e->map[word] >> (bin & 31);
    if (CH_LIKELY(bits)) return bin + ch_lowest_bit(bits);
    while (++word < CH_MAP_WORDS) {
        bits = e->map[word];
        if (bits) return 32 * word + ch_lowest_bit(bits);
    }
    return CH_BINS;
}

/** The block at the head of a bin, which is not empty. */
CH_INLINE ch_found_t ch_bin_head(const ch_engine_t *e, uint32_t bin) {
    uint32_t offset = e->bins[bin];
    return (ch_found_t){bin, offset, bin < CH_EXACT_BINS ? bin + 2 : ch_at(e, offset)[CH_SIZE] >> 1};
}

/** The tightest block for n granules, where n has an exact bin that is empty. */
CH_INLINE_FAST ch_found_t ch_bin_best_short(const ch_engine_t *e, uint32_t n) {
    uint32_t bin = ch_bin_next(e, n - 1);
    return CH_LIKELY(bin < CH_BINS) ? ch_bin_head(e, bin) : (ch_found_t){0, 0, 0};
}

/** The same where n has none. It may leave out a block that only a longer look at the own bin shows. */
CH_INLINE_FAST ch_found_t ch_bin_best_long(const ch_engine_t *e, uint32_t n) {
    uint32_t bin = ch_bin_of_long(n), head = e->bins[bin];
    if (head && ch_at(e, head)[CH_SIZE] >> 1 >= n) return (ch_found_t){bin, head, ch_at(e, head)[CH_SIZE] >> 1};
    bin = ch_bin_next(e, bin + 1);
    return CH_LIKELY(bin < CH_BINS) ? ch_bin_head(e, bin) : (ch_found_t){0, 0, 0};
}

/** The same for any n. */
CH_INLINE_FAST ch_found_t ch_bin_best(const ch_engine_t *e, uint32_t n) {
    if (!ch_is_exact(n)) return ch_bin_best_long(e, n);
    return e->bins[n - 2] ? (ch_found_t){n - 2, e->bins[n - 2], n} : ch_bin_best_short(e, n);
}

/** The first block of n granules or more among those of a bin that are looked at, else the longest of them. *more: there are others. */
static CH_UNUSED ch_found_t ch_bin_look(const ch_engine_t *e, uint32_t bin, uint32_t n, bool *more) {
    ch_found_t longest = {bin, 0, 0};
    uint32_t offset = e->bins[bin], f;
    for (unsigned looks = 0; offset && longest.f < n && looks < CH_LOOKS; looks++, offset = ch_at(e, offset)[CH_NEXT]) {
        f = ch_at(e, offset)[CH_SIZE] >> 1;
        if (f > longest.f) longest.offset = offset, longest.f = f;
    }
    *more = offset != 0;
    return longest;
}

/**
 * No block for n granules was found at once: looks further into the bin where a longer block may wait behind a shorter one. If there is none
 * either, `limit` knows it from now on; it stays above those that were not looked at.
 */
static CH_NOINLINE CH_UNUSED ch_found_t ch_bin_last_resort(ch_engine_t *e, uint32_t n) {
    bool more = false;
    ch_found_t found = {0, 0, 0};
    if (!ch_is_exact(n)) found = ch_bin_look(e, ch_bin_of_long(n), n, &more);
    if (found.f >= n) return found;
    CH_STORE_RELAXED(e->limit, more ? ch_bin_top(found.bin) : n - 1);
    return (ch_found_t){0, 0, 0};
}

/** The longest block that a request can get; offset 0 if there is none. */
static CH_UNUSED ch_found_t ch_bin_longest(const ch_engine_t *e) {
    uint32_t word = CH_MAP_WORDS, bin;
    bool more;
    while (word-- && !e->map[word]) {}
    if (word == ~0u) return (ch_found_t){0, 0, 0};
    bin = 32 * word + ch_highest_bit(e->map[word]);
    return bin < CH_EXACT_BINS ? ch_bin_head(e, bin) : ch_bin_look(e, bin, ~0u, &more);
}
