/* SPDX-License-Identifier: MIT */
/*
 * Address sanitizer on QEMU's virt machine: all that the chip table uses, in one range. The shadow memory lies above what the
 * linker script uses:
 *
 *   0x80000000 ... 0x82000000   covered
 *   0x84000000 ... 0x84400000   shadow memory; 0x84000000 - (0x80000000 >> 3) is board_shadow_offset in
 *                               cmake/board-virt-rv32.cmake
 */
#include "capheap/kasan.h"

const ch_kasan_range_t ch_kasan_ranges[] = {{0x80000000u, 0x82000000u, (uint8_t *)0x84000000u}};
const unsigned ch_kasan_range_count = sizeof ch_kasan_ranges / sizeof ch_kasan_ranges[0];
