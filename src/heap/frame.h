/* SPDX-License-Identifier: MIT */
/*
 * The frame around a block: the only thing that puts bytes of ours next to a user's. Described by this one record.
 *
 *      block                                        block's end
 *      | head | user bytes ...              | tail  | slack |
 *
 * It has one of two users: the address sanitizer, whose redzones head and tail are then (kasan.h); or, at the levels of detection
 * above none, the guard, whose canaries and recorded size they are (guard.h). Beside either, or alone, the head can hold owner
 * words (owner.h). Without all three both parts are empty, and everything that is said of frames folds to nothing.
 *
 *      head        | pad | canary, size | owner |        | pad | owner |        | pad | owner | left redzone |
 *                    with a guard                           without                with the address sanitizer
 */
#pragma once

#include "base/sums.h"
#include "kasan.h"

/* What the level of detection asks for. */
enum {
    CH_GUARDED = CH_CFG_DETECTION >= CH_DETECT_LIGHT,        /* canaries and sizes */
    CH_FILLED = CH_CFG_DETECTION >= CH_DETECT_COMPREHENSIVE, /* fresh and free memory is filled, and looked after */
    CH_SEALED = CH_CFG_DETECTION >= CH_DETECT_COMPREHENSIVE, /* so is the control block */
    CH_KEYED = CH_CFG_DETECTION >= CH_DETECT_HARDENED,       /* canaries and sizes are another's everywhere */
};

/* What is noted in each block of whose it is: a word of task tracking, a word of call-site accounting. */
enum { CH_OWNER_WORDS = CH_CFG_TASK_TRACKING + (CH_CFG_CALL_SITES > 0), CH_OWNER_BYTES = 4 * CH_OWNER_WORDS };

#define CH_WHOLE_GRANULES(bytes) (((bytes) + CH_CFG_GRANULE - 1) / CH_CFG_GRANULE * CH_CFG_GRANULE)

enum {
    CH_GUARD_HEAD = CH_GUARDED ? CH_WHOLE_GRANULES(8 + CH_OWNER_BYTES) : 0,     /* canary and size, and the owner words */
    CH_OWNER_HEAD = CH_GUARDED ? 0 : CH_WHOLE_GRANULES(CH_OWNER_BYTES),         /* the owner words, where there is no guard */
    CH_GUARD_TAIL = CH_GUARDED ? 4 : 0,                                         /* canary */
    CH_FRAME_HEAD = CH_OWNER_HEAD + CH_KASAN_HEAD + CH_GUARD_HEAD,              /* bytes in front of the user's */
    CH_FRAME_TAIL = CH_KASAN_TAIL + CH_GUARD_TAIL,                              /* bytes behind the user's */
    CH_HOLDS_BACK = CH_CFG_KASAN || (CH_KEYED && CH_CFG_QUARANTINE_BLOCKS > 0), /* freed blocks are not at once to be had again */
    CH_FRAME_MOVES = CH_CFG_KASAN || CH_FILLED, /* realloc always moves: who goes on with the old pointer is found */
};

/** Bytes of block that `size` user bytes need; SIZE_MAX where that overflows. 0 stays 0: such a request is refused. */
CH_INLINE size_t ch_frame_outer(size_t size) {
    return CH_FRAME_HEAD + CH_FRAME_TAIL == 0 || size == 0 ? size : ch_size_add(size, CH_FRAME_HEAD + CH_FRAME_TAIL);
}

/** User bytes of a block of `size` bytes; 0 where the frame alone would not fit. */
CH_INLINE size_t ch_frame_inner(size_t size) {
    return size > CH_FRAME_HEAD + CH_FRAME_TAIL ? size - CH_FRAME_HEAD - CH_FRAME_TAIL : 0;
}
