/* SPDX-License-Identifier: MIT */
/*
 * Freed blocks that level `hardened` holds back: a FIFO over all heaps of the system, of at most CH_CFG_QUARANTINE_BLOCKS blocks
 * with CH_CFG_QUARANTINE_BYTES bytes in all. Until it comes out a block is used, as the engine has it, and free memory's fill all
 * over; so who still writes to it is found when it comes out, or by a check, and who frees it again at once.
 *
 *      | leaving ... | held ...             |      a ring
 *        ^ oldest      ^ next to come out
 *
 * Q1  A block is in the ring exactly from the section that takes its guard away to the one that frees it. The ring's lock is
 *     taken inside of the heap's, never the other way round.
 * Q2  What leaves is the business of whoever took it out; its place is free when it and all before it are done.
 *
 * Heaps that are not the system's (no capability word) hold nothing back: they may end without a word, and their memory be used
 * otherwise.
 */
#pragma once

#include "heap/heap.h"

/** Whether blocks of this heap are held back. */
CH_INLINE bool ch_quarantine_takes(const ch_engine_t *e) { return CH_KEYED && CH_CFG_QUARANTINE_BLOCKS > 0 && e->above[3]; }

/** Holds a block back that has just lost its guard. With the heap's lock held. false: there is no room. */
bool ch_quarantine_put(ch_engine_t *e, uint32_t offset, uint32_t n);

/** Granules of the block at an offset if it is held back, 0 if it is not. */
uint32_t ch_quarantine_has(const ch_engine_t *e, uint32_t offset);

/**
 * Frees the oldest block: in any case, or (all = false) if there are too many, or too long ones. false: nothing was to be done.
 */
bool ch_quarantine_let_out(bool all);

/** Memory becomes a heap: forgets what was held back in it. */
void ch_quarantine_forget(const void *start, size_t size);
