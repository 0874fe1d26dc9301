/* SPDX-License-Identifier: MIT */
/* Creation, and the functions around the two hot paths of alloc.h. Layout: block.h. Invariants: engine.h. */
#include "engine/engine.h"

#include "engine/alloc.h"
#include "engine/reshape.h"

/**
 * Bins for a span of n granules in `size` bytes. One of 16 KB or less has no more than leave it the blocks that the contract
 * promises: all but 160 bytes and a 32nd of its length, in whole granules. Where granules are of 4 bytes, the bits take all of
 * that 32nd, and what is beside them a little more. Seals take nothing from the bins, which are few enough.
 */
static uint32_t bins_for(uint32_t n, size_t size) {
    uint32_t bins = ch_bins_wanted(n), most = CH_BINS;
    if (n <= 16384 / CH_G) {
        const uint32_t control = 160 + 4 * (CH_ENGINE_ABOVE - 4), least = CH_EXACT_BINS + 1;
        uint32_t promised = ((uint32_t)(size - size / 32) - control + CH_G - 1) & (0u - CH_G);
        uint32_t left = (n << CH_G_SHIFT) - promised; /* also right where that is less than 0 */
        most = (left < control ? left : control) / 4 - CH_ENGINE_WORDS;
        if (most < least) most = least;
    }
    return bins < most ? bins : most;
}

/** How a span is divided. */
typedef struct {
    uintptr_t anchor;    /* address of the control block; 0: the span can't be used */
    uint32_t first, end; /* offsets of the first block and behind the last one */
} plan_t;

static plan_t plan(uintptr_t start, size_t size) {
    plan_t p = {0, 0, 0};
    if (start & 3 || size > UINTPTR_MAX - start || size < 64) return p;
    if (CH_WIDE && (size - 1) >> 16 >> 16) return p;
    size_t whole = size;
    if (size > 0u - 2 * CH_G) size = 0u - 2 * CH_G; /* offsets have 32 bits: of 4 GB all but the very end can be used */
    /*
     * 32 granules and the word of their bits go together. Two more words let windows look past both ends, one more granule than
     * fits that the anchor is aligned; and as granule i owns bit i + 3, two granules less than fill the words leave room for the
     * bit behind the last.
     */
    size += CH_G - 4;
    uint32_t groups = (uint32_t)(size / (32 * CH_G + 4)), left = (uint32_t)(size % (32 * CH_G + 4)) >> CH_G_SHIFT;
    if (left > 31) left = 31;
    uint32_t n = 32 * groups + left - 2, words = groups + 2;
    p.end = n << CH_G_SHIFT;
    p.first = (ch_slot_of_bin(bins_for(n, whole)) + CH_G - 1) & ~(uint32_t)(CH_G - 1);
    if (p.end >= p.first + 2 * CH_G) p.anchor = (start + 4 * (uintptr_t)words + CH_G - 1) & ~(uintptr_t)(CH_G - 1);
    return p;
}

bool ch_engine_fits(const void *start, size_t size) { return plan((uintptr_t)start, size).anchor != 0; }

/** Each step is one to one: no change of one word is lost; multiplied, it has a say in many bits. */
CH_INLINE uint32_t mixed(uint32_t mix, uint32_t word) {
    mix = (mix ^ word) * 0x9E3779B1u;
    return mix ^ mix >> 15;
}

uint32_t ch_engine_seal(const ch_engine_t *e) { /* no loop, as every slice of a walk begins with this */
    return mixed(mixed(mixed(mixed(0x5EA1C0DEu, ch_first(e)), e->above[0]), e->above[1]), e->end);
}

ch_engine_t *ch_engine_create(void *start, size_t size) {
    plan_t p = plan((uintptr_t)start, size);
    if (!p.anchor) return NULL;
    ch_engine_t *e = (ch_engine_t *)p.anchor;
    uint32_t n = (p.end - p.first) >> CH_G_SHIFT;
    for (volatile uint32_t *w = start; (uintptr_t)w < p.anchor + p.first; w++)
        *w = 0; /* volatile: a memset might go byte by byte */
    e->map[0] = p.first;
    e->end = p.end;
    e->reach = p.end - CH_G - CH_NO_BLOCK;
    e->fine = ch_fine_for(p.end >> CH_G_SHIFT, p.first);
    e->seal = ch_engine_seal(e);
    e->free = n;
    ch_flip_one(e, p.end >> CH_G_SHIFT);
    ch_free_put(e, p.first, n, true);
    return e;
}

/** Whether a block can start at `offset` at all. */
static bool is_place(const ch_engine_t *e, uint32_t offset) { return offset < e->end && !(offset & (CH_G - 1)); }

uint32_t ch_engine_size(const ch_engine_t *e, uint32_t offset) {
    if (!is_place(e, offset)) return 0;
    uint32_t i = offset >> CH_G_SHIFT, n = 0;
    if (CH_ONE_WAY) {
        uint32_t window = ch_window(e, i);
        if ((window & 0x18) == 0x08 && ch_is_outside(e, offset, window)) n = ch_used_size_far(e, i);
    } else {
        n = ch_size_at(e, offset, ch_view(e, offset));
    }
    return n <= (e->end - offset) >> CH_G_SHIFT ? n : 0; /* the bits may be damaged */
}

/** Granules of the free block that a list names, 0 if it names none. */
static uint32_t free_granules(const ch_engine_t *e, uint32_t offset) {
    if (offset == 0) return 0;
    uint32_t n = ch_ends_in_size(e, offset) ? 0 : ch_free_at(e, offset);
    if (n == 0) ch_damage(e, offset);
    return n;
}

uint32_t ch_engine_alloc_below(ch_engine_t *e, uint32_t n, uint32_t below) {
    if (!CH_ONE_WAY) {
        ch_found_t found = ch_bin_best(e, n);
        return found.offset && found.f < below ? ch_cut(e, found, n) : 0;
    }
    uint32_t offset = ch_bin_search(e, n);
    if (!offset || free_granules(e, offset) >= below) return 0;
    if (ch_reshape(e, offset, 0, 0, n)) return offset;
    ch_damage(e, offset); /* its bin promised more */
    return 0;
}

uint32_t ch_engine_alloc_aligned(ch_engine_t *e, uint32_t look, uint32_t slot, uint32_t *n, uint32_t alignment, uint32_t shift) {
    if (((uintptr_t)e + shift) & (CH_G - 1)) return 0;
    ch_found_t found = {0, 0, 0};
    if (CH_ONE_WAY)
        found.offset = ch_bin_search(e, look), found.f = free_granules(e, found.offset);
    else
        found = ch_is_exact(look) ? ch_bin_best(e, look) : ch_bin_best_in(e, look, slot);
    uint32_t lead = ch_lead(e, found.offset, alignment, shift);
    if (!found.offset || lead > found.f || found.f - lead < *n) return 0;
    uint32_t taken = CH_ONE_WAY ? ch_reshape(e, found.offset, 0, lead, *n) : ch_cut_behind(e, found, lead, *n);
    if (taken == 0) return 0;
    *n = taken;
    return found.offset + (lead << CH_G_SHIFT);
}

bool ch_engine_bring(ch_engine_t *e, uint32_t n) {
    uint32_t slot = ch_slot_of(e, n), offset = CH_ONE_WAY || ch_is_exact(n) ? 0 : ch_bin_look(e, slot, n);
    if (!offset || ch_size_of(ch_at(e, offset)[CH_SIZE]) < n) return false;
    ch_slot_remove(e, slot, offset);
    ch_bin_push(e, slot, offset);
    return true;
}

bool ch_engine_free(ch_engine_t *e, uint32_t offset) {
    if (CH_ONE_WAY) {
        uint32_t n = ch_engine_size(e, offset);
        if (n) ch_reshape(e, offset - (ch_free_before(e, offset) << CH_G_SHIFT), n, 0, 0);
        return n != 0;
    }
    if (!is_place(e, offset)) return false;
    ch_view_t v = ch_view(e, offset);
    uint32_t i = offset >> CH_G_SHIFT, n = v.window == 0 ? 0 : v.beyond < 32 ? v.beyond + 2 : ch_used_size_far(e, i);
    if (n == 0 || n > (e->end - offset) >> CH_G_SHIFT) return false; /* the bits may be damaged */
    ch_around_t a = ch_around_of(e, offset, n, v.window);
    if (a.n == 0) return false;
    ch_release(e, offset, a); /* first, as links may be looked up in the bits */
    ch_bits_merge(e, i, a);
    return true;
}

uint32_t ch_engine_resize(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n) {
    if (CH_ONE_WAY) return ch_reshape(e, offset, had, 0, n);
    uint32_t right = ch_free_at(e, offset + (had << CH_G_SHIFT));
    return n <= had + right ? ch_resize(e, offset, had, right, n) : 0;
}

uint32_t ch_engine_grow_down(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n) {
    uint32_t left = ch_free_before(e, offset), whole = left + had, start = offset - (left << CH_G_SHIFT),
             i = offset >> CH_G_SHIFT;
    if (left == 0) return 0;
    if (CH_ONE_WAY) return ch_reshape(e, start, had, 0, n > whole ? n : whole) ? left : 0;
    uint32_t right = ch_free_at(e, offset + (had << CH_G_SHIFT));
    if (whole + right < n) return 0;
    if (ch_is_long(i, had)) ch_long_size_set(e, i, 0);
    ch_bin_remove(e, start, left);
    ch_flip(e, i, left > 2 ? 3u << 2 : 1u << 3); /* its last, and ours that is the first no more */
    ch_flip_one(e, i - left + 1);
    if (ch_is_long(i - left, whole)) ch_long_size_set(e, i - left, whole);
    CH_STORE_RELAXED(e->free, e->free - left);
    e->blocks--, e->free_blocks--;
    if (whole < n) ch_resize(e, start, whole, right, n);
    return left;
}

uint32_t ch_engine_largest(const ch_engine_t *e) { return free_granules(e, ch_bin_longest(e)); }

uint32_t ch_engine_largest_aligned(const ch_engine_t *e, uint32_t alignment, uint32_t shift) {
    uint32_t offset = ch_bin_longest(e), lead = ch_lead(e, offset, alignment, shift), f = free_granules(e, offset);
    return lead + 2 <= f ? f - lead : 0;
}
