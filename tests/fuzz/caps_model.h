/* SPDX-License-Identifier: MIT */
/* What must be true of the heaps of world.h: the live blocks, the heaps that they may lie in, and the comparison of all of it. */
#pragma once

#include "fuzz.h"
#include "world.h"

/** A live block as its user holds it; index into the reference's list. */
typedef struct {
    void *user;
    size_t alignment; /* that it has since it was asked for, by a realloc too, with what the hardware needs */
    ref_block_t block;
} held_t;

extern ref_t model; /* by data-bus addresses */

void model_begin(void);
/** The start-up stack has become a heap. */
void model_begin_stack(void);
/** A heap [start, end) with these capabilities exists from now on. */
void model_add_heap(uintptr_t start, uintptr_t end, uint32_t caps);
/** Notes what was handed out; alignment: what was asked now or ever. */
void model_note(void *p, size_t size, size_t alignment, uint32_t caps);
/** The block at an index, with the address that its user has. */
held_t model_held(size_t index);
/** Takes it out; first its contents are compared, unless they have been moved. */
void model_drop(size_t index, bool moved);
/** The user's view of a block is kept, and compared with another one. */
void model_remember(const void *p, size_t bytes);
void model_expect_remembered(const void *p, size_t bytes);
void model_expect_zero(const void *p, size_t bytes);
/** Whether no block or heap can explain p: free has to refuse it. */
bool model_is_surely_bad(uintptr_t p);
/** Whether requests with these capabilities, as asked, can never be served. */
bool model_never(uint32_t caps);
/** The block at an index becomes one that holds a heap: it is taken out, and may never be freed. */
void model_make_host(size_t index);
/** What the system's heaps hold back comes out: what is free then can be had, and no more. */
void model_settle(void);
/** All heaps against the model. */
void model_compare(void);
