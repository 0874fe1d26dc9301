/* SPDX-License-Identifier: MIT */
/*
 * STM32F407 (one Cortex-M4F).
 *
 *   0x10000000 CCM      64 KiB   data bus of the core only: no DMA, no code. Plain malloc takes it first, the rest is for DMA
 *   0x20000000 SRAM     128 KiB  SRAM1 and SRAM2, for all
 *   0x40024000 BKPSRAM  4 KiB    backup supply; needs its clock and write access turned on before it is a heap
 *
 * Buffers of 4-beat word bursts need 16 bytes of alignment, and no burst may cross 1 KiB.
 *
 * Source of addresses: ST's device headers (cmsis_device_f4) and linker templates; of what DMA reaches: the reference manual
 * RM0090, not read again for this file. The split into types and the capabilities are our proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    BACKUP = CH_OPTION(BACKUP, 1), /* backup RAM is a heap */
};

enum { CCM, SRAM, BKPSRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [CCM] = {"CCM", {MALLOC_CAP_SPM | CH_CAPS_PLAIN, 0, 0}},
    [SRAM] = {"SRAM", {MALLOC_CAP_DMA | CH_CAP_EXEC, CH_CAPS_PLAIN, 0}},
    [BKPSRAM] = {"BKPSRAM", {MALLOC_CAP_RTCRAM, 0, CH_CAPS_INTERNAL}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x10000000, 0x10000, CCM, 0, false},                 /* 64 KiB core-coupled */
    {0x20000000, 0x1c000, SRAM, 0, false},                /* SRAM1, 112 KiB */
    {0x2001c000, 0x4000, SRAM, 0, false},                 /* SRAM2, 16 KiB */
    {0x40024000, BACKUP ? 0x1000 : 0, BKPSRAM, 0, false}, /* 4 KiB */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "stm32f407",
    .cores = 1,
    .max_request = 0x20000,
    .dram = {0x10000000, 0x20020000},
    .iram = {0x10000000, 0x20020000},
    .diram_dram = {0x10000000, 0x20020000},
    .diram_iram = {0x10000000, 0x20020000},
    .rtc_dram = {0x40024000, 0x40025000},
    .rtc_iram = {0x40024000, 0x40025000},
    .spm = {0x10000000, 0x10010000},
    .dma = {0x20000000, 0x20020000},
    .byte_accessible = {0x10000000, 0x20020000},
    .internal = {0x10000000, 0x20020000},
};
