/* SPDX-License-Identifier: MIT */
/* The second core of mps2-an521: it waits at reset until it is given a vector table and let go. */
#include "second_core.h"

#include <stdint.h>

#include "board.h"
#include "vectors.h"

#define INITSVTOR1 (*(volatile uint32_t *)0x50021114u) /* vector table of core 1 */
#define CPUWAIT (*(volatile uint32_t *)0x50021118u)    /* bit n: core n is held */
#define CPU_ID (*(const volatile uint32_t *)0x5001f000u)

static char second_stack[16384] __attribute__((aligned(8)));
static void (*second_entry)(void);

static void second_start(void) {
    second_entry();
    for (;;) __asm__ volatile("wfi");
}

/* A constant: the emulator takes it from the image as it was loaded, not from memory. */
static const board_vectors_t vectors __attribute__((aligned(128))) =
    BOARD_VECTORS(second_stack + sizeof second_stack, second_start);

void board_start_second_core(void (*entry)(void)) {
    second_entry = entry;
    __asm__ volatile("dsb" : : : "memory");
    INITSVTOR1 = (uint32_t)(uintptr_t)&vectors;
    CPUWAIT = 0;
}

unsigned ch_board_core_id(void) { return CPU_ID; }
