/* SPDX-License-Identifier: MIT */
/*
 * Address sanitizer on QEMU's mps2-an385: three ranges. Their shadow memory takes the end of the PSRAM, which the heap must leave
 * alone:
 *
 *   0x20000000 ... 0x20400000   main memory with the stack, first       shadow at 0x21d00000
 *   0x00000000 ... 0x00400000   program, its data                                 0x21d80000
 *   0x21000000 ... 0x21d00000   PSRAM                                             0x21e00000 ... 0x21fa0000
 *
 * 0x21d00000 - (0x20000000 >> 3) is board_shadow_offset in cmake/board-mps2-an385.cmake.
 */
#include "capheap/kasan.h"
#include "heap_memory_layout.h"

#define SHADOW 0x21d00000u

const ch_kasan_range_t ch_kasan_ranges[] = {
    {0x20000000u, 0x20400000u, (uint8_t *)SHADOW},
    {0x00000000u, 0x00400000u, (uint8_t *)(SHADOW + 0x80000u)},
    {0x21000000u, SHADOW, (uint8_t *)(SHADOW + 0x100000u)},
};
const unsigned ch_kasan_range_count = sizeof ch_kasan_ranges / sizeof ch_kasan_ranges[0];

SOC_RESERVE_MEMORY_REGION(SHADOW, 0x22000000, kasan_shadow)
