/* SPDX-License-Identifier: MIT */
/*
 * The engine: turns one span of bytes into blocks, in bounded time. Pure: no lock, no port, no text, no globals. Resizes in place
 * only; moving is done above it. Position-independent: it holds offsets, never addresses, in 32-bit words at aligned addresses,
 * so that a span may be word-only memory and a dump of it can be read on any machine.
 *
 * Numbers of granules (CH_CFG_GRANULE bytes) are called n; offsets from the control block, in bytes, are called offset; 0 is no
 * block. block.h tells how blocks are encoded, bins.h where free ones wait.
 *
 * Invariants (ch_engine_check cites them):
 *   I1  the blocks from `first` to `end` follow one another without a gap; each has at least two granules
 *   I2  two free blocks never touch
 *   I3  a free block is in the bin of its size, exactly once, and nothing else is in a bin
 *   I4  a bit of `map` is set exactly where its bin is not empty
 *   I5  `free` is the granules of the free blocks, `blocks` and `free_blocks` count all blocks and the free ones
 *   I6  `limit` is not more than the span holds
 *   I7  links of a list lead to and fro, except the back link of its first block; sizes at both ends of a free block agree with
 *       the bits
 *   I8  `seal` is what ch_engine_seal() makes of `first` and `end`, which never change, and of the layer above's first two words
 *   I9  bits that no block has use for are 0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "capheap/config.h"

/** Words at the start of the control block that belong to the layer above; the first two are sealed, as the span is. */
#define CH_ENGINE_ABOVE (CH_CFG_DETECTION >= CH_DETECT_COMPREHENSIVE ? 6 : 4)

struct ch_engine;

/**
 * The layer above provides this: it is called, in the midst of a change and so with the lock held, when links or sizes turn out
 * to be damaged before they are followed. `where` is the offset of the block that they are of, or that a link names. It does not
 * return. Nobody calls it if NDEBUG is defined: then what is damaged is left out, and lost.
 */
__attribute__((noreturn)) void ch_engine_damaged(const struct ch_engine *e, uint32_t where);

/**
 * The layer above provides this, too, at level `hardened`: what links are encoded with, two numbers of this boot, the second one
 * odd. They do not change while there is a heap, and lie in none.
 */
extern uint32_t ch_engine_keys[2];

/**
 * Bins: one for each size of 2 to 15 granules, then four for each power of two, or, where words are dear, one. As many as the
 * span asks for and the map can tell.
 */
#define CH_EXACT_BINS 14
#define CH_MAP_WORDS 3
/* So that the slot behind each has a bit too, also those that fill up to a granule. */
#define CH_BINS (32 * CH_MAP_WORDS - CH_ENGINE_WORDS - CH_CFG_GRANULE / 4)

/** Words of the control block before its bins. */
#define CH_ENGINE_WORDS (CH_ENGINE_ABOVE + 8 + CH_MAP_WORDS)

/**
 * Control block of a span. All words; the same on every machine. `limit` and `free` may be read at any time, so they are written
 * by atomic stores; `first`, `end` and `seal` never change; the rest is the engine's caller's to keep apart.
 */
typedef struct ch_engine {
    uint32_t above[CH_ENGINE_ABOVE];
    uint32_t limit;       /* hint, granules: requests for more were not served at once, and nothing longer was freed since */
    uint32_t free;        /* granules in free blocks */
    uint32_t blocks;      /* number of blocks */
    uint32_t free_blocks; /* how many of them are free: most calls change one of the two numbers */
    uint32_t end;         /* offset behind the last block */
    uint32_t fine;        /* slot from which on a bin holds what else were four */
    uint32_t seal;        /* check sum of `first`, `end`, `above[0]` and `above[1]`: walks go by them, whatever else is damaged */
    uint32_t reach;       /* `end` less a granule, less CH_NO_BLOCK: one comparison tells where no block can start */
    uint32_t map[CH_MAP_WORDS]; /* bins that are not empty; below them ch_first() */
    uint32_t bins[];            /* up to ch_first(): offset of a free block, 0: empty */
} ch_engine_t;

/** Offset of the first block: the end of the bins. It stands in bits of the map that are of no bin, as these words have none. */
#define CH_FIRST_MASK 0x1FFu
static inline uint32_t ch_first(const ch_engine_t *e) { return CH_LOAD_FIXED(e->map[0]) & CH_FIRST_MASK; }

/** Below this offset lies no block, but what must not be written through a damaged link. */
#define CH_NO_BLOCK (4 * (CH_ENGINE_WORDS + CH_EXACT_BINS))

/**
 * What `seal` has to be; who changes a sealed word sets it. A change of one word never escapes it, of more words in one case of
 * 2^32; zeros are not sealed. A few dozen instructions.
 */
uint32_t ch_engine_seal(const ch_engine_t *e);

/**
 * Lays out a span of `size` bytes at `start`, as one free block.
 *
 * @param start a multiple of 4
 * @return the control block, or NULL if start is misaligned, the span wraps round the address space, is too small for one block,
 *         or longer than 2^32 bytes. Clears the bits: time grows with size / (32 granules). `above` is zero.
 */
ch_engine_t *ch_engine_create(void *start, size_t size);

/** Whether ch_engine_create() would succeed. Writes nothing. */
bool ch_engine_fits(const void *start, size_t size);

/**
 * Allocates n >= 2 granules of a block that is found at once and has fewer than `below`; returns the offset, 0 if there is none.
 * Leaves `limit` alone. Bounded.
 */
uint32_t ch_engine_alloc_below(ch_engine_t *e, uint32_t n, uint32_t below);

/**
 * Puts a block for n granules, which only a longer look into its bin shows, where it is found at once. false: there is none. So a
 * request is certainly not served if it is not served at once, this says false, or it is not served at once even then. Bounded.
 */
bool ch_engine_bring(ch_engine_t *e, uint32_t n);

/** Both, all at once: for callers without a lock. */
static inline uint32_t ch_engine_alloc(ch_engine_t *e, uint32_t n) {
    uint32_t offset = ch_engine_alloc_below(e, n, ~0u);
    return offset || !ch_engine_bring(e, n) ? offset : ch_engine_alloc_below(e, n, ~0u);
}

/**
 * Allocates *n >= 2 granules, or one more, as *n says then, whose address, plus `shift`, is a multiple of `alignment` bytes (a
 * power of two, at least two granules), from what is found at once for `look` granules, in the bin of `slot` (ch_slot_of(): it
 * never changes, so that it can be asked for before the lock is taken) or behind it. 0 if they do not fit there, or no granule is
 * aligned so. Bounded.
 */
uint32_t ch_engine_alloc_aligned(ch_engine_t *e, uint32_t look, uint32_t slot, uint32_t *n, uint32_t alignment, uint32_t shift);

/** Granules of a hole that has room for n and whatever is left out in front of them for an alignment. */
static inline uint32_t ch_engine_enough(uint32_t n, uint32_t alignment) { return n + alignment / CH_CFG_GRANULE + 1; }

/** Granules of the used block at an offset, 0 if no used block starts there. Bounded. */
uint32_t ch_engine_size(const ch_engine_t *e, uint32_t offset);

/** Frees the block at an offset. false, and nothing changed, if no used block starts there. Bounded. */
bool ch_engine_free(ch_engine_t *e, uint32_t offset);

/**
 * Makes the used block of `had` granules at an offset n >= 2 granules long, without moving it: cuts its end off, or takes what it
 * needs of a free block behind it. Returns the granules that it has now: n, or n + 1 as a single one that would be left over
 * stays. 0, and nothing changed, where that can't be. Bounded.
 */
uint32_t ch_engine_resize(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n);

/**
 * Lets the used block of `had` granules at an offset take over the free block before it, and what is missing then to n granules
 * of the free one behind it, if all together have as many. Returns the granules it has taken over in front: it starts so much
 * lower, and the caller moves the contents, then cuts off what is too much. 0, and nothing changed, where they have not. Bounded.
 */
uint32_t ch_engine_grow_down(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n);

/** Granules that an aligned request can surely get now. Bounded. */
uint32_t ch_engine_largest_aligned(const ch_engine_t *e, uint32_t alignment, uint32_t shift);

/**
 * The longest free block that a request can get, granules; 0 if there is none. n granules can be had now exactly if n is not
 * more. Bounded.
 */
uint32_t ch_engine_largest(const ch_engine_t *e);

/** A block, as a walk sees it. */
typedef struct {
    uint32_t offset; /* 0: no more blocks */
    uint32_t n;      /* granules */
    bool used;
} ch_block_t;

/**
 * The first block that starts at `offset` or behind it. `offset` may be any multiple of the granule: a place where a block once
 * started is good enough, whatever has become of it. Looks at a bounded number of words; n = 0 and an offset behind the given
 * one: that was not enough, go on from there. n = 0 and the given offset: what is there can't be followed (I1). If the control
 * block is damaged (I8) there are no blocks.
 *
 * This function and the next ones read nothing outside the span, whatever its words hold. What they return lies within it.
 */
ch_block_t ch_engine_seek(const ch_engine_t *e, uint32_t offset);

/** What is wrong with a span, by invariant. */
typedef enum {
    CH_SOUND,
    CH_BAD_SIZE,  /* I1, I7 */
    CH_TOUCHING,  /* I2 */
    CH_WRONG_BIN, /* I3 */
    CH_BAD_MAP,   /* I4 */
    CH_BAD_TOTAL, /* I5 */
    CH_BAD_LIMIT, /* I6 */
    CH_BAD_LINK,  /* I7 */
    CH_BAD_SPAN,  /* I8 */
    CH_BAD_BITS   /* I9 */
} ch_fault_t;

/** Checks the control block: I8, I9 around the blocks, and what totals and limit can't be. Bounded. The next three rely on I8. */
ch_fault_t ch_engine_check_control(const ch_engine_t *e);

/** Whether a block starts at an offset, a multiple of the granule. Bounded. */
bool ch_engine_starts(const ch_engine_t *e, uint32_t offset);

/** Whether the block b is still what ch_engine_seek() said of it. Bounded. */
bool ch_engine_is_there(const ch_engine_t *e, const ch_block_t *b);

/** Checks the size of the block b: I1, I2, I6, I7 as far as they concern it. b is there. Bounded, as the next three are. */
ch_fault_t ch_engine_check_size(const ch_engine_t *e, const ch_block_t *b);

/** Checks the link of the free block b to the next of its list, and the one that leads from there to b: I7. */
ch_fault_t ch_engine_check_next(const ch_engine_t *e, const ch_block_t *b);

/** The same of the block before it in its list, or of the bin if it is the first. */
ch_fault_t ch_engine_check_back(const ch_engine_t *e, const ch_block_t *b);

/** Checks that the free block b, whose links are sound, is in the right place of the right bin: I3. */
ch_fault_t ch_engine_check_place(const ch_engine_t *e, const ch_block_t *b);

/**
 * Checks the bits of the block b (I9), from its granule *from on, and moves *from on: all are checked when it reaches b.n.
 * Looks at a bounded number of words, so that a long block takes several calls.
 */
ch_fault_t ch_engine_check_bits(const ch_engine_t *e, const ch_block_t *b, uint32_t *from);

/** Checks bin number `bin`, below CH_BINS (I4), and the link to its first block. Bounded. */
ch_fault_t ch_engine_check_bin(const ch_engine_t *e, uint32_t bin);
