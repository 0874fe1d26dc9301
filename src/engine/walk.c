/* SPDX-License-Identifier: MIT */
/*
 * Walking without a cursor that anybody has to keep valid, and checking without trust.
 *
 * A walk remembers an offset where a block started. When it comes back, that block may have been merged, split or handed out
 * again; the bits around the place still tell where the next block starts (ch_engine_seek). So malloc and free pay nothing.
 *
 * What a granule's bit can mean, and how to tell:
 *
 *      bits at i-1, i, i+1, i+2
 *      0 1 0 .     used block starts
 *      0 1 1 1     free block starts (two or three granules)
 *      0 1 1 0     free block starts, or: last granule of one, and a used block behind it. The granule's last word is a
 *                  link (even) or a size (odd).
 *      1 1 0 .     used block behind a free one, or: second granule of a free block. The word before is a size (odd) or a
 *                  link (even).
 *      1 1 1 .     inside a short free block: the next block is used and starts at the last of these ones
 *      . 0 . .     inside a block: the first 1 ahead is the next block's, or the last of this one
 *
 * Any word may be damaged here. `first` and `end` are believed after a look at the seal, and nothing outside them is read: every
 * length and link is compared with them before it is followed. Places are compared as granule numbers, which never overflow.
 */
#include "engine/bins.h"

enum {
    STRIDE = 8, /* words of bits that one search for a start looks at */
    INSIDE = 4, /* words inside a block that one check of bits looks at; at its edges it is one */
};

static bool is_sealed(const ch_engine_t *e) { return e->seal == ch_engine_seal(e); }

/** Number of the granule behind the last one. */
static uint32_t end_of(const ch_engine_t *e) { return e->end >> CH_G_SHIFT; }

/** Word k of the bits, size words and all; 0 where the span has no such word. */
static uint32_t raw_bits(const ch_engine_t *e, uint32_t k) { return k <= (end_of(e) >> 5) + 1 ? ch_bit_word(e, 32 * k)[-1] : 0; }

/** The same of granule i < end as ch_ends_in_size(). */
static bool ends_in_size(const ch_engine_t *e, uint32_t i) { return ch_ends_in_size(e, i << CH_G_SHIFT); }

/** Granules of the used block at granule i whose end its window does not show; 0: the bits make no sense. */
static uint32_t far_length(const ch_engine_t *e, uint32_t i) {
    uint32_t p = i + 3, k = p >> 5, bits = raw_bits(e, k) & ~1u << (p & 31);
    if (bits == 0 && raw_bits(e, k + 1) >= CH_MARK) {
        uint32_t n = raw_bits(e, k + 1) & ~CH_MARK, more = raw_bits(e, k + 2);
        if (CH_WIDE && more >= CH_MARK) n |= more << 27;
        return ch_is_long(i, n) ? n : 0;
    }
    if (bits == 0) bits = raw_bits(e, ++k);
    if (bits == 0) bits = raw_bits(e, ++k);
    if (bits == 0 || bits >= CH_MARK) return 0;
    uint32_t n = 32 * k + ch_lowest_bit(bits) - p;
    return ch_is_long(i, n) ? 0 : n;
}

/** Granules of the block that starts at granule i, and whether it is used; 0: none does, or none that lies within the span. */
static uint32_t length_at(const ch_engine_t *e, uint32_t i, bool *used) {
    if (i >= end_of(e)) return 0;
    uint32_t window = ch_window(e, i) >> 3, left = end_of(e) - i, n = 0;
    *used = !(window & 2);
    if (!(window & 1)) return 0;
    if (*used) {
        n = window >> 2 ? ch_lowest_bit(window >> 2) + 2 : far_length(e, i);
    } else if (window & 4) {
        n = 2 + (window >> 3 & 1);
    } else if (left >= CH_SIZED) {
        n = ch_size_of(ch_at(e, i << CH_G_SHIFT)[CH_SIZE]);
    }
    return n <= left ? n : 0;
}

/** From word k of the bits, a size: to the start behind its block, in which granule *i is. false: there is no such block. */
static bool behind_long(const ch_engine_t *e, uint32_t k, uint32_t *i) {
    bool used;
    if (CH_WIDE && k && raw_bits(e, k - 1) >= CH_MARK) k--; /* the second of two size words */
    uint32_t bits = k ? raw_bits(e, k - 1) : 0;
    if (bits == 0) return false;
    uint32_t start = 32 * (k - 1) + ch_highest_bit(bits) - 3, n = length_at(e, start, &used);
    if (n) *i = start + n; /* it is long: behind *i */
    return n != 0;
}

/**
 * From granule *i, whose bit is 0: to the next one that starts a block, or to the end. false: there is none so near, and *i is
 * where to go on; or the bits make no sense, and *i is what it was.
 */
static bool next_start(const ch_engine_t *e, uint32_t *i) {
    uint32_t p = *i + 3, k = p >> 5, stop = k + STRIDE, end = end_of(e), bits = raw_bits(e, k);
    if (bits >= CH_MARK) return behind_long(e, k, i);
    bits &= ~0u << (p & 31);
    while (bits == 0 && k < stop) {
        bits = raw_bits(e, ++k);
        if (bits >= CH_MARK) return behind_long(e, k, i);
    }
    *i = 32 * k + (bits ? ch_lowest_bit(bits) : 32) - 3;
    if (*i >= end) *i = end;
    if (bits == 0 || *i == end) return *i == end;
    /* 0 1 1 0: perhaps the end of the free block that the search began in. */
    if ((ch_window(e, *i) >> 4 & 3) == 1 && ends_in_size(e, *i)) ++*i;
    return true;
}

/** From any granule to the next one that starts a block, itself if it does; false as in next_start(). */
static bool find_start(const ch_engine_t *e, uint32_t *i) {
    uint32_t window = ch_window(e, *i) >> 1; /* bits from i - 2 on */
    bool used;
    if (!(window & 4)) return next_start(e, i);
    if ((window & 14) == 14) {
        *i += ch_lowest_bit(~(window >> 2)) - 1;
    } else if ((window & 30) == 12) {
        if (ends_in_size(e, *i)) ++*i;
    } else if ((window & 15) == 6 && !ends_in_size(e, *i - 1)) {
        uint32_t n = length_at(e, *i - 1, &used);
        if (n == 0) return false;
        *i += n - 1;
    }
    return true;
}

ch_block_t ch_engine_seek(const ch_engine_t *e, uint32_t offset) {
    ch_block_t b = {0, 0, false};
    if (!is_sealed(e)) return b;
    if (offset < ch_first(e)) offset = ch_first(e);
    if (offset >= e->end) return b;
    uint32_t i = offset >> CH_G_SHIFT;
    bool found = find_start(e, &i);
    if (i >= end_of(e)) return b;
    b.offset = i << CH_G_SHIFT;
    if (found) b.n = length_at(e, i, &b.used);
    return b;
}

/** Whether a free block of `least` granules or more can start at an offset that stands somewhere. */
static bool is_free_block(const ch_engine_t *e, uint32_t offset, uint32_t least) {
    if (offset < ch_first(e) || offset >= e->end || offset & (CH_G - 1) || (e->end - offset) >> CH_G_SHIFT < least) return false;
    return ch_is_free_start(e, offset);
}

/** Granules of the free block that is named by a link, 0 if there is none. */
static uint32_t free_length(const ch_engine_t *e, uint32_t link) {
    bool used;
    return is_free_block(e, link, 2) ? length_at(e, link >> CH_G_SHIFT, &used) : 0;
}

CH_INLINE bool starts(const ch_engine_t *e, uint32_t offset) {
    if (!is_sealed(e) || offset < ch_first(e) || offset >= e->end) return false;
    uint32_t i = offset >> CH_G_SHIFT, around = ch_window(e, i) >> 1 & 31; /* bits from i - 2 to i + 2 */
    if (!(around & 4) || (around & 14) == 14) return false;
    if (around >> 1 == 6) return !ends_in_size(e, i);
    return (around & 15) != 6 || ends_in_size(e, i - 1);
}

bool ch_engine_starts(const ch_engine_t *e, uint32_t offset) { return starts(e, offset); }

bool ch_engine_is_there(const ch_engine_t *e, const ch_block_t *b) {
    bool used = false;
    return starts(e, b->offset) && length_at(e, b->offset >> CH_G_SHIFT, &used) == b->n && used == b->used;
}

/** The bin that a free block of n granules, which may not be true, belongs into; 0: there is none in this heap. */
static uint32_t slot_for(const ch_engine_t *e, uint32_t n) {
    uint32_t slot = n < 2 ? 0 : ch_slot_of(e, n);
    return slot < ch_first(e) && !(slot & 3) ? slot : 0;
}

/** Whether a free block is the first of its bin: nothing leads to it then, though its back link may be an old one. */
static bool is_head(const ch_engine_t *e, uint32_t offset) {
    uint32_t slot = slot_for(e, free_length(e, offset));
    return slot && *ch_at(e, slot) == offset;
}

ch_fault_t ch_engine_check_next(const ch_engine_t *e, const ch_block_t *b) {
    uint32_t next = ch_link(ch_at(e, b->offset), CH_NEXT);
    if (!next) return CH_SOUND;
    bool leads_back = is_free_block(e, next, 2) && ch_link(ch_at(e, next), CH_BACK) == b->offset;
    return leads_back && !is_head(e, next) ? CH_SOUND : CH_BAD_LINK;
}

ch_fault_t ch_engine_check_back(const ch_engine_t *e, const ch_block_t *b) {
    uint32_t slot = slot_for(e, b->n), back = ch_link(ch_at(e, b->offset), CH_BACK);
    if (slot && *ch_at(e, slot) == b->offset) return back & 3 || back >= (CH_REFILLS ? 1 : e->end) ? CH_BAD_LINK : CH_SOUND;
    return is_free_block(e, back, 2) && ch_link(ch_at(e, back), CH_NEXT) == b->offset ? CH_SOUND : CH_BAD_LINK;
}

ch_fault_t ch_engine_check_place(const ch_engine_t *e, const ch_block_t *b) {
    const uint32_t *block = ch_at(e, b->offset);
    uint32_t slot = slot_for(e, b->n);
    if (!slot || (!ch_is_exact(b->n) && block[CH_HOME] != slot)) return CH_WRONG_BIN;
    /*
     * A list is right as a whole if it begins in the right bin and each block has the bin of the one before it; that its length
     * says so is checked there.
     */
    if (*ch_at(e, slot) == b->offset) return CH_SOUND;
    uint32_t back = ch_link(block, CH_BACK);
    if (ch_is_exact(b->n)) return free_length(e, back) == b->n ? CH_SOUND : CH_WRONG_BIN;
    const uint32_t *before = ch_at(e, back);
    if (!is_free_block(e, back, 2 + CH_EXACT_BINS) || ch_is_exact(ch_size_of(before[CH_SIZE]))) return CH_WRONG_BIN;
    return before[CH_HOME] == slot ? CH_SOUND : CH_WRONG_BIN;
}

ch_fault_t ch_engine_check_size(const ch_engine_t *e, const ch_block_t *b) {
    uint32_t i = b->offset >> CH_G_SHIFT, left = end_of(e) - i;
    if (b->n < 2 || b->n > left || !(ch_window(e, i + b->n) & 8)) return CH_BAD_SIZE;
    if (b->used) return CH_SOUND;
    if (ch_window(e, i + b->n) & 16) return CH_TOUCHING;
    if (b->n >= CH_SIZED) {
        const uint32_t *block = ch_at(e, b->offset), *behind = ch_at(e, b->offset + (b->n << CH_G_SHIFT));
        if (block[CH_SIZE] != ch_size_tag(b->n) || behind[-1] != ch_size_tag(b->n)) return CH_BAD_SIZE;
    }
    return CH_SOUND;
}

/** What the bits of block b have in word k. */
static uint32_t bits_of(const ch_block_t *b, uint32_t k) {
    uint32_t p = (b->offset >> CH_G_SHIFT) + 3, second = p + 1, last = p + b->n - 1, bits = 0;
    if (b->used && ch_is_long(p - 3, b->n) && k == (p >> 5) + 1) return CH_MARK | (b->n & ~CH_MARK);
    if (b->used && CH_WIDE && b->n >> 27 && k == (p >> 5) + 2) return CH_MARK | b->n >> 27;
    if (k == p >> 5) bits |= 1u << (p & 31);
    if (!b->used && k == second >> 5) bits |= 1u << (second & 31);
    if (!b->used && k == last >> 5) bits |= 1u << (last & 31);
    return bits;
}

ch_fault_t ch_engine_check_bits(const ch_engine_t *e, const ch_block_t *b, uint32_t *from) {
    if (b->used &&
        !ch_is_long(b->offset >> CH_G_SHIFT, b->n)) { /* the length was found by the first bit behind the block's own */
        *from = b->n;
        return CH_SOUND;
    }
    uint32_t p = (b->offset >> CH_G_SHIFT) + 3, stop = p + b->n, k = (p + *from) >> 5, first = (p >> 5) + 3,
             last = (stop - 1) >> 5;
    if (k < first || k >= last) { /* size words end before `first` */
        uint32_t mine = 32 * k < p ? ~0u << (p & 31) : ~0u;
        if (stop - 32 * k < 32) mine &= (1u << (stop & 31)) - 1;
        if ((raw_bits(e, k) ^ bits_of(b, k)) & mine) return CH_BAD_BITS;
        k++;
    } else {
        for (uint32_t words = 0; words < INSIDE && k < last; words++, k++) {
            if (raw_bits(e, k)) return CH_BAD_BITS;
        }
    }
    *from = 32 * k - p;
    return CH_SOUND;
}

/** Whether no bit is set before the first block, and none but the first behind the last. */
static bool are_edges_clear(const ch_engine_t *e) {
    uint32_t first = (ch_first(e) >> CH_G_SHIFT) + 3, end = end_of(e) + 3, stray = 0;
    for (uint32_t k = 0; k <= first >> 5; k++) stray |= raw_bits(e, k) & (k < first >> 5 ? ~0u : (1u << (first & 31)) - 1);
    if (end >> 5 == end_of(e) >> 5) stray |= raw_bits(e, (end >> 5) + 1);
    return !stray && raw_bits(e, end >> 5) >> (end & 31) == 1;
}

ch_fault_t ch_engine_check_control(const ch_engine_t *e) {
    if (!is_sealed(e)) return CH_BAD_SPAN;
    if (!are_edges_clear(e)) return CH_BAD_BITS;
    if (ch_in_register(e->map[0]) & ((1u << CH_ENGINE_WORDS) - 1) & ~CH_FIRST_MASK ||
        e->map[CH_MAP_WORDS - 1] >> ((CH_ENGINE_WORDS + CH_BINS) & 31))
        return CH_BAD_MAP; /* slots without a bin */
    if (e->fine != ch_fine_for(end_of(e), ch_first(e)) || e->reach != e->end - CH_G - CH_NO_BLOCK) return CH_BAD_MAP;
    uint32_t room = (e->end - ch_first(e)) >> CH_G_SHIFT, used = e->blocks - e->free_blocks, holes = e->free_blocks;
    if (e->limit > room) return CH_BAD_LIMIT;
    if (e->free > room || used > (room - e->free) / 2 || holes > e->free / 2 || holes > used + 1) return CH_BAD_TOTAL;
    return (used == 0 && e->free != room) || (holes == 0 && e->free != 0) ? CH_BAD_TOTAL : CH_SOUND;
}

ch_fault_t ch_engine_check_bin(const ch_engine_t *e, uint32_t bin) {
    uint32_t slot = ch_slot_of_bin(bin), head = slot < ch_first(e) ? e->bins[bin] : 0;
    if ((head != 0) != (e->map[slot >> 7] >> (slot >> 2 & 31) & 1)) return CH_BAD_MAP;
    if (head == 0) return CH_SOUND;
    uint32_t n = free_length(e, head);
    if (n == 0) return CH_BAD_LINK;
    return slot_for(e, n) == slot ? CH_SOUND : CH_WRONG_BIN;
}
