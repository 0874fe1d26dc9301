/* SPDX-License-Identifier: MIT */
/*
 * The reference heap of the model tests: a list of the blocks that should be alive, and what must be true of them. It allocates
 * nothing and knows nothing of how a heap works, so there is nothing in it to get wrong: a block is a range of addresses that
 * overlaps no other, lies in its region, is aligned, and holds what was written to it.
 *
 * Numbers come from one generator with the seed of ch_test_seed(); a failure prints the seed and the number of the operation.
 */
#pragma once

#include "ch_test.h"

#include "capheap/config.h"

#define REF_MAX 400u
#define REF_GRANULE ((size_t)CH_CFG_GRANULE)

/* A live block. usable bytes from p carry the tag. */
typedef struct {
    uintptr_t p;
    size_t size;
    size_t usable;
    size_t alignment;
    uint32_t caps;
    uint32_t tag;
} ref_block_t;

/* Live blocks, ascending by address. */
typedef struct {
    ref_block_t blocks[REF_MAX];
    size_t count;
} ref_t;

/* Seeds the generator; salt keeps tests apart. Returns the number of operations asked for (CH_OPS), else the default. */
unsigned long ref_begin(uint32_t salt, unsigned long ops_on_host, unsigned long ops_on_board);
/* The number that failures print. */
void ref_operation(unsigned long number);

uint32_t ref_random(void);
/* 0 to bound - 1. */
size_t ref_below(size_t bound);
/* True in one of n cases. */
bool ref_one_in(size_t n);
/* A request: mostly tiny, some round, some large for a heap of this many bytes; never 0. */
size_t ref_size(size_t span);
/* A power of two, mostly small. */
size_t ref_alignment(void);
/* Bytes that a block of this request has at least. */
size_t ref_rounded(size_t size);

/* Ends the test if what should hold does not. */
void ref_expect(bool holds, const char *what);

/* Adds a block, after checking it against its region [start, end) and all other blocks; tags it. usable is a multiple of 4. */
void ref_add(ref_t *ref, ref_block_t block, uintptr_t start, uintptr_t end);
/* Checks the contents of a block and takes it out. */
ref_block_t ref_take(ref_t *ref, size_t index);
/* The tag is still in the first `bytes` of what is at p now. */
void ref_expect_tagged(uintptr_t p, size_t bytes, uint32_t tag);
/* The first `bytes` at p are 0. */
void ref_expect_zero(uintptr_t p, size_t bytes);
