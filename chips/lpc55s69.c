/* SPDX-License-Identifier: MIT */
/*
 * NXP LPC55S69 (two Cortex-M33, one of them with TrustZone and floating point).
 *
 *   0x04000000 SRAMX     32 KiB   code bus
 *   0x20000000 SRAM      272 KiB  SRAM0 to SRAM4
 *   0x40100000 USB SRAM  16 KiB   packet RAM of high-speed USB (option USB_SRAM)
 *
 * Secure addresses are 0x10000000 higher (the vendor's manual, not read again for this file). One address for data and code, so
 * the windows of both buses are one and no block needs a second address.
 *
 * Source of addresses: NXP's linker scripts (mcux-sdk), Zephyr's device tree. Whether DMA reaches SRAMX was left open. The
 * split into types and the capabilities are our proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    SECURE = CH_OPTION(SECURE, 0),         /* secure addresses (TrustZone) */
    CORE1 = CH_OPTION(CORE1, 0),           /* the second core has a program; its data is where the vendor's SDK puts it */
    HAS_USB_SRAM = CH_OPTION(USB_SRAM, 0), /* packet RAM of USB is a heap */
};

/* Secure addresses are higher by this. */
enum { SHIFT = SECURE ? 0x10000000 : 0 };

enum { SRAMX, SRAM, USB_SRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [SRAMX] = {"SRAMX",
               {MALLOC_CAP_SPM | CH_CAP_EXEC, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT}},
    [SRAM] = {"SRAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
    [USB_SRAM] = {"USB SRAM", {0, 0, CH_CAPS_INTERNAL | MALLOC_CAP_DMA}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x04000000 + SHIFT, 0x8000, SRAMX, 0, false}, /* 32 KiB */
    {0x20000000 + SHIFT, 0x10000, SRAM, 0, false}, /* SRAM0, 64 KiB */
    {0x20010000 + SHIFT, 0x10000, SRAM, 0, false}, /* SRAM1, 64 KiB */
    {0x20020000 + SHIFT, 0x10000, SRAM, 0, false}, /* SRAM2, 64 KiB */
    {0x20030000 + SHIFT, 0x10000, SRAM, 0, false}, /* SRAM3, 64 KiB */
    {0x20040000 + SHIFT, 0x4000, SRAM, 0, false},  /* SRAM4, 16 KiB */
    {0x40100000, HAS_USB_SRAM ? 0x4000 : 0, USB_SRAM, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

/* Just below is the memory for messages between the cores. */
SOC_RESERVE_MEMORY_REGION(CORE1 ? 0x20033000 + SHIFT : 0, CORE1 ? 0x20044000 + SHIFT : 0, core1_data)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "lpc55s69",
    .cores = 2,
    .max_request = 0x44000,
    .dram = {0x04000000 + SHIFT, 0x20044000 + SHIFT},
    .iram = {0x04000000 + SHIFT, 0x20044000 + SHIFT},
    .diram_dram = {0x04000000 + SHIFT, 0x20044000 + SHIFT},
    .diram_iram = {0x04000000 + SHIFT, 0x20044000 + SHIFT},
    .spm = {0x04000000 + SHIFT, 0x04008000 + SHIFT},
    .apart = {HAS_USB_SRAM ? 0x40100000 : 0, HAS_USB_SRAM ? 0x40104000 : 0},
    .dma = {0x20000000 + SHIFT, 0x20044000 + SHIFT},
    .byte_accessible = {0x04000000 + SHIFT, 0x20044000 + SHIFT},
    .internal = {0x04000000 + SHIFT, 0x20044000 + SHIFT},
};
