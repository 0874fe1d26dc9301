/* SPDX-License-Identifier: MIT */
/*
 * The formulas of docs/BOUNDS.md, part 1, as functions. All numbers are granules; that document derives them.
 *
 *      M   granules of all blocks that live at once, each rounded up and at least 2; the request counts too
 *      n   granules of the largest request
 *      K   number of blocks that live at once; the request counts too. UINT32_MAX: not known
 *      m   granules of the smallest request, at least 2
 *      t   a request of n granules is served as soon as some free block has t(n) granules; that depends on the heap's bins
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capheap/config.h"

/** What is known about a program. */
typedef struct {
    uint32_t live, largest, blocks, smallest;
    bool powers; /* all sizes are `smallest`, itself a power of two, times powers of two */
} limit_need_t;

/**
 * Heaps of 16 KB and less, of so many granules with the control block's, have fewer bins than larger ones: those for long blocks
 * are coarse.
 */
enum { LIMIT_SMALL = 16384 / CH_CFG_GRANULE };

/** Granules for blocks of the largest heap that is small. */
uint32_t limit_small(void);

/** The first size of a quarter bin that is not less than n. */
uint32_t limit_edge(uint32_t n);

/** First sizes of a bin and of the next one; UINT32_MAX: there is none. */
typedef struct {
    uint32_t first, next;
} limit_bin_t;

/** The bin of n granules in a heap with so many granules for blocks. */
limit_bin_t limit_bin(uint32_t n, uint32_t granules);

/**
 * t(n) in such a heap, (1): n where it is the first size of its bin or the bin is the last; else the first size of the next bin.
 */
uint32_t limit_sure(uint32_t n, uint32_t granules);

/**
 * Granules in which no request fails, whatever the order of calls, nor in any larger heap: (2), or (3) for powers of two, with
 * the t(n) of that heap.
 */
uint32_t limit_enough(const limit_need_t *need);

/** (5), Robson's: granules which some order of calls needs with every policy that does not move blocks. */
uint32_t limit_least(const limit_need_t *need);

/** Bytes of a pool that has so many granules for blocks: (6). */
size_t limit_pool_bytes(uint32_t granules);
