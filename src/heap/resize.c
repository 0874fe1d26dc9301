/* SPDX-License-Identifier: MIT */
/*
 * realloc within one heap. The engine changes what can be changed in place; this file chooses the place and copies, with the lock
 * open: until the old block is freed it belongs to the caller, and nobody else may touch either.
 *
 *      shrinks, to at most CH_CFG_SHRINK_MOVE bytes   into the tightest hole, if that is smaller than the block itself
 *      shrinks otherwise                              end cut off
 *      grows                                          into the free block behind it
 *                                                     else to a new block
 *                                                     else into the free block before it: contents slide down
 *
 * A new block comes before sliding because the hole before is often too small again at the next growth, and the copy is the same.
 * Each line is a critical section of its own: the block stays the caller's whatever others do between them. Where a block has a
 * guard, it is another one from the section on that changes the block.
 */
#include "base/words.h"
#include "heap/guard.h"
#include "heap/heap.h"

/** A request for a new size of a used block. */
typedef struct {
    ch_engine_t *e;
    uint32_t offset;    /* the block */
    uint32_t had, n;    /* granules: now, and wanted */
    uint32_t alignment; /* of the result, bytes; 0: the granule's will do */
} change_t;

/** Of `size` user bytes those that the block has: with a guard. */
static CH_IRAM size_t kept(const change_t *c, size_t size) {
    size_t had = ch_guard_size(ch_guard_user(c->e, c->offset));
    return had < size ? had : size;
}

/** Moves the contents to the block at p, and frees the old one. */
static void *move(const change_t *c, void *p, size_t size) {
    ch_owner_move(p, ch_at(c->e, c->offset + CH_FRAME_HEAD));
    if (CH_GUARDED) {
        ch_words_copy_exact(p, ch_guard_user(c->e, c->offset), kept(c, size));
        ch_heap_give(c->e, c->offset);
        return p;
    }
    size_t had = ch_heap_bytes(c->had), will = ch_heap_bytes(c->n) - (c->alignment ? CH_RECORD_BYTES : 0);
    if (had > will) had = will; /* what looks like a record may be the user's: it moves, too */
    ch_words_copy(p, ch_at(c->e, c->offset + CH_FRAME_HEAD), (had - CH_FRAME_HEAD + 3) / 4);
    ch_heap_give(c->e, c->offset);
    return p;
}

/** Gives the block another length where it lies. */
static bool change(const change_t *c, bool recorded, size_t size) {
    if ((uintptr_t)ch_at(c->e, c->offset + CH_FRAME_HEAD) & (c->alignment ? c->alignment - 1 : 0)) return false;
    ch_port_state_t state = ch_heap_lock(c->e);
    uint32_t n = ch_engine_resize(c->e, c->offset, c->had, c->n);
    ch_heap_note_minimum(c->e);
    if (CH_GUARDED && recorded && n > c->had) ch_at(c->e, c->offset + (c->had << CH_G_SHIFT))[-1] = 0;
    if (CH_GUARDED && n) ch_guard_dress(c->e, c->offset, size);
    if (CH_GUARDED && n && c->alignment) ch_record_set(c->e, c->offset, n, c->alignment);
    ch_heap_unlock(c->e, state);
    /* Inside the block the old record would lie in wait for one that ends there again. */
    if (!CH_GUARDED && recorded && n > c->had) ch_at(c->e, c->offset + (c->had << CH_G_SHIFT))[-1] = 0;
    if (!CH_GUARDED && n && c->alignment) ch_record_set(c->e, c->offset, n, c->alignment);
    return n != 0;
}

CH_IRAM void *ch_heap_slide(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n) {
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t gained = ch_engine_grow_down(e, offset, had, n), down = offset - (gained << CH_G_SHIFT);
    ch_owner_t owner = ch_owner_get(e, offset);
    if (CH_OWNER_WORDS > 0) ch_owner_set(e, down, owner);
    ch_heap_unlock(e, state);
    if (!gained) return NULL;
    ch_words_copy(ch_at(e, down + CH_FRAME_HEAD), ch_at(e, offset + CH_FRAME_HEAD), (ch_heap_bytes(had) - CH_FRAME_HEAD) / 4);
    state = ch_heap_lock(e);
    ch_engine_resize(e, down, ch_engine_size(e, down), n); /* what is too much goes back */
    ch_heap_note_minimum(e);
    ch_heap_unlock(e, state);
    return ch_at(e, down + CH_FRAME_HEAD);
}

/**
 * The same with a guard. Until the contents are moved it says that the whole block is the user's: its end is behind them in any
 * case.
 */
static CH_IRAM void *slide(const change_t *c, size_t size) {
    ch_engine_t *e = c->e;
    size_t bytes = kept(c, size);
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t down = c->offset - (ch_engine_grow_down(e, c->offset, c->had, c->n) << CH_G_SHIFT), n = ch_engine_size(e, down);
    ch_owner_t owner = ch_owner_get(e, c->offset);
    if (down != c->offset) ch_guard_dress(e, down, ch_guard_room(n));
    if (CH_OWNER_WORDS > 0) ch_owner_set(e, down, owner);
    ch_heap_unlock(e, state);
    if (down == c->offset) return NULL;
    ch_words_copy(ch_guard_user(e, down), ch_guard_user(e, c->offset), (bytes + 3) / 4);
    state = ch_heap_lock(e);
    ch_engine_resize(e, down, n, c->n); /* what is too much goes back */
    ch_guard_dress(e, down, size);
    ch_heap_note_minimum(e);
    ch_heap_unlock(e, state);
    return ch_guard_user(e, down);
}

/** The look at the block. false: there is none, or no heap can be so long. */
static bool look(change_t *c, size_t size, ch_held_t *was) {
    ch_port_state_t state = ch_heap_lock(c->e);
    c->had = ch_engine_size(c->e, c->offset);
    ch_heap_unlock(c->e, state);
    if (c->had == 0) return false;
    uint32_t recorded = ch_record_get(c->e, c->offset, c->had);
    *was = (ch_held_t){ch_frame_inner(ch_heap_bytes(c->had) - (recorded ? CH_RECORD_BYTES : 0)), recorded};
    if (CH_GUARDED) was->size = ch_guard_size_within(c->e, c->offset, c->had);
    if (recorded > c->alignment) c->alignment = recorded;
    if (c->alignment <= CH_G) c->alignment = 0;
    size_t n = ch_granules(ch_frame_outer(c->alignment ? ch_size_add(size, CH_RECORD_BYTES) : size));
    c->n = (uint32_t)n;
    return n <= c->e->end >> CH_G_SHIFT;
}

/** A block always moves. */
static CH_IRAM void *anew(multi_heap_handle_t heap, void *p, size_t size, uint32_t alignment, ch_held_t *was) {
    was->size = ch_heap_size(heap, p, &was->alignment);
    if (alignment < was->alignment) alignment = was->alignment;
    void *to = NULL;
    if (was->size) to = alignment > CH_G ? ch_heap_aligned_alloc(heap, size, alignment, 0) : ch_heap_malloc(heap, size);
    if (!to) return NULL;
    ch_owner_move(to, p);
    ch_words_copy_exact(to, p, was->size < size ? was->size : size);
    multi_heap_free(heap, p);
    return to;
}

CH_IRAM void *ch_heap_resize(multi_heap_handle_t heap, void *p, size_t size, uint32_t alignment, ch_held_t *was) {
    if (CH_FRAME_MOVES) return anew(heap, p, size, alignment, was);
    uintptr_t place = ch_heap_offset(ch_heap_engine(heap), p) - CH_FRAME_HEAD;
    change_t c = {ch_heap_engine(heap), (uint32_t)place, 0, 0, alignment};
    uint32_t hole = 0;
    *was = (ch_held_t){0, 0};
    if (!ch_heap_is_place(c.e, place) || !look(&c, size, was)) return NULL;
    if (CH_CFG_SHRINK_MOVE && !c.alignment && c.n < c.had && ch_heap_bytes(c.n) <= CH_CFG_SHRINK_MOVE)
        hole = CH_GUARDED ? ch_heap_take_framed(c.e, c.n, c.had, size) : ch_heap_take(c.e, c.n, c.had);
    if (hole) return move(&c, ch_at(c.e, hole + CH_FRAME_HEAD), size);
    if (change(&c, was->alignment != 0, size)) return p;
    void *other = c.alignment ? ch_heap_aligned_alloc(heap, size, c.alignment, 0) : multi_heap_malloc(heap, size);
    if (other) return move(&c, other, size);
    if (c.alignment) return NULL;
    return CH_GUARDED ? slide(&c, size) : ch_heap_slide(c.e, c.offset, c.had, c.n);
}
