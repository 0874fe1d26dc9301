/* SPDX-License-Identifier: MIT */
/*
 * QEMU's Xtensa machine sim with a core lx106.
 *
 *   0x3ff80000 DRAM    256 KiB  data RAM 1
 *   0x3ffc0000 DRAM    256 KiB  data RAM 0
 *   0x40000000 IRAM    1 MiB    instruction RAM 0; exception vectors at its start. Aligned words only
 *   0x40100000 IRAM    1 MiB    instruction RAM 1. Aligned words only
 *   0x60000000 SYSRAM  128 MiB  plays the external RAM
 *
 * The program starts at 0x50000000, a ROM that the emulator lets be written; its data may lie in one of the RAMs. On hardware other
 * accesses than whole words to instruction RAM trap; the emulator allows them, so tests must make sure. No RAM has two addresses.
 *
 * Source of the addresses: the emulator's own memory map (QEMU 7.2) and a program that wrote and read both ends of each RAM. The
 * capabilities are our choice.
 */
#include "chip_rows.h"

enum { DRAM, IRAM, SYSRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [DRAM] = {"DRAM", {MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_DMA | MALLOC_CAP_32BIT, 0}},
    [IRAM] = {"IRAM", {MALLOC_CAP_INTERNAL | CH_CAP_EXEC | MALLOC_CAP_32BIT, 0, 0}},
    [SYSRAM] = {"SYSRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x3ff80000, 0x40000, DRAM, 0, false},  {0x3ffc0000, 0x40000, DRAM, 0, false},     {0x40000000, 0x100000, IRAM, 0, false},
    {0x40100000, 0x100000, IRAM, 0, false}, {0x60000000, 0x8000000, SYSRAM, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the program keeps in these RAMs: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(0x40000000, 0x40000400, vectors) /* exception vectors */
SOC_RESERVE_MEMORY_REGION((intptr_t)app_static_start, (intptr_t)app_static_end, app_static)
SOC_RESERVE_MEMORY_REGION((intptr_t)stack_bottom, (intptr_t)stack_top, stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "sim_xtensa",
    .max_request = 0x8000000,
    .word_only_types = 1u << IRAM,
    .dram = {0x3ff80000, 0x40000000},
    .iram = {0x40000000, 0x40200000},
    .diram_inverted = false,
    .external = {0x60000000, 0x68000000},
    .dma = {0x3ff80000, 0x40000000},
    .byte_accessible = {0x3ff80000, 0x40000000},
    .internal = {0x3ff80000, 0x40200000},
    .cache_line_internal = 0,
    .cache_line_external = 0,
    .simd_step = 0,
    .encrypted_dma_step = 0,
    .has_axi_dma = false,
};
