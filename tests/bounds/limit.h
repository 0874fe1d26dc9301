/* SPDX-License-Identifier: MIT */
/*
 * The formulas of docs/BOUNDS.md, part 1, as functions. All numbers are granules; that document derives them.
 *
 *      M   granules of all blocks that live at once, each rounded up and at least 2; the request counts too
 *      n   granules of the largest request
 *      K   number of blocks that live at once; the request counts too. UINT32_MAX: not known
 *      m   granules of the smallest request, at least 2
 *      t   a request of n granules is served as soon as some free block has t(n) granules
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
 * Heaps of 16 KB and less keep all free blocks from LIMIT_CROWD granules on in one bin. A request that belongs there looks at CH_LOOKS of them, so
 * it is not sure to see one that is long enough where there are more; where there are no more, it is, and n granules are enough for n.
 */
enum { LIMIT_SMALL = 16384 / CH_CFG_GRANULE, LIMIT_CROWD = 96 };

/** Granules for blocks of the largest heap that is small. */
uint32_t limit_small(void);

/** t(n), in other heaps or for a smaller n: n up to 16 and at the edge of a bin; else the edge of the next bin. */
uint32_t limit_sure(uint32_t n);

/**
 * Granules in which no request fails, whatever the order of calls: (2), or (3) for powers of two. If that is a heap of 16 KB or less in which
 * a crowd can be, the first that is larger.
 */
uint32_t limit_enough(const limit_need_t *need);

/** (5), Robson's: granules which some order of calls needs with every policy that does not move blocks. */
uint32_t limit_least(const limit_need_t *need);

/** Bytes of a pool that has so many granules for blocks: (6). */
size_t limit_pool_bytes(uint32_t granules);
