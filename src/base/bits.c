/* SPDX-License-Identifier: MIT */
/* The tables of bits.h. */
#include "base/bits.h"

#include "esp_attr.h"

#define QUARTER(k) (CH_QUARTERS_FROM + (k))
#define TWICE(k) QUARTER(k), QUARTER(k)
#define FOURFOLD(k) TWICE(k), TWICE(k)
#define EIGHTFOLD(k) FOURFOLD(k), FOURFOLD(k)

CH_NEAR_TABLE CH_IN_ORDER const uint8_t ch_quarters[64] = {0,
                                                           0,
                                                           0,
                                                           0,
                                                           QUARTER(0),
                                                           QUARTER(1),
                                                           QUARTER(2),
                                                           QUARTER(3),
                                                           TWICE(4),
                                                           TWICE(5),
                                                           TWICE(6),
                                                           TWICE(7),
                                                           FOURFOLD(8),
                                                           FOURFOLD(9),
                                                           FOURFOLD(10),
                                                           FOURFOLD(11),
                                                           EIGHTFOLD(12),
                                                           EIGHTFOLD(13),
                                                           EIGHTFOLD(14),
                                                           EIGHTFOLD(15)};

/* Entry (2^n * factor) >> 27 holds n. The factor is a de Bruijn sequence, so that the 32 products differ in their top bits. */
CH_NEAR_TABLE CH_IN_ORDER const ch_lowest_t ch_lowest = {
    0x077CB531u,
    {0, 1, 28, 2, 29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4, 8, 31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6, 11, 5, 10, 9}};
