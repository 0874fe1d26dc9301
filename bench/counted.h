/* SPDX-License-Identifier: MIT */
/*
 * A call whose instructions are counted.
 *
 * uintptr_t counted_call(function, a, b, c, &cost): calls function with up to three words as arguments and returns its result.
 * cost: instructions from the call to the return, both included, arguments already in place. 0 where the program cannot count
 * itself: on Cortex-M and Xtensa a QEMU plugin counts the marked call (count_plugin.c).
 */
#pragma once

#include <stdint.h>

typedef void (*counted_function_t)(void);

#if defined __riscv && __riscv_xlen == 32

/* One read of minstret counts as one instruction and is taken off. Exact only under -icount shift=0 (README.md). */
enum { COUNTER_READ_COST = 1 };

static inline uintptr_t counted_call(counted_function_t function, uintptr_t a, uintptr_t b, uintptr_t c, uint32_t *cost) {
    register uintptr_t a0 __asm__("a0") = a;
    register uintptr_t a1 __asm__("a1") = b;
    register uintptr_t a2 __asm__("a2") = c;
    uint32_t before;
    uint32_t after;

    /* All registers that a call may change are listed, so that the two counters end up in saved ones. */
    __asm__ volatile("csrr %[before], minstret\n\t"
                     "jalr ra, 0(%[function])\n\t"
                     "csrr %[after], minstret"
                     : "+r"(a0), "+r"(a1), "+r"(a2), [before] "=&r"(before), [after] "=&r"(after)
                     : [function] "r"(function)
                     : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a3", "a4", "a5", "a6", "a7", "memory");
    *cost = after - before - COUNTER_READ_COST;
    return a0;
}

#elif defined __arm__ || defined __XTENSA__

uintptr_t marked_call(counted_function_t function, uintptr_t a, uintptr_t b, uintptr_t c); /* marked_call.S */

static inline uintptr_t counted_call(counted_function_t function, uintptr_t a, uintptr_t b, uintptr_t c, uint32_t *cost) {
    *cost = 0;
    return marked_call(function, a, b, c);
}

#else

static inline uintptr_t counted_call(counted_function_t function, uintptr_t a, uintptr_t b, uintptr_t c, uint32_t *cost) {
    uintptr_t (*call)(uintptr_t, uintptr_t, uintptr_t) = (uintptr_t(*)(uintptr_t, uintptr_t, uintptr_t))function;

    *cost = 0;
    return call(a, b, c);
}

#endif

/* Short forms for the subjects. */
#define COUNTED_CALL(function, a, b, c, cost)                                                                                    \
    counted_call((counted_function_t)(function), (uintptr_t)(a), (uintptr_t)(b), (uintptr_t)(c), (cost))
