/* SPDX-License-Identifier: MIT */
/*
 * Walking and checking without a cursor that anybody has to keep valid.
 *
 * A walk remembers an offset where a block started. When it comes back, that block may have been merged, split or handed out again;
 * the bits around the place still tell where the next block starts (ch_engine_seek). So malloc and free pay nothing for walks.
 *
 * What a granule's bit can mean, and how to tell:
 *
 *      bits at i-1, i, i+1, i+2
 *      0 1 0 .     used block starts
 *      0 1 1 1     free block starts (two or three granules)
 *      0 1 1 0     free block starts, or: last granule of one, and a used block behind it. The granule's last word is a
 *                  link (even) or a size (odd).
 *      1 1 0 .     used block behind a free one, or: second granule of a free block. The word before is a size (odd) or a link (even).
 *      1 1 1 .     inside a short free block: the next block is used and starts at the last of these ones
 *      . 0 . .     inside a block: the first 1 ahead is the next block's, or the last of this one
 */
#include "engine/alloc.h"

enum { STRIDE = 16 }; /* words of bits that one call looks at */

/** The last word of granule i: for a free block's first granule a link, for its last one its size. */
static bool has_size(const ch_engine_t *e, uint32_t i) { return ch_at(e, (i + 1) << CH_G_SHIFT)[-1] & 1; }

/** Start behind the long used block that has its size in word `w` of the bits; k is the number of that word. */
static uint32_t behind_long(const ch_engine_t *e, const uint32_t *w, uint32_t k) {
    while (w[1] >= CH_MARK) w++, k--; /* at most one: the second of two size words */
    uint32_t i = 32 * (k - 1) + ch_highest_bit(w[1]) - 3;
    return i + ch_long_size(e, i);
}

/** From a granule whose bit is 0: the next one that starts a block, or 0 and *on where to go on. */
static uint32_t next_start(const ch_engine_t *e, uint32_t i, uint32_t *on) {
    uint32_t p = i + 3, k = p >> 5;
    const uint32_t *w = ch_bit_word(e, p);
    uint32_t bits = *w & ~0u << (p & 31);
    if (*w >= CH_MARK) return behind_long(e, w, k);
    for (uint32_t left = STRIDE; bits == 0; left--) {
        if (left == 0) {
            *on = 32 * k - 3;
            return 0;
        }
        bits = *--w, k++;
        if (bits >= CH_MARK) return behind_long(e, w, k);
    }
    i = 32 * k + ch_lowest_bit(bits) - 3;
    /* 0 1 1 0: perhaps the end of the free block that the search began in. Behind the end lies no such block. */
    if (i << CH_G_SHIFT < e->end && (ch_window(e, i) >> 4 & 3) == 1 && has_size(e, i)) i++;
    return i;
}

ch_block_t ch_engine_seek(const ch_engine_t *e, uint32_t offset) {
    ch_block_t b = {0, 0, false};
    uint32_t i = offset >> CH_G_SHIFT, on = 0;
    if (offset >= e->end) return b;
    uint32_t window = ch_window(e, i) >> 2;
    if (!(window & 2)) {
        i = next_start(e, i, &on);
        if (i == 0) {
            b.offset = on << CH_G_SHIFT;
            return b;
        }
    } else if ((window & 7) == 7) {
        do i++;
        while (ch_window(e, i) & 1u << 4); /* at most three ones */
    } else if ((window & 15) == 6) {
        if (has_size(e, i)) i++;
    } else if ((window & 7) == 3 && ch_left_size(e, i << CH_G_SHIFT, ch_window(e, i)) == 0) {
        i += (ch_at(e, (i - 1) << CH_G_SHIFT)[CH_SIZE] >> 1) - 1;
    }
    if (i << CH_G_SHIFT >= e->end) return b;
    b.offset = i << CH_G_SHIFT;
    window = ch_window(e, i) >> 4;
    b.used = !(window & 1);
    if (b.used) {
        window >>= 1;
        b.n = window ? ch_lowest_bit(window) + 2 : ch_used_size_far(e, i);
    } else {
        b.n = ch_free_size(ch_at(e, b.offset), window);
    }
    return b;
}

/** Whether a free block can start at the offset that a link holds. */
static bool is_free_block(const ch_engine_t *e, uint32_t offset) {
    if (offset < e->first || offset >= e->end || offset & (CH_G - 1)) return false;
    return (ch_window(e, offset >> CH_G_SHIFT) >> 3 & 3) == 3;
}

/** Whether the link to `offset` that stands in the word at `from` is empty, or leads to a free block that leads back. */
static bool is_good_link(const ch_engine_t *e, uint32_t offset, uint32_t from) {
    return offset == 0 || (is_free_block(e, offset) && ch_at(e, offset)[CH_BACK] == from);
}

/** Whether a search for n granules in their tree meets `offset` itself, or the node that it waits behind. */
static bool is_in_tree(const ch_engine_t *e, uint32_t offset, uint32_t n) {
    uint32_t tree = ch_tree_of(n), half = ch_tree_span(tree), node = e->bins[CH_EXACT_BINS + tree];
    bool waits = !(ch_at(e, offset)[CH_BACK] & CH_TREE);
    for (uint32_t steps = 0; node && steps < 32; steps++) {
        if (!is_free_block(e, node)) return false;
        if (node == offset) return true;
        if (waits && ch_at(e, node)[CH_SIZE] == ch_size_tag(n)) return true;
        half >>= 1;
        node = *ch_at(e, ch_child_slot(node, n, half));
    }
    return false;
}

static ch_fault_t check_links(const ch_engine_t *e, ch_block_t b) {
    const uint32_t *block = ch_at(e, b.offset);
    uint32_t back = block[CH_BACK] & ~(uint32_t)CH_TREE;
    if (back & 3 || back < ch_offset_of_bin(0) || back >= e->end || *ch_at(e, back) != b.offset) return CH_BAD_LINK;
    if (!is_good_link(e, block[CH_NEXT], b.offset)) return CH_BAD_LINK;
    if (ch_is_exact(b.n)) {
        /* A list is right as a whole if its first block is in the right bin and each one has the next one's size. */
        if (back < e->first) return back == ch_offset_of_bin(b.n - 2) ? CH_SOUND : CH_WRONG_BIN;
        return is_free_block(e, back) && ch_engine_seek(e, back).n == b.n ? CH_SOUND : CH_WRONG_BIN;
    }
    if (block[CH_BACK] & CH_TREE) {
        if (!is_good_link(e, block[CH_LOWER], (b.offset + 4 * CH_LOWER) | CH_TREE)) return CH_BAD_LINK;
        if (!is_good_link(e, block[CH_UPPER], (b.offset + 4 * CH_UPPER) | CH_TREE)) return CH_BAD_LINK;
    }
    return is_in_tree(e, b.offset, b.n) ? CH_SOUND : CH_WRONG_BIN;
}

ch_fault_t ch_engine_check_block(const ch_engine_t *e, ch_block_t b) {
    uint32_t i = b.offset >> CH_G_SHIFT, left = (e->end - b.offset) >> CH_G_SHIFT;
    if (b.n < 2 || b.n > left || !(ch_window(e, i + b.n) & 8)) return CH_BAD_SIZE;
    if (b.used) return CH_SOUND;
    if (ch_window(e, i + b.n) & 16 && b.n < left) return CH_TOUCHING;
    if (b.n > e->limit) return CH_BAD_LIMIT;
    if (b.n >= CH_SIZED && ch_at(e, b.offset + (b.n << CH_G_SHIFT))[-1] != ch_size_tag(b.n)) return CH_BAD_SIZE;
    if (!(ch_window(e, i + b.n - 1) & 8)) return CH_BAD_SIZE;
    return check_links(e, b);
}

ch_fault_t ch_engine_check_bin(const ch_engine_t *e, uint32_t bin) {
    uint32_t all = (e->end - e->first) >> CH_G_SHIFT, bins = (e->first - ch_offset_of_bin(0)) / 4;
    if (bin == 0 && (e->free > all || e->limit > all || e->used_blocks > e->blocks || e->blocks > all / 2 + 1)) return CH_BAD_TOTAL;
    bool listed = bin < CH_EXACT_BINS, marked = (listed ? e->lists >> bin : e->trees >> (bin - CH_EXACT_BINS)) & 1;
    if (bin >= bins || (!listed && bin > CH_EXACT_BINS + ch_tree_of(e->end >> CH_G_SHIFT))) return marked ? CH_BAD_MAP : CH_SOUND;
    if ((e->bins[bin] != 0) != marked) return CH_BAD_MAP;
    return is_good_link(e, e->bins[bin], ch_offset_of_bin(bin) | (listed ? 0 : CH_TREE)) ? CH_SOUND : CH_BAD_LINK;
}
