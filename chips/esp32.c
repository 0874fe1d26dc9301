/* SPDX-License-Identifier: MIT */
/*
 * ESP32 (two Xtensa LX6 cores), default configuration: both cores in use, no PSRAM, no Bluetooth, no trace memory.
 *
 *   0x3f800000 external RAM window (no region: such a heap is added once the RAM was found)
 *   0x3ffae000 DRAM    data bus only; pools 10 to 16 of the internal memories
 *   0x3ffe0000 D/IRAM  data bus, and instruction bus from 0x400a0000 with its words in opposite order; pools 6 to 9.
 *                      Stack of the boot code until the application runs
 *   0x40070000 IRAM    instruction bus only, aligned words only; pools 0 to 5, of which 0 and 1 are the caches of the cores
 *
 * Regions are cut where pools and pages of the memory protection unit are, and joined again at boot.
 *
 * Source of types, regions and reserved ranges: ESP-IDF's table of this chip with its macros evaluated in this configuration
 * (commit 102122904ade); of the windows: its soc.h.
 */
#include "chip_rows.h"

enum { DRAM, DIRAM, IRAM, SPIRAM, RTCRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [DRAM] = {"DRAM", {MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_DMA | MALLOC_CAP_32BIT, 0}},
    [DIRAM] = {"D/IRAM",
               {0, MALLOC_CAP_DMA | MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL | MALLOC_CAP_DEFAULT, MALLOC_CAP_32BIT | CH_CAP_EXEC}},
    [IRAM] = {"IRAM", {MALLOC_CAP_INTERNAL | CH_CAP_EXEC | MALLOC_CAP_32BIT, 0, 0}},
    /* External RAM (with PSRAM) and low-power fast RAM (with one core): no region of the default configuration has them. */
    [SPIRAM] = {"SPIRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT}},
    [RTCRAM] = {"RTCRAM",
                {MALLOC_CAP_RTCRAM, MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT | CH_CAP_EXEC}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x3ffae000, 0x2000, DRAM, 0, false},          /* pool 16; ROM code data at its start */
    {0x3ffb0000, 0x8000, DRAM, 0, false},          /* pool 15; Bluetooth hardware exchange memory when BT is on */
    {0x3ffb8000, 0x8000, DRAM, 0, false},          /* pool 14; Bluetooth ROM data when BT is on */
    {0x3ffc0000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 0 */
    {0x3ffc2000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 1 */
    {0x3ffc4000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 2 */
    {0x3ffc6000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 3 */
    {0x3ffc8000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 4 */
    {0x3ffca000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 5 */
    {0x3ffcc000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 6 */
    {0x3ffce000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 7 */
    {0x3ffd0000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 8 */
    {0x3ffd2000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 9 */
    {0x3ffd4000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 10 */
    {0x3ffd6000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 11 */
    {0x3ffd8000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 12 */
    {0x3ffda000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 13 */
    {0x3ffdc000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 14 */
    {0x3ffde000, 0x2000, DRAM, 0, false},          /* pools 10-13, MMU page 15 */
    {0x3ffe0000, 0x4000, DIRAM, 0x400bc000, true}, /* pool 9 block 1; ROM data for core 0 at its start */
    {0x3ffe4000, 0x4000, DIRAM, 0x400b8000, true}, /* pool 9 block 0 */
    {0x3ffe8000, 0x8000, DIRAM, 0x400b0000, true}, /* pool 8 */
    {0x3fff0000, 0x8000, DIRAM, 0x400a8000, true}, /* pool 7 */
    {0x3fff8000, 0x4000, DIRAM, 0x400a4000, true}, /* pool 6 block 1; trace memory */
    {0x3fffc000, 0x4000, DIRAM, 0x400a0000, true}, /* pool 6 block 0; trace memory */
    {0x40070000, 0x8000, IRAM, 0, false},          /* pool 0; CPU 0 cache */
    {0x40078000, 0x8000, IRAM, 0, false},          /* pool 1; CPU 1 cache */
    {0x40080000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 0 */
    {0x40082000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 1 */
    {0x40084000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 2 */
    {0x40086000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 3 */
    {0x40088000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 4 */
    {0x4008a000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 5 */
    {0x4008c000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 6 */
    {0x4008e000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 7 */
    {0x40090000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 8 */
    {0x40092000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 9 */
    {0x40094000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 10 */
    {0x40096000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 11 */
    {0x40098000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 12 */
    {0x4009a000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 13 */
    {0x4009c000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 14 */
    {0x4009e000, 0x2000, IRAM, 0, false},          /* pools 2-5, MMU page 15 */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed: .data to .bss, code in IRAM, data at fixed places of low-power RAM. */
extern const char _data_start[], _heap_start[];
extern const char _iram_start[], _iram_end[];
extern const char _rtc_fast_reserved_start[], _rtc_fast_reserved_end[];
extern const char _rtc_slow_reserved_start[], _rtc_slow_reserved_end[];

SOC_RESERVE_MEMORY_REGION(0x40070000, 0x40078000, cpu0_cache)   /* flash cache of core 0 */
SOC_RESERVE_MEMORY_REGION(0x40078000, 0x40080000, cpu1_cache)   /* flash cache of core 1 */
SOC_RESERVE_MEMORY_REGION(0x3ffe0000, 0x3ffe0440, rom_pro_data) /* data of the ROM's functions, core 0 */
SOC_RESERVE_MEMORY_REGION(0x3ffe3f20, 0x3ffe4350, rom_app_data) /* data of the ROM's functions, core 1 */
SOC_RESERVE_MEMORY_REGION(0x3ffae000, 0x3ffae6e0, rom_data)     /* data of the ROM */
SOC_RESERVE_MEMORY_REGION((intptr_t)_data_start, (intptr_t)_heap_start, dram_data)
SOC_RESERVE_MEMORY_REGION((intptr_t)_iram_start, (intptr_t)_iram_end, iram_code)
SOC_RESERVE_MEMORY_REGION((intptr_t)_rtc_fast_reserved_start, (intptr_t)_rtc_fast_reserved_end, rtc_fast_reserved_data)
SOC_RESERVE_MEMORY_REGION((intptr_t)_rtc_slow_reserved_start, (intptr_t)_rtc_slow_reserved_end, rtc_reserved_data)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32",
    .max_request = 0x400000,
    .word_only_types = 1u << IRAM, /* other accesses trap */
    .dram = {0x3ffae000, 0x40000000},
    .iram = {0x40080000, 0x400aa000},
    .diram_dram = {0x3ffe0000, 0x40000000},
    .diram_iram = {0x400a0000, 0x400c0000},
    .diram_inverted = true,
    .rtc_dram = {0x3ff80000, 0x3ff82000},
    .rtc_iram = {0x400c0000, 0x400c2000}, /* same order as on the data bus */
    .rtc_slow = {0x50000000, 0x50002000},
    .external = {0x3f800000, 0x3fc00000},
    .dma = {0x3ffae000, 0x40000000},
    .byte_accessible = {0x3ff90000, 0x40000000},
    .internal = {0x3ff90000, 0x400c2000},
    .cache_line_internal = 0, /* internal RAM is not cached */
    .cache_line_external = 4, /* step that ESP-IDF gives the allocator; a hardware line has 32 bytes */
    .simd_step = 0,
    .encrypted_dma_step = 0, /* DMA does not reach external RAM */
    .has_axi_dma = false,
};
