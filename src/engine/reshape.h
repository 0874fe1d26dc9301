/* SPDX-License-Identifier: MIT */
/*
 * One way for all changes: what frees, cuts, resizes and joins. Takes the blocks between two used ones away and puts others in
 * their place. alloc.h has the shorter ways for the frequent cases; a build for size does without them.
 *
 *      had      | free left | used had | free right |       any of the three may be missing
 *      becomes  | free lead | used n |  free rest   |
 */
#pragma once

#include "engine/bins.h"

/** Granules of the free block in front of the used one at an offset; 0: there is none. */
CH_INLINE_FAST uint32_t ch_free_before(const ch_engine_t *e, uint32_t offset) {
    uint32_t window = ch_window(e, offset >> CH_G_SHIFT);
    if (!(window & 4)) return 0;
    if (window & 2) return 2 + (window & 1);
    uint32_t tag = ch_at(e, offset)[-1], n = ch_size_of(tag);
    if (CH_LIKELY(n >= CH_SIZED && ch_is_sized_before(e, offset, tag))) return n;
    ch_damage(e, offset);
    return 0;
}

enum { CH_ONE_WAY = CH_FOR_SIZE || CH_REFILLS }; /* all is done here */

/** Whether word k of a free block of n granules is the engine's; all others are the fill. */
CH_INLINE bool ch_is_own_word(uint32_t n, uint32_t k) {
    if (k < 2) return true;
    if (CH_G == 4 && n == 2) return false;
    return k == CH_SIZE || k == (n << CH_G_SHIFT) / 4 - 1 || (k == CH_HOME && (CH_G == 16 || !ch_is_exact(n)));
}

/** Whether those of them that lead nowhere are what was written: where free memory is looked after. */
static CH_UNUSED bool ch_is_as_left(const ch_engine_t *e, uint32_t offset, uint32_t n) {
    const uint32_t *block = ch_at(e, offset), *last = ch_at(e, offset + (n << CH_G_SHIFT)) - 1;
    if (*ch_at(e, ch_slot_of(e, n)) == offset && ch_link(block, CH_BACK) != 0) return false;
    if (CH_G == 4 && n == 2) return true;
    return block[CH_SIZE] == ch_size_tag(n) && *last == ch_size_tag(n) && (CH_G != 16 || !ch_is_exact(n) || block[CH_HOME] == 0);
}

static CH_UNUSED void ch_free_refill(uint32_t *block, uint32_t n) {
    uint32_t last = (n << CH_G_SHIFT) / 4 - 1;
    for (uint32_t k = 0; k < 4; k++) {
        if (ch_is_own_word(n, k)) block[k] = CH_REFILL;
    }
    block[last] = CH_REFILL; /* its own in any case */
}

/** A free block of n granules, 0: none, comes into being or goes: its bits, its place in a bin, and the numbers of blocks. */
static void ch_free_put(ch_engine_t *e, uint32_t offset, uint32_t n, bool comes) {
    uint32_t i = offset >> CH_G_SHIFT, change = comes ? 1 : ~0u;
    if (n == 0) return;
    if (CH_REFILLS && !comes && !ch_is_as_left(e, offset, n)) ch_damage(e, offset);
    if (!comes) ch_bin_remove(e, offset, n); /* while the bits still say that it is one */
    ch_flip_one(e, i);
    ch_flip_one(e, i + 1);
    if (n > 2) ch_flip_one(e, i + n - 1);
    e->blocks += change;
    e->free_blocks += change;
    if (comes) ch_bin_insert(e, offset, n);
    if (CH_REFILLS && !comes) ch_free_refill(ch_at(e, offset), n);
    if (comes && n > e->limit) CH_STORE_RELAXED(e->limit, n);
}

/** The same of a used block. */
static void ch_used_put(ch_engine_t *e, uint32_t offset, uint32_t n, bool comes) {
    uint32_t i = offset >> CH_G_SHIFT;
    if (n == 0) return;
    ch_flip_one(e, i);
    if (ch_is_long(i, n)) ch_long_size_set(e, i, comes ? n : 0);
    e->blocks += comes ? 1 : ~0u;
}

/**
 * The change shown above. `had` is what is used now, 0: nothing is; it starts at `start`, or behind the free block there. Returns
 * the granules used then: n, or n + 1 as a single one that would be left over can't be a block. 0, and nothing changed, where
 * there are fewer.
 */
static CH_UNUSED uint32_t ch_reshape(ch_engine_t *e, uint32_t start, uint32_t had, uint32_t lead, uint32_t n) {
    uint32_t left = ch_free_at(e, start), old = start + (left << CH_G_SHIFT), old_end = old + (had << CH_G_SHIFT),
             right = ch_free_at(e, old_end), whole = left + had + right, now = start + (lead << CH_G_SHIFT);
    if (lead + n > whole) return 0;
    if (lead + n + 1 == whole) n++;
    uint32_t now_end = now + (n << CH_G_SHIFT);
    ch_free_put(e, start, left, false);
    ch_used_put(e, old, had, false);
    ch_free_put(e, old_end, right, false);
    if (!CH_REFILLS && now_end < old_end) ch_at(e, old_end)[-1] = 0; /* as ch_free_size_set() says */
    ch_free_put(e, start, lead, true);
    ch_used_put(e, now, n, true);
    ch_free_put(e, now_end, whole - lead - n, true);
    CH_STORE_RELAXED(e->free, e->free + had - n);
    return n;
}
