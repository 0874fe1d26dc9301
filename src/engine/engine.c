/* SPDX-License-Identifier: MIT */
/* Creation, and the functions around the two hot paths of alloc.h. Layout: block.h. Invariants: engine.h. */
#include "engine/engine.h"

#include "engine/alloc.h"

/** Bins that a span of n granules needs. */
static uint32_t bins_for(uint32_t n) { return ch_is_exact(n) ? CH_EXACT_BINS : CH_EXACT_BINS + ch_tree_of(n) + 1; }

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
    p.first = (ch_offset_of_bin(bins_for(n)) + CH_G - 1) & ~(uint32_t)(CH_G - 1);
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
    if (!is_place(e, offset)) return 0;
    ch_view_t v = ch_view(e, offset);
    if (v.window == 0 || (v.window & 4 && ch_left_size(e, offset, v.window) == 0)) return 0;
    return v.beyond < 32 ? v.beyond + 2 : ch_used_size_far(e, offset >> CH_G_SHIFT);
}

uint32_t ch_engine_alloc(ch_engine_t *e, uint32_t n) {
    if (n > e->limit) return 0;
    uint32_t offset = ch_take_exact(e, n);
    if (offset) return offset;
    ch_cut_t c = ch_find_cut(e, n);
    if (c.offset && !ch_cut_take(e, c)) ch_cut_refile(e, c);
    return c.offset;
}

/** The free block of f granules at `offset` becomes part of the used block in front of it, or behind it. Bits are not touched. */
static void absorb(ch_engine_t *e, uint32_t offset, uint32_t f) {
    ch_bin_remove(e, offset, f);
    CH_STORE_RELAXED(e->free, e->free - f);
    e->blocks--;
}

/** Flips the bits of the free block of f granules at granule i that the used block in front of it takes over. */
static void bits_absorb_right(ch_engine_t *e, uint32_t i, uint32_t f) {
    ch_flip(e, i, 3u << 3);
    if (f > 2) ch_flip_one(e, i + f - 1);
}

/** The same for the used block at granule i, which takes over f granules before it and starts there. */
static void bits_absorb_left(ch_engine_t *e, uint32_t i, uint32_t f) {
    ch_flip(e, i, f > 2 ? 3u << 2 : 1u << 3);
    ch_flip_one(e, i - f + 1);
}

uint32_t ch_engine_grow_down(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n) {
    ch_around_t a = ch_around_of(e, offset, had);
    uint32_t i = offset >> CH_G_SHIFT;
    if (a.n == 0 || a.left == 0 || a.left + had + a.right < n) return 0;
    if (had >= CH_LONG) ch_long_size_set(e, i, 0);
    absorb(e, offset - (a.left << CH_G_SHIFT), a.left);
    bits_absorb_left(e, i, a.left);
    if (a.left + had >= CH_LONG) ch_long_size_set(e, i - a.left, a.left + had);
    return a.left;
}

uint32_t ch_engine_absorb(ch_engine_t *e, uint32_t *offset, ch_around_t a) {
    uint32_t i = *offset >> CH_G_SHIFT, whole = a.n + (a.left < a.right ? a.left : a.right);
    if (a.n >= CH_LONG) ch_long_size_set(e, i, 0);
    if (a.left < a.right) {
        *offset -= a.left << CH_G_SHIFT;
        absorb(e, *offset, a.left);
        bits_absorb_left(e, i, a.left);
    } else {
        uint32_t right = *offset + (a.n << CH_G_SHIFT);
        ch_at(e, right)[-1] = 0; /* as ch_free_size_set() says */
        absorb(e, right, a.right);
        bits_absorb_right(e, i + a.n, a.right);
    }
    if (whole >= CH_LONG) ch_long_size_set(e, *offset >> CH_G_SHIFT, whole);
    return whole;
}

bool ch_engine_free(ch_engine_t *e, uint32_t offset) {
    uint32_t n = ch_engine_size(e, offset);
    if (n == 0) return false;
    ch_around_t a = ch_around_of(e, offset, n);
    if (a.left && a.right) {
        n = ch_engine_absorb(e, &offset, a);
        a = ch_around_of(e, offset, n);
    }
    if (a.n == 0) return false;
    ch_release_beside(e, offset, a);
    ch_bits_merge(e, offset >> CH_G_SHIFT, a);
    return true;
}

uint32_t ch_engine_lead(const ch_engine_t *e, uint32_t offset, uint32_t alignment, uint32_t shift) {
    uint32_t lead = (uint32_t)(0 - ((uintptr_t)e + offset + shift)) & (alignment - 1);
    return lead == CH_G ? (lead + alignment) >> CH_G_SHIFT : lead >> CH_G_SHIFT;
}

uint32_t ch_engine_largest(const ch_engine_t *e) {
    uint32_t f;
    ch_bin_longest(e, &f);
    return f;
}

uint32_t ch_engine_largest_aligned(const ch_engine_t *e, uint32_t alignment, uint32_t shift) {
    uint32_t f, offset = ch_bin_longest(e, &f), lead = ch_engine_lead(e, offset, alignment, shift);
    return lead + 2 <= f ? f - lead : 0;
}

ch_cut_t ch_engine_find_aligned(const ch_engine_t *e, uint32_t n, uint32_t alignment, uint32_t shift, ch_attempt_t attempt) {
    const ch_cut_t none = {0, 0, 0};
    uint32_t f, enough = attempt == CH_IN_EVERY_CASE ? n + (alignment >> CH_G_SHIFT) + 1 : n; /* the longest lead there is */
    if (((uintptr_t)e + shift) & (CH_G - 1) || enough > e->limit) return none;                /* no granule is aligned so */
    uint32_t offset = attempt == CH_LONGEST ? ch_bin_longest(e, &f) : ch_bin_best(e, enough, &f);
    uint32_t lead = ch_engine_lead(e, offset, alignment, shift);
    return !offset || lead > f || f - lead < n ? none : ch_cut_of(offset, f, lead + n);
}

void ch_engine_split(ch_engine_t *e, uint32_t offset, uint32_t n, uint32_t lead) {
    uint32_t i = offset >> CH_G_SHIFT;
    if (n >= CH_LONG) ch_long_size_set(e, i, 0);
    ch_flip_one(e, i + lead);
    if (lead >= CH_LONG) ch_long_size_set(e, i, lead);
    if (n - lead >= CH_LONG) ch_long_size_set(e, i + lead, n - lead);
    e->used_blocks++;
    e->blocks++;
}

uint32_t ch_engine_resize(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n) {
    ch_around_t a = ch_around_of(e, offset, had);
    uint32_t whole = had + a.right, i = offset >> CH_G_SHIFT, old = offset + (had << CH_G_SHIFT);
    if (a.n == 0 || n > whole) return 0;
    if (n + 1 == whole) n = whole; /* a single granule can't be a block */
    if (n == had) return n;
    uint32_t rest = whole - n, cut = offset + (n << CH_G_SHIFT);
    if (had >= CH_LONG) ch_long_size_set(e, i, 0);
    if (n < had) ch_at(e, old)[-1] = 0; /* as ch_free_size_set() says */
    if (a.right)
        ch_bin_replace(e, old, a.right, cut, rest);
    else
        ch_bin_insert(e, cut, rest);
    /* First and second bit of the old free block off, those of the new one on; its last bit stays unless it is the second. */
    if (a.right) ch_flip(e, old >> CH_G_SHIFT, 3u << 3);
    if (rest) ch_flip(e, cut >> CH_G_SHIFT, 3u << 3);
    if ((a.right > 2) != (rest > 2)) ch_flip_one(e, i + whole - 1);
    if (n >= CH_LONG) ch_long_size_set(e, i, n);
    if (rest > e->limit) CH_STORE_RELAXED(e->limit, rest);
    CH_STORE_RELAXED(e->free, e->free + had - n);
    e->blocks += (rest != 0) - (uint32_t)(a.right != 0);
    return n;
}
