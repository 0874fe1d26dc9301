/* SPDX-License-Identifier: MIT */
/* Arithmetic on sizes that says so when it does not fit: the result is then SIZE_MAX, which no heap can serve. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

CH_INLINE size_t ch_size_add(size_t a, size_t b) {
    size_t sum;
    return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

CH_INLINE size_t ch_size_mul(size_t a, size_t b) {
    size_t product;
    return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

/** a rounded up to a multiple of `step`, a power of two. */
CH_INLINE size_t ch_size_round_up(size_t a, size_t step) {
    size_t sum = ch_size_add(a, step - 1);
    return sum == SIZE_MAX ? SIZE_MAX : sum & ~(step - 1);
}

CH_INLINE bool ch_is_power_of_two(size_t x) { return x != 0 && (x & (x - 1)) == 0; }
