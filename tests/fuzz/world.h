/* SPDX-License-Identifier: MIT */
/*
 * A chip made up for fuzzing, small enough to be put back to its first state before each input:
 *
 *      main    12 KB  plain RAM               outer   8 KB   external RAM, cached
 *      dma      4 KB  DMA too                 stack   1.5 KB start-up stack, a heap only later
 *      code     4 KB  D/IRAM: EXEC blocks by another address, words in the same or the opposite order
 *      low      1 KB  low-power RAM with a second address
 *      words    2 KB  EXEC, word-only
 *      spare    4 * 2 KB  no heap: regions are added there
 *
 * Each is an array of its own, so that the address sanitizer keeps guards between them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_SPARES 4u
#define WORLD_SPARE 2048u
#define WORLD_ADDED (1u << 22) /* capabilities of added regions, beside the usual ones */
#define WORLD_OTHER (1u << 24)

/** Boots the chip and keeps its state. */
void world_begin(void);
/** Puts everything back; options: bits that change what the hardware is like. */
void world_reset(unsigned options);
/** First byte of a spare. */
unsigned char *world_spare(size_t i);
/** Capabilities of the chip's RAM at an address, of all columns; 0: none of the chip's. */
uint32_t world_caps_at(uintptr_t p);
/** Word i of a block as its user sees it, through the data bus. */
uint32_t *world_word(const void *p, size_t i);
/** Lowest data-bus address of a block of `bytes` bytes, whichever address its user has. */
uintptr_t world_data(const void *p, size_t bytes);
/** Whether p is an instruction-bus address. */
bool world_is_alias(const void *p);
/** No lock is held. */
bool world_locks_are_open(void);
