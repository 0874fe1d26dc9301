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
#include "esp_attr.h"
#include "heap/heap.h"

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static void copy(void *to, const void *from, size_t bytes) { ch_words_copy(to, from, (bytes + 3) / 4); }

/** Takes a new block, under the lock. */
static uint32_t new_block(ch_engine_t *e, uint32_t n, size_t alignment) {
    uint32_t offset = alignment > CH_G ? ch_engine_alloc_aligned(e, n, (uint32_t)alignment, CH_FRAME_HEAD) : ch_engine_alloc(e, n);
    if (offset) ch_heap_note_minimum(e);
    return offset;
}

/** Copies to the new block and frees the old one. */
static void *move(ch_engine_t *e, uint32_t to, uint32_t from, size_t bytes) {
    copy(ch_at(e, to), ch_at(e, from), bytes);
    ch_port_state_t state = ch_heap_lock(e);
    ch_engine_free(e, from);
    ch_heap_unlock(e, state);
    return ch_at(e, to);
}

/** Slides into the free block before; called under the lock, which it opens. */
static void *slide(ch_engine_t *e, uint32_t offset, uint32_t n, uint32_t had, ch_port_state_t state) {
    uint32_t down = ch_engine_grow_down(e, offset, n);
    ch_heap_unlock(e, state);
    if (!down) return NULL;
    copy(ch_at(e, down), ch_at(e, offset), ch_heap_bytes(had));
    state = ch_heap_lock(e);
    ch_engine_resize(e, down, n);
    ch_heap_note_minimum(e);
    ch_heap_unlock(e, state);
    return ch_at(e, down);
}

IRAM_ATTR void *ch_heap_resize(multi_heap_handle_t heap, void *p, size_t size, size_t alignment, bool *bad) {
    ch_engine_t *e = ch_heap_engine(heap);
    uintptr_t place = ch_heap_offset(e, p);
    size_t granules = ch_granules(ch_frame_outer(size));
    uint32_t offset = (uint32_t)place, n = (uint32_t)granules, had = 0, found = 0;
    ch_port_state_t state = ch_heap_lock(e);
    if (ch_heap_is_place(e, place)) had = ch_engine_size(e, offset);
    if (had == 0 || granules > e->end >> CH_G_SHIFT) {
        *bad = had == 0;
        ch_heap_unlock(e, state);
        return NULL;
    }
    bool shrinks = n < had, may_move = alignment <= CH_G;
    if (shrinks && may_move && CH_CFG_SHRINK_MOVE && ch_heap_bytes(n) <= CH_CFG_SHRINK_MOVE) found = ch_engine_alloc_below(e, n, had);
    if (found == 0 && ch_engine_resize(e, offset, n)) {
        ch_heap_note_minimum(e);
        ch_heap_unlock(e, state);
        return p;
    }
    if (found == 0) found = new_block(e, n, alignment);
    if (found == 0 && may_move) return slide(e, offset, n, had, state);
    ch_heap_unlock(e, state);
    return found ? move(e, found, offset, least(ch_heap_bytes(had), ch_heap_bytes(n))) : NULL;
}
