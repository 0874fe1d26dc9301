/* SPDX-License-Identifier: MIT */
/*
 * NXP K66F (MK66FN2M0) (one Cortex-M4F).
 *
 *   0x1fff0000 SRAM_L  64 KiB   code bus, ends at 0x20000000
 *   0x20000000 SRAM_U  192 KiB  system bus
 *
 * The two touch, but no access, burst or DMA buffer may cross 0x20000000: two types, so that they stay two heaps. The cache is
 * on the code bus and never before DMA memory. One address for data and code, so the windows of both buses are one and no block
 * needs a second address.
 *
 * Source of addresses: NXP's linker scripts and feature headers (mcux-sdk); of the border: NXP's update note on the Kinetis
 * memory map, which speaks of equal halves. The split into types and the capabilities are our proposal.
 */
#include "chip_rows.h"

enum { SRAM_L, SRAM_U };

const soc_memory_type_desc_t soc_memory_types[] = {
    [SRAM_L] = {"SRAM_L", {CH_CAP_EXEC, CH_CAPS_PLAIN | MALLOC_CAP_DMA, 0}},
    [SRAM_U] = {"SRAM_U", {CH_CAPS_PLAIN | MALLOC_CAP_DMA, CH_CAP_EXEC, 0}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x1fff0000, 0x10000, SRAM_L, 0, false},
    {0x20000000, 0x30000, SRAM_U, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "mk66f",
    .cores = 1,
    .max_request = 0x30000,
    .dram = {0x1fff0000, 0x20030000},
    .iram = {0x1fff0000, 0x20030000},
    .diram_dram = {0x1fff0000, 0x20030000},
    .diram_iram = {0x1fff0000, 0x20030000},
    .dma = {0x1fff0000, 0x20030000},
    .byte_accessible = {0x1fff0000, 0x20030000},
    .internal = {0x1fff0000, 0x20030000},
};
