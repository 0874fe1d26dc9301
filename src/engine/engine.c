/* SPDX-License-Identifier: MIT */
/* Creation, and the functions around the two hot paths of alloc.h. Layout: block.h. Invariants: engine.h. */
#include "engine/engine.h"

#include "engine/alloc.h"

/** Bins for a span of n granules: one for all sizes of more than half of it, as there is one such block. */
static uint32_t bins_for(uint32_t n) {
    uint32_t bins = n < 4 * CH_EXACT_BINS ? CH_EXACT_BINS + 1 : ch_bin_for(n / 2) + 1;
    return bins < CH_BINS ? bins : CH_BINS;
}

/** How a span is divided. */
typedef struct {
    uintptr_t anchor;    /* address of the control block; 0: the span can't be used */
    uint32_t first, end; /* offsets of the first block and behind the last one */
} plan_t;

static plan_t plan(uintptr_t start, size_t size) {
    plan_t p = {0, 0, 0};
    if (start & 3 || size > UINTPTR_MAX - start || size < 64) return p;
    if (CH_WIDE && size >> 16 >> 16) { /* offsets have 32 bits: of 4 GB all but the last word can be used */
        if ((size - 1) >> 16 >> 16) return p;
        size = 0xFFFFFFFCu;
    }
    /* 32 granules and the word of their bits go together; two more words of bits let windows look past both ends. Aligning
     * the anchor may cost a granule. */
    size -= 8 + CH_G - 4;
    size_t groups = size / (32 * CH_G + 4), left = size % (32 * CH_G + 4) >> CH_G_SHIFT;
    uint32_t n = (uint32_t)(32 * groups + (left < 32 ? left : 31)), words = (n >> 5) + 2;
    p.end = n << CH_G_SHIFT;
    p.first = (ch_slot_of_bin(bins_for(n)) + CH_G - 1) & ~(uint32_t)(CH_G - 1);
    if (p.end >= p.first + 2 * CH_G) p.anchor = (start + 4 * (uintptr_t)words + CH_G - 1) & ~(uintptr_t)(CH_G - 1);
    return p;
}

bool ch_engine_fits(const void *start, size_t size) { return plan((uintptr_t)start, size).anchor != 0; }

ch_engine_t *ch_engine_create(void *start, size_t size) {
    plan_t p = plan((uintptr_t)start, size);
    if (!p.anchor) return NULL;
    ch_engine_t *e = (ch_engine_t *)p.anchor;
    uint32_t first = p.first >> CH_G_SHIFT, end = p.end >> CH_G_SHIFT, n = end - first;
    for (volatile uint32_t *w = start; (uintptr_t)w < p.anchor + p.first; w++)
        *w = 0; /* volatile: a memset might go byte by byte */
    e->first = p.first;
    e->end = p.end;
    e->seal = ch_engine_seal(e);
    e->limit = n;
    e->free = n;
    e->blocks = 1;
    e->free_blocks = 1;
    ch_flip_one(e, end);
    ch_flip_one(e, first);
    ch_flip_one(e, first + 1);
    if (n > 2) ch_flip_one(e, end - 1);
    ch_bin_insert(e, p.first, n);
    return e;
}

/** Whether a block can start at `offset` at all. */
static bool is_place(const ch_engine_t *e, uint32_t offset) { return offset < e->end && !(offset & (CH_G - 1)); }

uint32_t ch_engine_size(const ch_engine_t *e, uint32_t offset) {
    return is_place(e, offset) ? ch_size_at(e, offset, ch_view(e, offset)) : 0;
}

/** The same out of line: there is one in a build for size. */
static uint32_t carve(ch_engine_t *e, ch_found_t found, uint32_t lead, uint32_t n) { return ch_cut_behind(e, found, lead, n); }

/** What a request for n granules is served from; offset 0: nothing. */
static ch_found_t find(ch_engine_t *e, uint32_t n) {
    ch_found_t found = ch_bin_best(e, n);
    return found.offset ? found : ch_bin_last_resort(e, n);
}

/** Takes n granules, or one more where it would be left over, from the low end of the block found. */
static uint32_t take(ch_engine_t *e, ch_found_t found, uint32_t n) {
    if (found.offset) carve(e, found, 0, n);
    return found.offset;
}

uint32_t ch_engine_alloc(ch_engine_t *e, uint32_t n) { return n > e->end >> CH_G_SHIFT ? 0 : take(e, find(e, n), n); }

uint32_t ch_engine_alloc_below(ch_engine_t *e, uint32_t n, uint32_t below) {
    ch_found_t found = ch_bin_best(e, n);
    return found.f < below ? take(e, found, n) : 0;
}

/** Whether the block found has n granules after what is left out at its start. */
static bool has_aligned(const ch_engine_t *e, ch_found_t found, uint32_t n, uint32_t alignment, uint32_t shift) {
    uint32_t lead = ch_lead(e, found.offset, alignment, shift);
    return found.offset && lead <= found.f && found.f - lead >= n;
}

uint32_t ch_engine_alloc_aligned(ch_engine_t *e, uint32_t *n, uint32_t alignment, uint32_t shift) {
    uint32_t enough = *n + (alignment >> CH_G_SHIFT) + 1; /* the longest lead there is */
    ch_found_t found = {0, 0, 0};
    if (((uintptr_t)e + shift) & (CH_G - 1) || *n > e->end >> CH_G_SHIFT) return 0;
    if (enough <= e->end >> CH_G_SHIFT) found = ch_bin_best(e, enough);
    if (!found.offset) {
        found = ch_bin_best(e, *n);
        if (!has_aligned(e, found, *n, alignment, shift)) found = ch_bin_longest(e);
        if (!has_aligned(e, found, *n, alignment, shift)) return 0;
        ch_bin_to_head(e, found);
    }
    uint32_t lead = ch_lead(e, found.offset, alignment, shift);
    *n = carve(e, found, lead, *n);
    return found.offset + (lead << CH_G_SHIFT);
}

bool ch_engine_free(ch_engine_t *e, uint32_t offset) {
    if (!is_place(e, offset)) return false;
    ch_view_t v = ch_view(e, offset);
    uint32_t i = offset >> CH_G_SHIFT, n = v.window == 0 ? 0 : v.beyond < 32 ? v.beyond + 2 : ch_used_size_far(e, i);
    ch_around_t a = n ? ch_around_of(e, offset, n) : (ch_around_t){0};
    if (a.n == 0) return false;
    ch_bits_merge(e, i, a);
    ch_release(e, offset, a);
    return true;
}

uint32_t ch_engine_largest(const ch_engine_t *e) { return ch_bin_longest(e).f; }

uint32_t ch_engine_largest_aligned(const ch_engine_t *e, uint32_t alignment, uint32_t shift) {
    ch_found_t found = ch_bin_longest(e);
    uint32_t lead = ch_lead(e, found.offset, alignment, shift);
    return lead + 2 <= found.f ? found.f - lead : 0;
}

uint32_t ch_engine_resize(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t right, uint32_t n) {
    return n <= had + right ? ch_resize(e, offset, had, right, n) : 0;
}

uint32_t ch_engine_right(const ch_engine_t *e, uint32_t offset, uint32_t n) { return ch_around_of(e, offset, n).right; }

uint32_t ch_engine_grow_down(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n) {
    ch_around_t a = ch_around_of(e, offset, had);
    uint32_t i = offset >> CH_G_SHIFT, whole = a.left + had;
    if (a.n == 0 || a.left == 0 || whole + a.right < n) return 0;
    if (ch_is_long(i, had)) ch_long_size_set(e, i, 0);
    ch_bin_remove(e, offset - (a.left << CH_G_SHIFT));
    ch_flip(e, i, a.left > 2 ? 3u << 2 : 1u << 3); /* its last, our first off */
    ch_flip_one(e, i - a.left + 1);
    if (ch_is_long(i - a.left, whole)) ch_long_size_set(e, i - a.left, whole);
    CH_STORE_RELAXED(e->free, e->free - a.left);
    e->blocks--, e->free_blocks--;
    if (whole < n) ch_engine_resize(e, offset - (a.left << CH_G_SHIFT), whole, a.right, n);
    return a.left;
}
