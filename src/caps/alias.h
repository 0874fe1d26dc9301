/* SPDX-License-Identifier: MIT */
/*
 * RAM with two addresses: data bus and instruction bus. A block asked with EXEC from such RAM is handed out by its
 * instruction-bus address. Its data-bus address stands in the word before, which is ours:
 *
 *      same order        data   | head: alignment, d | code ...            |
 *                        instr. | head              | user ...            |
 *
 *      inverted words    data   |            ... code | head: d, alignment |
 *                        instr. | head: alignment, d | user ...            | the instruction bus sees words in opposite order
 *
 * Before d in instruction-bus order stands the alignment that was asked: realloc needs it. The head is a multiple of the granule;
 * its last words are those two.
 *
 * All accesses go through the data bus, by words. So nothing here depends on the instruction bus being writable.
 */
#pragma once

#include "caps/registry.h"

enum { CH_ALIAS_HEAD = CH_G < 8 ? 8 : CH_G };

/** How to reach the words of a block through the data bus: word k is at first[k * step]. */
typedef struct {
    uint32_t *first;
    int step;
} ch_words_t;

/** Whether EXEC blocks of this region are handed out by another address than the data bus's. */
bool ch_alias_has(const ch_region_t *r);

/** Whether p is an instruction-bus address of RAM that has two. */
bool ch_alias_is(const void *p);

/** Allocates for EXEC from a region that ch_alias_has(); returns the instruction-bus address, aligned. NULL: no room. */
void *ch_alias_alloc(const ch_region_t *r, size_t size, uint32_t alignment);

/** What the data-bus block at d was handed out as by ch_alias_alloc(); NULL if it was not. */
const void *ch_alias_user(const ch_region_t *r, const void *d);

/** What a caller's pointer stands for. */
typedef struct {
    const ch_region_t *r; /* where it lies; NULL: in no heap */
    void *block;          /* its data-bus address */
    size_t size;          /* user bytes of the block; 0: there is no block */
    uint32_t alignment;   /* that it was asked with; none, or no more than the granule's: it does not matter */
} ch_claim_t;

/** What a pointer stands for, handed out by whichever address. Believes nothing that it reads. */
ch_claim_t ch_alias_claim(const void *p);

/** The words of any block, aliased or not. */
ch_words_t ch_alias_words(const void *p);
