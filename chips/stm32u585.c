/* SPDX-License-Identifier: MIT */
/*
 * STM32U585 (one Cortex-M33).
 *
 *   0x20000000 SRAM     768 KiB  SRAM1 to SRAM3
 *   0x28000000 SRAM4    16 KiB   low-power domain, the only RAM that its DMA (LPDMA1) reaches, so kept for last
 *   0x40036400 BKPSRAM  2 KiB    backup supply
 *
 * Secure addresses are 0x10000000 higher. Caches are on the instruction side and before external memory only.
 *
 * Source of addresses: ST's device headers (cmsis_device_u5) and linker templates; of the size of BKPSRAM and of what DMA
 * reaches: the reference manual RM0456, not read again for this file. The split into types and the capabilities are our
 * proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    SECURE = CH_OPTION(SECURE, 0), /* secure addresses (TrustZone) */
};

/* Secure addresses are higher by this. */
enum { SHIFT = SECURE ? 0x10000000 : 0 };

enum { SRAM, SRAM4, BKPSRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [SRAM] = {"SRAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
    [SRAM4] = {"SRAM4", {0, MALLOC_CAP_DMA, CH_CAPS_PLAIN | CH_CAP_EXEC}},
    [BKPSRAM] = {"BKPSRAM", {MALLOC_CAP_RTCRAM, 0, CH_CAPS_INTERNAL}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x20000000 + SHIFT, 0x30000, SRAM, 0, false},  /* SRAM1, 192 KiB */
    {0x20030000 + SHIFT, 0x10000, SRAM, 0, false},  /* SRAM2, 64 KiB */
    {0x20040000 + SHIFT, 0x80000, SRAM, 0, false},  /* SRAM3, 512 KiB */
    {0x28000000 + SHIFT, 0x4000, SRAM4, 0, false},  /* 16 KiB */
    {0x40036400 + SHIFT, 0x800, BKPSRAM, 0, false}, /* 2 KiB */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "stm32u585",
    .cores = 1,
    .max_request = 0xc0000,
    .dram = {0x20000000 + SHIFT, 0x28004000 + SHIFT},
    .iram = {0x20000000 + SHIFT, 0x28004000 + SHIFT},
    .diram_dram = {0x20000000 + SHIFT, 0x28004000 + SHIFT},
    .diram_iram = {0x20000000 + SHIFT, 0x28004000 + SHIFT},
    .rtc_dram = {0x40036400 + SHIFT, 0x40036c00 + SHIFT},
    .rtc_iram = {0x40036400 + SHIFT, 0x40036c00 + SHIFT},
    .dma = {0x20000000 + SHIFT, 0x28004000 + SHIFT},
    .byte_accessible = {0x20000000 + SHIFT, 0x28004000 + SHIFT},
    .internal = {0x20000000 + SHIFT, 0x28004000 + SHIFT},
};
