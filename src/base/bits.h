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

/**
 * quarters: entry x >> 2 of x = 16 to 255 holds four times floor(log2(x)) plus its next two bits, less 2: which quarter of a power of two x is
 * in. lowest: for ch_lowest_bit(). One object in this order, as what lies at the very start of the small variables may be out of one
 * instruction's reach, and the second is used more.
 */
typedef struct {
    uint8_t quarters[64], lowest[32];
} ch_bit_tables_t;

extern const ch_bit_tables_t ch_bit_tables;

/** Number of the lowest set bit. x is not 0. */
CH_INLINE_FAST uint32_t ch_lowest_bit(uint32_t x) {
    if (CH_HAS_CLZ) return (uint32_t)__builtin_ctz(x);
    return ch_bit_tables.lowest[((x & (0u - x)) * 0x077CB531u) >> 27];
}

/** Number of the highest set bit: floor(log2(x)). x is not 0. Not for hot paths. */
static CH_UNUSED uint32_t ch_highest_bit(uint32_t x) {
    if (CH_HAS_CLZ) return 31u - (uint32_t)__builtin_clz(x);
    x |= x >> 1, x |= x >> 2, x |= x >> 4, x |= x >> 8, x |= x >> 16; /* all bits below it too */
    return ch_lowest_bit(x ^ x >> 1);
}
