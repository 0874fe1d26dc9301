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

/** Flips the bits that a free block of n granules at granule i has. */
static void flip_free(ch_engine_t *e, uint32_t i, uint32_t n) {
    ch_flip(e, i, 3u << 3);
    if (n > 2) ch_flip_one(e, i + n - 1); /* of two granules the last is the second */
}

/** Makes of the found block a free one of `lead` granules, a used one of n, and a free one of what is left: the first and the last may be 0. */
static void carve(ch_engine_t *e, ch_found_t found, uint32_t lead, uint32_t n) {
    uint32_t start = found.offset + (lead << CH_G_SHIFT), tail = start + (n << CH_G_SHIFT), rest = found.f - lead - n;
    ch_bits_cut(e, start >> CH_G_SHIFT, lead, n, rest);
    if (lead)
        ch_bin_change(e, found.offset, found.f, found.offset, lead);
    else if (rest)
        ch_bin_change(e, found.offset, found.f, tail, rest);
    else
        ch_bin_remove(e, found.offset);
    if (lead && rest) ch_bin_insert(e, tail, rest);
    ch_book_taken(e, n);
    e->blocks += (lead != 0) + (uint32_t)(rest != 0);
    e->free_blocks += (lead != 0) + (uint32_t)(rest != 0) - 1;
}

/** What a request for n granules is served from: offset 0, and `limit` lower, if there is nothing. */
static ch_found_t find(ch_engine_t *e, uint32_t n) {
    ch_found_t found = ch_bin_best(e, n);
    return found.offset ? found : ch_bin_last_resort(e, n);
}

/** Takes n granules, or one more where it would be left over, from the low end of the block found. */
static uint32_t take(ch_engine_t *e, ch_found_t found, uint32_t n) {
    if (found.offset) carve(e, found, 0, found.f - n == 1 ? found.f : n);
    return found.offset;
}

uint32_t ch_engine_alloc(ch_engine_t *e, uint32_t n) { return n > e->limit ? 0 : take(e, find(e, n), n); }

uint32_t ch_engine_alloc_below(ch_engine_t *e, uint32_t n, uint32_t below) {
    ch_found_t found = {0, 0, 0};
    if (n <= e->limit) found = ch_bin_best(e, n);
    return found.f < below ? take(e, found, n) : 0;
}

/** Bytes, less one, that are to be left out at `offset` so that the address behind them is aligned; as granules 0 or at least 2. */
static uint32_t lead_of(const ch_engine_t *e, uint32_t offset, uint32_t alignment, uint32_t shift) {
    uint32_t lead = (uint32_t)(0 - ((uintptr_t)e + offset + shift)) & (alignment - 1);
    return lead == CH_G ? (lead + alignment) >> CH_G_SHIFT : lead >> CH_G_SHIFT;
}

/** Whether the block found has n granules after what is left out at its start. */
static bool has_aligned(const ch_engine_t *e, ch_found_t found, uint32_t n, uint32_t alignment, uint32_t shift) {
    uint32_t lead = lead_of(e, found.offset, alignment, shift);
    return found.offset && lead <= found.f && found.f - lead >= n;
}

uint32_t ch_engine_alloc_aligned(ch_engine_t *e, uint32_t *n, uint32_t alignment, uint32_t shift) {
    uint32_t enough = *n + (alignment >> CH_G_SHIFT) + 1; /* the longest lead there is */
    ch_found_t found = {0, 0, 0};
    if (((uintptr_t)e + shift) & (CH_G - 1) || *n > e->limit) return 0;
    if (enough <= e->limit) found = ch_bin_best(e, enough);
    if (!found.offset) {
        found = ch_bin_best(e, *n);
        if (!has_aligned(e, found, *n, alignment, shift)) found = ch_bin_longest(e);
        if (!has_aligned(e, found, *n, alignment, shift)) return 0;
    }
    uint32_t lead = lead_of(e, found.offset, alignment, shift);
    if (found.f - lead - *n == 1) ++*n; /* a single granule can't be a block */
    carve(e, found, lead, *n);
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
    uint32_t lead = lead_of(e, found.offset, alignment, shift);
    return lead + 2 <= found.f ? found.f - lead : 0;
}

uint32_t ch_engine_resize(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t right, uint32_t n) {
    uint32_t whole = had + right, i = offset >> CH_G_SHIFT, old = offset + (had << CH_G_SHIFT);
    if (n > whole) return 0;
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

uint32_t ch_engine_right(const ch_engine_t *e, uint32_t offset, uint32_t n) { return ch_around_of(e, offset, n).right; }

uint32_t ch_engine_grow_down(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n) {
    ch_around_t a = ch_around_of(e, offset, had);
    uint32_t i = offset >> CH_G_SHIFT, whole = a.left + had + a.right;
    if (a.n == 0 || a.left == 0 || whole < n) return 0;
    if (ch_is_long(i, had)) ch_long_size_set(e, i, 0);
    ch_bin_remove(e, offset - (a.left << CH_G_SHIFT));
    flip_free(e, i - a.left, a.left);
    if (a.right) {
        ch_bin_remove(e, offset + (had << CH_G_SHIFT));
        flip_free(e, i + had, a.right);
    }
    ch_flip_one(e, i);
    ch_flip_one(e, i - a.left);
    if (ch_is_long(i - a.left, whole)) ch_long_size_set(e, i - a.left, whole);
    CH_STORE_RELAXED(e->free, e->free - a.left - a.right);
    e->blocks -= 1 + (uint32_t)(a.right != 0);
    e->free_blocks -= 1 + (uint32_t)(a.right != 0);
    return a.left;
}
