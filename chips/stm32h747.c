/* SPDX-License-Identifier: MIT */
/*
 * STM32H747 (Cortex-M7 and Cortex-M4). Memories as on STM32H743; the cores are not coherent, and two programs must divide the
 * shared RAM between them. The M4 has no scratchpads and no cache, and usually runs from D2 SRAM.
 *
 *   0x00000000 ITCM      64 KiB   scratchpad for code
 *   0x20000000 DTCM      128 KiB  scratchpad for data
 *   0x24000000 AXI SRAM  512 KiB  main memory
 *   0x30000000 D2 SRAM   288 KiB  SRAM1 to SRAM3 beside most DMA engines; code runs at 0x10000000, in the same order
 *   0x38000000 D3 SRAM   64 KiB   SRAM4, the only RAM that the DMA of its domain (BDMA) reaches, so kept for last
 *   0x38800000 BKPSRAM   4 KiB    backup supply
 *
 * DMA1 and DMA2 do not reach the scratchpads, MDMA does. The clocks of D2 SRAM are off after reset: firmware turns them on
 * before heap_caps_init(). Address 0 stays out of every heap.
 *
 * Source of addresses: ST's device headers (cmsis_device_h7); of sizes: Zephyr's device tree; of reach and caches: the
 * reference manual, not read again for this file. The split into types and the capabilities are our proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    CORE = CH_OPTION(CORE, 7),     /* the core that the program runs on: 7 or 4 */
    BACKUP = CH_OPTION(BACKUP, 1), /* backup RAM is a heap */
};
_Static_assert(CORE == 7 || CORE == 4, "CONFIG_CHIP_CORE of an STM32H747 is 7 or 4");

enum { ITCM, DTCM, AXI_SRAM, D2_SRAM, D3_SRAM, BKPSRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [ITCM] = {"ITCM", {MALLOC_CAP_SPM | CH_CAP_EXEC, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_8BIT}},
    [DTCM] = {"DTCM", {MALLOC_CAP_SPM, CH_CAPS_PLAIN, 0}},
    [AXI_SRAM] = {"AXI SRAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
    [D2_SRAM] = {"D2 SRAM", {MALLOC_CAP_DMA, CH_CAPS_PLAIN | CH_CAP_EXEC, 0}},
    [D3_SRAM] = {"D3 SRAM", {0, MALLOC_CAP_DMA, CH_CAPS_PLAIN | CH_CAP_EXEC}},
    [BKPSRAM] = {"BKPSRAM", {MALLOC_CAP_RTCRAM, 0, CH_CAPS_INTERNAL}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x00000000, CORE == 7 ? 0x10000 : 0, ITCM, 0, false}, /* 64 KiB; address 0 */
    {0x20000000, CORE == 7 ? 0x20000 : 0, DTCM, 0, false}, /* 128 KiB */
    {0x24000000, 0x80000, AXI_SRAM, 0, false},             /* 512 KiB, D1 */
    {0x30000000, 0x20000, D2_SRAM, 0x10000000, false},     /* SRAM1, 128 KiB; second view on the code side */
    {0x30020000, 0x20000, D2_SRAM, 0x10020000, false},     /* SRAM2, 128 KiB */
    {0x30040000, 0x8000, D2_SRAM, 0x10040000, false},      /* SRAM3, 32 KiB */
    {0x38000000, 0x10000, D3_SRAM, 0, false},              /* SRAM4, 64 KiB */
    {0x38800000, BACKUP ? 0x1000 : 0, BKPSRAM, 0, false},  /* 4 KiB */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(0x00000000, CORE == 7 ? 0x00000020 : 0, null_guard) /* also the place of a vector table */
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "stm32h747",
    .cores = 1,
    .max_request = 0x80000,
    .dram = {CORE == 7 ? 0x20000000 : 0x24000000, 0x38010000},
    .iram = {CORE == 7 ? 0x00000000 : 0x10000000, 0x38010000},
    .diram_dram = {0x30000000, 0x30048000},
    .diram_iram = {0x10000000, 0x10048000},
    .rtc_dram = {0x38800000, 0x38801000},
    .rtc_iram = {0x38800000, 0x38801000},
    .spm = {CORE == 7 ? 0x20000000 : 0, CORE == 7 ? 0x20020000 : 0},
    .spm2 = {0x00000000, CORE == 7 ? 0x00010000 : 0},
    .dma = {0x24000000, 0x38010000},
    .byte_accessible = {CORE == 7 ? 0x20000000 : 0x24000000, 0x38010000},
    .internal = {CORE == 7 ? 0x20000000 : 0x24000000, 0x38010000},
    .cache_line_internal = CORE == 7 ? 32 : 0,
    .cache_line_external = CORE == 7 ? 32 : 0,
};
