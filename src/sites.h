/* SPDX-License-Identifier: MIT */
/*
 * Call-site accounting: a fixed table of the places that allocate, by the address that the public function returns to.
 *
 *      place 0 ... n - 1   of a caller: a hash of its address, or one of the next seven
 *      place n             "others": callers that found all eight taken
 *      word of a block     | place | bytes asked |     (heap/owner.h)
 *
 * S1  A place is a caller's for ever: so a block's word needs no more than its number.
 * S2  The word has the size that was booked, so that a free books the same.
 * S3  Words are not believed: one that names no place is ignored.
 * S4  A peak is brought up to date when something is freed, and when somebody looks: no malloc has to.
 *
 * Constant time, one short lock of the table's own, no memory of any heap: from interrupts, too. All of this folds to nothing
 * without CH_CFG_CALL_SITES.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/**
 * A block was handed out as ptr, not NULL, for `size` bytes. Returns ptr. _exec: maybe by an instruction-bus address; _here: for
 * the caller of who calls this as its last (CH_TAIL_CALLS).
 */
void *ch_sites_allocated(void *ptr, size_t size, const void *caller);
void *ch_sites_allocated_here(void *ptr, size_t size);
void *ch_sites_allocated_exec(void *ptr, size_t size, const void *caller);

/** The same of a block that was another size's, or another caller's, before. */
void *ch_sites_moved(void *ptr, size_t size, const void *caller);
void *ch_sites_moved_here(void *ptr, size_t size);

/** A block is about to be given back, or what is no block. Returns ptr. */
void *ch_sites_freed(void *ptr);

/** The same, and goes on to give it back. */
void ch_sites_free(void *ptr);
