/* SPDX-License-Identifier: MIT */
/*
 * QEMU mps2-an521 (two Cortex-M33; the second is held after reset). TrustZone: these are the secure addresses, which it starts with.
 *
 *   0x10000000 SSRAM1   4 MiB    code memory: vector table, program, the rest is heap. Non-secure at 0x00000000
 *   0x30000000 SRAM     128 KiB  internal, scratchpad. Non-secure at 0x20000000
 *   0x38000000 SSRAM23  4 MiB    main memory. Non-secure at 0x28000000
 *   0x80000000 PSRAM    16 MiB   plays the external RAM; no protection controller
 *
 * Code runs from each of them under the address of its data, so the windows of both buses are one and no block needs a second
 * address. At reset both the secure and the non-secure address of every RAM work.
 * The emulator limits nothing: no DMA engine, no cache, every width of access everywhere.
 *
 * Source of the addresses: the emulator's own memory map (QEMU 7.2) and a program that wrote and read both ends of each RAM. The
 * capabilities are our choice.
 */
#include "chip_rows.h"

enum { SSRAM1, SRAM, SSRAM23, PSRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [SSRAM1] = {"SSRAM1", {CH_CAP_EXEC, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_8BIT}},
    [SRAM] = {"SRAM",
              {MALLOC_CAP_SPM | MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_DMA,
               0}},
    [SSRAM23] = {"SSRAM23",
                 {MALLOC_CAP_DMA, MALLOC_CAP_DEFAULT | CH_CAP_EXEC | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL,
                  0}},
    [PSRAM] = {"PSRAM", {MALLOC_CAP_SPIRAM, 0, MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x10000000, 0x400000, SSRAM1, 0, false},
    {0x30000000, 0x8000, SRAM, 0, false},      /* bank 0, a protection controller each */
    {0x30008000, 0x8000, SRAM, 0, false},      /* bank 1, a protection controller each */
    {0x30010000, 0x8000, SRAM, 0, false},      /* bank 2, a protection controller each */
    {0x30018000, 0x8000, SRAM, 0, false},      /* bank 3, a protection controller each */
    {0x38000000, 0x200000, SSRAM23, 0, false}, /* SSRAM2 */
    {0x38200000, 0x200000, SSRAM23, 0, false}, /* SSRAM3 */
    {(intptr_t)0x80000000u, 0x1000000, PSRAM, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* End of vector table and program in SSRAM1, and the bounds of what the program keeps in another RAM: data and main stack. */
extern const char image_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(0x10000000, (intptr_t)image_end, image)
SOC_RESERVE_MEMORY_REGION((intptr_t)stack_bottom, (intptr_t)stack_top, stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "mps2_an521",
    .max_request = 0x1000000,
    .word_only_types = 0,
    .dram = {0x10000000, 0x38400000},
    .iram = {0x10000000, 0x38400000},
    .diram_dram = {0x10000000, 0x38400000},
    .diram_iram = {0x10000000, 0x38400000},
    .diram_inverted = false,
    .spm = {0x30000000, 0x30020000},
    .external = {0x80000000u, 0x81000000u},
    .dma = {0x30000000, 0x38400000},
    .byte_accessible = {0x10000000, 0x38400000},
    .internal = {0x10000000, 0x38400000},
    .cache_line_internal = 0,
    .cache_line_external = 0,
    .simd_step = 0,
    .encrypted_dma_step = 0,
    .has_axi_dma = false,
};
