/* SPDX-License-Identifier: MIT */
/*
 * Nordic nRF52840 (one Cortex-M4F).
 *
 *   0x20000000 RAM  256 KiB  RAM0 to RAM7 (8 KiB each) and RAM8 (192 KiB), kept in sleep by section. Code runs at 0x00800000, in
 *                            the same order; EasyDMA reaches the data address only
 *
 * All rows join into one heap; they are apart because power control is.
 *
 * Source of addresses: Nordic's nrfx (memory and peripheral headers, linker script); of the sections: the product
 * specification, not read again for this file. The split into types and the capabilities are our proposal.
 */
#include "chip_rows.h"

enum { RAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {MALLOC_CAP_RETENTION | CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x20000000, 0x2000, RAM, 0x00800000, false},  /* RAM0, two 4 KiB sections */
    {0x20002000, 0x2000, RAM, 0x00802000, false},  /* RAM1 */
    {0x20004000, 0x2000, RAM, 0x00804000, false},  /* RAM2 */
    {0x20006000, 0x2000, RAM, 0x00806000, false},  /* RAM3 */
    {0x20008000, 0x2000, RAM, 0x00808000, false},  /* RAM4 */
    {0x2000a000, 0x2000, RAM, 0x0080a000, false},  /* RAM5 */
    {0x2000c000, 0x2000, RAM, 0x0080c000, false},  /* RAM6 */
    {0x2000e000, 0x2000, RAM, 0x0080e000, false},  /* RAM7 */
    {0x20010000, 0x30000, RAM, 0x00810000, false}, /* RAM8, six 32 KiB sections */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "nrf52840",
    .cores = 1,
    .max_request = 0x40000,
    .dram = {0x20000000, 0x20040000},
    .iram = {0x00800000, 0x00840000},
    .diram_dram = {0x20000000, 0x20040000},
    .diram_iram = {0x00800000, 0x00840000},
    .dma = {0x20000000, 0x20040000},
    .byte_accessible = {0x20000000, 0x20040000},
    .internal = {0x20000000, 0x20040000},
};
