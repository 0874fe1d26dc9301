/* SPDX-License-Identifier: MIT */
/*
 * Nordic nRF5340, application core (Cortex-M33). The network core is another program with RAM of its own.
 *
 *   0x20000000 RAM  508 KiB  RAM0 and RAM1
 *
 * One address for data and code, so the windows of both buses are one and no block needs a second address. RAM shared with the
 * network core is taken out of this one; what is secure goes by steps of 8 KiB.
 *
 * Source of addresses: Nordic's nrfx (memory and peripheral headers, linker script). The split into types and the capabilities
 * are our proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    RAM_SIZE = CH_OPTION(RAM_SIZE, 0x7f000), /* bytes of RAM: 0x7f000 as in the vendor header, 0x80000 as in the data sheet */
};
_Static_assert(RAM_SIZE > 0x40000 && RAM_SIZE <= 0x80000, "CONFIG_CHIP_RAM_SIZE of an nRF5340 is 0x7f000 or 0x80000");

enum { RAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {MALLOC_CAP_RETENTION | CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x20000000, 0x40000, RAM, 0, false},            /* RAM0, 256 KiB */
    {0x20040000, RAM_SIZE - 0x40000, RAM, 0, false}, /* RAM1 */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data and main stack. */
extern const char app_static_start[], app_static_end[];
extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(stack_bottom), CH_SYMBOL(stack_top), stack)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "nrf5340_app",
    .cores = 1,
    .max_request = 0x80000,
    .dram = {0x20000000, 0x20080000},
    .iram = {0x20000000, 0x20080000},
    .diram_dram = {0x20000000, 0x20080000},
    .diram_iram = {0x20000000, 0x20080000},
    .dma = {0x20000000, 0x20080000},
    .byte_accessible = {0x20000000, 0x20080000},
    .internal = {0x20000000, 0x20080000},
};
