/* SPDX-License-Identifier: MIT */
/*
 * Counting zeros in a word, on machines with and without an instruction for it.
 *
 * Without one, a multiply and a table of 32 bytes find the lowest set bit. The tables are data in RAM, not in flash: they are
 * read while the flash cache may be off.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"

/** For ch_lowest_bit(). */
typedef struct {
    uint32_t factor;
    uint8_t at[32];
} ch_lowest_t;

/**
 * ch_quarters: entry x >> 2 of x = 16 to 255 tells which quarter of a power of two x is in: 4 * floor(log2(x)) plus its next two
 * bits, plus CH_QUARTERS_FROM, less 16. The two in this order, as what lies at the very start of the small variables may be out
 * of one instruction's reach, and the second is used more.
 */
extern const uint8_t ch_quarters[64];
extern const ch_lowest_t ch_lowest;

enum { CH_QUARTERS_FROM = CH_CFG_DETECTION >= CH_DETECT_COMPREHENSIVE ? 31 : 29 };

/** Number of the lowest set bit. x is not 0. */
CH_INLINE_FAST uint32_t ch_lowest_bit(uint32_t x) {
    if (CH_HAS_CLZ) return (uint32_t)__builtin_ctz(x);
    return ch_lowest.at[((x & (0u - x)) * ch_lowest.factor) >> 27];
}

/** Number of the highest set bit: floor(log2(x)). x is not 0. Not for hot paths. */
static CH_UNUSED uint32_t ch_highest_bit(uint32_t x) {
    if (CH_HAS_CLZ) return 31u - (uint32_t)__builtin_clz(x);
    x |= x >> 1, x |= x >> 2, x |= x >> 4, x |= x >> 8, x |= x >> 16; /* all bits below it too */
    return ch_lowest_bit(x ^ x >> 1);
}
