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

/**
 * Marks n granules from granule i on, inside a free block, as used. `lead`, `rest`: granules that stay free before and behind them, 0 or at
 * least 2; the bits at the block's two ends stay what they are.
 */
CH_INLINE_FAST void ch_bits_cut(ch_engine_t *e, uint32_t i, uint32_t lead, uint32_t n, uint32_t rest) {
    uint32_t front = lead == 0 ? 1u << 4 : lead == 2 ? 1u << 3 : 3u << 2; /* second off | first on | and last of the lead on */
    uint32_t edge = rest == 0 ? 1u : rest == 2 ? 2u : 6u;                 /* from granule i + n - 1: last | first | second */
    if (CH_LIKELY(n <= CH_SHORT)) {
        /* Of two granules the last is the second: one flip, not two. */
        ch_flip(e, i, front | edge << (n + 2));
    } else {
        ch_flip(e, i, front);
        ch_flip(e, i + n, edge << 2);
        if (ch_is_long(i, n)) ch_long_size_set(e, i, n);
    }
}

/** Books n granules as used. */
CH_INLINE void ch_book_taken(ch_engine_t *e, uint32_t n) { CH_STORE_RELAXED(e->free, e->free - n); }

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

/** Takes n granules from the head of a bin: all of it, if one more granule would be left over, which can't be a block. Returns the offset. */
CH_INLINE_FAST uint32_t ch_cut(ch_engine_t *e, ch_found_t found, uint32_t n) {
    uint32_t offset = found.offset, tail = offset + (n << CH_G_SHIFT), rest = found.f - n;
    if (rest <= 1) {
        ch_head_remove(e, found);
        ch_bits_cut(e, offset >> CH_G_SHIFT, 0, found.f, 0);
        ch_book_taken(e, found.f);
        e->free_blocks--;
        return offset;
    }
    ch_head_change(e, found, tail, rest);
    ch_bits_cut(e, offset >> CH_G_SHIFT, 0, n, rest);
    ch_book_taken(e, n);
    e->blocks++;
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
    uint32_t i = offset >> CH_G_SHIFT, mark = ch_in_register(CH_MARK), high;
    ch_view_t v = {ch_bit_word(e, i), 0, 0, 32};
    v.low = v.w[-1];
    high = v.w[-2];
    v.window = ch_shr(v.low, i);
    if (CH_LIKELY(high < mark)) v.window |= ch_shl(high << 1, ~i);
    if (CH_UNLIKELY((v.window & 0x18) != 0x08 || v.low >= mark)) {
        v.window = 0;
        return v;
    }
    if (CH_LIKELY(v.window >> 5 != 0)) v.beyond = ch_lowest_bit(v.window >> 5);
    return v;
}

/** Whether the window shows the whole block and its right neighbour. */
CH_INLINE bool ch_is_near(ch_view_t v) { return v.beyond <= CH_SHORT - 2; }

/** Granules of the used block at i whose end the window does not show; 0 if there is no end. */
CH_INLINE_FAST uint32_t ch_used_size_far(const ch_engine_t *e, uint32_t i) {
    uint32_t p = i + 3, at = p & ~31u;
    const uint32_t *w = ch_bit_word(e, p);
    uint32_t bits = w[-1] & ~1u << (p & 31);
    if (bits == 0) { /* as no other block starts in this word, a size word in the next one is this block's */
        if ((bits = w[-2]) >= CH_MARK) return ch_long_size(e, i);
        at += 32;
        /* That there are more words at all must not hang on an undamaged bit. */
        if (CH_UNLIKELY(bits == 0) && at < (e->end >> CH_G_SHIFT)) bits = w[-3], at += 32;
    }
    return bits ? at + ch_lowest_bit(bits) - p : 0;
}

/** Whether a view that shows no end is of a block with its size word in the view's second word: its first bit is in the first, then. */
CH_INLINE bool ch_has_size_near(ch_view_t v, uint32_t i) { return !CH_WIDE && (i & 31) < 29 && v.w[-2] >= CH_MARK; }

/** The same from a view that shows no end. */
CH_INLINE_FAST uint32_t ch_used_size_in(const ch_engine_t *e, uint32_t i, ch_view_t v) {
    return CH_LIKELY(ch_has_size_near(v, i)) ? v.w[-2] & ~CH_MARK : ch_used_size_far(e, i);
}

/** The same from any view, on the way to freeing it: its size words become 0. */
CH_INLINE_FAST uint32_t ch_used_size_take(ch_engine_t *e, uint32_t i, ch_view_t v) {
    uint32_t n;
    if (v.beyond < 32) return v.beyond + 2;
    if (CH_LIKELY(ch_has_size_near(v, i))) {
        n = v.w[-2] & ~CH_MARK;
        v.w[-2] = 0;
        return n;
    }
    n = ch_used_size_far(e, i);
    if (ch_is_long(i, n)) ch_long_size_set(e, i, 0);
    return n;
}

/**
 * Granules of a used block and of its free neighbours; left, right: 0 where the neighbour is used. n = 0: there is no such block.
 * front, edge: the bits to flip when it becomes free, at the granules before, at and behind its first one, and at and behind its last one.
 */
typedef struct {
    uint32_t n, left, right;
    uint32_t front, edge;
} ch_around_t;

enum {
    CH_FRONT_ALONE = 4, /* second on */
    CH_FRONT_TWO = 2,   /* behind a free block of two granules: first off */
    CH_FRONT_MORE = 3,  /* behind a longer one: its last off too */
    CH_EDGE_ALONE = 1,  /* last on */
    CH_EDGE_TWO = 2,    /* before a free block of two granules: its first off */
    CH_EDGE_MORE = 6,   /* before a longer one: its second too */
};

/** The free block in front of the one at `offset`; window as ch_window() gives it, its bit 2 set. false: there is none. */
CH_INLINE bool ch_look_left(ch_around_t *a, const ch_engine_t *e, uint32_t offset, uint32_t window) {
    if (window & 2) {
        a->left = 2 + (window & 1);
        a->front = CH_FRONT_TWO + (window & 1);
        return true;
    }
    uint32_t tag = ch_at(e, offset)[-1];
    a->front = CH_FRONT_MORE;
    a->left = ch_size_of(tag);
    return tag & 1; /* a link: `offset` is the second granule of a free block */
}

/** Whether a window that shows a used block is not fooled by the second granule of a free one. */
CH_INLINE bool ch_is_outside(const ch_engine_t *e, uint32_t offset, uint32_t window) {
    return (window & 6) != 4 || ch_at(e, offset)[-1] & 1;
}

/** The free block behind, at `block`, whose second bit is bit 0 of `window`. */
CH_INLINE void ch_look_right(ch_around_t *a, const uint32_t *block, uint32_t window) {
    uint32_t third = window >> 2 & 1; /* 1 1 1 1: three and the start of the next; 1 1 1 0: two, and a used block */
    a->right = window & 2 ? 2 + third : ch_size_of(block[CH_SIZE]);
    a->edge = window & 2 ? CH_EDGE_TWO + 4 * third : CH_EDGE_MORE;
}

/** The block that a near view shows, its neighbours not looked at. */
CH_INLINE ch_around_t ch_around_alone(ch_view_t v) { return (ch_around_t){v.beyond + 2, 0, 0, CH_FRONT_ALONE, CH_EDGE_ALONE}; }

/** Whether a near view shows a free block behind. */
CH_INLINE bool ch_has_right(ch_view_t v) { return v.window >> 6 >> v.beyond & 1; }

/** That block. */
CH_INLINE void ch_look_right_near(ch_around_t *a, const ch_engine_t *e, uint32_t offset, ch_view_t v) {
    ch_look_right(a, ch_at(e, offset + ((v.beyond + 2) << CH_G_SHIFT)), v.window >> 6 >> v.beyond);
    if (a->right == 0) __builtin_unreachable(); /* I7 */
}

/** The right neighbour of a used block that ends before granule i. */
CH_INLINE_FAST void ch_look_behind(ch_around_t *a, const ch_engine_t *e, uint32_t i) {
    const uint32_t *w = ch_bit_word(e, i); /* it is not a size word: three granules are between */
    uint32_t window = ch_window_of(w[-1], w[-2], i) >> 4;
    if (window & 1) ch_look_right(a, ch_at(e, i << CH_G_SHIFT), window);
}

/** Granules of the free block behind the used one of n granules that a view shows, 0 if there is none. */
CH_INLINE_FAST uint32_t ch_right_of(const ch_engine_t *e, uint32_t offset, ch_view_t v, uint32_t n) {
    ch_around_t a = {0, 0, 0, 0, 0};
    if (CH_LIKELY(ch_is_near(v))) {
        if (ch_has_right(v)) ch_look_right_near(&a, e, offset, v);
    } else {
        ch_look_behind(&a, e, (offset >> CH_G_SHIFT) + n);
    }
    return a.right;
}

/** Granules of the used block that a view shows; 0: there is none. */
CH_INLINE_FAST uint32_t ch_size_at(const ch_engine_t *e, uint32_t offset, ch_view_t v) {
    if (v.window == 0 || !ch_is_outside(e, offset, v.window)) return 0;
    return CH_LIKELY(v.beyond < 32) ? v.beyond + 2 : ch_used_size_far(e, offset >> CH_G_SHIFT);
}

/** What lies around the used block at `offset`, of which it is known that it has n granules; n = 0 if there is none after all. */
CH_INLINE_FAST ch_around_t ch_around_of(const ch_engine_t *e, uint32_t offset, uint32_t n) {
    ch_around_t a = {0, 0, 0, CH_FRONT_ALONE, CH_EDGE_ALONE};
    uint32_t i = offset >> CH_G_SHIFT, window = ch_window(e, i);
    if ((window & 0x18) != 0x08) return a;
    if (window & 4 && !ch_look_left(&a, e, offset, window)) return a;
    ch_look_behind(&a, e, i + n);
    a.n = n;
    return a;
}

/** Turns the used block that a near view shows into part of one free block. */
CH_INLINE void ch_bits_merge_near(ch_view_t v, uint32_t offset, ch_around_t a) {
    uint32_t i = offset >> CH_G_SHIFT, mask = a.front << 2 | a.edge << (v.beyond + 4);
    uint32_t high = ch_shr(mask >> 1, ~i);
    v.w[-1] = v.low ^ ch_shl(mask, i);
    if (high) v.w[-2] ^= high;
}

/** The same for any block. */
CH_INLINE_FAST void ch_bits_merge(ch_engine_t *e, uint32_t i, ch_around_t a) {
    if (ch_is_long(i, a.n)) ch_long_size_set(e, i, 0);
    if (a.n == 2) {
        ch_flip(e, i, a.front << 2 | a.edge << 4); /* its second granule is its last: one flip, not two */
    } else {
        ch_flip(e, i, a.front << 2);
        ch_flip(e, i + a.n, a.edge << 2);
    }
}

/** The same for a block that is not short, whose size words are gone, and of which only the left neighbour is known yet. */
CH_INLINE_FAST void ch_bits_merge_far(ch_engine_t *e, uint32_t i, ch_view_t v, ch_around_t *a) {
    uint32_t next = i + a->n, *w = ch_bit_word(e, next), window, high = ch_shr(a->front << 1, ~i);
    v.w[-1] = v.low ^ ch_shl(a->front << 2, i);
    if (high) v.w[-2] ^= high;
    window = ch_window_of(w[-1], w[-2], next) >> 4;
    if (window & 1) ch_look_right(a, ch_at(e, next << CH_G_SHIFT), window);
    high = ch_shr(a->edge << 1, ~next);
    w[-1] ^= ch_shl(a->edge << 2, next);
    if (high) w[-2] ^= high;
}

/** Books n granules as free, and as many free blocks more as it makes. */
CH_INLINE void ch_book_released(ch_engine_t *e, ch_around_t a) {
    CH_STORE_RELAXED(e->free, e->free + a.n);
    if (a.left | a.right)
        e->blocks -= 1u + (a.left && a.right);
    else
        e->free_blocks++;
    if (a.left && a.right) e->free_blocks--;
}

/** Whether a near view shows a block that is short enough for a list, with used ones on both sides. */
CH_INLINE bool ch_is_simple(ch_view_t v) { return v.window && v.beyond < CH_EXACT_BINS && !(v.window & 4) && !ch_has_right(v); }

/** The free block of n granules is in its bin: `limit` and the totals know it. */
CH_INLINE void ch_book_free(ch_engine_t *e, uint32_t n, ch_around_t a) {
    if (n > e->limit) CH_STORE_RELAXED(e->limit, n);
    ch_book_released(e, a);
}

/** Frees such a block: the shortest way. */
CH_INLINE_FAST void ch_release_simple(ch_engine_t *e, uint32_t offset, ch_view_t v) {
    ch_around_t a = {v.beyond + 2, 0, 0, CH_FRONT_ALONE, CH_EDGE_ALONE};
    ch_bits_merge_near(v, offset, a);
    if (CH_G == 16) ch_at(e, offset)[CH_HOME] = 0;
    ch_bin_push(e, ch_slot_of_bin(v.beyond), offset);
    ch_free_size_set(ch_at(e, offset), a.n);
    ch_book_free(e, a.n, a);
}

/** Puts the block at `offset`, merged with its free neighbours, into its bin. Bits are not touched. */
CH_INLINE_FAST void ch_release(ch_engine_t *e, uint32_t offset, ch_around_t a) {
    uint32_t n = a.n + a.left + a.right, start = offset - (a.left << CH_G_SHIFT), right = offset + (a.n << CH_G_SHIFT);
    if ((a.left || a.right) && n < 4) __builtin_unreachable();
    if (a.right) ch_at(e, right)[-1] = 0; /* as ch_free_size_set() says */
    if (a.right && (!a.left || ch_is_exact(a.left))) {
        if (a.left) ch_exact_remove(e, start, a.left);
        ch_bin_change(e, right, a.right, start, n);
    } else if (a.left) {
        if (a.right) ch_bin_remove(e, right);
        ch_bin_change(e, start, a.left, start, n);
    } else {
        ch_bin_insert(e, start, n);
    }
    ch_book_free(e, n, a);
}

/**
 * Gives the used block of `had` granules at an offset n of them, n <= had + right, where `right` is what is free behind it; n + 1 if a single
 * one would be left over. Returns what it has.
 */
CH_INLINE_FAST uint32_t ch_resize(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t right, uint32_t n) {
    uint32_t whole = had + right, i = offset >> CH_G_SHIFT, old = offset + (had << CH_G_SHIFT);
    if (n + 1 == whole) n = whole; /* a single granule can't be a block */
    if (n == had) return n;
    uint32_t rest = whole - n, cut = offset + (n << CH_G_SHIFT);
    if (ch_is_long(i, had)) ch_long_size_set(e, i, 0);
    if (n < had) ch_at(e, old)[-1] = 0; /* as ch_free_size_set() says */
    /* First and second bit of the old free block off, those of the new one on; its last bit stays unless it is the second. */
    if (right) ch_flip(e, i + had, 3u << 3);
    if (rest) ch_flip(e, i + n, 3u << 3);
    if ((right > 2) != (rest > 2)) ch_flip_one(e, i + whole - 1);
    if (right && rest) {
        ch_bin_change(e, old, right, cut, rest);
    } else if (right) {
        ch_bin_remove(e, old);
        e->blocks--, e->free_blocks--;
    } else {
        ch_bin_insert(e, cut, rest);
        e->blocks++, e->free_blocks++;
    }
    if (ch_is_long(i, n)) ch_long_size_set(e, i, n);
    if (rest > e->limit) CH_STORE_RELAXED(e->limit, rest);
    CH_STORE_RELAXED(e->free, e->free + had - n);
    return n;
}

/** Granules to leave out at `offset` so that the address behind them, plus shift, is aligned: 0, or at least 2. */
CH_INLINE uint32_t ch_lead(const ch_engine_t *e, uint32_t offset, uint32_t alignment, uint32_t shift) {
    uint32_t lead = (uint32_t)(0 - ((uintptr_t)e + offset + shift)) & (alignment - 1);
    return lead == CH_G ? (lead + alignment) >> CH_G_SHIFT : lead >> CH_G_SHIFT;
}

/**
 * Takes n granules, or one more where it would be left over, from the head of a bin, behind `lead` that stay free. Returns what was taken;
 * it starts behind the lead.
 */
CH_INLINE_FAST uint32_t ch_cut_behind(ch_engine_t *e, ch_found_t found, uint32_t lead, uint32_t n) {
    uint32_t start = found.offset + (lead << CH_G_SHIFT), rest = found.f - lead - n;
    if (rest == 1) n++, rest = 0; /* a single granule can't be a block */
    ch_bits_cut(e, start >> CH_G_SHIFT, lead, n, rest);
    uint32_t tail = start + (n << CH_G_SHIFT);
    if (lead) {
        ch_head_change(e, found, found.offset, lead);
        e->blocks++;
    } else if (rest) {
        ch_head_change(e, found, tail, rest);
        e->blocks++;
    } else {
        ch_head_remove(e, found);
        e->free_blocks--;
    }
    if (lead && rest) {
        ch_bin_insert(e, tail, rest);
        e->blocks++, e->free_blocks++;
    }
    ch_book_taken(e, n);
    return n;
}
