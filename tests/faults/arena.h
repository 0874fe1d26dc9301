/* SPDX-License-Identifier: MIT */
/*
 * Memory between guard pages, the memory map that the capability layer sees, and the library's variables.
 * The library is linked as one object whose variables lie in sections of their own (tests/faults/run), so they can be put back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void arenas_begin(void);

/** Memory number i for a heap of `size` bytes, a multiple of 4, close to the guard page before or behind it. Filled with 0xA5. */
unsigned char *arena_open(unsigned i, size_t size, bool close_to_end);

/** The pages that the heap lies in. */
unsigned char *arena_pages(unsigned i, size_t *bytes);

/** Makes the memory numbers 0 to 2 the rows of the chip's table. */
void arena_rows(const size_t size[3]);

/** A mask that only the heap of row i has. */
uint32_t arena_caps(unsigned i);

/** The library's variables: as they were before it was first called. */
void library_renew(void);
/** Copies them; returns the number of bytes. */
size_t library_save(void *to);
void library_load(const void *from);
