/* SPDX-License-Identifier: MIT */
/*
 * How blocks are told apart: the bits beside them, and the words inside free ones. Nothing else reads or writes either.
 *
 * A heap is one span. The control block (engine.h) is its anchor: the bits run down from it, the blocks run up. A block is named by
 * its offset from the anchor in bytes, a multiple of the granule G (4, 8 or 16 bytes); granule number = offset / G.
 *
 *      low addresses                                                                      high addresses
 *      | ... word 2 | word 1 | word 0 | control block, bins | block | block |  ...  | block | (end)
 *                                     ^ anchor, offset 0    ^ first                         ^ end
 *
 * Bits. Granule i owns the bit at position i + 3; position p is bit p % 32 of word p / 32. The shift by three makes the 32-bit
 * "window" that starts at position i show granules i-3 ... i+28: both neighbours of block i, and its length up to 25.
 *
 *      used block             1 0 0 0 0 0        at least two granules: the first bit 1, all others 0
 *      free block             1 1 0 0 0 1        first, second and last bit 1
 *      short free blocks      1 1 / 1 1 1        two and three granules
 *      beyond the last block  1 0                looks like a used block
 *      before the first block 0
 *
 * A block has two granules at least, and free blocks never touch, so that single bits answer: does a block start here (1), is it
 * free (the next bit), is its left neighbour free (the bit before).
 *
 * Size words. A long used block has its length written in the bits' own words: where the word after the one with its first bit lies wholly
 * inside the block, and three more granules behind it, that word would be 0. It holds 11111 in its top five bits and 27 bits of the length
 * (on 64-bit machines the next word holds the others in the same way). Five ones in a row occur nowhere else: three of a free block, one of
 * the used block behind it, then a 0. So no block needs a header, a size word can't be taken for bits, the window of the block behind never
 * begins in a size word, and the end of a block is in sight from its start in any case: in its own word, the next, or three bits further.
 *
 * Free blocks.
 *
 *      word   0      1      2               3               last
 *           +------+------+---------------+------+-------+------+
 *           | next | back | size (n >= 4) | home |  ...  | size |     n = granules; last word only for n >= 4, home for n >= 16
 *           +------+------+---------------+------+-------+------+
 *
 *      next   offset of the next block of the list, 0 at its end
 *      back   offset of the word that leads here: a bin, or the next word of the block before
 *      size   bytes + 1
 *      home   offset of the bin that the block is in
 *
 * Sizes are odd, links are even. This settles the one case that the bits leave open: seen from the second granule of a free block,
 * `1 | 1 0 0` could be a used block behind a free one. The word before is then a size (odd) or a link (even).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "capheap/config.h"
#include "engine/engine.h"

enum {
    CH_G = CH_CFG_GRANULE,
    CH_G_SHIFT = CH_CFG_GRANULE == 4   ? 2
                 : CH_CFG_GRANULE == 8 ? 3
                                       : 4,
    CH_SHORT = 25, /* longest block that one window shows together with its right neighbour, granules */
    CH_SIZED = 4,  /* shortest free block with size words, granules */
};
#define CH_MARK 0xF8000000u /* top bits of a size word among the bits */

enum { CH_NEXT, CH_BACK, CH_SIZE, CH_HOME }; /* words of a free block */

/** The words at an offset. */
CH_INLINE uint32_t *ch_at(const ch_engine_t *e, uint32_t offset) { return (uint32_t *)((uintptr_t)e + offset); }

/** Behind the word of bits in which position p lies: it is [-1], and the next one (higher positions) is [-2]. */
CH_INLINE uint32_t *ch_bit_word(const ch_engine_t *e, uint32_t p) { return (uint32_t *)((uintptr_t)e - (p >> 5 << 2)); }

/** Two words of bits from position p up, as one word; size words read as 0, as they lie inside a used block. */
CH_INLINE uint32_t ch_window_of(uint32_t low, uint32_t high, uint32_t p) {
    uint32_t window = ch_shr(low, p);
    return CH_LIKELY(high < CH_MARK) ? window | ch_shl(high << 1, ~p) : window;
}

/** The window of granule i: granule i - 3 + j is bit j. */
CH_INLINE_FAST uint32_t ch_window(const ch_engine_t *e, uint32_t i) {
    const uint32_t *w = ch_bit_word(e, i);
    return ch_window_of(w[-1] >= CH_MARK ? 0 : w[-1], w[-2], i);
}

/** Flips the bits of mask in the window of granule i. */
CH_INLINE_FAST void ch_flip(ch_engine_t *e, uint32_t i, uint32_t mask) {
    uint32_t *w = ch_bit_word(e, i), high = ch_shr(mask >> 1, ~i);
    w[-1] ^= ch_shl(mask, i);
    if (high) w[-2] ^= high;
}

/** Flips the bit of granule i alone. */
CH_INLINE_FAST void ch_flip_one(ch_engine_t *e, uint32_t i) { ch_bit_word(e, i + 3)[-1] ^= ch_shl(1, i + 3); }

/** Whether a used block of n granules at granule i has a size word. */
CH_INLINE bool ch_is_long(uint32_t i, uint32_t n) { return ((i + 3) & 31) + n >= 32 + 32 + 3; }

/** Writes the size words of a used block that is long; n = 0 clears them. */
CH_INLINE_FAST void ch_long_size_set(ch_engine_t *e, uint32_t i, uint32_t n) {
    uint32_t *w = ch_bit_word(e, i + 3);
    w[-2] = n ? CH_MARK | (n & ~CH_MARK) : 0;
    if (CH_WIDE && n >> 27) w[-3] = CH_MARK | n >> 27;
    if (CH_WIDE && n == 0 && w[-3] >= CH_MARK) w[-3] = 0;
}

/** Granules of the used block at granule i, which has size words: no other block starts in its first bit's word behind it. */
CH_INLINE_FAST uint32_t ch_long_size(const ch_engine_t *e, uint32_t i) {
    const uint32_t *w = ch_bit_word(e, i + 3);
    uint32_t n = w[-2] & ~CH_MARK;
    if (CH_WIDE && w[-3] >= CH_MARK) n |= w[-3] << 27;
    return n;
}

/** The size as free blocks hold it: bytes, made odd. */
CH_INLINE uint32_t ch_size_tag(uint32_t n) { return n << CH_G_SHIFT | 1; }

/** Granules that a size says. */
CH_INLINE uint32_t ch_size_of(uint32_t tag) { return tag >> CH_G_SHIFT; }

/**
 * Writes both sizes of a free block of n granules. Below CH_SIZED nobody reads them, but the last word of a used block may hold a
 * record of the layer above (heap.h), which must not outlive the block.
 */
CH_INLINE void ch_free_size_set(uint32_t *block, uint32_t n) {
    if (CH_G == 4 && n == 2) return; /* two links, no room and no trace */
    uint32_t bytes = n << CH_G_SHIFT;
    block[CH_SIZE] = bytes | 1;
    *(uint32_t *)((uintptr_t)block + bytes - 4) = bytes | 1;
}
