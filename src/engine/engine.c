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

/** The used block at `offset` and its neighbours, n = 0 if there is none. */
static ch_around_t look_around(const ch_engine_t *e, uint32_t offset) {
    ch_around_t none = {0, 0, 0};
    if (!is_place(e, offset)) return none;
    ch_view_t v = ch_view(e, offset);
    if (v.window == 0) return none;
    return ch_is_near(v) ? ch_around_near(e, offset, v) : ch_around_far(e, offset, v);
}

uint32_t ch_engine_alloc(ch_engine_t *e, uint32_t n) {
    if (n > e->limit) return 0;
    uint32_t offset = ch_take_exact(e, n);
    return offset ? offset : ch_cut_take(e, ch_find_cut(e, n));
}

bool ch_engine_free(ch_engine_t *e, uint32_t offset) {
    if (!is_place(e, offset)) return false;
    ch_view_t v = ch_view(e, offset);
    if (v.window == 0) return false;
    ch_around_t a = ch_is_near(v) ? ch_around_near(e, offset, v) : ch_around_far(e, offset, v);
    if (a.n == 0) return false;
    if (ch_is_near(v))
        ch_bits_merge_near(v, offset, a);
    else
        ch_bits_merge_far(e, offset >> CH_G_SHIFT, a);
    ch_block_release(e, offset, a);
    return true;
}

uint32_t ch_engine_size(const ch_engine_t *e, uint32_t offset) { return look_around(e, offset).n; }

uint32_t ch_engine_alloc_below(ch_engine_t *e, uint32_t n, uint32_t below) {
    if (n > e->limit) return 0;
    ch_cut_t c = ch_find_cut(e, n);
    return c.f < below ? ch_cut_take(e, c) : 0;
}

/** Granules to leave free before a block in the hole at `offset`, so that it is aligned: 0, or at least 2. */
static uint32_t lead_of(const ch_engine_t *e, uint32_t offset, uint32_t alignment, uint32_t shift) {
    uint32_t lead = (uint32_t)(0 - ((uintptr_t)e + offset + shift)) & (alignment - 1);
    return lead == CH_G ? (lead + alignment) >> CH_G_SHIFT : lead >> CH_G_SHIFT;
}

/** A free block in which a block of n granules may be put. */
typedef struct {
    uint32_t offset, f, lead; /* offset 0: none; f: its granules; lead: those to leave free */
} hole_t;

/** The tightest free block of `enough` granules or more, seen as a hole for n aligned ones. */
static hole_t hole_for(const ch_engine_t *e, uint32_t enough, uint32_t n, uint32_t alignment, uint32_t shift) {
    hole_t h = {0, 0, 0};
    if (enough < 2 || enough > e->limit || (h.offset = ch_bin_best(e, enough, &h.f)) == 0) return h;
    h.lead = lead_of(e, h.offset, alignment, shift);
    if (h.lead > h.f || h.f - h.lead < n) h.offset = 0;
    return h;
}

uint32_t ch_engine_largest_aligned(const ch_engine_t *e, uint32_t alignment, uint32_t shift) {
    uint32_t n = ch_engine_largest(e);
    hole_t h = n ? hole_for(e, n, 1, alignment, shift) : (hole_t){0, 0, 0};
    return h.offset ? h.f - h.lead : 0;
}

uint32_t ch_engine_alloc_aligned(ch_engine_t *e, uint32_t *granules, uint32_t alignment, uint32_t shift) {
    uint32_t n = *granules;
    if (((uintptr_t)e + shift) & (CH_G - 1) || n > e->limit) return 0; /* no granule is aligned so */
    hole_t h = hole_for(e, n, n, alignment, shift);
    if (!h.offset) h = hole_for(e, n + (alignment >> CH_G_SHIFT) + 1, n, alignment, shift); /* the longest lead there is */
    if (!h.offset && ch_engine_largest(e) >= n) h = hole_for(e, ch_engine_largest(e), n, alignment, shift);
    uint32_t offset = h.offset, f = h.f, lead = h.lead;
    if (!offset) return 0;
    if (lead) { /* cut the lead off as a free block of its own */
        uint32_t i = offset >> CH_G_SHIFT;
        ch_bin_remove(e, offset, f);
        if (lead > 2) ch_flip_one(e, i + lead - 1);
        ch_flip_one(e, i + lead);
        ch_bin_insert(e, offset, lead);
        e->blocks++;
        f -= lead;
        offset += lead << CH_G_SHIFT;
        if (f > 2) ch_flip_one(e, i + lead + 1);
        ch_bin_insert(e, offset, f);
    }
    if (f - n == 1) n = f; /* a single granule can't be a block */
    *granules = n;
    return ch_cut_take(e, (ch_cut_t){offset, f, n});
}

bool ch_engine_resize(ch_engine_t *e, uint32_t offset, uint32_t n) {
    ch_around_t a = look_around(e, offset);
    uint32_t whole = a.n + a.right, i = offset >> CH_G_SHIFT, old = offset + (a.n << CH_G_SHIFT);
    if (a.n == 0 || n > whole) return false;
    if (n + 1 == whole) n = whole; /* a single granule can't be a block */
    if (n == a.n) return true;
    uint32_t rest = whole - n, cut = offset + (n << CH_G_SHIFT);
    if (a.n >= CH_LONG) ch_long_size_set(e, i, 0);
    if (n < a.n) ch_at(e, old)[-1] = 0; /* as ch_free_size_set() says */
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
    CH_STORE_RELAXED(e->free, e->free + a.n - n);
    e->blocks += (rest != 0) - (uint32_t)(a.right != 0);
    return true;
}

uint32_t ch_engine_grow_down(ch_engine_t *e, uint32_t offset, uint32_t n) {
    ch_around_t a = look_around(e, offset);
    uint32_t i = offset >> CH_G_SHIFT, left = offset - (a.left << CH_G_SHIFT), right = offset + (a.n << CH_G_SHIFT);
    uint32_t whole = a.left + a.n + a.right;
    if (a.n == 0 || a.left == 0 || whole < n) return 0;
    if (a.n >= CH_LONG) ch_long_size_set(e, i, 0);
    ch_bin_remove(e, left, a.left);
    ch_flip_one(e, i - a.left + 1);
    if (a.left > 2) ch_flip_one(e, i - 1);
    ch_flip_one(e, i);
    e->blocks--;
    if (a.right) {
        ch_bin_remove(e, right, a.right);
        ch_flip(e, right >> CH_G_SHIFT, 3u << 3);
        if (a.right > 2) ch_flip_one(e, i + a.n + a.right - 1);
        e->blocks--;
    }
    if (whole >= CH_LONG) ch_long_size_set(e, i - a.left, whole);
    CH_STORE_RELAXED(e->free, e->free - a.left - a.right);
    return left;
}

uint32_t ch_engine_largest(const ch_engine_t *e) {
    if (e->trees) return ch_at(e, ch_tree_most(e, ch_highest_bit(e->trees)))[CH_SIZE] >> 1;
    return e->lists ? ch_highest_bit(e->lists) + 2 : 0;
}
