/* SPDX-License-Identifier: MIT */
/*
 * QEMU mps2-an500 (one Cortex-M7).
 *
 *   0x00000000 SSRAM1   4 MiB   code memory: vector table, program, the rest is heap. Seen again at 0x00400000
 *   0x20000000 SSRAM23  4 MiB   main memory. Seen again at 0x20400000
 *   0x60000000 PSRAM    16 MiB  plays the external RAM
 *
 * As mps2-an385, but without block RAM at 0x01000000, and with the PSRAM elsewhere (the old places ignore writes silently). Code
 * runs from each RAM under the address of its data, so the windows of both buses are one and no block needs a second address.
 * The emulator limits nothing: no DMA engine, no cache, every width of access everywhere.
 *
 * Source of the addresses: the emulator's own memory map (QEMU 7.2) and a program that wrote and read both ends of each RAM. The
 * capabilities are our choice.
 */
#include "chip_rows.h"

enum { SSRAM1, SSRAM23, PSRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [SSRAM1] = {"SSRAM1", {CH_CAP_EXEC, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_8BIT}},
    [SSRAM23] = {"SSRAM23",
                 {MALLOC_CAP_DEFAULT | MALLOC_CAP_DMA | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, CH_CAP_EXEC,
                  0}},
    [PSRAM] = {"PSRAM", {MALLOC_CAP_SPIRAM, 0, MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | CH_CAP_EXEC}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x00000000, 0x400000, SSRAM1, 0, false},
    {0x20000000, 0x400000, SSRAM23, 0, false},
    {0x60000000, 0x1000000, PSRAM, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* End of vector table and program in SSRAM1, and the bounds of what the program keeps in another RAM: data and main stack. */
extern const char image_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(0x00000000, (intptr_t)image_end, image)
SOC_RESERVE_MEMORY_REGION((intptr_t)stack_bottom, (intptr_t)stack_top, stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "mps2_an500",
    .max_request = 0x1000000,
    .word_only_types = 0,
    .dram = {0x00000000, 0x20400000},
    .iram = {0x00000000, 0x20400000},
    .diram_dram = {0x00000000, 0x20400000},
    .diram_iram = {0x00000000, 0x20400000},
    .diram_inverted = false,
    .external = {0x60000000, 0x61000000},
    .dma = {0x20000000, 0x20400000},
    .byte_accessible = {0x00000000, 0x20400000},
    .internal = {0x00000000, 0x20400000},
    .cache_line_internal = 0,
    .cache_line_external = 0,
    .simd_step = 0,
    .encrypted_dma_step = 0,
    .has_axi_dma = false,
};
