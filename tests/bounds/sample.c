/* SPDX-License-Identifier: MIT */
/*
 * Functions whose longest path is the one that is taken: what wcet.py says of them and what minstret counts must agree. All that
 * it has to understand is here: branches, loops within loops and with two ways back, calls in loops, tail calls in a ring.
 */
#include "sample.h"

#define APART __attribute__((noinline, noclone, noipa))

static volatile uint32_t sink;

APART static uint32_t sample_step(uint32_t x) {
    if (x & 1) {
        sink = x;
        sink = x + 1;
        sink = x + 2;
        return 3 * x;
    }
    sink = x;
    return x;
}

APART static uint32_t sample_loops(uint32_t n) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        sink = i;
        for (uint32_t k = 0; k < n + 2; k++) sum += sample_step(2 * k + 1);
    }
    return sum;
}

APART static uint32_t sample_again(uint32_t n) {
    while (n != 0) {
        sink = n;
        if (--n & sink) continue;
        sink = 0;
        sink = 1;
    }
    return sink;
}

APART static uint32_t sample_even(uint32_t n);

APART static uint32_t sample_odd(uint32_t n) {
    sink = n;
    return n ? sample_even(n - 1) : sink;
}

APART static uint32_t sample_even(uint32_t n) {
    sink = n;
    sink = n;
    return n ? sample_odd(n - 1) : sink;
}

const sample_t samples[] = {
    {"sample_step", sample_step, 7},
    {"sample_loops", sample_loops, SAMPLE_ROUNDS},
    {"sample_again", sample_again, SAMPLE_ROUNDS},
    {"sample_even", sample_even, 2 * SAMPLE_ROUNDS},
};
const unsigned sample_count = sizeof samples / sizeof samples[0];
