/* SPDX-License-Identifier: MIT */
/*
 * The owner words of a block: whose it is. They lie in its frame (frame.h), directly before the user's bytes, or before their
 * left redzone. What they say is the observers' (src/debug); here is only where they are.
 *
 *      | ... | call site | task | user bytes ...        each is there with its option
 *
 * O1  A used block has a task's word from the section on that takes it: CH_OWNED_BY_NOBODY, or, where free memory is filled, the
 *     fill, which says the same. So a walk can read it at any time. A call site's word nobody reads before it is written.
 * O2  They move with the block.
 * O3  Whatever they are believed to say is checked: who writes before his block gets at them.
 */
#pragma once

#include "engine/block.h"
#include "heap/frame.h"

enum { CH_OWNED_BY_NOBODY = 0 };

/** The owner words of the block that is the user's at `user`: CH_OWNER_WORDS, the last one is the task's. */
CH_INLINE uint32_t *ch_owner_words(const void *user) { return (uint32_t *)((uintptr_t)user - CH_KASAN_HEAD - CH_OWNER_BYTES); }

/** Whose a block is, of those that are observed; each exists with its option alone. */
CH_INLINE uint32_t *ch_owner_task(const void *user) { return ch_owner_words(user) + CH_OWNER_WORDS - 1; }
CH_INLINE uint32_t *ch_owner_site(const void *user) { return ch_owner_words(user); }

typedef struct {
    uint32_t words[2];
} ch_owner_t;

/** The owner words of the block at an offset. */
CH_INLINE ch_owner_t ch_owner_get(const ch_engine_t *e, uint32_t offset) {
    const uint32_t *words = ch_owner_words(ch_at(e, offset + CH_FRAME_HEAD));
    ch_owner_t owner = {{CH_OWNED_BY_NOBODY, CH_OWNED_BY_NOBODY}};
    for (int i = 0; i < CH_OWNER_WORDS; i++) owner.words[i] = CH_LOAD_RELAXED(words[i]);
    return owner;
}

CH_INLINE void ch_owner_set(ch_engine_t *e, uint32_t offset, ch_owner_t owner) {
    uint32_t *words = ch_owner_words(ch_at(e, offset + CH_FRAME_HEAD));
    for (int i = 0; i < CH_OWNER_WORDS; i++) CH_STORE_RELAXED(words[i], owner.words[i]);
}

/** A block is taken: it is nobody's yet (O1). With the lock held. */
CH_INLINE void ch_owner_begin(ch_engine_t *e, uint32_t offset) {
    if (CH_CFG_TASK_TRACKING && !CH_FILLED)
        CH_STORE_RELAXED(*ch_owner_task(ch_at(e, offset + CH_FRAME_HEAD)), CH_OWNED_BY_NOBODY);
}

/** A block's contents have moved to another one: O2. */
CH_INLINE void ch_owner_move(void *to, const void *from) {
    const uint32_t *old = ch_owner_words(from);
    uint32_t *words = ch_owner_words(to);
    for (int i = 0; i < CH_OWNER_WORDS; i++) CH_STORE_RELAXED(words[i], old[i]);
}

/** A used block as a walk over those that have owners sees it. */
typedef struct {
    const void *user; /* data-bus address */
    size_t bytes;     /* whole block */
    ch_owner_t owner;
} ch_owned_t;
