/* SPDX-License-Identifier: MIT */
/*
 * Counting zeros in a word, on machines with and without an instruction for it.
 *
 * Without one, a multiply and a table of 32 bytes find the lowest set bit, and a table of 64 bytes the highest. Both tables are
 * data in RAM, not in flash: they are read while the flash cache may be off.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"

extern const uint8_t ch_lowest_bit_table[32];
extern const uint8_t ch_highest_bit_table[64];

/** Number of the lowest set bit. x is not 0. */
CH_INLINE_FAST uint32_t ch_lowest_bit(uint32_t x) {
    if (CH_HAS_CLZ) return (uint32_t)__builtin_ctz(x);
    return ch_lowest_bit_table[((x & (0u - x)) * 0x077CB531u) >> 27];
}

/** Number of the highest set bit: floor(log2(x)). x is not 0. Fewest instructions for x below 1024. */
CH_INLINE_FAST uint32_t ch_highest_bit(uint32_t x) {
    uint32_t base = 0;
    if (CH_HAS_CLZ) return 31u - (uint32_t)__builtin_clz(x);
    if (x >= 1u << 10) {
        base = 10, x >>= 10;
        while (x >= 64) base += 6, x >>= 6; /* at most three times */
    } else if (x >= 64) {
        base = 4, x >>= 4;
    }
    return base + ch_highest_bit_table[x];
}
