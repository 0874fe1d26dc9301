/* SPDX-License-Identifier: MIT */
/*
 * What a test must know of the frame around a block at the levels of detection and with owner words: computed here by itself, as
 * the contract has it.
 *
 *      block | pad | canary | size | pad | owner words | user bytes | canary | slack
 *            |<------------- FRAME_HEAD -------------->|            |FRAME_TAIL
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "capheap/config.h"

enum {
    FRAME_IS_THERE = CH_CFG_DETECTION >= CH_DETECT_LIGHT,
    FRAME_WORDS = (FRAME_IS_THERE ? 2 : 0) + (CH_CFG_TASK_TRACKING ? 1 : 0) + (CH_CFG_CALL_SITES ? 1 : 0),
    FRAME_HEAD = (4 * FRAME_WORDS + CH_CFG_GRANULE - 1) & -CH_CFG_GRANULE,
    FRAME_TAIL = FRAME_IS_THERE ? 4 : 0,
    FRAME_BYTES = FRAME_HEAD + FRAME_TAIL,
    FRAME_FILLS = CH_CFG_DETECTION >= CH_DETECT_COMPREHENSIVE,                             /* realloc always moves, too */
    FRAME_HOLDS_BACK = CH_CFG_DETECTION >= CH_DETECT_HARDENED && CH_CFG_QUARANTINE_BLOCKS, /* of the system's heaps */
};

/* The user's address of a used block that a walk shows. */
static inline void *frame_user(void *shown) { return (char *)shown + FRAME_HEAD; }

/* Bytes that can be had of so many free ones. */
static inline size_t frame_inner(size_t bytes) { return bytes > FRAME_BYTES ? bytes - FRAME_BYTES : 0; }
