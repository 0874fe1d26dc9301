/* SPDX-License-Identifier: MIT */
/*
 * WCH CH32V307 (one RISC-V core).
 *
 *   0x20000000 SRAM  64 KiB  all there is; option bytes divide 320 KiB between flash and RAM (option RAM_SIZE)
 *
 * Which division a part ships with was not found; 64 KiB is our choice. One address for data and code, so the windows of both
 * buses are one and no block needs a second address.
 *
 * Source of addresses and sizes: WCH's linker scripts and ch32v30x.h. The split into types and the capabilities are our
 * proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    RAM_SIZE = CH_OPTION(RAM_SIZE, 0x10000), /* bytes, set by option bytes: 0x8000, 0x10000, 0x18000, 0x20000, 0x30000 */
};

enum { SRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [SRAM] = {"SRAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x20000000, RAM_SIZE, SRAM, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "ch32v307",
    .cores = 1,
    .max_request = 0x30000,
    .dram = {0x20000000, 0x20030000},
    .iram = {0x20000000, 0x20030000},
    .diram_dram = {0x20000000, 0x20030000},
    .diram_iram = {0x20000000, 0x20030000},
    .dma = {0x20000000, 0x20030000},
    .byte_accessible = {0x20000000, 0x20030000},
    .internal = {0x20000000, 0x20030000},
};
