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
 * The first three are one critical section together with the look at the block; each of the others is one of its own.
 */
#include "base/words.h"
#include "heap/heap.h"

/** A request for a new size of a used block. */
typedef struct {
    ch_engine_t *e;
    uint32_t offset;    /* the block */
    uint32_t had, n;    /* granules: now, and wanted */
    uint32_t alignment; /* of the result, bytes; 0: the granule's will do */
} change_t;

static void copy(void *to, const void *from, size_t bytes) { ch_words_copy(to, from, (bytes + 3) / 4); }

static bool is_aligned(const ch_engine_t *e, uint32_t offset, uint32_t alignment) {
    return !((uintptr_t)ch_at(e, offset) & (alignment - 1));
}

/** Changes an aligned block where it lies, and its record. */
static bool change_aligned(const change_t *c, uint32_t right, bool recorded) {
    uint32_t *record = ch_at(c->e, c->offset + (c->had << CH_G_SHIFT)) - 1, old = *record;
    if (!is_aligned(c->e, c->offset, c->alignment)) return false;
    if (recorded) *record = 0; /* inside the block it would lie in wait for one that ends there again */
    uint32_t n = ch_engine_resize(c->e, c->offset, c->had, right, c->n);
    if (n)
        ch_record_set(c->e, c->offset, n, c->alignment);
    else
        *record = old;
    return n != 0;
}

/** Moves the contents to the block at an offset, and frees the old one. */
static void *move(const change_t *c, uint32_t to) {
    size_t had = ch_heap_bytes(c->had), will = ch_heap_bytes(c->n) - (c->alignment ? CH_RECORD_BYTES : 0);
    copy(ch_at(c->e, to), ch_at(c->e, c->offset), had < will ? had : will); /* what looks like a record may be the user's */
    ch_heap_give(c->e, c->offset);
    return ch_at(c->e, to);
}

CH_IRAM void *ch_heap_slide(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n) {
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t gained = ch_engine_grow_down(e, offset, had, n);
    ch_heap_unlock(e, state);
    if (!gained) return NULL;
    uint32_t down = offset - (gained << CH_G_SHIFT);
    copy(ch_at(e, down), ch_at(e, offset), ch_heap_bytes(had));
    state = ch_heap_lock(e);
    ch_engine_resize(e, down, ch_engine_size(e, down), 0, n); /* what is too much goes back */
    ch_heap_note_minimum(e);
    ch_heap_unlock(e, state);
    return ch_at(e, down);
}

/** Finds another place in the heap for a block that can't stay. */
static void *elsewhere(const change_t *c, size_t size) {
    if (c->alignment) {
        void *p = ch_heap_aligned_alloc((multi_heap_handle_t)(void *)c->e, size, c->alignment, 0);
        return p ? move(c, (uint32_t)ch_heap_offset(c->e, p)) : NULL;
    }
    uint32_t to = ch_heap_take(c->e, c->n);
    return to ? move(c, to) : ch_heap_slide(c->e, c->offset, c->had, c->n);
}

/** Changes the size of the block that a view shows as far as that is done in one step. false: it has to move; *hole is where to, or 0. */
CH_INLINE bool change(change_t *c, ch_view_t v, size_t size, uint32_t recorded, uint32_t *hole) {
    ch_engine_t *e = c->e;
    if (recorded > c->alignment) c->alignment = recorded;
    if (c->alignment <= CH_G) c->alignment = 0;
    size_t n = ch_granules(ch_frame_outer(c->alignment ? ch_size_add(size, CH_RECORD_BYTES) : size));
    if (CH_UNLIKELY(n > e->end >> CH_G_SHIFT)) return false;
    c->n = (uint32_t)n;
    if (c->n == c->had && !c->alignment) return true;
    uint32_t right = ch_right_of(e, c->offset, v, c->had);
    if (CH_UNLIKELY(c->alignment)) return change_aligned(c, right, recorded);
    if (CH_CFG_SHRINK_MOVE && c->n < c->had && ch_heap_bytes(c->n) <= CH_CFG_SHRINK_MOVE &&
        (*hole = ch_engine_alloc_below(e, c->n, c->had)) != 0)
        return false;
    return c->n <= c->had + right && ch_engine_resize(e, c->offset, c->had, right, c->n);
}

/** For the address sanitizer a block always moves: who goes on with the old pointer is found. */
static void *anew(multi_heap_handle_t heap, void *p, size_t size, uint32_t alignment, ch_held_t *was) {
    was->size = ch_heap_size(heap, p, &was->alignment);
    if (alignment < was->alignment) alignment = was->alignment;
    void *to = NULL;
    if (was->size) to = alignment > CH_G ? ch_heap_aligned_alloc(heap, size, alignment, 0) : ch_heap_malloc(heap, size);
    if (!to) return NULL;
    copy(to, p, was->size < size ? was->size : size);
    multi_heap_free(heap, p);
    return to;
}

CH_IRAM void *ch_heap_resize(multi_heap_handle_t heap, void *p, size_t size, uint32_t alignment, ch_held_t *was) {
    if (CH_CFG_KASAN) return anew(heap, p, size, alignment, was);
    ch_engine_t *e = ch_heap_engine(heap);
    change_t c = {e, (uint32_t)ch_heap_offset(e, p), 0, 0, alignment};
    uint32_t hole = 0;
    bool done = false;
    *was = (ch_held_t){0, 0};
    if (CH_UNLIKELY(!ch_heap_is_place(e, ch_heap_offset(e, p)))) return NULL;
    ch_port_state_t state = ch_heap_lock(e);
    ch_view_t v = ch_view(e, c.offset);
    c.had = ch_size_at(e, c.offset, v);
    if (CH_LIKELY(c.had)) {
        uint32_t recorded = ch_record_get(e, c.offset, c.had);
        *was = (ch_held_t){ch_frame_inner(ch_heap_bytes(c.had) - (recorded ? CH_RECORD_BYTES : 0)), recorded};
        done = change(&c, v, size, recorded, &hole);
        ch_heap_note_minimum(e);
    }
    ch_heap_unlock(e, state);
    if (done) return p;
    if (hole) return move(&c, hole);
    return c.n ? elsewhere(&c, size) : NULL;
}
