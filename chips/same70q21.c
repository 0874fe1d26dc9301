/* SPDX-License-Identifier: MIT */
/*
 * Microchip SAM E70Q21 and V71Q21 (one Cortex-M7).
 *
 *   0x00000000 ITCM           scratchpad for code (option ITCM)
 *   0x20000000 DTCM           scratchpad for data, of the same size
 *   0x20400000 SRAM  384 KiB  main memory, less the scratchpads
 *
 * Non-volatile bits of the chip choose the size of the scratchpads; a new part may come with 32 KiB each. One address for data
 * and code, so the windows of both buses are one and no block needs a second address. Address 0 stays out of every heap.
 *
 * Source of sizes: Zephyr's device tree, boot configuration tools; of addresses: public memory maps; of caches: the data sheet,
 * not read again for this file. Whether DMA reaches the scratchpads was left open. The split into types and the capabilities
 * are our proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    TCM =
        CH_OPTION(ITCM, 0), /* bytes of each scratchpad, out of main memory: 0, 0x8000, 0x10000, 0x20000 (set CONFIG_CHIP_ITCM) */
};
_Static_assert(TCM == 0 || TCM == 0x8000 || TCM == 0x10000 || TCM == 0x20000,
               "CONFIG_CHIP_ITCM of a SAM E70 is 0, 0x8000, 0x10000 or 0x20000");

enum { ITCM, DTCM, SRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [ITCM] = {"ITCM", {MALLOC_CAP_SPM | CH_CAP_EXEC, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_8BIT}},
    [DTCM] = {"DTCM", {MALLOC_CAP_SPM, CH_CAPS_PLAIN, 0}},
    [SRAM] = {"SRAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x00000000, TCM, ITCM, 0, false},
    {0x20000000, TCM, DTCM, 0, false},
    {0x20400000, 0x60000 - 2 * TCM, SRAM, 0, false}, /* what the scratchpads leave */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(0x00000000, TCM ? 0x00000020 : 0, null_guard) /* also the place of a vector table */
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "same70q21",
    .cores = 1,
    .max_request = 0x60000,
    .dram = {0x00000000, 0x20460000},
    .iram = {0x00000000, 0x20460000},
    .diram_dram = {0x00000000, 0x20460000},
    .diram_iram = {0x00000000, 0x20460000},
    .spm = {TCM ? 0x20000000 : 0, TCM ? 0x20000000 + TCM : 0},
    .spm2 = {0x00000000, TCM},
    .dma = {0x20400000, 0x20460000},
    .byte_accessible = {0x00000000, 0x20460000},
    .internal = {0x00000000, 0x20460000},
    .cache_line_internal = 32,
    .cache_line_external = 32,
};
