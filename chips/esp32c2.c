/* SPDX-License-Identifier: MIT */
/*
 * ESP32-C2, also ESP8684 (one RISC-V core).
 *
 *   0x3fca0000 RAM  256 KiB  data bus, and instruction bus 0x6e0000 higher in the same order. From 0x3fcdcb70 the stack of the
 *                            ROM's boot code until the application runs, at its end the ROM's data
 *
 * The instruction cache at 0x4037c000 is no heap.
 *
 * Source of types, regions and reserved ranges: ESP-IDF's table of this chip with its macros evaluated (commit 102122904ade);
 * of the windows: its soc.h; of the start of the ROM's data: its boot loader's memory map (the newest ROM; older ones differ).
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    MEMPROT = CH_OPTION(MEMPROT, 1), /* memory protection: no heap holds code */
};

/* Offered only where memory protection is off. */
#define EXEC (MEMPROT ? 0u : CH_CAP_EXEC)

enum { RAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {CH_CAPS_PLAIN | EXEC | MALLOC_CAP_DMA, 0, 0}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x3fca0000, 0x10000, RAM, 0x40380000, false}, /* level 1 */
    {0x3fcb0000, 0x10000, RAM, 0x40390000, false}, /* level 2 */
    {0x3fcc0000, 0x1cb70, RAM, 0x403a0000, false}, /* level 3, below the ROM boot stack */
    {0x3fcdcb70, 0x3490, RAM, 0x403bcb70, true},   /* level 3, ROM boot stack and above */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed: .data to .bss, code (its addresses are of the instruction bus). */
extern const char _data_start[], _heap_start[];
extern const char _iram_start[], _iram_end[];

#define DATA_BUS(symbol) (CH_SYMBOL(symbol) - 0x6e0000)

SOC_RESERVE_MEMORY_REGION(DATA_BUS(_iram_start), DATA_BUS(_iram_end), iram_code)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_data_start), CH_SYMBOL(_heap_start), dram_data)
SOC_RESERVE_MEMORY_REGION(0x3fcdf4bc, 0x3fce0000, rom_layout) /* the ROM's data; older silicon begins it at 0x3fcdf42c */

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32c2",
    .cores = 1,
    .max_request = 0x44000,
    .dram = {0x3fca0000, 0x3fce0000},
    .iram = {0x4037c000, 0x403c0000},
    .diram_dram = {0x3fca0000, 0x3fce0000},
    .diram_iram = {0x40380000, 0x403c0000},
    .dma = {0x3fca0000, 0x3fce0000},
    .byte_accessible = {0x3fca0000, 0x3fce0000},
    .internal = {0x3fca0000, 0x3fce0000},
};
