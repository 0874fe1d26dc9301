/* SPDX-License-Identifier: MIT */
/*
 * The two paths that everything waits for, inline: engine.c makes functions of them, caps/hot.c puts them between lock and
 * unlock.
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

/** What marks n granules as used flips. `lead`, `rest`: granules that stay free before and behind them, 0 or at least 2. */
typedef struct {
    uint32_t front; /* at the first: second off | first on | and last of the lead on */
    uint32_t edge;  /* from the last one on: last | first | second */
} ch_edges_t;

CH_INLINE ch_edges_t ch_edges(uint32_t lead, uint32_t rest) {
    return (ch_edges_t){lead == 0 ? 1u << 4 : lead == 2 ? 1u << 3 : 3u << 2, rest == 0 ? 1u : rest == 2 ? 2u : 6u};
}

/** Whether a word is a size word, and so inside of a used block; asked of what most often has not even the top bit set. */
CH_INLINE bool ch_is_size_word(uint32_t bits) {
    if (CH_LIKELY((int32_t)bits >= 0)) return false;
    CH_OPAQUE(bits); /* two questions, the first of which is a single instruction */
    return bits >= CH_MARK;
}

/**
 * Marks n <= CH_SHORT granules from granule i on, inside a free block, as used; the bits at the block's two ends stay what they
 * are. false, and nothing changed, if the bits say that they are no part of a free block. If exactly two are left, the second of
 * these loses its bit, as if it were not the last: ch_cut(), which comes to know that later, puts it back.
 */
CH_INLINE_FAST bool ch_bits_cut(ch_engine_t *e, uint32_t i, uint32_t n, uint32_t rest) {
    uint32_t *w = ch_bit_word(e, i), low = w[-1], high = w[-2], window = ch_shr(low, i), at = n + 2;
    if (!ch_is_size_word(high)) window |= ch_shl(high << 1, ~i);
    CH_ONE_BY_ONE(window, at);
    uint32_t wanted = rest ? 3u << 3 : 3u << 3 | 3u << at; /* first and second, last and the next one's first */
    if (CH_UNLIKELY(ch_is_size_word(low) || ch_shl((window ^ wanted) >> 2, 0 - at))) return false;
    ch_flip_in(w, low, i, 1u << 4 | (rest ? 6u : 1u) << at);
    return true;
}

/**
 * Whether the second granule of the block at i, whose window begins in w[-1], is marked there, and, if not, whether it is in
 * w[-2].
 */
CH_INLINE bool ch_is_second_low(const uint32_t *w, uint32_t i) { return ch_shr(w[-1], i) & 1u << 4; }
CH_INLINE bool ch_is_second_high(const uint32_t *w, uint32_t i) {
    return (i & 31) >= 28 && w[-2] < CH_MARK && ch_shr(w[-2], i + 4) & 1;
}

/**
 * At the end of the n > CH_SHORT granules: the last one off, or the first and the second of the rest on, of which the second may
 * be the last.
 */
CH_INLINE_FAST void ch_bits_end(ch_engine_t *e, uint32_t i, uint32_t n, uint32_t rest) {
    if (rest)
        ch_set(e, i + n, 3u << 3);
    else
        ch_flip_one(e, i + n - 1);
    if (ch_is_long(i, n)) ch_long_size_set(e, i, n);
}

/** The same for any n at the start of a long free block whose sizes are sound; of its bits only the second is looked at. */
CH_INLINE_FAST bool ch_bits_cut_long(ch_engine_t *e, uint32_t i, uint32_t n, uint32_t rest) {
    uint32_t *w = ch_bit_word(e, i);
    bool low = ch_is_second_low(w, i);
    if (CH_UNLIKELY(ch_is_size_word(w[-1]) || (!low && !ch_is_second_high(w, i)))) return false;
    if (CH_LIKELY(n <= CH_SHORT)) {
        ch_flip(e, i, 1u << 4 | (rest ? 6u : 1u) << (n + 2));
        return true;
    }
    if (CH_LIKELY(low))
        w[-1] ^= ch_shl(1u << 4, i);
    else
        w[-2] ^= ch_shl(1, i + 4);
    ch_bits_end(e, i, n, rest);
    return true;
}

/** The same behind `lead` granules, of a free block that was looked at. */
CH_INLINE_FAST void ch_bits_cut_behind(ch_engine_t *e, uint32_t i, uint32_t lead, uint32_t n, uint32_t rest) {
    if (n <= CH_SHORT) {
        ch_edges_t c = ch_edges(lead, rest);
        ch_flip(e, i, c.front | c.edge << (n + 2));
    } else {
        ch_flip(e, i, ch_edges(lead, 0).front);
        ch_bits_end(e, i, n, rest);
    }
}

/** Whether what a list names is a free block of f granules, as far as can be seen at its ends. */
CH_INLINE_FAST bool ch_is_free(const ch_engine_t *e, uint32_t offset, uint32_t f) {
    uint32_t bits = ch_window(e, offset >> CH_G_SHIFT) >> 2 & 31; /* from the granule before it on */
    if (ch_ends_in_size(e, offset)) return false;
    if (f < CH_SIZED) return bits == (f == 2 ? 14 : 30); /* 0 1 1 1 0 | 0 1 1 1 1: of two and three granules, and a used block */
    return (bits & 7) == 6 && ch_at(e, offset)[CH_SIZE] == ch_size_tag(f) && ch_is_sized(e, offset);
}

/** Books n granules as used. */
CH_INLINE void ch_book_taken(ch_engine_t *e, uint32_t n) { CH_STORE_RELAXED(e->free, e->free - n); }

/** The same, a little less certain, of what says itself that it has CH_SIZED granules or more. */
CH_INLINE_FAST bool ch_is_free_long(const ch_engine_t *e, uint32_t offset) {
    uint32_t i = offset >> CH_G_SHIFT;
    const uint32_t *w = ch_bit_word(e, i + 4);
    return ch_is_sized(e, offset) && CH_LIKELY(ch_shr(w[-1], i + 4) & 1);
}

/** Whether what was found is a free block, as far as its level looks. */
CH_INLINE_FAST bool ch_is_found(const ch_engine_t *e, ch_found_t found) {
    if (CH_CAREFUL) return ch_free_at(e, found.offset) == found.f;
    return found.slot < ch_slot_of_bin(CH_EXACT_BINS) ? ch_is_free(e, found.offset, found.f) : ch_is_free_long(e, found.offset);
}

/**
 * Takes the newest block of exactly n granules, which its bin names by `link`: the shortest way. Returns its offset; 0 if it is
 * damaged.
 */
CH_INLINE_FAST uint32_t ch_take_exact(ch_engine_t *e, uint32_t n, uint32_t link) {
    uint32_t offset = ch_follow(e, link), next;
    if (CH_UNLIKELY(ch_ends_in_size(e, offset) || !ch_bits_cut(e, offset >> CH_G_SHIFT, n, 0))) {
        ch_damage(e, offset);
        return 0;
    }
    next = ch_link(ch_at(e, offset), CH_NEXT);
    e->bins[n - 2] = next;
    if (next == 0) ch_map_flip_exact(e, n);
    ch_head_becomes(e, next, offset);
    ch_book_taken(e, n);
    e->free_blocks--;
    return offset;
}

/** Whether what an exact bin names has its size, as three granules and more do; longer ones are told by their sizes. */
CH_INLINE bool ch_is_of_bin(const ch_engine_t *e, ch_found_t found) {
    return found.slot >= ch_slot_of_bin(CH_EXACT_BINS) || ch_at(e, found.offset)[CH_SIZE] == ch_size_tag(found.f);
}

/** Takes n granules from the start of a free block, of which `rest` are left, 0 or at least 2; of its bits: whether it is one. */
CH_INLINE_FAST bool ch_bits_take(ch_engine_t *e, ch_found_t found, uint32_t n, uint32_t rest) {
    uint32_t i = found.offset >> CH_G_SHIFT;
    if (found.slot < ch_slot_of_bin(CH_EXACT_BINS)) return !ch_ends_in_size(e, found.offset) && ch_bits_cut(e, i, n, rest);
    return ch_is_sized(e, found.offset) && ch_bits_cut_long(e, i, n, rest);
}

/**
 * Takes n granules from the head of a bin: all of it, if one more granule would be left over, which can't be a block. Returns the
 * offset; 0 if the block is damaged.
 */
CH_INLINE_FAST uint32_t ch_cut(ch_engine_t *e, ch_found_t found, uint32_t n) {
    uint32_t offset = found.offset, tail = offset + (n << CH_G_SHIFT), rest = found.f - n;
    if (CH_CAREFUL && CH_UNLIKELY(found.f < n || ch_free_at(e, offset) != found.f)) {
        ch_damage(e, offset);
        return 0;
    }
    if ((int32_t)rest <= 1) { /* below 0: the size that led here is damaged */
        if (rest <= 1 && CH_LIKELY(ch_bits_take(e, found, found.f, 0))) {
            ch_head_remove(e, found);
            ch_book_taken(e, found.f);
            e->free_blocks--;
            return offset;
        }
    } else if (CH_LIKELY(ch_is_of_bin(e, found) && ch_bits_take(e, found, n, rest))) {
        ch_head_change(e, found, tail, rest);
        if (CH_UNLIKELY(rest == 2 && n <= CH_SHORT)) ch_flip_one(e, (tail >> CH_G_SHIFT) + 1); /* as ch_bits_cut() says */
        ch_book_taken(e, n);
        e->blocks++;
        return offset;
    }
    ch_damage(e, offset);
    return 0;
}

/** A used block seen through its window. */
typedef struct {
    uint32_t *w;     /* the word of bits that the window begins in */
    uint32_t low;    /* what stands there */
    uint32_t window; /* as ch_window() gives it; 0: no used block starts here */
    uint32_t beyond; /* bits from the third granule's to the next block's first; 32 if the window does not show that */
} ch_view_t;

/**
 * Looks at the block at `offset`, a multiple of the granule below `end`: its bits; and whether a used one starts there, and how
 * long it is.
 */
CH_INLINE_FAST ch_view_t ch_view_begin(const ch_engine_t *e, uint32_t offset, uint32_t mark) {
    uint32_t i = offset >> CH_G_SHIFT, high;
    ch_view_t v = {ch_bit_word(e, i), 0, 0, 32};
    v.low = v.w[-1];
    high = v.w[-2];
    v.window = ch_shr(v.low, i);
    if (CH_LIKELY(high < mark)) v.window |= ch_shl(high << 1, ~i);
    return v;
}

CH_INLINE_FAST ch_view_t ch_view_used(ch_view_t v, uint32_t mark) {
    if (CH_UNLIKELY(v.low >= mark)) v.window = 0;
    if (CH_LIKELY(v.window >> 5 != 0)) v.beyond = ch_lowest_bit(v.window >> 5);
    return v;
}

CH_INLINE_FAST ch_view_t ch_view_end(ch_view_t v, uint32_t mark) {
    if (CH_LIKELY((v.window & 0x18) == 0x08)) return ch_view_used(v, mark);
    v.window = 0;
    return v;
}

CH_INLINE_FAST ch_view_t ch_view(const ch_engine_t *e, uint32_t offset) {
    uint32_t mark = ch_in_register(CH_MARK);
    return ch_view_end(ch_view_begin(e, offset, mark), mark);
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

/**
 * Whether a view that shows no end is of a block with its size word in the view's second word: its first bit is in the first,
 * then.
 */
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
 * front, edge: the bits to flip when it becomes free, at the granules before, at and behind its first one, and at and behind its
 * last one.
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

/* What the sizes say may be damaged: the edges tell. */
CH_INLINE bool ch_has_left(ch_around_t a) { return a.front != CH_FRONT_ALONE; }
CH_INLINE bool ch_has_right(ch_around_t a) { return a.edge != CH_EDGE_ALONE; }

/** The free block in front of the one at `offset`; window as ch_window() gives it, its bit 2 set. false: there is none. */
CH_INLINE bool ch_look_left(ch_around_t *a, const ch_engine_t *e, uint32_t offset, uint32_t window) {
    if (window & 2) {
        a->left = 2 + (window & 1);
        a->front = CH_FRONT_TWO + (window & 1);
        return true;
    }
    uint32_t tag = ch_at(e, offset)[-1], n = ch_size_of(tag);
    a->front = CH_FRONT_MORE;
    a->left = n;
    if (CH_UNLIKELY(!(tag & 1))) return false; /* a link: `offset` is the second granule of a free block */
    if (ch_is_exact(n) && !CH_CFG_NDEBUG && !CH_CAREFUL) return true;
    if (CH_LIKELY((!CH_CAREFUL || n >= CH_SIZED) && ch_is_sized_before(e, offset, tag))) return true;
    ch_damage(e, offset);
    return false;
}

/** Whether a window that shows a used block is not fooled by the second granule of a free one. */
CH_INLINE bool ch_is_outside(const ch_engine_t *e, uint32_t offset, uint32_t window) {
    return (window & 6) != 4 || ch_at(e, offset)[-1] & 1;
}

/** The block behind, at `block`, is damaged: as if it were used. */
CH_INLINE void ch_leave_right(ch_around_t *a, const ch_engine_t *e, uint32_t block) {
    ch_damage(e, block);
    a->right = 0;
    a->edge = CH_EDGE_ALONE;
}

/**
 * The free block behind, at `block`, whose second bit is bit 0 of `window`. A short one's size is known to be right when it is
 * out of its bin; if NDEBUG is defined, which lets that pass, it is looked at here.
 */
CH_INLINE void ch_look_right(ch_around_t *a, const ch_engine_t *e, uint32_t block, uint32_t window) {
    uint32_t third = window >> 2 & 1; /* 1 1 1 1: three and the start of the next; 1 1 1 0: two, and a used block */
    if (CH_UNLIKELY(block >= e->end || !(window & 2 || ch_has_room(e, block)))) { /* the bits are damaged */
        ch_leave_right(a, e, block);
        return;
    }
    if (CH_LIKELY(!(window & 2))) {
        a->right = ch_size_of(ch_at(e, block)[CH_SIZE]);
        a->edge = CH_EDGE_MORE;
        if (CH_LIKELY(ch_is_exact(a->right) && !CH_CFG_NDEBUG && !CH_CAREFUL) || CH_LIKELY(ch_is_sized(e, block))) return;
        ch_leave_right(a, e, block);
        return;
    }
    a->right = 2 + third;
    a->edge = CH_EDGE_TWO + 4 * third;
    if (CH_CAREFUL && e->end - block < a->right << CH_G_SHIFT) { /* so are they here */
        ch_leave_right(a, e, block);
    }
}

/** The block that a near view shows, its neighbours not looked at. */
CH_INLINE ch_around_t ch_around_alone(ch_view_t v) { return (ch_around_t){v.beyond + 2, 0, 0, CH_FRONT_ALONE, CH_EDGE_ALONE}; }

/** Bits behind the block that a near view shows, from the next one's second on. */
CH_INLINE uint32_t ch_right_shown(ch_view_t v) { return v.window >> 6 >> v.beyond; }

/** Whether that is a free block. */
CH_INLINE bool ch_shows_right(ch_view_t v) { return ch_right_shown(v) & 1; }

/** Where the block ends. */
CH_INLINE uint32_t ch_offset_behind(uint32_t offset, ch_view_t v) { return offset + ((v.beyond + 2) << CH_G_SHIFT); }

/** The bits from position p on, of the last granule of a used block: 0 1 as the next one starts, and its second to fourth bit. */
CH_INLINE_FAST uint32_t ch_bits_behind(const uint32_t *w, uint32_t p) {
    uint32_t bits = ch_shr(w[-1], p);                               /* no size word: three granules are between */
    if (CH_LIKELY((p & 31) <= 27) || w[-2] >= CH_MARK) return bits; /* a size word there: the next block is used */
    return bits | ch_shl(w[-2] << 1, ~p);
}

/** The right neighbour of a used block that ends before granule i. */
CH_INLINE_FAST void ch_look_behind(ch_around_t *a, const ch_engine_t *e, uint32_t i) {
    uint32_t bits = ch_bits_behind(ch_bit_word(e, i + 2), i + 2) >> 2;
    if (bits & 1) ch_look_right(a, e, i << CH_G_SHIFT, bits);
}

/** Granules of the free block behind the used one of n granules that a view shows, 0 if there is none. */
CH_INLINE_FAST uint32_t ch_right_of(const ch_engine_t *e, uint32_t offset, ch_view_t v, uint32_t n) {
    ch_around_t a = {0, 0, 0, 0, 0};
    if (CH_LIKELY(ch_is_near(v))) {
        if (ch_shows_right(v)) ch_look_right(&a, e, ch_offset_behind(offset, v), ch_right_shown(v));
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

/**
 * What lies around the used block at `offset`, which has n granules, and whose window this is; n = 0 if there is none after all.
 */
CH_INLINE_FAST ch_around_t ch_around_of(const ch_engine_t *e, uint32_t offset, uint32_t n, uint32_t window) {
    ch_around_t a = {0, 0, 0, CH_FRONT_ALONE, CH_EDGE_ALONE};
    if (window & 4 && !ch_look_left(&a, e, offset, window)) return a;
    ch_look_behind(&a, e, (offset >> CH_G_SHIFT) + n);
    a.n = n;
    return a;
}

/** Turns the used block that a near view shows into part of one free block. */
CH_INLINE void ch_bits_merge_near(ch_view_t v, uint32_t offset, ch_around_t a) {
    ch_flip_in(v.w, v.low, offset >> CH_G_SHIFT, a.front << 2 | a.edge << (v.beyond + 4));
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
    uint32_t next = i + a->n, p = next + 2, *w = ch_bit_word(e, p), bits;
    ch_flip_in(v.w, v.low, i, a->front << 2);
    bits = ch_bits_behind(w, p) >> 2;
    if (bits & 1) ch_look_right(a, e, next << CH_G_SHIFT, bits);
    ch_flip_in(w, w[-1], p, a->edge);
}

/** Books n granules as free, and as many free blocks more as it makes. */
CH_INLINE void ch_book_released(ch_engine_t *e, ch_around_t a) {
    bool has_left = ch_has_left(a), has_right = ch_has_right(a);
    CH_STORE_RELAXED(e->free, e->free + a.n);
    if (has_left || has_right)
        e->blocks -= 1u + (has_left && has_right);
    else
        e->free_blocks++;
    if (has_left && has_right) e->free_blocks--;
}

/** Whether a near view shows a block that is short enough for an exact bin, with a used one behind it. */
CH_INLINE bool ch_is_simple(ch_view_t v) { return v.window && v.beyond < CH_EXACT_BINS && !ch_shows_right(v); }

/** The free block of n granules is in its bin: `limit` and the totals know it. */
CH_INLINE void ch_book_free(ch_engine_t *e, uint32_t n, ch_around_t a) {
    if (n > e->limit) CH_STORE_RELAXED(e->limit, n);
    ch_book_released(e, a);
}

/** Frees such a block: the shortest way. */
CH_INLINE_FAST void ch_release_simple(ch_engine_t *e, uint32_t offset, ch_view_t v) {
    ch_around_t a = {v.beyond + 2, 0, 0, CH_FRONT_ALONE, CH_EDGE_ALONE};
    if (!CH_CAREFUL) ch_bits_merge_near(v, offset, a);
    if (CH_G == 16) ch_at(e, offset)[CH_HOME] = 0;
    ch_bin_push(e, ch_slot_of_bin(v.beyond), offset);
    if (CH_CAREFUL) ch_bits_merge_near(v, offset, a);
    if (!(CH_G == 4 && v.beyond == 0)) ch_free_size_set(ch_at(e, offset), a.n);
    ch_book_free(e, a.n, a);
}

/** Puts the block at `offset`, merged with its free neighbours, into its bin. Bits are not touched. */
CH_INLINE_FAST void ch_release(ch_engine_t *e, uint32_t offset, ch_around_t a) {
    uint32_t n = a.n + a.left + a.right, start = offset - (a.left << CH_G_SHIFT), right = offset + (a.n << CH_G_SHIFT);
    bool has_left = ch_has_left(a), has_right = ch_has_right(a);
    if (has_right) ch_at(e, right)[-1] = 0; /* as ch_free_size_set() says */
    if (has_right && (!has_left || ch_is_exact(a.left))) {
        if (has_left) ch_bin_remove(e, start, a.left);
        ch_bin_change(e, right, a.right, start, n);
    } else if (has_left) {
        if (has_right) ch_bin_remove(e, right, a.right);
        ch_bin_change(e, start, a.left, start, n);
    } else {
        ch_bin_insert(e, start, n);
    }
    ch_book_free(e, n, a);
}

/**
 * Moves the edge between a used block at granule i, of `had` granules now and n then, and the free one behind it, of `right` and
 * `rest`.
 */
CH_INLINE_FAST void ch_bits_shift_edge(ch_engine_t *e, uint32_t i, uint32_t had, uint32_t right, uint32_t n, uint32_t rest) {
    /* First and second bit of the old free block off, those of the new one on; its last bit stays unless it is the second. */
    if (right) ch_flip(e, i + had, 3u << 3);
    if (rest) ch_flip(e, i + n, 3u << 3);
    if ((right > 2) != (rest > 2)) ch_flip_one(e, i + had + right - 1);
}

/**
 * Gives the used block of `had` granules at an offset n of them, n <= had + right, where `right` is what is free behind it; n + 1
 * if a single one would be left over. Returns what it has.
 */
CH_INLINE_FAST uint32_t ch_resize(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t right, uint32_t n) {
    uint32_t whole = had + right, i = offset >> CH_G_SHIFT, old = offset + (had << CH_G_SHIFT);
    if (n + 1 == whole) n = whole; /* a single granule can't be a block */
    if (n == had) return n;
    uint32_t rest = whole - n, cut = offset + (n << CH_G_SHIFT);
    if (n < had) ch_at(e, old)[-1] = 0; /* as ch_free_size_set() says */
    if (right && rest) {                /* lists first, as links may be looked up in the bits */
        ch_bin_change(e, old, right, cut, rest);
    } else if (right) {
        ch_bin_remove(e, old, right);
        e->blocks--, e->free_blocks--;
    } else {
        ch_bin_insert(e, cut, rest);
        e->blocks++, e->free_blocks++;
    }
    if (ch_is_long(i, had)) ch_long_size_set(e, i, 0);
    ch_bits_shift_edge(e, i, had, right, n, rest);
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
 * Takes n granules, or one more where it would be left over, from the head of a bin, behind `lead` that stay free. Returns what
 * was taken; it starts behind the lead.
 */
CH_INLINE_FAST uint32_t ch_cut_behind(ch_engine_t *e, ch_found_t found, uint32_t lead, uint32_t n) {
    uint32_t start = found.offset + (lead << CH_G_SHIFT), rest = found.f - lead - n;
    if (rest == 1) n++, rest = 0; /* a single granule can't be a block */
    uint32_t tail = start + (n << CH_G_SHIFT);
    if (CH_UNLIKELY(!ch_is_found(e, found))) {
        ch_damage(e, found.offset);
        return 0;
    }
    ch_bits_cut_behind(e, start >> CH_G_SHIFT, lead, n, rest);
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
