/* SPDX-License-Identifier: MIT */
/*
 * NXP i.MX RT1062 (one Cortex-M7).
 *
 *   0x00000000 ITCM   128 KiB  scratchpad for code (option ITCM)
 *   0x20000000 DTCM   128 KiB  scratchpad for data (option DTCM); DMA reaches it, and needs no cache maintenance there
 *   0x20200000 OCRAM  768 KiB  main memory: 512 KiB of its own, and what the scratchpads leave of the 512 KiB that they share
 *   0x80000000 SDRAM           external RAM (option SDRAM)
 *
 * One address for data and code, so the windows of both buses are one and no block needs a second address. Address 0 stays out
 * of every heap.
 *
 * Source of addresses: NXP's linker scripts (mcux-sdk) and the board file of the evaluation kit; of banks and cache lines: the
 * features header. The split into types and the capabilities are our proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    ITCM_SIZE = CH_OPTION(ITCM, 0x20000), /* bytes of scratchpad for code, whole banks of 0x8000 */
    DTCM_SIZE = CH_OPTION(DTCM, 0x20000), /* bytes of scratchpad for data */
    SDRAM_SIZE = CH_OPTION(SDRAM, 0),     /* bytes of external RAM: 0, or 4 MiB to 512 MiB */
};
_Static_assert(ITCM_SIZE % 0x8000 == 0 && DTCM_SIZE % 0x8000 == 0 && ITCM_SIZE + DTCM_SIZE <= 0x80000,
               "CONFIG_CHIP_ITCM and _DTCM of an i.MX RT1062 are whole banks of 0x8000, 16 of them at most");
_Static_assert(SDRAM_SIZE == 0 || (SDRAM_SIZE >= 0x400000 && SDRAM_SIZE <= 0x20000000),
               "CONFIG_CHIP_SDRAM of an i.MX RT1062 is 0, or 0x400000 to 0x20000000");

/* The end of external RAM that the vendor's set-up of the memory protection unit leaves without cache. */
enum { UNCACHED = SDRAM_SIZE ? 0x200000 : 0 };

enum { ITCM, DTCM, OCRAM, SDRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [ITCM] = {"ITCM", {MALLOC_CAP_SPM | CH_CAP_EXEC, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_8BIT}},
    [DTCM] = {"DTCM", {MALLOC_CAP_SPM | MALLOC_CAP_DMA, CH_CAPS_PLAIN, 0}},
    [OCRAM] = {"OCRAM", {CH_CAPS_PLAIN | CH_CAP_EXEC, MALLOC_CAP_DMA, 0}},
    [SDRAM] = {"SDRAM", {MALLOC_CAP_SPIRAM, 0, CH_CAPS_EXTERNAL | MALLOC_CAP_DMA | CH_CAP_EXEC}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x00000000, ITCM_SIZE, ITCM, 0, false},                                    /* scratchpad for code */
    {0x20000000, DTCM_SIZE, DTCM, 0, false},                                    /* scratchpad for data */
    {0x20200000, 0x80000, OCRAM, 0, false},                                     /* OCRAM2, 512 KiB */
    {0x20280000, 0x80000 - ITCM_SIZE - DTCM_SIZE, OCRAM, 0, false},             /* the rest of the shared 512 KiB */
    {(intptr_t)0x80000000u, SDRAM_SIZE - UNCACHED, SDRAM, 0, false},            /* external RAM */
    {(intptr_t)0x80000000u + SDRAM_SIZE - UNCACHED, UNCACHED, SDRAM, 0, false}, /* its part without cache */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(0x00000000, ITCM_SIZE ? 0x00000020 : 0, null_guard) /* also the place of a vector table */
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "imxrt1062",
    .cores = 1,
    .max_request = SDRAM_SIZE > 0xc0000 ? SDRAM_SIZE : 0xc0000,
    .dram = {0x00000000, 0x20300000},
    .iram = {0x00000000, 0x20300000},
    .diram_dram = {0x00000000, 0x20300000},
    .diram_iram = {0x00000000, 0x20300000},
    .spm = {DTCM_SIZE ? 0x20000000 : 0, DTCM_SIZE ? 0x20000000 + DTCM_SIZE : 0},
    .spm2 = {0x00000000, ITCM_SIZE},
    .external = {SDRAM_SIZE ? 0x80000000u : 0, SDRAM_SIZE ? 0x80000000u + SDRAM_SIZE : 0},
    .dma = {0x20000000, 0x20300000},
    .dma_external = {SDRAM_SIZE ? 0x80000000u : 0, SDRAM_SIZE ? 0x80000000u + SDRAM_SIZE : 0},
    .byte_accessible = {0x00000000, 0x20300000},
    .internal = {0x00000000, 0x20300000},
    .cache_line_internal = 32,
    .cache_line_external = 32,
};
