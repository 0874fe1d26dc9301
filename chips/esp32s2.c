/* SPDX-License-Identifier: MIT */
/*
 * ESP32-S2 (one Xtensa LX7 core).
 *
 *   0x3f500000 SPIRAM  10.5 MiB  window of external RAM (option PSRAM)
 *   0x3ff9e000 RTCRAM  8 KiB     low-power fast RAM, instruction bus 0x40070000
 *   0x3ffb0000 RAM     320 KiB   data bus, and instruction bus 0x70000 higher in the same order. The caches take banks of 8 KiB
 *                                from the start; the last block is the stack of the ROM's boot code until the application runs
 *
 * Source of types, regions and reserved ranges: ESP-IDF's table of this chip with its macros evaluated (commit 102122904ade);
 * of the windows: its soc.h; of the start of the ROM's data: its boot loader's memory map (the newest ROM; older ones differ).
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    ICACHE = CH_OPTION(ICACHE, 0x2000),                /* bytes of instruction cache: 0x2000, 0x4000 */
    DCACHE = CH_OPTION(DCACHE, 0x2000),                /* bytes of data cache: 0 (without PSRAM), 0x2000, 0x4000 */
    CACHE_LINE = CH_OPTION(CACHE_LINE, 32),            /* bytes of a line: 16, 32 */
    MEMPROT = CH_OPTION(MEMPROT, 1),                   /* memory protection: no heap holds code */
    RTC_FAST_AS_HEAP = CH_OPTION(RTC_FAST_AS_HEAP, 1), /* low-power RAM is a heap */
    TRACEMEM = CH_OPTION(TRACEMEM, 0),                 /* bytes of trace memory, half in each of two blocks: 0, 0x4000, 0x8000 */
    PSRAM = CH_OPTION(PSRAM, 0),                       /* external RAM; its heap is added at run time, see late[] */
};
_Static_assert(ICACHE == 0x2000 || ICACHE == 0x4000, "CONFIG_CHIP_ICACHE of an ESP32-S2 is 0x2000 or 0x4000");
_Static_assert(DCACHE == 0 || DCACHE == 0x2000 || DCACHE == 0x4000, "CONFIG_CHIP_DCACHE of an ESP32-S2 is 0, 0x2000 or 0x4000");
_Static_assert(DCACHE != 0 || !PSRAM, "an ESP32-S2 with external RAM needs a data cache");

/* Offered only where memory protection is off. */
#define EXEC (MEMPROT ? 0u : CH_CAP_EXEC)

enum { RAM, SPIRAM, RTCRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | EXEC, 0, 0}},
    [SPIRAM] = {"SPIRAM", {MALLOC_CAP_SPIRAM, 0, CH_CAPS_EXTERNAL}},
    [RTCRAM] = {"RTCRAM", {MALLOC_CAP_RTCRAM, 0, CH_CAPS_PLAIN | EXEC}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x3f500000, PSRAM ? 0xa80000 : 0, SPIRAM, 0, false},                   /* window of external RAM */
    {0x3ff9e000, RTC_FAST_AS_HEAP ? 0x2000 : 0, RTCRAM, 0x40070000, false}, /* low-power fast RAM */
    {0x3ffb2000, ICACHE + DCACHE <= 0x2000 ? 0x2000 : 0, RAM, 0x40022000, false},
    {0x3ffb4000, ICACHE + DCACHE <= 0x4000 ? 0x2000 : 0, RAM, 0x40024000, false}, /* three banks that the caches may leave */
    {0x3ffb6000, ICACHE + DCACHE <= 0x6000 ? 0x2000 : 0, RAM, 0x40026000, false},
    {0x3ffb8000, 0x4000, RAM, 0x40028000, false}, /* block 4 */
    {0x3ffbc000, 0x4000, RAM, 0x4002c000, false}, /* block 5 */
    {0x3ffc0000, 0x4000, RAM, 0x40030000, false}, /* block 6 */
    {0x3ffc4000, 0x4000, RAM, 0x40034000, false}, /* block 7 */
    {0x3ffc8000, 0x4000, RAM, 0x40038000, false}, /* block 8 */
    {0x3ffcc000, 0x4000, RAM, 0x4003c000, false}, /* block 9 */
    {0x3ffd0000, 0x4000, RAM, 0x40040000, false}, /* block 10 */
    {0x3ffd4000, 0x4000, RAM, 0x40044000, false}, /* block 11 */
    {0x3ffd8000, 0x4000, RAM, 0x40048000, false}, /* block 12 */
    {0x3ffdc000, 0x4000, RAM, 0x4004c000, false}, /* block 13 */
    {0x3ffe0000, 0x4000, RAM, 0x40050000, false}, /* block 14 */
    {0x3ffe4000, 0x4000, RAM, 0x40054000, false}, /* block 15 */
    {0x3ffe8000, 0x4000, RAM, 0x40058000, false}, /* block 16 */
    {0x3ffec000, 0x4000, RAM, 0x4005c000, false}, /* block 17 */
    {0x3fff0000, 0x4000, RAM, 0x40060000, false}, /* block 18 */
    {0x3fff4000, 0x4000, RAM, 0x40064000, false}, /* block 19 */
    {0x3fff8000, 0x4000, RAM, 0x40068000, false}, /* block 20 */
    {0x3fffc000, 0x4000, RAM, 0x4006c000, true},  /* block 21; startup stack */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed: .data to .bss, code (its addresses are of the instruction bus), data in low-power RAM. */
extern const char _dram0_rtos_reserved_start[];
extern const char _data_start[], _heap_start[];
extern const char _iram_start[], _iram_end[];
extern const char _rtc_force_fast_end[];
extern const char _rtc_reserved_start[], _rtc_reserved_end[];

#define DATA_BUS(symbol) (CH_SYMBOL(symbol) - 0x70000)

SOC_RESERVE_MEMORY_REGION(PSRAM ? 0x3f500000 : 0, PSRAM ? 0x3ff80000 : 0, extram_data_region) /* the heap is added at run time */
SOC_RESERVE_MEMORY_REGION(RTC_FAST_AS_HEAP ? 0x3ff9e000 : 0, RTC_FAST_AS_HEAP ? CH_SYMBOL(_rtc_force_fast_end) : 0, rtcram_data)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_rtc_reserved_start), CH_SYMBOL(_rtc_reserved_end), rtc_reserved_data)
SOC_RESERVE_MEMORY_REGION(DATA_BUS(_iram_start), DATA_BUS(_iram_end), iram_code)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_data_start), CH_SYMBOL(_heap_start), dram_data)
SOC_RESERVE_MEMORY_REGION(TRACEMEM ? 0x3fff4000 : 0, TRACEMEM ? 0x3fff4000 + TRACEMEM / 2 : 0, trace_mem0)
SOC_RESERVE_MEMORY_REGION(TRACEMEM ? 0x3fff8000 : 0, TRACEMEM ? 0x3fff8000 + TRACEMEM / 2 : 0, trace_mem1)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_dram0_rtos_reserved_start), 0x40000000, rom_data_region) /* the ROM's data */

static const ch_late_region_t late[] = {
    {"PSRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_SIMD}, 0xa80000},
    /* What is left of a large one and only fits the window of the instruction bus. */
    {"PSRAM words", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_32BIT}, 0xa80000},
};

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32s2",
    .cores = 1,
    .max_request = 0xa80000,
    .dram = {0x3ffb0000, 0x40000000},
    .iram = {0x40020000, 0x40070000},
    .diram_dram = {0x3ffb0000, 0x40000000},
    .diram_iram = {0x40020000, 0x40070000},
    .rtc_dram = {0x3ff9e000, 0x3ffa0000},
    .rtc_iram = {0x40070000, 0x40072000}, /* same order as on the data bus */
    .rtc_slow = {0x50000000, 0x50002000},
    .external = {0x3f500000, 0x3ff80000},
    .dma = {0x3ffb0000, 0x40000000},
    .dma_external = {0x3f500000, 0x3ff80000},
    .byte_accessible = {0x3ff9e000, 0x40000000},
    .internal = {0x3ff9e000, 0x40072000},
    .cache_line_external = CACHE_LINE,
    .late = late,
    .late_count = sizeof(late) / sizeof(late[0]),
};
