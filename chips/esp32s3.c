/* SPDX-License-Identifier: MIT */
/*
 * ESP32-S3 (two Xtensa LX7 cores with 128-bit vectors).
 *
 *   0x3c000000 DRAM    16 KiB   half a cache bank (option DCACHE=0x4000)
 *   0x3c000000 SPIRAM  32 MiB   window of external RAM, shared with flash (option PSRAM)
 *   0x3fc88000 RAM     416 KiB  data bus, and instruction bus 0x6f0000 higher in the same order; also reached by the DMA that
 *                               saves state for sleep. From 0x3fce9710 the stack of the ROM's boot code until the application runs
 *   0x3fcf0000 DRAM    32 KiB   data bus only; bank of a 64 KiB data cache
 *   0x40374000 IRAM    16 KiB   instruction bus only, aligned words only; bank of a 32 KiB instruction cache (option MEMPROT=0)
 *   0x600fe000 RTCRAM  8 KiB    low-power fast RAM, one address for both buses
 *
 * Not in ESP-IDF's table, where both rows at 0x3c000000 overlap: with both the smallest data cache and external RAM the
 * window's row begins behind the half bank. The whole window is reserved in either case.
 *
 * Source of types, regions and reserved ranges: ESP-IDF's table of this chip with its macros evaluated (commit 102122904ade);
 * of the windows: its soc.h; of the start of the ROM's data: its boot loader's memory map (the newest ROM; older ones differ).
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    ICACHE = CH_OPTION(ICACHE, 0x4000),                /* bytes of instruction cache: 0x4000, 0x8000 */
    DCACHE = CH_OPTION(DCACHE, 0x8000),                /* bytes of data cache: 0x4000, 0x8000, 0x10000 */
    CACHE_LINE = CH_OPTION(CACHE_LINE, 32),            /* bytes of a line of the data cache: 16, 32, 64 */
    MEMPROT = CH_OPTION(MEMPROT, 1),                   /* memory protection: no heap holds code */
    RTC_FAST_AS_HEAP = CH_OPTION(RTC_FAST_AS_HEAP, 1), /* low-power RAM is a heap */
    TRACEMEM = CH_OPTION(TRACEMEM, 0),                 /* bytes of trace memory, half in each of two blocks: 0, 0x4000, 0x8000 */
    PSRAM = CH_OPTION(PSRAM, 0),                       /* external RAM; its heap is added at run time, see late[] */
    FLASH_ENCRYPTION = CH_OPTION(FLASH_ENCRYPTION, 0), /* flash and external RAM are encrypted */
};
_Static_assert(ICACHE == 0x4000 || ICACHE == 0x8000, "CONFIG_CHIP_ICACHE of an ESP32-S3 is 0x4000 or 0x8000");
_Static_assert(DCACHE == 0x4000 || DCACHE == 0x8000 || DCACHE == 0x10000,
               "CONFIG_CHIP_DCACHE of an ESP32-S3 is 0x4000, 0x8000 or 0x10000");

/* Offered only where memory protection is off. */
#define EXEC (MEMPROT ? 0u : CH_CAP_EXEC)

/* Half of a cache bank is RAM at the start of the external window if the data cache is the smallest. */
enum { HALF_BANK = DCACHE == 0x4000 ? 0x4000 : 0 };

enum { RAM, DRAM, IRAM, SPIRAM, RTCRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {MALLOC_CAP_RETENTION | CH_CAPS_PLAIN | MALLOC_CAP_DMA | MALLOC_CAP_SIMD | EXEC, 0, 0}},
    [DRAM] = {"DRAM", {0, CH_CAPS_PLAIN | MALLOC_CAP_DMA | MALLOC_CAP_SIMD, 0}},
    [IRAM] = {"IRAM", {EXEC, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, 0}},
    [SPIRAM] = {"SPIRAM", {MALLOC_CAP_SPIRAM, 0, CH_CAPS_EXTERNAL | MALLOC_CAP_SIMD}},
    [RTCRAM] = {"RTCRAM", {MALLOC_CAP_RTCRAM, 0, CH_CAPS_PLAIN | EXEC}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x3c000000, HALF_BANK, DRAM, 0, false},                                       /* level 10; counts as internal RAM */
    {0x3c000000 + HALF_BANK, PSRAM ? 0x2000000 - HALF_BANK : 0, SPIRAM, 0, false}, /* window of external RAM */
    {0x3fc88000, 0x8000, RAM, 0x40378000, false},                                  /* level 2 */
    {0x3fc90000, 0x10000, RAM, 0x40380000, false},                                 /* level 3 */
    {0x3fca0000, 0x10000, RAM, 0x40390000, false},                                 /* level 4 */
    {0x3fcb0000, 0x10000, RAM, 0x403a0000, false},                                 /* level 5 */
    {0x3fcc0000, 0x10000, RAM, 0x403b0000, false},                                 /* level 6 */
    {0x3fcd0000, 0x10000, RAM, 0x403c0000, false},                                 /* level 7 */
    {0x3fce0000, 0x9710, RAM, 0x403d0000, false},                                  /* level 8, below the ROM boot stack */
    {0x3fce9710, 0x68f0, RAM, 0x403d9710, true},                                   /* level 8, ROM boot stack and above */
    {0x3fcf0000, DCACHE < 0x10000 ? 0x8000 : 0, DRAM, 0, false},                   /* level 9; bank of a 64 KiB data cache */
    {0x40374000, !MEMPROT && ICACHE == 0x4000 ? 0x4000 : 0, IRAM, 0, false}, /* level 1; bank of a 32 KiB instruction cache */
    {0x600fe000, RTC_FAST_AS_HEAP ? 0x2000 : 0, RTCRAM, 0, false},           /* low-power fast RAM */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed: .data to .bss, code (its addresses are of the instruction bus), data in low-power RAM. */
extern const char _data_start[], _heap_start[];
extern const char _iram_start[], _iram_end[];
extern const char _rtc_force_fast_end[];
extern const char _rtc_reserved_start[], _rtc_reserved_end[];
extern const char trace_block0[], trace_block1[]; /* block n, 6 to 29, is at 0x3fc90000 + 0x4000 * (n - 6) */

#define DATA_BUS(symbol) (CH_SYMBOL(symbol) - 0x6f0000)

SOC_RESERVE_MEMORY_REGION(PSRAM ? 0x3c000000 : 0, PSRAM ? 0x3e000000 : 0, extram_data_region) /* the heap is added at run time */
SOC_RESERVE_MEMORY_REGION(DATA_BUS(_iram_start), DATA_BUS(_iram_end), iram_code)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_data_start), CH_SYMBOL(_heap_start), dram_data)
SOC_RESERVE_MEMORY_REGION(TRACEMEM ? CH_SYMBOL(trace_block0) : 0, TRACEMEM ? CH_SYMBOL(trace_block0) + TRACEMEM / 2 : 0,
                          trace_mem0)
SOC_RESERVE_MEMORY_REGION(TRACEMEM ? CH_SYMBOL(trace_block1) : 0, TRACEMEM ? CH_SYMBOL(trace_block1) + TRACEMEM / 2 : 0,
                          trace_mem1)
SOC_RESERVE_MEMORY_REGION(0x3fceee34, 0x3fcf0000, rom_layout) /* the ROM's data */
SOC_RESERVE_MEMORY_REGION(ICACHE == 0x4000 ? CH_SYMBOL(_iram_start) : 0, ICACHE == 0x4000 ? CH_SYMBOL(_iram_end) : 0, iram_code_2)
SOC_RESERVE_MEMORY_REGION(RTC_FAST_AS_HEAP ? 0x600fe000 : 0, RTC_FAST_AS_HEAP ? CH_SYMBOL(_rtc_force_fast_end) : 0, rtcram_data)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_rtc_reserved_start), CH_SYMBOL(_rtc_reserved_end), rtc_reserved_data)

static const ch_late_region_t late[] = {
    {"PSRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_SIMD}, 0x2000000},
};

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32s3",
    .cores = 2,
    .max_request = 0x2000000,
    .word_only_types = 1u << IRAM,
    .dram = {0x3fc88000, 0x3fd00000},
    .iram = {0x40370000, 0x403e0000},
    .diram_dram = {0x3fc88000, 0x3fcf0000},
    .diram_iram = {0x40378000, 0x403e0000},
    .rtc_dram = {0x600fe000, 0x60100000},
    .rtc_iram = {0x600fe000, 0x60100000},
    .rtc_slow = {0x50000000, 0x50002000},
    .apart = {HALF_BANK ? 0x3c000000 : 0, HALF_BANK ? 0x3c004000 : 0},
    .external = {0x3c000000 + HALF_BANK, 0x3e000000},
    .dma = {0x3fc88000, 0x3fd00000},
    .dma_external = {0x3c000000 + HALF_BANK, 0x3e000000},
    .byte_accessible = {0x3fc88000, 0x3fd00000},
    .internal = {0x3fc88000, 0x403e0000},
    .cache_line_external = CACHE_LINE,
    .simd_step = 16,
    .encrypted_dma_step = FLASH_ENCRYPTION ? 16 : 0,
    .late = late,
    .late_count = sizeof(late) / sizeof(late[0]),
};
