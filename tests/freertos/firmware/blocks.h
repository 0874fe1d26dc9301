/* SPDX-License-Identifier: MIT */
/* Blocks that know what must be in them, allocated and changed in all ways that the heap has, in any context. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t tag;
    uint32_t size;
    uint8_t rest[];
} block_t;

/** Faults found so far, by all tasks and handlers; what was wrong with the first. */
extern volatile unsigned block_faults;
extern const char *volatile block_fault;
void block_report(const char *what);

/** Linear congruential; each context has a seed of its own. */
uint32_t block_random(uint32_t *seed);

/**
 * A new block, filled; by malloc, calloc or aligned, through the kernel's names or the heap's. NULL: no memory, which is a fault.
 */
block_t *block_new(uint32_t *seed);

/** Gives it another size and verifies what had to be kept. */
block_t *block_resize(block_t *block, uint32_t *seed);

/** Verifies and frees it; NULL: nothing. */
void block_free(block_t *block, uint32_t *seed);
