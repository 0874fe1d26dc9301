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

/** Takes a new block, under the lock. */
static uint32_t new_block(const change_t *c) {
    uint32_t n = c->n;
    return c->alignment ? ch_engine_alloc_aligned(c->e, &n, c->alignment, CH_FRAME_HEAD) : ch_engine_alloc(c->e, c->n);
}

/** Writes the record into a block that has one, and notes the low watermark; under the lock, as the last step. */
static void settle(const change_t *c, uint32_t offset) {
    if (c->alignment) ch_record_set(c->e, offset, ch_engine_size(c->e, offset), c->alignment);
    ch_heap_note_minimum(c->e);
}

/** Changes the size without a move, under the lock. */
static bool in_place(const change_t *c) {
    uint32_t *record = ch_at(c->e, c->offset + (c->had << CH_G_SHIFT)) - 1, old = *record;
    if ((uintptr_t)ch_at(c->e, c->offset) & (c->alignment ? c->alignment - 1 : 0)) return false;
    if (c->recorded) *record = 0; /* inside the block, or outside it, it would be stale */
    if (ch_engine_resize(c->e, c->offset, c->n)) return true;
    if (c->recorded) *record = old;
    return false;
}

/** Copies to the new block and frees the old one. */
static void *move(const change_t *c, uint32_t to) {
    size_t had = ch_heap_bytes(c->had); /* what looks like a record is copied too: it may be the user's word after all */
    size_t will = ch_heap_bytes(c->n) - (c->alignment ? CH_RECORD_BYTES : 0);
    copy(ch_at(c->e, to), ch_at(c->e, c->offset), least(had, will));
    ch_port_state_t state = ch_heap_lock(c->e);
    ch_engine_free(c->e, c->offset);
    ch_heap_unlock(c->e, state);
    return ch_at(c->e, to);
}

/** Slides into the free block before; called under the lock, which it opens. */
static void *slide(const change_t *c, ch_port_state_t state) {
    uint32_t down = ch_engine_grow_down(c->e, c->offset, c->n);
    ch_heap_unlock(c->e, state);
    if (!down) return NULL;
    copy(ch_at(c->e, down), ch_at(c->e, c->offset), ch_heap_bytes(c->had));
    state = ch_heap_lock(c->e);
    ch_engine_resize(c->e, down, c->n);
    settle(c, down);
    ch_heap_unlock(c->e, state);
    return ch_at(c->e, down);
}

CH_IRAM void *ch_heap_resize(multi_heap_handle_t heap, void *p, size_t size, uint32_t alignment, bool *bad) {
    change_t c = {ch_heap_engine(heap), (uint32_t)ch_heap_offset(ch_heap_engine(heap), p), 0, 0, 0, alignment};
    uint32_t found = 0;
    ch_port_state_t state = ch_heap_lock(c.e);
    if (ch_heap_is_place(c.e, ch_heap_offset(c.e, p))) c.had = ch_engine_size(c.e, c.offset);
    if (c.had) {
        c.recorded = ch_record_get(c.e, c.offset, c.had);
        if (c.recorded > c.alignment) c.alignment = c.recorded;
        if (c.alignment <= CH_G) c.alignment = 0;
    }
    size_t granules = ch_granules(ch_frame_outer(c.alignment ? ch_size_add(size, CH_RECORD_BYTES) : size));
    if (c.had == 0 || granules > c.e->end >> CH_G_SHIFT) {
        *bad = c.had == 0;
        ch_heap_unlock(c.e, state);
        return NULL;
    }
    c.n = (uint32_t)granules;
    bool hole = CH_CFG_SHRINK_MOVE && !c.alignment && c.n < c.had && ch_heap_bytes(c.n) <= CH_CFG_SHRINK_MOVE;
    if (hole) found = ch_engine_alloc_below(c.e, c.n, c.had);
    if (found == 0 && in_place(&c)) {
        settle(&c, c.offset);
        ch_heap_unlock(c.e, state);
        return p;
    }
    if (found == 0) found = new_block(&c);
    if (found == 0 && !c.alignment) return slide(&c, state);
    if (found) settle(&c, found);
    ch_heap_unlock(c.e, state);
    return found ? move(&c, found) : NULL;
}
