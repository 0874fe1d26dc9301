/* SPDX-License-Identifier: MIT */
/*
 * realloc within one heap. The engine changes what can be changed in place; this file chooses the place and copies, with the lock open:
 * until the old block is freed it belongs to the caller, and nobody else may touch either.
 *
 *      shrinks, to at most CH_CFG_SHRINK_MOVE bytes   into the tightest hole, if that is smaller than the block itself
 *      shrinks otherwise                              end cut off
 *      grows                                          into the free block behind it
 *                                                     else to a new block
 *                                                     else into the free block before it: contents slide down
 *
 * A new block comes before sliding because the hole before is often too small again at the next growth, and the copy is the same.
 * Each line is a critical section of its own: the block stays the caller's whatever others do between them.
 */
#include "base/words.h"
#include "heap/heap.h"

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static void copy(void *to, const void *from, size_t bytes) { ch_words_copy(to, from, (bytes + 3) / 4); }

/** A request for a new size of a used block. */
typedef struct {
    ch_engine_t *e;
    uint32_t offset;    /* the block */
    uint32_t had, n;    /* granules: now, and wanted */
    uint32_t recorded;  /* alignment that the block has a record of, bytes; 0: none */
    uint32_t alignment; /* of the result, bytes; 0: the granule's will do */
} change_t;

/** Ends with a block of n granules: writes the record into one that has an alignment. */
static void *settle(const change_t *c, uint32_t offset, uint32_t n) {
    if (c->alignment) ch_record_set(c->e, offset, n, c->alignment);
    return ch_at(c->e, offset);
}

/** Gives the block at an offset another length where it lies; returns what it has then, 0 if that can't be. */
static uint32_t resize(const change_t *c, uint32_t offset, uint32_t had) {
    ch_port_state_t state = ch_heap_lock(c->e);
    uint32_t n = ch_engine_resize(c->e, offset, had, c->n);
    ch_heap_note_minimum(c->e);
    ch_heap_unlock(c->e, state);
    return n;
}

/** Changes the size without a move. */
static void *in_place(const change_t *c) {
    uint32_t *record = ch_at(c->e, c->offset + (c->had << CH_G_SHIFT)) - 1, old = *record;
    if ((uintptr_t)ch_at(c->e, c->offset) & (c->alignment ? c->alignment - 1 : 0)) return NULL;
    if (c->recorded) *record = 0; /* inside the block it would lie in wait for one that ends there again */
    uint32_t n = resize(c, c->offset, c->had);
    if (n) return settle(c, c->offset, n);
    if (c->recorded) *record = old;
    return NULL;
}

/** Copies to a new block, of n granules, and frees the old one. */
static void *move(const change_t *c, uint32_t to, uint32_t n) {
    size_t had = ch_heap_bytes(c->had); /* what looks like a record is copied too: it may be the user's word after all */
    size_t will = ch_heap_bytes(c->n) - (c->alignment ? CH_RECORD_BYTES : 0);
    copy(ch_at(c->e, to), ch_at(c->e, c->offset), least(had, will));
    ch_heap_give(c->e, c->offset, c->had);
    return settle(c, to, n);
}

/** Slides into the free block before. */
static void *slide(const change_t *c) {
    ch_port_state_t state = ch_heap_lock(c->e);
    uint32_t gained = ch_engine_grow_down(c->e, c->offset, c->had, c->n);
    ch_heap_unlock(c->e, state);
    if (!gained) return NULL;
    uint32_t down = c->offset - (gained << CH_G_SHIFT);
    /* What is missing comes from behind, before the contents move; it may be gone since. What is too much goes, after that. */
    bool short_of = gained + c->had < c->n;
    if (short_of && !resize(c, down, gained + c->had)) {
        state = ch_heap_lock(c->e);
        ch_engine_split(c->e, down, gained + c->had, gained);
        ch_heap_unlock(c->e, state);
        ch_heap_give(c->e, down, gained);
        return NULL;
    }
    copy(ch_at(c->e, down), ch_at(c->e, c->offset), ch_heap_bytes(c->had));
    if (!short_of) resize(c, down, gained + c->had);
    return ch_at(c->e, down);
}

/** Looks at the block at p: fills c. false: it is none. */
static bool look(change_t *c, const void *p) {
    if (!ch_heap_is_place(c->e, ch_heap_offset(c->e, p))) return false;
    ch_port_state_t state = ch_heap_lock(c->e);
    c->had = ch_engine_size(c->e, c->offset);
    ch_heap_unlock(c->e, state);
    if (c->had == 0) return false;
    c->recorded = ch_record_get(c->e, c->offset, c->had);
    if (c->recorded > c->alignment) c->alignment = c->recorded;
    if (c->alignment <= CH_G) c->alignment = 0;
    return true;
}

/** For the address sanitizer a block always moves: who goes on with the old pointer is found. */
static void *anew(multi_heap_handle_t heap, void *p, size_t size, uint32_t alignment, bool *bad) {
    uint32_t recorded;
    size_t had = ch_heap_size(heap, p, &recorded);
    *bad = had == 0;
    if (alignment < recorded) alignment = recorded;
    void *to = NULL;
    if (had) to = alignment > CH_G ? ch_heap_aligned_alloc(heap, size, alignment, 0) : ch_heap_malloc(heap, size);
    if (!to) return NULL;
    copy(to, p, least(had, size));
    multi_heap_free(heap, p);
    return to;
}

CH_IRAM void *ch_heap_resize(multi_heap_handle_t heap, void *p, size_t size, uint32_t alignment, bool *bad) {
    if (CH_CFG_KASAN) return anew(heap, p, size, alignment, bad);
    change_t c = {ch_heap_engine(heap), (uint32_t)ch_heap_offset(ch_heap_engine(heap), p), 0, 0, 0, alignment};
    *bad = !look(&c, p);
    if (*bad) return NULL;
    size_t granules = ch_granules(ch_frame_outer(c.alignment ? ch_size_add(size, CH_RECORD_BYTES) : size));
    if (granules > c.e->end >> CH_G_SHIFT) return NULL;
    c.n = (uint32_t)granules;
    uint32_t found = 0, n = c.n;
    bool hole = CH_CFG_SHRINK_MOVE && !c.alignment && c.n < c.had && ch_heap_bytes(c.n) <= CH_CFG_SHRINK_MOVE;
    if (hole) found = ch_heap_take(c.e, c.n, c.had);
    if (found == 0) {
        void *same = in_place(&c);
        if (same) return same;
        found = c.alignment ? ch_heap_take_aligned(c.e, &n, c.alignment, CH_FRAME_HEAD) : ch_heap_take(c.e, c.n, UINT32_MAX);
    }
    if (found) return move(&c, found, n);
    return c.alignment ? NULL : slide(&c);
}
