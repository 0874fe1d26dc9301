/* SPDX-License-Identifier: MIT */
/*
 * The two paths that everything waits for, inline: engine.c makes functions of them, caps/hot.c puts them between lock and unlock.
 *
 *      allocate   | free block of f granules          |      bits:  1 1 0 0 0 0 0 0 1
 *                 | used n        | free f - n        |             1 0 0 0 1 1 0 0 1     second bit off, two new ones on
 *
 *      free       | used | used: p | used |                         1 0 0 1 0 0 0 1 0     no neighbour free: second and last on
 *                 | used | free    | used |                         1 0 0 1 1 0 1 1 0
 *
 *                 | free | used: p | free |                         1 1 1 1 0 0 1 1 1     first and last of the whole remain
 *                 | free                  |                         1 1 0 0 0 0 0 0 1
 *
 * The cut is always made at the low end: memory is handed out upwards, and what grows finds its free end above it.
 */
#pragma once

#include "engine/bins.h"

/** Marks n granules of the free block of f at granule i as used, and f - n, 0 or at least 2, as free. */
CH_INLINE_FAST void ch_bits_cut(ch_engine_t *e, uint32_t i, uint32_t n, uint32_t f) {
    uint32_t rest = f - n, edge = rest == 0 ? 1u : rest == 2 ? 2u : 6u; /* from granule i + n - 1: last | first | second */
    if (CH_LIKELY(n <= CH_SHORT)) {
        /* Of two granules the last is the second: one flip, not two. */
        ch_flip(e, i, (1u << 4) | edge << (n + 2));
    } else {
        ch_flip_one(e, i + 1);
        ch_flip(e, i + n + 2, edge); /* granule i + n - 1 is bit 0 of this window */
        if (ch_is_long(i, n)) ch_long_size_set(e, i, n);
    }
}

/** Books n granules as used, in one more used block. */
CH_INLINE void ch_book_taken(ch_engine_t *e, uint32_t n) {
    CH_STORE_RELAXED(e->free, e->free - n);
    e->used_blocks++;
}

/** Takes the newest block of exactly n granules: the shortest way. 0 if there is none, or n has no exact bin. */
CH_INLINE_FAST uint32_t ch_take_exact(ch_engine_t *e, uint32_t n) {
    uint32_t *bin = &e->bins[n - 2], offset, next;
    if (!ch_is_exact(n) || (offset = *bin) == 0) return 0;
    next = ch_at(e, offset)[CH_NEXT];
    *bin = next;
    if (next)
        ch_at(e, next)[CH_BACK] = ch_slot_of_exact(n);
    else
        ch_map_flip(e, ch_slot_of_exact(n));
    ch_flip(e, offset >> CH_G_SHIFT, 1u << 4 | 1u << (n + 2));
    ch_book_taken(e, n);
    e->free_blocks--;
    return offset;
}

/**
 * Takes n granules from the head of a bin: all of it, if one more granule would be left over, which can't be a block. Returns the offset.
 * `found` is from a best-fit search, so a bin of long blocks is where most rests stay: then the rest takes the block's place.
 */
CH_INLINE_FAST uint32_t ch_cut(ch_engine_t *e, ch_found_t found, uint32_t n) {
    uint32_t offset = found.offset, tail = offset + (n << CH_G_SHIFT), rest = found.f - n;
    if (rest <= 1) {
        ch_head_remove(e, found);
        ch_bits_cut(e, offset >> CH_G_SHIFT, found.f, found.f);
        ch_book_taken(e, found.f);
        e->free_blocks--;
        return offset;
    }
    ch_head_change(e, found, tail, rest);
    ch_bits_cut(e, offset >> CH_G_SHIFT, n, found.f);
    ch_book_taken(e, n);
    return offset;
}

/** A used block seen through its window. */
typedef struct {
    uint32_t *w;     /* the word of bits that the window begins in */
    uint32_t low;    /* what stands there */
    uint32_t window; /* as ch_window() gives it; 0: no used block starts here */
    uint32_t beyond; /* bits from the third granule's to the next block's first; 32 if the window does not show that */
} ch_view_t;

/** Looks at the block at `offset`, a multiple of the granule below `end`. */
CH_INLINE_FAST ch_view_t ch_view(const ch_engine_t *e, uint32_t offset) {
    uint32_t i = offset >> CH_G_SHIFT;
    ch_view_t v = {ch_bit_word(e, i), 0, 0, 32};
    v.low = v.w[-1];
    v.window = ch_window_of(v.low, v.w[-2], i);
    if (CH_UNLIKELY((v.window & 0x18) != 0x08 || v.low >= CH_MARK)) v.window = 0;
    if (CH_LIKELY(v.window >> 5 != 0)) v.beyond = ch_lowest_bit(v.window >> 5);
    return v;
}

/** Whether the window shows the whole block and its right neighbour. */
CH_INLINE bool ch_is_near(ch_view_t v) { return v.beyond <= CH_SHORT - 2; }

/** Granules of the used block at i whose end the window does not show; 0 if there is no end. */
CH_INLINE_FAST uint32_t ch_used_size_far(const ch_engine_t *e, uint32_t i) {
    uint32_t p = i + 3, at = p & ~31u;
    const uint32_t *w = ch_bit_word(e, p);
    uint32_t bits = w[-1] & ~1u << (p & 31); /* if no other block starts in this word, a size word in the next one is this block's */
    if (bits == 0) {
        if ((bits = w[-2]) >= CH_MARK) return ch_long_size(e, i);
        at += 32;
        /* That there are more words at all must not hang on an undamaged bit. */
        if (CH_UNLIKELY(bits == 0) && at < (e->end >> CH_G_SHIFT)) bits = w[-3], at += 32;
    }
    return bits ? at + ch_lowest_bit(bits) - p : 0;
}

/** Granules of the free block in front of the one at `offset`; window as ch_window() gives it, its bit 2 set. 0: it is none. */
CH_INLINE uint32_t ch_left_size(const ch_engine_t *e, uint32_t offset, uint32_t window) {
    if (window & 2) return 2 + (window & 1);
    uint32_t tag = ch_at(e, offset)[-1];
    return tag & 1 ? ch_size_of(tag) : 0; /* a link: `offset` is the second granule of a free block */
}

/** Granules of the free block at granule i, 0 if the block there is used. */
CH_INLINE_FAST uint32_t ch_right_size(const ch_engine_t *e, uint32_t i) {
    uint32_t window = ch_window(e, i) >> 4;
    return window & 1 ? ch_free_size(ch_at(e, i << CH_G_SHIFT), window) : 0;
}

/** Granules of a used block and of its free neighbours; left, right: 0 where the neighbour is used. n = 0: there is no such block. */
typedef struct {
    uint32_t n, left, right;
} ch_around_t;

/** Length and neighbours of the block that a near view shows. n = 0: what seemed a used block is the inside of a free one. */
CH_INLINE_FAST ch_around_t ch_around_near(const ch_engine_t *e, uint32_t offset, ch_view_t v) {
    ch_around_t a = {0, 0, 0};
    uint32_t n = v.beyond + 2, ahead = v.window >> 5 >> v.beyond;
    if (v.window & 4) {
        a.left = ch_left_size(e, offset, v.window);
        if (CH_UNLIKELY(a.left == 0)) return a;
    }
    if (ahead & 2) a.right = ch_free_size(ch_at(e, offset + (n << CH_G_SHIFT)), ahead >> 1);
    a.n = n;
    return a;
}

/** What lies around the used block at `offset`, of which it is known that it has n granules; n = 0 if there is none after all. */
CH_INLINE_FAST ch_around_t ch_around_of(const ch_engine_t *e, uint32_t offset, uint32_t n) {
    ch_around_t a = {0, 0, 0};
    uint32_t i = offset >> CH_G_SHIFT, window = ch_window(e, i);
    if ((window & 0x18) != 0x08) return a;
    if (window & 4 && (a.left = ch_left_size(e, offset, window)) == 0) return a;
    a.right = ch_right_size(e, i + n);
    a.n = n;
    return a;
}

/** Bits to flip at granules i - 1, i, i + 1 when block i becomes free: last of left, first, second. */
CH_INLINE uint32_t ch_front_bits(uint32_t left) { return left == 0 ? 4u : left == 2 ? 2u : 3u; }

/** Bits to flip at its last granule and the next two: last, first of right, second of right. */
CH_INLINE uint32_t ch_edge_bits(uint32_t right) { return right == 0 ? 1u : right == 2 ? 2u : 6u; }

/** Turns the used block that a near view shows into part of one free block. */
CH_INLINE void ch_bits_merge_near(ch_view_t v, uint32_t offset, ch_around_t a) {
    uint32_t i = offset >> CH_G_SHIFT, mask = ch_front_bits(a.left) << 2 | ch_edge_bits(a.right) << (v.beyond + 4);
    uint32_t high = mask >> 1 >> (~i & 31);
    v.w[-1] = v.low ^ mask << (i & 31);
    if (high) v.w[-2] ^= high;
}

/** The same for any block. */
CH_INLINE_FAST void ch_bits_merge(ch_engine_t *e, uint32_t i, ch_around_t a) {
    uint32_t front = ch_front_bits(a.left) << 2, edge = ch_edge_bits(a.right);
    if (ch_is_long(i, a.n)) ch_long_size_set(e, i, 0);
    if (a.n == 2) {
        ch_flip(e, i, front | edge << 4); /* its second granule is its last: one flip, not two */
    } else {
        ch_flip(e, i, front);
        ch_flip(e, i + a.n, edge << 2);
    }
}

/** Books n granules as free, and as many free blocks more as it makes. */
CH_INLINE void ch_book_released(ch_engine_t *e, ch_around_t a) {
    CH_STORE_RELAXED(e->free, e->free + a.n);
    e->used_blocks--;
    if (!a.left && !a.right) e->free_blocks++;
    if (a.left && a.right) e->free_blocks--;
}

/** Whether a near view shows a block that is short enough for a list, with used ones on both sides. */
CH_INLINE bool ch_is_simple(ch_view_t v) {
    return v.beyond < CH_EXACT_BINS && !(v.window & 4) && !(v.window >> 5 >> v.beyond & 2);
}

/** The free block of n granules is in its bin: `limit` and the totals know it. */
CH_INLINE void ch_book_free(ch_engine_t *e, uint32_t n, ch_around_t a) {
    if (n > e->limit) CH_STORE_RELAXED(e->limit, n);
    ch_book_released(e, a);
}

/** Frees such a block: the shortest way. */
CH_INLINE_FAST void ch_release_simple(ch_engine_t *e, uint32_t offset, ch_view_t v) {
    ch_around_t a = {v.beyond + 2, 0, 0};
    ch_bits_merge_near(v, offset, a);
    if (CH_G == 16) ch_at(e, offset)[CH_HOME] = 0;
    ch_bin_push(e, ch_slot_of_bin(v.beyond), offset);
    ch_free_size_set(ch_at(e, offset), a.n);
    ch_book_free(e, a.n, a);
}

/** Puts the block at `offset`, merged with its free neighbours, into its bin. Bits are not touched. */
CH_INLINE_FAST void ch_release(ch_engine_t *e, uint32_t offset, ch_around_t a) {
    uint32_t n = a.n + a.left + a.right, start = offset - (a.left << CH_G_SHIFT), right = offset + (a.n << CH_G_SHIFT);
    if (a.right) ch_at(e, right)[-1] = 0; /* as ch_free_size_set() says */
    if (a.right && (!a.left || ch_is_exact(a.left))) {
        if (a.left) ch_bin_remove(e, start);
        ch_bin_change(e, right, a.right, start, n);
    } else if (a.left) {
        if (a.right) ch_bin_remove(e, right);
        ch_bin_change(e, start, a.left, start, n);
    } else {
        ch_bin_insert(e, start, n);
    }
    ch_book_free(e, n, a);
}
