/* SPDX-License-Identifier: MIT */
/*
 * Call-site accounting: a fixed table of the places that allocate, by the address that the public function returns to.
 *
 *      entry = hash of the caller's address, or one of the next ones    eight at most; then the last entry, "others"
 *      word of a block (heap/owner.h): | entry + 1, 10 bits | granules asked, 22 bits |
 *
 * S1  An entry is a place's for ever: so a block's word needs no more than its number, and who looks at the table needs no lock
 * to know whose an entry is.
 * S2  The word has the size that was booked, so that a free books the same. Larger blocks than it can say count as the largest.
 * S3  Words are not believed: one that names no entry is ignored.
 *
 * Constant time, one short lock of the table's own, no memory of any heap: from interrupts, too. All of this folds to nothing
 * without CH_CFG_CALL_SITES.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/** A place, with what is live of it. */
typedef struct {
    const void *caller;   /* NULL: nobody's yet */
    uint32_t live, peak;  /* granules */
    uint32_t blocks;      /* live */
    uint32_t allocations; /* so far, modulo 2^32 */
} ch_site_t;

enum { CH_SITES = CH_CFG_CALL_SITES > 0 ? CH_CFG_CALL_SITES : 8, CH_SITE_SHIFT = 22 };

/** A block was handed out as ptr, not NULL, for `size` bytes; _exec: maybe by an instruction-bus address. Returns ptr. */
void *ch_sites_allocated(void *ptr, size_t size, const void *caller);
void *ch_sites_allocated_exec(void *ptr, size_t size, const void *caller);

/** The same where the block has its word already: its site was another. */
void *ch_sites_moved(void *ptr, size_t size, const void *caller);

/** A block is about to be given back, or what is no block. Returns ptr. */
void *ch_sites_freed(void *ptr);
