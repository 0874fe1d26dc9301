/* SPDX-License-Identifier: MIT */
/* The tables of bits.h. */
#include "base/bits.h"

#include "esp_attr.h"

/* In front of the other one, which is used more: what lies at the very start of the small variables may be out of one instruction's reach. */
CH_NEAR_TABLE const uint8_t ch_quarters_table[64] = {0,  0,  0,  0,  14, 15, 16, 17, 18, 18, 19, 19, 20, 20, 21, 21,
                                                     22, 22, 22, 22, 23, 23, 23, 23, 24, 24, 24, 24, 25, 25, 25, 25,
                                                     26, 26, 26, 26, 26, 26, 26, 26, 27, 27, 27, 27, 27, 27, 27, 27,
                                                     28, 28, 28, 28, 28, 28, 28, 28, 29, 29, 29, 29, 29, 29, 29, 29};

/* Entry (2^n * 0x077CB531) >> 27 holds n: the constant is a de Bruijn sequence, so that the 32 products differ in their top bits. */
CH_NEAR_TABLE const uint8_t ch_lowest_bit_table[32] = {0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
                                                       31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9};
