/* SPDX-License-Identifier: MIT */
/* The table of bits.h. */
#include "base/bits.h"

#include "esp_attr.h"

/* Entry (2^n * 0x077CB531) >> 27 holds n: the constant is a de Bruijn sequence, so that the 32 products differ in their top bits. */
CH_NEAR_TABLE const uint8_t ch_lowest_bit_table[32] = {0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
                                                       31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9};
