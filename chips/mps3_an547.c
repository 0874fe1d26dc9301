/* SPDX-License-Identifier: MIT */
/*
 * QEMU mps3-an547 (one Cortex-M55). TrustZone: these are the secure addresses, which it starts with; the non-secure ones are
 * 0x10000000 lower.
 *
 *   0x10000000 ITCM  512 KiB  scratchpad for code: vector table, program, the rest is heap
 *   0x11000000 SRAM  2 MiB    code SRAM
 *   0x30000000 DTCM  512 KiB  scratchpad for data
 *   0x31000000 SRAM  4 MiB    main memory
 *   0x60000000 DDR   256 MiB  plays the external RAM; the emulator answers up to 0xe0000000
 *
 * Code runs from each of them under the address of its data, so the windows of both buses are one and no block needs a second
 * address.
 * The emulator limits nothing: no DMA engine, no cache, every width of access everywhere.
 *
 * Source of the addresses: the emulator's own memory map (QEMU 7.2) and a program that wrote and read both ends of each RAM. The
 * capabilities are our choice.
 */
#include "chip_rows.h"

enum { ITCM, DTCM, SRAM, DDR };

const soc_memory_type_desc_t soc_memory_types[] = {
    [ITCM] = {"ITCM", {CH_CAP_EXEC | MALLOC_CAP_SPM, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_8BIT}},
    [DTCM] = {"DTCM", {MALLOC_CAP_SPM, MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, 0}},
    [SRAM] = {"SRAM",
              {MALLOC_CAP_DEFAULT | MALLOC_CAP_DMA | CH_CAP_EXEC | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, 0,
               0}},
    [DDR] = {"DDR", {MALLOC_CAP_SPIRAM, 0, MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x10000000, 0x80000, ITCM, 0, false},  {0x11000000, 0x200000, SRAM, 0, false}, {0x30000000, 0x80000, DTCM, 0, false},
    {0x31000000, 0x200000, SRAM, 0, false}, {0x31200000, 0x200000, SRAM, 0, false}, {0x60000000, 0x10000000, DDR, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* End of vector table and program in ITCM, and the bounds of what the program keeps in another RAM: data and main stack. */
extern const char image_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(0x10000000, (intptr_t)image_end, image)
SOC_RESERVE_MEMORY_REGION((intptr_t)stack_bottom, (intptr_t)stack_top, stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "mps3_an547",
    .max_request = 0x10000000,
    .word_only_types = 0,
    .dram = {0x10000000, 0x31400000},
    .iram = {0x10000000, 0x31400000},
    .diram_dram = {0x10000000, 0x31400000},
    .diram_iram = {0x10000000, 0x31400000},
    .diram_inverted = false,
    .spm = {0x30000000, 0x30080000},
    .spm2 = {0x10000000, 0x10080000},
    .external = {0x60000000, 0x70000000},
    .dma = {0x11000000, 0x31400000},
    .byte_accessible = {0x10000000, 0x31400000},
    .internal = {0x10000000, 0x31400000},
    .cache_line_internal = 0,
    .cache_line_external = 0,
    .simd_step = 0,
    .encrypted_dma_step = 0,
    .has_axi_dma = false,
};
