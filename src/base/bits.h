/* SPDX-License-Identifier: MIT */
/*
 * Counting zeros in a word, on machines with and without an instruction for it.
 *
 * Without one, a multiply and a table of 32 bytes find the lowest set bit. The tables are data in RAM, not in flash: they are read while
 * the flash cache may be off.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"

extern const uint8_t ch_lowest_bit_table[32];

/** Entry x >> 2 of x = 16 to 255 holds four times floor(log2(x)) plus its next two bits, less 2: which quarter of a power of two x is in. */
extern const uint8_t ch_quarters_table[64];

/** Number of the lowest set bit. x is not 0. */
CH_INLINE_FAST uint32_t ch_lowest_bit(uint32_t x) {
    if (CH_HAS_CLZ) return (uint32_t)__builtin_ctz(x);
    return ch_lowest_bit_table[((x & (0u - x)) * 0x077CB531u) >> 27];
}

/** Number of the highest set bit: floor(log2(x)). x is not 0. Not for hot paths. */
static CH_UNUSED uint32_t ch_highest_bit(uint32_t x) {
    if (CH_HAS_CLZ) return 31u - (uint32_t)__builtin_clz(x);
    x |= x >> 1, x |= x >> 2, x |= x >> 4, x |= x >> 8, x |= x >> 16; /* all bits below it too */
    return ch_lowest_bit(x ^ x >> 1);
}
