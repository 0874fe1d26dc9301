/* SPDX-License-Identifier: MIT */
/*
 * ESP32-C3 (one RISC-V core), default configuration: memory protection on, low-power RAM used as heap.
 *
 *   0x3fc80000 RAM            data bus, and instruction bus 0x700000 higher in the same order; level 1 and 2
 *   0x3fcc0000 Retention RAM  the same, also reached by the DMA that saves state for sleep; level 3. From 0x3fcdc710 the stack
 *                             of the ROM's boot code until the application runs, at its end the ROM's data
 *   0x50000000 RTCRAM         low-power RAM at one address for both buses
 *
 * Memory protection forbids to run code from any heap, so no column has EXEC. (With protection off all three types offer it, in
 * the column of DEFAULT.) The instruction cache at 0x4037c000 is no heap.
 *
 * Source of types, regions and reserved ranges: ESP-IDF's table of this chip with its macros evaluated in this configuration
 * (commit 102122904ade); of the windows: its soc.h; of the ROM data's start: its boot loader's memory map.
 */
#include "chip_rows.h"

enum { RAM, RETENTION_RAM, RTCRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT | MALLOC_CAP_8BIT | MALLOC_CAP_DMA, 0, 0}},
    [RETENTION_RAM] = {"Retention RAM",
                       {MALLOC_CAP_RETENTION,
                        MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT | MALLOC_CAP_8BIT | MALLOC_CAP_DMA, 0}},
    [RTCRAM] = {"RTCRAM", {MALLOC_CAP_RTCRAM, 0, MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT | MALLOC_CAP_8BIT}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x3fc80000, 0x20000, RAM, 0x40380000, false},           /* level 1 */
    {0x3fca0000, 0x20000, RAM, 0x403a0000, false},           /* level 2 */
    {0x3fcc0000, 0x1c710, RETENTION_RAM, 0x403c0000, false}, /* level 3, below the ROM's boot stack */
    {0x3fcdc710, 0x38f0, RETENTION_RAM, 0x403dc710, true},   /* level 3, the ROM's boot stack and above */
    {0x50000000, 0x2000, RTCRAM, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed: .data to .bss, code (its addresses are of the instruction bus), data in low-power RAM. */
extern const char _data_start[], _heap_start[];
extern const char _iram_start[], _iram_end[];
extern const char _rtc_force_slow_end[];
extern const char _rtc_reserved_start[], _rtc_reserved_end[];

#define DATA_BUS(symbol) ((intptr_t)(symbol)-0x700000)

SOC_RESERVE_MEMORY_REGION((intptr_t)_data_start, (intptr_t)_heap_start, dram_data)
SOC_RESERVE_MEMORY_REGION(DATA_BUS(_iram_start), DATA_BUS(_iram_end), iram_code)
SOC_RESERVE_MEMORY_REGION(0x50000000, (intptr_t)_rtc_force_slow_end, rtcram_data)
SOC_RESERVE_MEMORY_REGION((intptr_t)_rtc_reserved_start, (intptr_t)_rtc_reserved_end, rtc_reserved_data)
SOC_RESERVE_MEMORY_REGION(0x3fcdf060, 0x3fce0000, rom_layout) /* the ROM's data; older silicon begins it at 0x3fcdf260 */

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32c3",
    .max_request = 0x64000,
    .word_only_types = 0,
    .dram = {0x3fc80000, 0x3fce0000},
    .iram = {0x4037c000, 0x403e0000},
    .diram_dram = {0x3fc80000, 0x3fce0000},
    .diram_iram = {0x40380000, 0x403e0000},
    .diram_inverted = false,
    .rtc_dram = {0x50000000, 0x50002000},
    .rtc_iram = {0x50000000, 0x50002000},
    .dma = {0x3fc80000, 0x3fce0000},
    .byte_accessible = {0x3fc80000, 0x3fd00000},
    .internal = {0x3fc80000, 0x3fce0000},
    .cache_line_internal = 0, /* internal RAM is not cached */
    .cache_line_external = 0, /* no external RAM */
    .simd_step = 0,
    .encrypted_dma_step = 0,
    .has_axi_dma = false,
};
