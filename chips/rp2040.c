/* SPDX-License-Identifier: MIT */
/*
 * Raspberry Pi RP2040 (two Cortex-M0+, which take no misaligned access at all).
 *
 *   0x15000000 SCRATCH  16 KiB   the flash cache as RAM (option XIP_CACHE=0)
 *   0x20000000 SRAM     256 KiB  four banks, words spread over them; bank by bank at 0x21000000 (option STRIPING=0)
 *   0x20040000 SCRATCH  8 KiB    two banks, X and Y; usually the stacks of core 1 and core 0
 *
 * One address for data and code, so the windows of both buses are one and no block needs a second address.
 *
 * Source of addresses: pico-sdk (addressmap.h, linker scripts); of what DMA reaches: the data sheet, not read again for this
 * file. The split into types and the capabilities are our proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    STRIPING = CH_OPTION(STRIPING, 1),   /* main RAM at the addresses that spread words over its banks */
    XIP_CACHE = CH_OPTION(XIP_CACHE, 1), /* the flash cache is a cache; 0: it is RAM */
};

enum { SRAM, SCRATCH };

const soc_memory_type_desc_t soc_memory_types[] = {
    [SRAM] = {"SRAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
    [SCRATCH] = {"SCRATCH", {MALLOC_CAP_SPM, 0, CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x15000000, XIP_CACHE ? 0 : 0x4000, SCRATCH, 0, false}, /* the flash cache */
    {0x20000000, STRIPING ? 0x40000 : 0, SRAM, 0, false},    /* four banks, words spread over them */
    {0x20040000, 0x1000, SCRATCH, 0, false},                 /* X */
    {0x20041000, 0x1000, SCRATCH, 0, false},                 /* Y */
    {0x21000000, STRIPING ? 0 : 0x10000, SRAM, 0, false},    /* bank 0 */
    {0x21010000, STRIPING ? 0 : 0x10000, SRAM, 0, false},    /* bank 1 */
    {0x21020000, STRIPING ? 0 : 0x10000, SRAM, 0, false},    /* bank 2 */
    {0x21030000, STRIPING ? 0 : 0x10000, SRAM, 0, false},    /* bank 3 */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data, and the stacks, which end the scratch banks. */
extern const char app_static_start[], app_static_end[];
extern const char core0_stack_bottom[], core1_stack_bottom[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(core1_stack_bottom), 0x20041000, stack1)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(core0_stack_bottom), 0x20042000, stack0)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "rp2040",
    .cores = 2,
    .max_request = 0x40000,
    .dram = {0x15000000, 0x21040000},
    .iram = {0x15000000, 0x21040000},
    .diram_dram = {0x20000000, 0x21040000},
    .diram_iram = {0x20000000, 0x21040000},
    .spm = {0x20040000, 0x20042000},
    .spm2 = {XIP_CACHE ? 0 : 0x15000000, XIP_CACHE ? 0 : 0x15004000},
    .apart = {XIP_CACHE ? 0 : 0x15000000, XIP_CACHE ? 0 : 0x15004000},
    .dma = {0x20000000, 0x21040000},
    .byte_accessible = {0x20000000, 0x21040000},
    .internal = {0x20000000, 0x21040000},
};
