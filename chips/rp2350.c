/* SPDX-License-Identifier: MIT */
/*
 * Raspberry Pi RP2350 (two Cortex-M33, or two RISC-V cores, chosen at boot).
 *
 *   0x11000000 PSRAM    8 MiB    external RAM (options PSRAM, PSRAM_SIZE); without cache 0x04000000 higher
 *   0x20000000 SRAM     512 KiB  eight banks: words spread over 0 to 3 in the first half, over 4 to 7 in the second
 *   0x20080000 SCRATCH  8 KiB    two banks, X and Y; usually the stacks of core 1 and core 0
 *
 * One address for data and code, so the windows of both buses are one and no block needs a second address.
 *
 * Source of addresses: pico-sdk (addressmap.h, linker script, qmi.h); of the size of external RAM: common boards; of what DMA
 * reaches: the data sheet, not read again for this file. The split into types and the capabilities are our proposal.
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    HAS_PSRAM = CH_OPTION(PSRAM, 0), /* external RAM at the second chip select; its window must have been made writable */
    PSRAM_SIZE = CH_OPTION(PSRAM_SIZE, 0x800000), /* bytes of it, at most 0x1000000 */
};
_Static_assert(PSRAM_SIZE <= 0x1000000, "CONFIG_CHIP_PSRAM_SIZE of an RP2350 is at most 0x1000000");

enum { SRAM, SCRATCH, PSRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [SRAM] = {"SRAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC, 0, 0}},
    [SCRATCH] = {"SCRATCH", {MALLOC_CAP_SPM, 0, CH_CAPS_PLAIN | MALLOC_CAP_DMA | CH_CAP_EXEC}},
    [PSRAM] = {"PSRAM", {MALLOC_CAP_SPIRAM, 0, CH_CAPS_EXTERNAL | MALLOC_CAP_DMA | CH_CAP_EXEC}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x11000000, HAS_PSRAM ? PSRAM_SIZE : 0, PSRAM, 0, false},
    {0x20000000, 0x80000, SRAM, 0, false},   /* eight banks */
    {0x20080000, 0x1000, SCRATCH, 0, false}, /* X */
    {0x20081000, 0x1000, SCRATCH, 0, false}, /* Y */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed in RAM: data, and the stacks, which end the scratch banks. */
extern const char app_static_start[], app_static_end[];
extern const char core0_stack_bottom[], core1_stack_bottom[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(app_static_start), CH_SYMBOL(app_static_end), app_static)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(core1_stack_bottom), 0x20081000, stack1)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(core0_stack_bottom), 0x20082000, stack0)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "rp2350",
    .cores = 2,
    .max_request = HAS_PSRAM && PSRAM_SIZE > 0x80000 ? PSRAM_SIZE : 0x80000,
    .dram = {0x20000000, 0x20082000},
    .iram = {0x20000000, 0x20082000},
    .diram_dram = {0x20000000, 0x20082000},
    .diram_iram = {0x20000000, 0x20082000},
    .spm = {0x20080000, 0x20082000},
    .external = {0x11000000, 0x12000000},
    .dma = {0x20000000, 0x20082000},
    .dma_external = {0x11000000, 0x12000000},
    .byte_accessible = {0x20000000, 0x20082000},
    .internal = {0x20000000, 0x20082000},
    .cache_line_external = 8,
};
