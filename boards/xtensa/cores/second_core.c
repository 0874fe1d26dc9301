/* SPDX-License-Identifier: MIT */
/*
 * Boards with two Xtensa cores that have s32c1i: start of the second, and the atomic operation of ../compiler_helpers.c for both.
 */
#include "second_core.h"

#include <stdint.h>

void (*volatile board_second_entry)(void) __attribute__((section(".data"))) = 0; /* read by second_start.S */

void board_start_second_core(void (*entry)(void)) {
    __asm__ volatile("memw" : : : "memory");
    board_second_entry = entry;
}

/*
 * s32c1i stores a value where there is what scompare1 holds, and gives what there was. Bytes, as the lx106 assembler does not
 * know it.
 */
static uint32_t compare_and_swap(volatile uint32_t *place, uint32_t expected, uint32_t value) {
    register uint32_t a8 __asm__("a8") = expected, a9 __asm__("a9") = value;
    register volatile uint32_t *a10 __asm__("a10") = place;
    __asm__ volatile(".byte 0x80, 12, 0x13\n\trsync\n\t" /* wsr a8, scompare1 */
                     ".byte 0x92, 0xea, 0x00\n\tmemw"    /* s32c1i a9, a10, 0 */
                     : "+r"(a9)
                     : "r"(a8), "r"(a10)
                     : "memory");
    return a9;
}

unsigned __atomic_fetch_add_4(volatile void *number, unsigned added, int order);

/* With interrupts masked: a handler's own swap would change scompare1 between its two instructions. */
unsigned __atomic_fetch_add_4(volatile void *number, unsigned added, int order) {
    volatile uint32_t *place = number;
    uint32_t state;
    (void)order;
    __asm__ volatile("rsil %0, 15" : "=r"(state) : : "memory");
    uint32_t before = *place, seen;
    while ((seen = compare_and_swap(place, before, before + added)) != before) before = seen;
    __asm__ volatile("wsr %0, ps\n\trsync" : : "r"(state) : "memory");
    return before;
}
