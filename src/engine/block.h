/* SPDX-License-Identifier: MIT */
/*
 * How blocks are told apart: the bits beside them, and the words inside free ones. Nothing else reads or writes either.
 *
 * A heap is one span. The control block (engine.h) is its anchor: the bits run down from it, the blocks run up. A block is named
 * by its offset from the anchor in bytes, a multiple of the granule G (4, 8 or 16 bytes); granule number = offset / G.
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
 * Size words. A long used block has its length written in the bits' own words: where the word after the one with its first bit
 * lies wholly inside the block, and three more granules behind it, that word would be 0. It holds 11111 in its top five bits and
 * 27 bits of the length (on 64-bit machines the next word holds the others in the same way). Five ones in a row occur nowhere
 * else: three of a free block, one of the used block behind it, then a 0. So no block needs a header, a size word can't be taken
 * for bits, the window of the block behind never begins in a size word, and the end of a block is in sight from its start in any
 * case: in its own word, the next, or three bits further.
 *
 * Free blocks.
 *
 *      word   0      1      2               3               last
 *           +------+------+---------------+------+-------+------+
 *           | next | back | size (n >= 4) | home |  ...  | size |     n = granules; last word only for n >= 4, home for n >= 16
 *           +------+------+---------------+------+-------+------+
 *
 *      next   offset of the next block of the list, 0 at its end
 *      back   offset of the block before it in the list, or that was there: the first of a list is known by its bin, not by this
 *      size   bytes + 1
 *      home   offset of the bin that the block is in
 *
 * Sizes are odd, links are even. This settles the one case that the bits leave open: seen from the second granule of a free
 * block, `1 | 1 0 0` could be a used block behind a free one. The word before is then a size (odd) or a link (even).
 *
 * At level `hardened` links are encoded: each is held XOR a number that only this boot knows and that belongs to its place
 * (ch_link()), so that who can write to a free block can't make it lead anywhere, and a link that is copied elsewhere leads
 * nowhere. Their two low bits stay as they are, and even.
 *
 * Nothing in these words is believed, as who overruns a block, or writes to one that was freed, gets at them, whereas the bits
 * lie apart:
 *
 *      a link      is compared with `end` before it is followed, and what it leads to has to lead back; a bin's first block is
 *                  what the bin says
 *      a size      of a short block is right if its block is in the bin of that size; of a long one if the other end says the
 *                  same
 *      a block     is handed out only if its bits say that it is free and has the granules that it is taken for
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

/*
 * CH_CAREFUL: bits beside the blocks may be damaged, too: what links lead to is looked up there, and lengths are held against the
 * span.
 */
enum { CH_CAREFUL = CH_CFG_DETECTION >= CH_DETECT_LIGHT ? 1 : 0 };

enum { CH_NEXT, CH_BACK, CH_SIZE, CH_HOME }; /* words of a free block; links, the first two, are for ch_link() only */

/* CH_ENCODED: links are. */
enum { CH_ENCODED = CH_CFG_DETECTION >= CH_DETECT_HARDENED ? 1 : 0 };

/** What links are held XOR at a place: not in their low bits, which tell them from sizes. */
CH_INLINE uint32_t ch_link_mask(const uint32_t *link) {
    if (!CH_ENCODED) return 0;
    uint32_t mask = ((uint32_t)(uintptr_t)link ^ ch_engine_keys[0]) * ch_engine_keys[1];
    return (mask ^ mask >> 16) & ~3u; /* low bits of a product depend on low bits alone */
}

/** Link k of a free block: CH_NEXT or CH_BACK. */
CH_INLINE uint32_t ch_link(const uint32_t *block, uint32_t k) { return block[k] ^ ch_link_mask(block + k); }

CH_INLINE void ch_link_set(uint32_t *block, uint32_t k, uint32_t link) { block[k] = link ^ ch_link_mask(block + k); }

/* CH_REFILLS: free memory is filled with CH_REFILL but for these words, which go back to it when the block is one no more. */
enum { CH_REFILLS = CH_CFG_DETECTION >= CH_DETECT_COMPREHENSIVE ? 1 : 0 };
#define CH_REFILL 0xFEFEFEFEu

/**
 * Tells the layer above that something in a heap is not what it has to be; returns, to go on as if it were not there, if asserts
 * are off.
 */
CH_INLINE void ch_damage(const ch_engine_t *e, uint32_t where) {
    if (!CH_CFG_NDEBUG) CH_LEAVE_TO(ch_engine_damaged, e, where);
}

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

/** Whether the granule at an offset ends in a size, as the last one of a free block does; its first one ends in a link. */
CH_INLINE bool ch_ends_in_size(const ch_engine_t *e, uint32_t offset) { return ch_at(e, offset)[CH_G / 4 - 1] & 1; }

/** Whether a free block starts at an offset. */
CH_INLINE bool ch_is_free_start(const ch_engine_t *e, uint32_t offset) {
    return (ch_window(e, offset >> CH_G_SHIFT) & 0x1C) == 0x18 && !ch_ends_in_size(e, offset);
}

/** Whether a free block ends, and a used one starts, at an offset. */
CH_INLINE bool ch_ends_at(const ch_engine_t *e, uint32_t offset) { return (ch_window(e, offset >> CH_G_SHIFT) & 0x1C) == 0x0C; }

/** What a link that is not 0 says: the offset of what lies inside the span and has room there for `least` granules, or 0. */
CH_INLINE_FAST uint32_t ch_follow_to(const ch_engine_t *e, uint32_t link, uint32_t least) {
    uint32_t offset = link & (0u - CH_G),
             room = least << CH_G_SHIFT; /* reads are aligned in any case; who needs to know looks at the low bits */
    if (CH_CAREFUL ? offset >= ch_first(e) && offset < e->end && e->end - offset >= room && ch_is_free_start(e, offset)
                   : CH_LIKELY(offset - CH_NO_BLOCK < e->reach - (room - 2 * CH_G)))
        return offset;
    ch_damage(e, offset);
    return 0;
}

/** The same of any free block. */
CH_INLINE_FAST uint32_t ch_follow(const ch_engine_t *e, uint32_t link) { return ch_follow_to(e, link, 2); }

/** The same of one that is to have sizes: two granules of 4 bytes have no room for one. */
enum { CH_LONG_ROOM = CH_G == 4 ? CH_SIZED : 2 };
CH_INLINE_FAST uint32_t ch_follow_long(const ch_engine_t *e, uint32_t link) { return ch_follow_to(e, link, CH_LONG_ROOM); }

/**
 * Whether a block at an offset below `end` could have sizes, if its bits say that it has. Where these are believed, bits that are
 * damaged at the very end of a heap may let two words behind it be read.
 */
CH_INLINE bool ch_has_room(const ch_engine_t *e, uint32_t offset) {
    return !CH_CAREFUL || offset + (CH_SIZED - 1) * CH_G < e->end;
}

/** Flips the bits of mask in the window of granule i, which begins in w[-1], where `low` stands. */
CH_INLINE_FAST void ch_flip_in(uint32_t *w, uint32_t low, uint32_t i, uint32_t mask) {
    uint32_t shown = ch_shl(mask, i);
    w[-1] = low ^ shown;
    if (CH_LIKELY(ch_shr(shown, i) == mask)) return;
    CH_OPAQUE(w); /* who read the word before is not to keep it in a register for this */
    w[-2] ^= ch_shr(mask >> 1, ~i);
}

/** The same, wherever that is. */
CH_INLINE_FAST void ch_flip(ch_engine_t *e, uint32_t i, uint32_t mask) {
    uint32_t *w = ch_bit_word(e, i);
    ch_flip_in(w, w[-1], i, mask);
}

/** Sets the bits of mask in the window of granule i. */
CH_INLINE_FAST void ch_set(ch_engine_t *e, uint32_t i, uint32_t mask) {
    uint32_t *w = ch_bit_word(e, i), shown = ch_shl(mask, i);
    w[-1] |= shown;
    if (CH_UNLIKELY(ch_shr(shown, i) != mask)) w[-2] |= ch_shr(mask >> 1, ~i);
}

/** Flips the bit of granule i alone. */
CH_INLINE_FAST void ch_flip_one(ch_engine_t *e, uint32_t i) { ch_bit_word(e, i + 3)[-1] ^= ch_shl(1, i + 3); }

/** Whether a used block of n granules at granule i has a size word. */
CH_INLINE bool ch_is_long(uint32_t i, uint32_t n) { return ((i + 3) & 31) + n >= 32 + 32 + 3; }

/** Writes the size words of a used block that is long; n = 0 clears them. */
CH_INLINE_LARGE void ch_long_size_set(ch_engine_t *e, uint32_t i, uint32_t n) {
    uint32_t *w = ch_bit_word(e, i + 3);
    w[-2] = n ? CH_MARK | (n & ~CH_MARK) : 0;
    if (CH_WIDE && n >> 27) w[-3] = CH_MARK | n >> 27;
    if (CH_WIDE && n == 0 && w[-3] >= CH_MARK) w[-3] = 0;
}

/** Granules of the used block at granule i, which has size words: no other block starts in its first bit's word behind it. */
CH_INLINE_FAST uint32_t ch_long_size(const ch_engine_t *e, uint32_t i) {
    const uint32_t *w = ch_bit_word(e, i + 3);
    uint32_t n = w[-2] & ~CH_MARK;
    if (CH_WIDE && (i + 3) >> 5 < e->end >> CH_G_SHIFT >> 5 && w[-3] >= CH_MARK) n |= w[-3] << 27; /* there is such a word */
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
