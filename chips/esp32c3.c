/* SPDX-License-Identifier: MIT */
/*
 * ESP32-C3 (one RISC-V core).
 *
 *   0x3fc80000 RAM            256 KiB  data bus, and instruction bus 0x700000 higher in the same order; level 1 and 2
 *   0x3fcc0000 Retention RAM  128 KiB  the same, also reached by the DMA that saves state for sleep; level 3. From 0x3fcdc710 the
 *                                      stack of the ROM's boot code until the application runs, at its end the ROM's data
 *   0x50000000 RTCRAM         8 KiB    low-power RAM at one address for both buses
 *
 * The instruction cache at 0x4037c000 is no heap.
 *
 * Source of types, regions and reserved ranges: ESP-IDF's table of this chip with its macros evaluated (commit 102122904ade);
 * of the windows: its soc.h; of the start of the ROM's data: its boot loader's memory map (the newest ROM; older ones differ).
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    MEMPROT = CH_OPTION(MEMPROT, 1),                   /* memory protection: no heap holds code */
    RTC_FAST_AS_HEAP = CH_OPTION(RTC_FAST_AS_HEAP, 1), /* low-power RAM is a heap */
};

/* Offered only where memory protection is off. */
#define EXEC (MEMPROT ? 0u : CH_CAP_EXEC)

enum { RAM, RETENTION_RAM, RTCRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {CH_CAPS_PLAIN | EXEC | MALLOC_CAP_DMA, 0, 0}},
    [RETENTION_RAM] = {"Retention RAM", {MALLOC_CAP_RETENTION, CH_CAPS_PLAIN | EXEC | MALLOC_CAP_DMA, 0}},
    [RTCRAM] = {"RTCRAM", {MALLOC_CAP_RTCRAM, 0, CH_CAPS_PLAIN | EXEC}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x3fc80000, 0x20000, RAM, 0x40380000, false},                 /* level 1 */
    {0x3fca0000, 0x20000, RAM, 0x403a0000, false},                 /* level 2 */
    {0x3fcc0000, 0x1c710, RETENTION_RAM, 0x403c0000, false},       /* level 3, below the ROM boot stack */
    {0x3fcdc710, 0x38f0, RETENTION_RAM, 0x403dc710, true},         /* level 3, ROM boot stack and above */
    {0x50000000, RTC_FAST_AS_HEAP ? 0x2000 : 0, RTCRAM, 0, false}, /* low-power RAM */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed: .data to .bss, code (its addresses are of the instruction bus), data in low-power RAM. */
extern const char _data_start[], _heap_start[];
extern const char _iram_start[], _iram_end[];
extern const char _rtc_force_slow_end[];
extern const char _rtc_reserved_start[], _rtc_reserved_end[];

#define DATA_BUS(symbol) (CH_SYMBOL(symbol) - 0x700000)

SOC_RESERVE_MEMORY_REGION(DATA_BUS(_iram_start), DATA_BUS(_iram_end), iram_code)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_data_start), CH_SYMBOL(_heap_start), dram_data)
SOC_RESERVE_MEMORY_REGION(0x3fcdf060, 0x3fce0000, rom_layout) /* the ROM's data; older silicon begins it at 0x3fcdf260 */
SOC_RESERVE_MEMORY_REGION(RTC_FAST_AS_HEAP ? 0x50000000 : 0, RTC_FAST_AS_HEAP ? CH_SYMBOL(_rtc_force_slow_end) : 0, rtcram_data)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_rtc_reserved_start), CH_SYMBOL(_rtc_reserved_end), rtc_reserved_data)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32c3",
    .cores = 1,
    .max_request = 0x64000,
    .dram = {0x3fc80000, 0x3fce0000},
    .iram = {0x4037c000, 0x403e0000},
    .diram_dram = {0x3fc80000, 0x3fce0000},
    .diram_iram = {0x40380000, 0x403e0000},
    .rtc_dram = {0x50000000, 0x50002000},
    .rtc_iram = {0x50000000, 0x50002000},
    .dma = {0x3fc80000, 0x3fce0000},
    .byte_accessible = {0x3fc80000, 0x3fd00000},
    .internal = {0x3fc80000, 0x3fce0000},
};
