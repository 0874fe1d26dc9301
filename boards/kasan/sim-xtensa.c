/* SPDX-License-Identifier: MIT */
/*
 * Address sanitizer on QEMU's Xtensa machine sim. The shadow memory lies in what the linker script calls spare:
 *
 *   0x3ff80000 ... 0x40000000   data RAM: data, stack, first                      shadow at 0x52000000
 *   0x40000000 ... 0x40200000   instruction RAM, of which a part is heap                    0x52010000
 *   0x60000000 ... 0x62000000   system RAM, its first 32 MiB                                0x52050000
 *   0x50000000 ... 0x50400000   program, its constants                                      0x52450000 ... 0x524d0000
 *
 * 0x52000000 - (0x3ff80000 >> 3) is board_shadow_offset in cmake/board-sim-xtensa.cmake.
 */
#include "capheap/kasan.h"

#define SHADOW 0x52000000u

const ch_kasan_range_t ch_kasan_ranges[] = {
    {0x3ff80000u, 0x40000000u, (uint8_t *)SHADOW},
    {0x40000000u, 0x40200000u, (uint8_t *)(SHADOW + 0x10000u)},
    {0x60000000u, 0x62000000u, (uint8_t *)(SHADOW + 0x50000u)},
    {0x50000000u, 0x50400000u, (uint8_t *)(SHADOW + 0x450000u)},
};
const unsigned ch_kasan_range_count = sizeof ch_kasan_ranges / sizeof ch_kasan_ranges[0];
