/* SPDX-License-Identifier: MIT */
/*
 * What lies around an address of a heap that may be damaged: its block and the blocks beside that one.
 *
 * First by a walk from the heap's start, which is sure of where blocks begin. Where damage stops the walk, or what it finds is
 * not sound, by looking back from the address for bits that look like the start of a block, up to SCENE_BACK granules.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "heap/heap.h"

/** Blocks with n = 0 are not known, or not there. */
typedef struct {
    const ch_engine_t *e;   /* NULL: no heap, or one whose control block is damaged: then nothing else holds */
    uint32_t offset;        /* of the address */
    ch_block_t block;       /* the one in which it lies */
    ch_block_t before;      /* the one that ends where that begins; if there is no such block, the last one before the address */
    ch_block_t behind;      /* the one that begins where that ends */
    bool is_first, is_last; /* nothing is before, or behind, it but the ends of the heap */
    bool is_guess;          /* found by looking back: something before it is damaged */
} ch_scene_t;

/** Looks around the address p, anywhere. Takes the lock for a bounded step at a time. */
void ch_scene_look(ch_scene_t *s, multi_heap_handle_t heap, const void *p);

/** Offset behind a block. */
CH_INLINE uint32_t ch_scene_end(const ch_block_t *b) { return b->offset + (b->n << CH_G_SHIFT); }
