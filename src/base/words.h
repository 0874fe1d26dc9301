/* SPDX-License-Identifier: MIT */
/*
 * Copying and filling by aligned 32-bit words, for all memory: word-only RAM takes nothing else, and the C libraries' memcpy for small
 * processors often goes byte by byte, as would the memcpy and memset that compilers put in place of such loops (compiler.h).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Copies `count` words upwards; `to` may overlap `from` if it lies below it. */
void ch_words_copy(void *to, const void *from, size_t count);

/** Writes `value` to `count` words. */
void ch_words_fill(void *to, uint32_t value, size_t count);
