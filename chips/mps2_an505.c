/* SPDX-License-Identifier: MIT */
/*
 * QEMU mps2-an505 (one Cortex-M33).
 *
 *   0x10000000 SSRAM1   4 MiB    code memory: vector table, program, the rest is heap
 *   0x30000000 SRAM     32 KiB   internal, scratchpad
 *   0x38000000 SSRAM23  4 MiB    main memory
 *   0x80000000 PSRAM    16 MiB   plays the external RAM; no protection controller
 *
 * These are the secure addresses; the non-secure ones (option SECURE=0) are 0x10000000 lower, but for the PSRAM, which has one.
 * At reset both addresses of every RAM work. One address for data and code, so the windows of both buses are one and no block
 * needs a second address. The emulator limits nothing: no DMA engine, no cache, every width of access everywhere.
 *
 * Source of the addresses: the emulator's own memory map (QEMU 7.2) and a program that wrote and read both ends of each RAM.
 * The capabilities are our choice.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    SECURE = CH_OPTION(SECURE, 1), /* secure addresses (TrustZone), with which it starts */
};

/* Non-secure addresses are lower by this. */
enum { SHIFT = SECURE ? 0 : 0x10000000 };

enum { SSRAM1, SRAM, SSRAM23, PSRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [SSRAM1] = {"SSRAM1", {CH_CAP_EXEC, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_8BIT}},
    [SRAM] = {"SRAM", {MALLOC_CAP_SPM | CH_CAPS_PLAIN, MALLOC_CAP_DMA, 0}},
    [SSRAM23] = {"SSRAM23", {MALLOC_CAP_DMA, CH_CAPS_PLAIN | CH_CAP_EXEC, 0}},
    [PSRAM] = {"PSRAM", {MALLOC_CAP_SPIRAM, 0, CH_CAPS_EXTERNAL}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x10000000 - SHIFT, 0x400000, SSRAM1, 0, false},    {0x30000000 - SHIFT, 0x8000, SRAM, 0, false},
    {0x38000000 - SHIFT, 0x200000, SSRAM23, 0, false},   /* SSRAM2 */
    {0x38200000 - SHIFT, 0x200000, SSRAM23, 0, false},   /* SSRAM3 */
    {(intptr_t)0x80000000u, 0x1000000, PSRAM, 0, false}, /* 16 MiB, no protection controller */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* End of vector table and program in SSRAM1, and the bounds of what the program keeps in another RAM: data and main stack. */
extern const char image_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(0x10000000 - SHIFT, CH_SYMBOL(image_end), image)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "mps2_an505",
    .cores = 1,
    .max_request = 0x1000000,
    .dram = {0x10000000 - SHIFT, 0x38400000 - SHIFT},
    .iram = {0x10000000 - SHIFT, 0x38400000 - SHIFT},
    .diram_dram = {0x10000000 - SHIFT, 0x38400000 - SHIFT},
    .diram_iram = {0x10000000 - SHIFT, 0x38400000 - SHIFT},
    .spm = {0x30000000 - SHIFT, 0x30008000 - SHIFT},
    .external = {0x80000000u, 0x81000000u},
    .dma = {0x30000000 - SHIFT, 0x38400000 - SHIFT},
    .byte_accessible = {0x10000000 - SHIFT, 0x38400000 - SHIFT},
    .internal = {0x10000000 - SHIFT, 0x38400000 - SHIFT},
};
