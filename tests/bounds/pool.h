/* SPDX-License-Identifier: MIT */
/*
 * A heap with an exact number of granules, and the rules of the game that is played against it: at most so much lives at once, in
 * blocks of so many granules. A request that keeps to the rules and is not served is a defeat of the heap.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limit.h"
#include "multi_heap.h"

typedef struct {
    multi_heap_handle_t heap;
    void *memory;
    size_t bytes;      /* of the pool */
    uintptr_t first;   /* address of the first granule that a block can have */
    uint32_t granules; /* that blocks can have */
    limit_need_t rules;
    uint32_t live, blocks; /* now: granules as asked, and blocks */
    uint32_t most_live;    /* ever */
    uint32_t reach;        /* granules from the first to behind the last one that was ever used */
    bool lost;             /* a request within the rules was not served */
} pool_t;

/**
 * Opens a fresh pool with exactly that many granules, of so many bytes as (6) says. Ends the program if that is not so, or there
 * is no memory.
 */
void pool_open(pool_t *pool, uint32_t granules, const limit_need_t *rules);
/** A fresh heap in the same pool. */
void pool_reset(pool_t *pool);
void pool_close(pool_t *pool);

/** Whether the rules let r granules more be asked for. */
bool pool_may(const pool_t *pool, uint32_t r);

/** Asks for r granules. NULL: not served (lost), or against the rules (nothing is asked then). */
void *pool_take(pool_t *pool, uint32_t r);

/**
 * Asks for r granules, 4 bytes for the heap's record included, at an address that is a multiple of a granules, a power of two and
 * more than 1. By the rules it counts as a request of r + a + 1 granules, but lives as r.
 */
void *pool_take_aligned(pool_t *pool, uint32_t r, uint32_t a);

/** Frees a block that r granules were asked for. */
void pool_give(pool_t *pool, void *p, uint32_t r);

/** Changes a block from r granules to `now`; as long as the two may live side by side by the rules. NULL: not done. */
void *pool_change(pool_t *pool, void *p, uint32_t r, uint32_t now);

/** Number of the granule at p, from the first on. */
uint32_t pool_place(const pool_t *pool, const void *p);
