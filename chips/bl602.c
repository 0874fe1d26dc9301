/* SPDX-License-Identifier: MIT */
/*
 * Bouffalo Lab BL602 (one RISC-V core).
 *
 *   0x22010000 ITCM    16 KiB   scratchpad for code, by its code address
 *   0x40010000 RETRAM  4 KiB    kept in hibernation
 *   0x42014000 DTCM    48 KiB   scratchpad for data
 *   0x42020000 RAM     176 KiB  main memory
 *
 * The scratchpads are ways of the cache that the vendor's SDK leaves free. The same cells answer with 0x22, 0x32, 0x42 and 0x52
 * in the top byte, in the same order: 0x42 is used for data, 0x22 for code.
 *
 * Source of addresses: Bouffalo's SDK (linker script, memory map), Zephyr's device tree (RETRAM). Whether DMA reaches the
 * scratchpads was left open. The split into types and the capabilities are our proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    WIRELESS = CH_OPTION(WIRELESS, 0), /* the radio is in use and keeps the end of RAM */
};

enum { ITCM, DTCM, RAM, RETRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [ITCM] = {"ITCM", {MALLOC_CAP_SPM | CH_CAP_EXEC, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_8BIT}},
    [DTCM] = {"DTCM", {MALLOC_CAP_SPM, CH_CAPS_PLAIN, 0}},
    [RAM] = {"RAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
    [RETRAM] = {"RETRAM", {MALLOC_CAP_RTCRAM, 0, CH_CAPS_INTERNAL}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x22010000, 0x4000, ITCM, 0, false},
    {0x40010000, 0x1000, RETRAM, 0, false}, /* 4 KiB */
    {0x42014000, 0xc000, DTCM, 0x22014000, false},
    {0x42020000, 0x2c000, RAM, 0x22020000, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data, interrupt stack, and the radio's memory, which ends RAM. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];
extern const char ram_wifi_start[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

SOC_RESERVE_MEMORY_REGION(WIRELESS ? CH_SYMBOL(ram_wifi_start) : 0, WIRELESS ? 0x4204c000 : 0, ram_wifi)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "bl602",
    .cores = 1,
    .max_request = 0x2c000,
    .dram = {0x42014000, 0x4204c000},
    .iram = {0x22010000, 0x2204c000},
    .diram_dram = {0x42014000, 0x4204c000},
    .diram_iram = {0x22014000, 0x2204c000},
    .rtc_dram = {0x40010000, 0x40011000},
    .rtc_iram = {0x40010000, 0x40011000},
    .spm = {0x42014000, 0x42020000},
    .spm2 = {0x22010000, 0x22014000},
    .dma = {0x42020000, 0x4204c000},
    .byte_accessible = {0x42014000, 0x4204c000},
    .internal = {0x42014000, 0x4204c000},
};
