/* SPDX-License-Identifier: MIT */
/*
 * ESP32 (two Xtensa LX6 cores).
 *
 *   0x3f800000 SPIRAM  4 MiB    window of external RAM (option PSRAM)
 *   0x3ff80000 RTCRAM  8 KiB    low-power fast RAM, instruction bus 0x400c0000 in the same order (option CORES=1)
 *   0x3ffae000 DRAM    200 KiB  data bus only; pools 10 to 16 of the internal memories
 *   0x3ffe0000 D/IRAM  128 KiB  data bus, and instruction bus from 0x400a0000 with its words in opposite order; pools 6 to 9.
 *                               Stack of the boot code until the application runs
 *   0x40070000 IRAM    192 KiB  instruction bus only, aligned words only; pools 0 to 5, of which 0 and 1 are the cores' caches
 *
 * Regions are cut where pools and pages of the memory protection unit are, and joined again at boot.
 *
 * Source of types, regions and reserved ranges: ESP-IDF's table of this chip with its macros evaluated (commit 102122904ade);
 * of the windows: its soc.h; of what Bluetooth takes: its component bt.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    CORES = CH_OPTION(CORES, 2), /* 1: RAM of the other core is free, and so is low-power fast RAM */
    RTC_FAST_AS_HEAP = CORES == 1 && CH_OPTION(RTC_FAST_AS_HEAP, 1), /* low-power fast RAM is a heap; only core 0 reaches it */
    IRAM_8BIT = CORES == 1 && CH_OPTION(IRAM_8BIT, 0),               /* bytes in IRAM by a trap, up to 167 cycles an access */
    TRACEMEM = CH_OPTION(TRACEMEM, 0),           /* bytes of trace memory at the end of D/IRAM: 0, 0x4000, 0x8000 */
    SRAM1_AS_IRAM = CH_OPTION(SRAM1_AS_IRAM, 0), /* code at the end of D/IRAM */
    BT = CH_OPTION(BT, 0),                       /* Bluetooth controller */
    PSRAM = CH_OPTION(PSRAM, 0),                 /* external RAM; its heap is added at run time, see late[] */
};
_Static_assert(CORES == 1 || CORES == 2, "CONFIG_CHIP_CORES of an ESP32 is 1 or 2");

enum { DRAM, D_IRAM, IRAM, SPIRAM, RTCRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [DRAM] = {"DRAM", {MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_DMA | MALLOC_CAP_32BIT, 0}},
    [D_IRAM] = {"D/IRAM",
                {0, MALLOC_CAP_DMA | MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL | MALLOC_CAP_DEFAULT, MALLOC_CAP_32BIT | CH_CAP_EXEC}},
    [IRAM] = {"IRAM", {MALLOC_CAP_INTERNAL | CH_CAP_EXEC | MALLOC_CAP_32BIT | (IRAM_8BIT ? MALLOC_CAP_IRAM_8BIT : 0u), 0, 0}},
    [SPIRAM] = {"SPIRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT}},
    [RTCRAM] = {"RTCRAM",
                {MALLOC_CAP_RTCRAM, MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT | CH_CAP_EXEC}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x3f800000, PSRAM ? 0x400000 : 0, SPIRAM, 0, false},          /* window of external RAM */
    {0x3ff80000, RTC_FAST_AS_HEAP ? 0x2000 : 0, RTCRAM, 0, false}, /* low-power fast RAM */
    {0x3ffae000, 0x2000, DRAM, 0, false},                          /* pool 16; ROM code data at its start */
    {0x3ffb0000, 0x8000, DRAM, 0, false},                          /* pool 15; Bluetooth hardware exchange memory when BT is on */
    {0x3ffb8000, 0x8000, DRAM, 0, false},                          /* pool 14; Bluetooth ROM data when BT is on */
    {0x3ffc0000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 0 */
    {0x3ffc2000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 1 */
    {0x3ffc4000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 2 */
    {0x3ffc6000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 3 */
    {0x3ffc8000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 4 */
    {0x3ffca000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 5 */
    {0x3ffcc000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 6 */
    {0x3ffce000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 7 */
    {0x3ffd0000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 8 */
    {0x3ffd2000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 9 */
    {0x3ffd4000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 10 */
    {0x3ffd6000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 11 */
    {0x3ffd8000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 12 */
    {0x3ffda000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 13 */
    {0x3ffdc000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 14 */
    {0x3ffde000, 0x2000, DRAM, 0, false},                          /* pools 10-13, MMU page 15 */
    {0x3ffe0000, 0x4000, D_IRAM, 0x400bc000, true},                /* pool 9 block 1; ROM data for core 0 at its start */
    {0x3ffe4000, 0x4000, D_IRAM, 0x400b8000, true},                /* pool 9 block 0 */
    {0x3ffe8000, 0x8000, D_IRAM, 0x400b0000, true},                /* pool 8 */
    {0x3fff0000, 0x8000, D_IRAM, 0x400a8000, true},                /* pool 7 */
    {0x3fff8000, 0x4000, D_IRAM, 0x400a4000, true},                /* pool 6 block 1; trace memory */
    {0x3fffc000, 0x4000, D_IRAM, 0x400a0000, true},                /* pool 6 block 0; trace memory */
    {0x40070000, 0x8000, IRAM, 0, false},                          /* pool 0; CPU 0 cache */
    {0x40078000, 0x8000, IRAM, 0, false},                          /* pool 1; CPU 1 cache */
    {0x40080000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 0 */
    {0x40082000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 1 */
    {0x40084000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 2 */
    {0x40086000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 3 */
    {0x40088000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 4 */
    {0x4008a000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 5 */
    {0x4008c000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 6 */
    {0x4008e000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 7 */
    {0x40090000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 8 */
    {0x40092000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 9 */
    {0x40094000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 10 */
    {0x40096000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 11 */
    {0x40098000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 12 */
    {0x4009a000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 13 */
    {0x4009c000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 14 */
    {0x4009e000, 0x2000, IRAM, 0, false},                          /* pools 2-5, MMU page 15 */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed: .data to .bss, code in IRAM, data at fixed places of low-power RAM. */
extern const char _data_start[], _heap_start[];
extern const char _iram_start[], _iram_end[];
extern const char _rtc_fast_reserved_start[], _rtc_fast_reserved_end[];
extern const char _rtc_slow_reserved_start[], _rtc_slow_reserved_end[];
extern const char _rtc_force_fast_end[]; /* of data in low-power fast RAM, where that is a heap */
extern const char _heap_end[];           /* of D/IRAM that the code at its end leaves */

SOC_RESERVE_MEMORY_REGION(PSRAM ? 0x3f800000 : 0, PSRAM ? 0x3fc00000 : 0, spi_ram) /* the heap is added at run time */
SOC_RESERVE_MEMORY_REGION(RTC_FAST_AS_HEAP ? 0x3ff80000 : 0, RTC_FAST_AS_HEAP ? CH_SYMBOL(_rtc_force_fast_end) : 0, rtcram_data)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_rtc_fast_reserved_start), CH_SYMBOL(_rtc_fast_reserved_end), rtc_fast_reserved_data)
SOC_RESERVE_MEMORY_REGION(0x3ffae000, 0x3ffae6e0, rom_data) /* data of the ROM */
SOC_RESERVE_MEMORY_REGION(BT ? 0x3ffae6e0 : 0, BT ? 0x3ffaff10 : 0, rom_bt_data)
SOC_RESERVE_MEMORY_REGION(BT ? 0x3ffb0000 : 0, BT ? 0x3ffb6388 : 0, rom_bt_em) /* 0x870 more for each synchronous link */
SOC_RESERVE_MEMORY_REGION(BT ? 0x3ffb8000 : 0, BT ? 0x3ffb9a20 : 0, rom_bt_bss)
SOC_RESERVE_MEMORY_REGION(BT ? 0x3ffbdb28 : 0, BT ? 0x3ffbdb5c : 0, rom_bt_misc)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_data_start), CH_SYMBOL(_heap_start), dram_data)
SOC_RESERVE_MEMORY_REGION(0x3ffe0000, 0x3ffe0440, rom_pro_data) /* data of the ROM's functions, core 0 */
SOC_RESERVE_MEMORY_REGION(CORES == 2 ? 0x3ffe3f20 : 0, CORES == 2 ? 0x3ffe4350 : 0, rom_app_data) /* the same, core 1 */
SOC_RESERVE_MEMORY_REGION(TRACEMEM ? 0x40000000 - TRACEMEM : 0, TRACEMEM ? 0x40000000 : 0, trace_mem)
SOC_RESERVE_MEMORY_REGION(SRAM1_AS_IRAM ? CH_SYMBOL(_heap_end) : 0, SRAM1_AS_IRAM ? 0x40000000 : 0, sram1_iram)
SOC_RESERVE_MEMORY_REGION(0x40070000, 0x40078000, cpu0_cache) /* flash cache of core 0 */
SOC_RESERVE_MEMORY_REGION(CORES == 2 ? 0x40078000 : 0, CORES == 2 ? 0x40080000 : 0, cpu1_cache)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_iram_start), CH_SYMBOL(_iram_end), iram_code)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_rtc_slow_reserved_start), CH_SYMBOL(_rtc_slow_reserved_end), rtc_reserved_data)

static const ch_late_region_t late[] = {
    {"PSRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_SIMD}, 0x400000},
};

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32",
    .cores = CORES,
    .max_request = 0x400000,
    .word_only_types = IRAM_8BIT ? 0 : 1u << IRAM, /* other accesses trap */
    .dram = {0x3ffae000, 0x40000000},
    .iram = {CORES == 1 ? 0x40078000 : 0x40080000, 0x400aa000},
    .diram_dram = {0x3ffe0000, 0x40000000},
    .diram_iram = {0x400a0000, 0x400c0000},
    .diram_inverted = true,
    .rtc_dram = {0x3ff80000, 0x3ff82000},
    .rtc_iram = {0x400c0000, 0x400c2000}, /* same order as on the data bus */
    .rtc_slow = {0x50000000, 0x50002000},
    .external = {0x3f800000, 0x3fc00000},
    .dma = {0x3ffae000, 0x40000000},
    .byte_accessible = {0x3ff90000, IRAM_8BIT ? 0x400a0000 : 0x40000000},
    .internal = {0x3ff90000, 0x400c2000},
    .cache_line_external = 4, /* step that ESP-IDF gives the allocator; a hardware line has 32 bytes */
    .late = late,
    .late_count = sizeof(late) / sizeof(late[0]),
};
