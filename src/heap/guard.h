/* SPDX-License-Identifier: MIT */
/*
 * The guard around a block, at the levels of detection above none: two canaries and the size, and from `comprehensive` on fills.
 *
 *      block                                                                            block's end
 *      | pad | canary | size | user bytes 0 ... size - 1 | canary | slack        | record |
 *      |<-- CH_GUARD_HEAD -->|                           ^ unaligned where size is        ^ of an alignment (heap.h), if any
 *
 * Owner words (owner.h), if there are any, lie between the size and the user's bytes, and are counted in the size that is
 * recorded: so a debugger finds them where it finds ESP-IDF's.
 *
 * G1  Between critical sections a used block that is not held back (quarantine.h) has its guard: it is written in the section
 *     that takes the block, and goes in the one that frees it. So a check can look at any block at any time.
 * G2  The size is what was asked: the block has the granules that it needs with head and tail, or one more, or, if there is a
 *     record, two more. So the size tells a block that the bits have made longer, be it by the shortest there is.
 * G3  At `comprehensive` a free block is CH_FILL_FREE all over, but for the engine's own words (I10); so is a block that is being
 *     handed out.
 * G4  The bytes between the canaries are the user's from the section that takes the block until the one that frees it: they are
 *     filled and looked at with the lock open.
 *
 * All accesses are aligned words, as the memory may take no others: an unaligned canary lies in two. Bytes are numbered from the
 * low end of a word up. At `hardened` what stands in a canary depends on its place and on the boot; the size is encoded with such
 * a number.
 *
 * Nothing here is called, or left over, at level none.
 */
#pragma once

#include "engine/reshape.h"
#include "heap/culprit.h"
#include "heap/frame.h"
#include "heap/heap.h"

#define CH_HEAD_CANARY 0xABBA1234u
#define CH_TAIL_CANARY 0xBAAD5678u
#define CH_FILL_FRESH 0xCECECECEu /* user bytes of a new block */
#define CH_FILL_FREE 0xFEFEFEFEu  /* free memory */

/* Where the guard's words lie, counted from the user's first. */
enum { CH_GUARD_LENGTH = -1 - CH_OWNER_WORDS, CH_GUARD_CANARY = CH_GUARD_LENGTH - 1 };

/** The user's first word of the block at an offset. */
CH_INLINE uint32_t *ch_guard_user(const ch_engine_t *e, uint32_t offset) { return ch_at(e, offset + CH_GUARD_HEAD); }

/** By what a word at an address is told from the same word anywhere else, and in any other boot. */
CH_INLINE uint32_t ch_guard_mask(const void *at) { return ch_key_of((uint32_t)(uintptr_t)at); }

CH_INLINE uint32_t ch_guard_head(const uint32_t *user) {
    return CH_KEYED ? ch_guard_mask(user + CH_GUARD_CANARY) : CH_HEAD_CANARY;
}

CH_INLINE uint32_t ch_guard_tail(const uint32_t *user, uint32_t size) {
    return CH_KEYED ? ~ch_guard_mask((const char *)user + size) : CH_TAIL_CANARY;
}

/** The user's bytes as the recorded size has them, right or wrong. */
CH_INLINE uint32_t ch_guard_size(const uint32_t *user) {
    const uint32_t *at = user + CH_GUARD_LENGTH;
    return (CH_KEYED ? *at ^ ch_guard_mask(at) : *at) - CH_OWNER_BYTES;
}

/** The most that can be recorded in a block of n granules. */
CH_INLINE uint32_t ch_guard_room(uint32_t n) { return (n << CH_G_SHIFT) - (CH_GUARD_HEAD + CH_GUARD_TAIL); }

/** Whether `size` can be what was asked of the block of n granules (G2). */
CH_INLINE bool ch_guard_fits(const ch_engine_t *e, uint32_t offset, uint32_t n, uint32_t size) {
    if (size > ch_guard_room(n)) return false;
    uint32_t more = n - (uint32_t)ch_granules(ch_frame_outer(size | !size)); /* of 0 bytes there is no block */
    return more < 2 || (more == 2 && ch_record_read(e, offset, n)) /* so much longer, it has the word */;
}

/** The word that lies at user + size. */
CH_INLINE uint32_t ch_guard_word_at(const uint32_t *user, uint32_t size) {
    const uint32_t *w = user + size / 4;
    uint32_t shift = 8 * (size & 3);
    return shift ? w[0] >> shift | w[1] << (32 - shift) : w[0];
}

/** Whether the guard of the used block of n granules is sound; in line. */
CH_INLINE bool ch_guard_is_whole(const ch_engine_t *e, uint32_t offset, uint32_t n) {
    const uint32_t *user = ch_guard_user(e, offset);
    uint32_t size = ch_guard_size(user);
    return user[CH_GUARD_CANARY] == ch_guard_head(user) && ch_guard_fits(e, offset, n, size) &&
           ch_guard_word_at(user, size) == ch_guard_tail(user, size);
}

/** Writes the guard for `size` user bytes; in line, and whatever was there before. */
CH_INLINE void ch_guard_write(uint32_t *user, uint32_t size) {
    uint32_t canary = ch_guard_tail(user, size), *tail = user + size / 4, shift = 8 * (size & 3), others = ~0u << shift;
    uint32_t recorded = size + CH_OWNER_BYTES;
    user[CH_GUARD_CANARY] = ch_guard_head(user);
    user[CH_GUARD_LENGTH] = CH_KEYED ? recorded ^ ch_guard_mask(user + CH_GUARD_LENGTH) : recorded;
    if (shift == 0) {
        *tail = canary;
        return;
    }
    tail[0] = ((CH_FILLED ? CH_FILL_FRESH : tail[0]) & ~others) | canary << shift;
    tail[1] = (tail[1] & others) | canary >> (32 - shift);
}

/** User bytes of a block whose guard need not be sound: never more than it can have, never 0. */
CH_INLINE uint32_t ch_guard_size_within(const ch_engine_t *e, uint32_t offset, uint32_t n) {
    uint32_t size = ch_guard_size(ch_guard_user(e, offset)), room = ch_guard_room(n);
    return ch_guard_fits(e, offset, n, size) ? size : room;
}

/**
 * Writes the guard of the block at an offset, for `size` user bytes. With the lock held, as the engine hands it out or resizes it
 * (G1).
 */
void ch_guard_dress(ch_engine_t *e, uint32_t offset, size_t size);

/** Whether the guard of the used block of n granules is sound. */
bool ch_guard_is_sound(const ch_engine_t *e, uint32_t offset, uint32_t n);

/**
 * The same; if it is not, that is reported as found by `call`, which was given a pointer, and the program ended. false: it was
 * not, and NDEBUG is defined. Without the lock.
 */
bool ch_guard_verify(const ch_engine_t *e, uint32_t offset, uint32_t n, const char *call, const void *given);

/** What is wrong with the guard of the used block of n granules; with the word at `where`, which is not free memory's fill. */
ch_culprit_t ch_guard_fault(const ch_engine_t *e, uint32_t offset, uint32_t n);
ch_culprit_t ch_guard_fault_of_fill(const ch_engine_t *e, const uint32_t *where);

/**
 * A block is the caller's: verifies that the user's bytes were free memory's and fills them (G4). Ends the program if they were
 * not.
 */
void ch_guard_open(ch_engine_t *e, uint32_t offset, size_t size);

/** A block is about to be freed: fills the user's bytes as free memory. Its guard is sound. */
void ch_guard_erase(const ch_engine_t *e, uint32_t offset);

/**
 * Fills the rest of the used block of n granules, `size` of them user bytes, as free memory. With the lock held; the engine frees
 * it next.
 */
void ch_guard_undress(ch_engine_t *e, uint32_t offset, uint32_t n, uint32_t size);
