/* SPDX-License-Identifier: MIT */
/*
 * ESP32-C61 (one RISC-V core).
 *
 *   0x40800000 RAM  320 KiB  main memory. From 0x4084c670 the stack of the ROM's boot code until the application runs, at its end
 *                            the ROM's data
 *
 * One address for data and code. The rows carry it also as that of the instruction bus, as ESP-IDF's do; no block gets a second
 * one. External RAM has no type and no row, it enters only at run time.
 *
 * Source of types, regions and reserved ranges: ESP-IDF's table of this chip with its macros evaluated (commit 102122904ade);
 * of the windows: its soc.h; of the start of the ROM's data: its boot loader's memory map (the newest ROM; older ones differ).
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    MEMPROT = CH_OPTION(MEMPROT, 1),                   /* memory protection: no heap holds code */
    TEE_BYTES = CH_OPTION(TEE_BYTES, 0),               /* bytes of a trusted environment at the start of RAM; usual: 0xd000 */
    FLASH_ENCRYPTION = CH_OPTION(FLASH_ENCRYPTION, 0), /* flash and external RAM are encrypted */
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
    {0x40800000, 0x4c670, RAM, 0x40800000, false}, /* below the ROM boot stack */
    {0x4084c670, 0x3990, RAM, 0x4084c670, true},   /* ROM boot stack and above */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed: .data to .bss, code. */
extern const char _data_start[], _heap_start[];
extern const char _iram_start[], _iram_end[];

SOC_RESERVE_MEMORY_REGION(TEE_BYTES ? 0x40800000 : 0, TEE_BYTES ? 0x40800000 + TEE_BYTES : 0, tee_diram)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_iram_start), CH_SYMBOL(_iram_end), iram_code)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_data_start), CH_SYMBOL(_heap_start), dram_data)
SOC_RESERVE_MEMORY_REGION(0x4084f5c8, 0x40850000, rom_layout) /* the ROM's data */

static const ch_late_region_t late[] = {
    {"PSRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_SIMD}, 0x2000000},
};

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32c61",
    .cores = 1,
    .max_request = 0x2000000,
    .dram = {0x40800000, 0x40850000},
    .iram = {0x40800000, 0x40850000},
    .diram_dram = {0x40800000, 0x40850000},
    .diram_iram = {0x40800000, 0x40850000},
    .external = {0x42000000, 0x44000000},
    .dma = {0x40800000, 0x40850000},
    .dma_external = {0x42000000, 0x44000000},
    .byte_accessible = {0x40800000, 0x40850000},
    .internal = {0x40800000, 0x40850000},
    .cache_line_external = 32,
    .encrypted_dma_step = FLASH_ENCRYPTION ? 16 : 0,
    .late = late,
    .late_count = sizeof(late) / sizeof(late[0]),
};
