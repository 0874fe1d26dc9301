/* SPDX-License-Identifier: MIT */
/*
 * The frame around a block: the only thing that puts bytes of ours next to a user's. Described by this one record.
 *
 *      block                                        block's end
 *      | head | user bytes ...              | tail  | slack |
 *
 * Without corruption detection, task tracking and address sanitizer, as here by default, both parts are empty and everything below folds
 * to nothing.
 */
#pragma once

#include "base/sums.h"
#include "kasan.h"

enum {
    CH_FRAME_HEAD = CH_KASAN_HEAD, /* bytes in front of the user's: redzone; a multiple of the granule */
    CH_FRAME_TAIL = CH_KASAN_TAIL, /* bytes behind the user's: redzone */
};

/** Bytes of block that `size` user bytes need; SIZE_MAX where that overflows. 0 stays 0: such a request is refused. */
CH_INLINE size_t ch_frame_outer(size_t size) {
    return CH_FRAME_HEAD + CH_FRAME_TAIL == 0 || size == 0 ? size : ch_size_add(size, CH_FRAME_HEAD + CH_FRAME_TAIL);
}

/** User bytes of a block of `size` bytes; 0 where the frame alone would not fit. */
CH_INLINE size_t ch_frame_inner(size_t size) {
    return size > CH_FRAME_HEAD + CH_FRAME_TAIL ? size - CH_FRAME_HEAD - CH_FRAME_TAIL : 0;
}
