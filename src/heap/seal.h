/* SPDX-License-Identifier: MIT */
/*
 * The seals of the control block, from level `comprehensive` on: check sums of its words, looked at before anything is done with
 * a heap, and renewed when that is done. At `hardened` they are made with keys, which differ from boot to boot; below all keys
 * are 0.
 *
 *      above[4]   of what changes: low watermark, limit, totals, map; and of the span's bounds
 *      above[5]   of what does not change once the heap is known to others: the lock's address, the capabilities
 *
 * S1  Outside of critical sections above[4] is the seal of what changes. Sections that only look (ch_heap_look()) need not care.
 * S2  The lock's address is used only if above[5] says that it is what was set: a wrong one could be anything.
 *
 * A change of one word never escapes a seal, of several words in one case of 2^32. A control block that was written to is nothing
 * to go on with: the program ends, NDEBUG or not.
 */
#pragma once

#include <stdbool.h>

#include "capheap/port.h"
#include "engine/engine.h"

/** Draws the keys, once; before the first heap is made. */
void ch_keys_draw(void);

/** A number that belongs to an address (or anything else), another one in each boot. Not 0 for all that is known. */
uint32_t ch_key_of(uint32_t at);

/** Whether the lock's address is what was set. */
bool ch_seal_keeps_lock(const ch_engine_t *e);

/** Ends the program: what is sealed of a control block, or the check of its lock (heap.h), is not what was set; at any level. */
__attribute__((noreturn)) void ch_seal_broken(const ch_engine_t *e, uint32_t unused);

/** Ends the program if a seal is broken; takes the heap's lock, if it has one. */
ch_port_state_t ch_seal_lock(const ch_engine_t *e);

/** Seals what changed, opens the lock. */
void ch_seal_unlock(const ch_engine_t *e, ch_port_state_t state);

/** Seals all: after the heap is made, or its lock or capabilities are set. */
void ch_seal_all(ch_engine_t *e);

/** Whether no seal is broken. With the lock held. */
bool ch_seal_is_whole(const ch_engine_t *e);
