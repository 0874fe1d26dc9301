/* SPDX-License-Identifier: MIT */
/*
 * What gcc calls and Debian's libgcc for lx106 does not have, as that chip has it in ROM: division, multiplication of 64 bits.
 * And the one atomic operation that the tests use, which lx106 has no instruction for: by masking interrupts, as there is one
 * core; a board with two has its own.
 */
#include <stdint.h>

uint32_t __udivsi3(uint32_t n, uint32_t d);
uint32_t __umodsi3(uint32_t n, uint32_t d);
int32_t __divsi3(int32_t n, int32_t d);
uint64_t __udivdi3(uint64_t n, uint64_t d);
uint64_t __umoddi3(uint64_t n, uint64_t d);
int64_t __divdi3(int64_t n, int64_t d);
uint64_t __muldi3(uint64_t a, uint64_t b);
unsigned __atomic_fetch_add_4(volatile void *number, unsigned added, int order);

/* ---- 32 bits; division by zero gives all ones ---- */

static uint32_t divide(uint32_t n, uint32_t d, uint32_t *rest) {
    if (d == 0 || d > n) {
        *rest = n;
        return d == 0 ? UINT32_MAX : 0;
    }
    int shift = __builtin_clz(d) - __builtin_clz(n);
    uint32_t quotient = 0;
    for (d <<= shift; shift >= 0; shift--, d >>= 1) {
        quotient <<= 1;
        if (n < d) continue;
        n -= d;
        quotient |= 1;
    }
    *rest = n;
    return quotient;
}

static uint32_t size_of(int32_t n) { return n < 0 ? 0u - (uint32_t)n : (uint32_t)n; }

uint32_t __udivsi3(uint32_t n, uint32_t d) {
    uint32_t rest;
    return divide(n, d, &rest);
}

uint32_t __umodsi3(uint32_t n, uint32_t d) {
    uint32_t rest;
    (void)divide(n, d, &rest);
    return rest;
}

int32_t __divsi3(int32_t n, int32_t d) {
    uint32_t rest, quotient = divide(size_of(n), size_of(d), &rest);
    return (int32_t)((n ^ d) < 0 ? 0u - quotient : quotient);
}

/* ---- 64 bits ---- */

static uint64_t divide_long(uint64_t n, uint64_t d, uint64_t *rest) {
    uint64_t quotient = 0;
    *rest = 0;
    for (int i = 63; i >= 0; i--) {
        *rest = *rest << 1 | (n >> i & 1);
        if (*rest < d) continue;
        *rest -= d;
        quotient |= (uint64_t)1 << i;
    }
    return quotient;
}

static uint64_t size_of_long(int64_t n) { return n < 0 ? 0u - (uint64_t)n : (uint64_t)n; }

uint64_t __udivdi3(uint64_t n, uint64_t d) {
    uint64_t rest;
    return divide_long(n, d, &rest);
}

uint64_t __umoddi3(uint64_t n, uint64_t d) {
    uint64_t rest;
    (void)divide_long(n, d, &rest);
    return rest;
}

int64_t __divdi3(int64_t n, int64_t d) {
    uint64_t rest, quotient = divide_long(size_of_long(n), size_of_long(d), &rest);
    return (int64_t)((n ^ d) < 0 ? 0u - quotient : quotient);
}

uint64_t __muldi3(uint64_t a, uint64_t b) {
    uint64_t sum = 0;
    for (; b != 0; b >>= 1, a <<= 1) sum += b & 1 ? a : 0;
    return sum;
}

/* ---- atomic ---- */

__attribute__((weak)) unsigned __atomic_fetch_add_4(volatile void *number, unsigned added, int order) {
    volatile unsigned *place = number;
    uint32_t state;
    (void)order;
    __asm__ volatile("rsil %0, 15" : "=r"(state) : : "memory");
    unsigned before = *place;
    *place = before + added;
    __asm__ volatile("wsr %0, ps\n\trsync" : : "r"(state) : "memory");
    return before;
}
