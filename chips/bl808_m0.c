/* SPDX-License-Identifier: MIT */
/*
 * Bouffalo Lab BL808, core M0 (32-bit RISC-V). The 64-bit core D0 and the low-power core run programs of their own.
 *
 *   0x20010000 RETRAM  4 KiB    kept in hibernation
 *   0x40000000 XRAM    16 KiB   shared by the cores
 *   0x50000000 PSRAM   64 MiB   external RAM (option PSRAM)
 *   0x62020000 RAM     224 KiB  main memory: OCRAM and WRAM
 *   0x7ef80000 MM RAM  512 KiB  RAM of the multimedia domain (option MM_RAM)
 *   0x7f000000 MM RAM  32 KiB
 *
 * These are the views with cache; the same RAM without is 0x40000000 lower. One address for data and code, so the windows of
 * both buses are one and no block needs a second address.
 *
 * Source of addresses: Bouffalo's SDK (memory map, linker script), Zephyr's device tree (RETRAM, cache lines). Which DMA
 * reaches what was not verified. The split into types and the capabilities are our proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    WIRELESS = CH_OPTION(WIRELESS, 0), /* the radio is in use and keeps the end of RAM */
    HAS_MM_RAM = CH_OPTION(MM_RAM, 0), /* the 64-bit core is off and its RAM is a heap */
    HAS_PSRAM = CH_OPTION(PSRAM, 0),   /* external RAM */
};

enum { RAM, XRAM, MM_RAM, PSRAM, RETRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
    [XRAM] = {"XRAM", {0, MALLOC_CAP_DMA, CH_CAPS_INTERNAL}},
    [MM_RAM] = {"MM RAM", {0, 0, CH_CAPS_PLAIN | MALLOC_CAP_DMA}},
    [PSRAM] = {"PSRAM", {MALLOC_CAP_SPIRAM, 0, CH_CAPS_EXTERNAL | MALLOC_CAP_DMA}},
    [RETRAM] = {"RETRAM", {MALLOC_CAP_RTCRAM, 0, CH_CAPS_INTERNAL}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x20010000, 0x1000, RETRAM, 0, false},
    {0x40000000, 0x4000, XRAM, 0, false},
    {0x50000000, HAS_PSRAM ? 0x4000000 : 0, PSRAM, 0, false},
    {0x62020000, 0x10000, RAM, 0x62020000, false},            /* OCRAM */
    {0x62030000, 0x28000, RAM, 0x62030000, false},            /* WRAM */
    {0x7ef80000, HAS_MM_RAM ? 0x80000 : 0, MM_RAM, 0, false}, /* DRAM */
    {0x7f000000, HAS_MM_RAM ? 0x8000 : 0, MM_RAM, 0, false},  /* VRAM */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(0x62020000, 0x62020400, secure_1k) /* for the security firmware */
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)
SOC_RESERVE_MEMORY_REGION(WIRELESS ? 0x62050000 : 0, WIRELESS ? 0x62058000 : 0, radio_em)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "bl808_m0",
    .cores = 1,
    .max_request = 0x4000000,
    .dram = {0x62020000, 0x7f008000},
    .iram = {0x62020000, 0x7f008000},
    .diram_dram = {0x62020000, 0x7f008000},
    .diram_iram = {0x62020000, 0x7f008000},
    .rtc_dram = {0x20010000, 0x20011000},
    .rtc_iram = {0x20010000, 0x20011000},
    .apart = {0x40000000, 0x40004000},
    .external = {0x50000000, 0x54000000},
    .dma = {0x62020000, 0x7f008000},
    .dma_external = {0x50000000, 0x54000000},
    .byte_accessible = {0x62020000, 0x7f008000},
    .internal = {0x62020000, 0x7f008000},
    .cache_line_internal = 32,
    .cache_line_external = 32,
    .uncached_offset = -0x40000000,
};
