/* SPDX-License-Identifier: MIT */
/*
 * Heaps in a random state, and a reference that knows every live block.
 *
 * A world is three heaps, each alone between two guard pages: what is read or written beyond them is a crash. Either they are
 * heaps of multi_heap.h, with or without a lock, or regions of the capability layer. The whole state (the heaps' memory, the
 * library's variables, the locks, the reference) can be kept and put back, so that one state serves for every fault.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/block.h"
#include "multi_heap.h"

enum { HEAPS = 3, MOST_BLOCKS = 400, MOST_FREED = 48, LEAST_HEAP = 1024, LONGEST_HEAP = 32768 };

/** A block as its user knows it. */
typedef struct {
    unsigned char *p;
    uint32_t size;
    uint8_t heap, fill;
    bool kept; /* the library's own, or bytes of it were changed by the fault: nobody looks at them */
} block_t;

/** A heap as it was made: what it says of itself later may be damaged. */
typedef struct {
    unsigned char *start, *low, *high, *end; /* memory; blocks lie in [low, high) */
    multi_heap_handle_t handle;
    uint32_t caps; /* a mask that only this heap has */
} heap_t;

typedef struct {
    bool caps; /* the capability layer's */
    bool locked;
    heap_t heap[HEAPS];
    unsigned live_count, freed_count; /* freed: newest last, the oldest are forgotten */
    block_t live[MOST_BLOCKS], freed[MOST_FREED];
    unsigned spoiled; /* blocks whose bytes the library changed */
} world_t;

extern world_t world;

/** Random numbers, the same for the same seed. */
void rng_seed(uint64_t seed);
uint64_t rng_state(void);
uint32_t rng(void);
uint32_t rng_below(uint32_t n);
/** True once in n times. */
static inline bool rng_one_in(uint32_t n) { return rng_below(n) == 0; }

/** Takes the memory. Once a process, before anything of the library is called. */
void world_begin(void);
/** Makes heaps and brings them into a random state. Call it by guard_run(). */
void world_make(void *unused);
void world_keep(void);
void world_restore(void);
/** Whether the word at p, of a heap's memory, is not what was kept. */
bool world_differs(unsigned heap, const unsigned char *p, uint32_t *was, uint32_t *is);

/** Performs random operations; each block handed out is held against the reference, which leaves by guard_leave(OWNED). */
void world_operate(unsigned operations);
/** One look at the heap by a function that only looks. */
void world_look(void);
/** What the check says: whether all heaps are sound. */
bool world_check(void);
/** Sets `kept` in blocks whose bytes are not what their user wrote: those that a fault has hit. */
void world_excuse(void);
/** Whether all others are as their users left them, and nothing around the heaps was written. */
bool world_is_clean(void);

/** Leaves by OWNED unless `size` bytes at p are free memory of the heap `asked` (HEAPS: of any). */
void world_examine(const unsigned char *p, uint32_t size, uint8_t asked);
/** One block; NULL where there is no room. `heap` HEAPS: any. */
unsigned char *world_malloc(uint32_t size, uint8_t heap);
void world_free(unsigned live);
void world_realloc(unsigned live, uint32_t size);
/** The calls alone, which the reference does not see. */
void call_free(uint8_t heap, void *p);
void *call_realloc(uint8_t heap, void *p, uint32_t size);

/** Whether a live block lies in [p, p + size). */
bool world_is_used(const unsigned char *p, size_t size);
/** The heap whose memory p lies in; HEAPS: none. */
uint8_t world_heap_of(const unsigned char *p);
static inline ch_engine_t *world_engine(uint8_t heap) { return (ch_engine_t *)(void *)world.heap[heap].handle; }
