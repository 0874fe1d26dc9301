/* SPDX-License-Identifier: MIT */
/*
 * Copying and filling by aligned 32-bit words, for all memory: word-only RAM takes nothing else, and the C libraries' memcpy for
 * small processors often goes byte by byte, as would the memcpy and memset that compilers put in place of such loops
 * (compiler.h).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Copies `count` words upwards; `to` may overlap `from` if it lies below it. */
void ch_words_copy(void *to, const void *from, size_t count);

/** Writes `value` to `count` words. */
void ch_words_fill(void *to, uint32_t value, size_t count);

/*
 * The same for a number of bytes: what is beyond them in the last word stays. `to` and `from` are multiples of 4 nevertheless.
 * Bytes are numbered from the low end of a word up.
 */
void ch_words_copy_exact(void *to, const void *from, size_t bytes);
void ch_words_fill_exact(void *to, uint32_t value, size_t bytes);

/** The first of `count` words that is not `value`; NULL: all are. */
const uint32_t *ch_words_find_other(const void *from, uint32_t value, size_t count);
