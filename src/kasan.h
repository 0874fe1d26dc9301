/* SPDX-License-Identifier: MIT */
/*
 * What the heap tells the address sanitizer's runtime (src/debug/kasan), and the redzones that it puts around a block for it:
 *
 *      block                                                     block's end
 *      | left redzone: record ...  | user bytes ... | right redzone, slack |
 *      |<----- CH_KASAN_HEAD ----->|<---- size ---->|<- CH_KASAN_TAIL or more
 *
 * All of this folds to nothing without CH_CFG_KASAN. Called without a lock: a block that is new, or was taken away from its
 * owner, is nobody else's at that moment. None of these functions allocates.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/sums.h"

enum {
    CH_KASAN_STEP = CH_CFG_GRANULE < 4 ? 4 : CH_CFG_GRANULE,
    CH_KASAN_TAIL = CH_CFG_KASAN ? CH_CFG_KASAN_REDZONE : 0,
    CH_KASAN_HEAD = (CH_KASAN_TAIL + CH_KASAN_STEP - 1) / CH_KASAN_STEP * CH_KASAN_STEP, /* user bytes stay on granules */
};

/* Where the function is called from. A constant without the option: a function that asks for it makes no tail calls. */
#define CH_KASAN_PC (CH_CFG_KASAN ? __builtin_return_address(0) : NULL)

/** A freed block that is held back: what the heap layer needs to give it back at last. */
typedef struct {
    void *heap;  /* multi_heap_handle_t */
    void *block; /* with its redzones */
    size_t size; /* user bytes */
} ch_kasan_held_t;

void *ch_kasan_hand_out(void *block, size_t block_bytes, size_t size);
bool ch_kasan_may_free(const void *user, const void *pc);
bool ch_kasan_hold(void *heap, void *block, size_t block_bytes);
bool ch_kasan_next_out(ch_kasan_held_t *held, bool all);
size_t ch_kasan_size(const void *user, size_t otherwise);
void ch_kasan_note_allocated(void *user, const void *pc);
void ch_kasan_note_kept(void *user);
void ch_kasan_note_heap(const void *start, size_t size);
void ch_kasan_start(void);

/** A block is complete: marks redzones, writes the record. Returns the user's address. */
CH_INLINE void *ch_kasan_handed_out(void *block, size_t block_bytes, size_t size) {
    return CH_CFG_KASAN ? ch_kasan_hand_out(block, block_bytes, size) : block;
}

/** Where an allocating function of the public interface returns: who called it. The outermost one has the last word. */
CH_INLINE void *ch_kasan_allocated_by(void *user, const void *pc) {
    if (CH_CFG_KASAN && user) ch_kasan_note_allocated(user, pc);
    return user;
}

/** The same for a realloc of `old`, which ch_kasan_checks_free() has passed. */
CH_INLINE void *ch_kasan_reallocated_by(void *old, void *user, const void *pc) {
    if (CH_CFG_KASAN && old && !user) ch_kasan_note_kept(old);
    return ch_kasan_allocated_by(user, pc);
}

/**
 * Where a freeing function of the public interface begins: whether the pointer is a block in use, as far as the shadow memory
 * tells. If not it is reported, as the call's at pc. false: leave the pointer alone. The outermost function counts as the one
 * that freed.
 */
CH_INLINE bool ch_kasan_checks_free(const void *user, const void *pc) { return !CH_CFG_KASAN || ch_kasan_may_free(user, pc); }

/**
 * A block was given back: true if it is held back, else it is the heap's again. Then the caller gives back what came out instead.
 */
CH_INLINE bool ch_kasan_freed(void *heap, void *block, size_t block_bytes) {
    return CH_CFG_KASAN && ch_kasan_hold(heap, block, block_bytes);
}

/** The oldest block held back, if that are too many, or (all) in any case: now the caller's to give back. */
CH_INLINE bool ch_kasan_comes_out(ch_kasan_held_t *held, bool all) { return CH_CFG_KASAN && ch_kasan_next_out(held, all); }

/** User bytes of a block as its record tells; `otherwise` if there is none. */
CH_INLINE size_t ch_kasan_user_size(const void *user, size_t otherwise) {
    return CH_CFG_KASAN ? ch_kasan_size(user, otherwise) : otherwise;
}

/** Memory became a heap. */
CH_INLINE void ch_kasan_became_heap(const void *start, size_t size) {
    if (CH_CFG_KASAN) ch_kasan_note_heap(start, size);
}

/** The heaps are about to be made. */
CH_INLINE void ch_kasan_begins(void) {
    if (CH_CFG_KASAN) ch_kasan_start();
}
