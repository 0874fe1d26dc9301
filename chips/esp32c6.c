/* SPDX-License-Identifier: MIT */
/*
 * ESP32-C6 (one RISC-V core, and a low-power one).
 *
 *   0x40800000 RAM     512 KiB  main memory. From 0x4087c610 the stack of the ROM's boot code until the application runs, at its
 *                               end the ROM's data
 *   0x50000000 RTCRAM  16 KiB   low-power RAM
 *
 * One address for data and code. The rows carry it also as that of the instruction bus, as ESP-IDF's do; no block gets a second
 * one.
 *
 * Source of types, regions and reserved ranges: ESP-IDF's table of this chip with its macros evaluated (commit 102122904ade);
 * of the windows: its soc.h; of the start of the ROM's data: its boot loader's memory map (the newest ROM; older ones differ).
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    MEMPROT = CH_OPTION(MEMPROT, 1),                       /* memory protection: no heap holds code */
    RTC_FAST_AS_HEAP = CH_OPTION(RTC_FAST_AS_HEAP, 1),     /* low-power RAM is a heap */
    TEE_BYTES = CH_OPTION(TEE_BYTES, 0),                   /* bytes of a trusted environment at the start of RAM; usual: 0xd000 */
    SECURE_BOOT_DIGEST = CH_OPTION(SECURE_BOOT_DIGEST, 0), /* bytes at the end of low-power RAM: 0, 32, 48 */
};

/* Offered only where memory protection is off. */
#define EXEC (MEMPROT ? 0u : CH_CAP_EXEC)

enum { RAM, RTCRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {CH_CAPS_PLAIN | EXEC | MALLOC_CAP_DMA, 0, 0}},
    [RTCRAM] = {"RTCRAM", {MALLOC_CAP_RTCRAM, CH_CAPS_PLAIN | EXEC, 0}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x40800000, 0x20000, RAM, 0x40800000, false}, /* level 0 */
    {0x40820000, 0x20000, RAM, 0x40820000, false}, /* level 1 */
    {0x40840000, 0x20000, RAM, 0x40840000, false}, /* level 2 */
    {0x40860000, 0x1c610, RAM, 0x40860000, false}, /* level 3, below the ROM boot stack */
    {0x4087c610, 0x39f0, RAM, 0x4087c610, true},   /* level 3, ROM boot stack and above */
    {0x50000000, RTC_FAST_AS_HEAP ? 0x4000 - SECURE_BOOT_DIGEST : 0, RTCRAM, 0,
     false}, /* low-power RAM less the digest kept at its end */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed: .data to .bss, code, data in low-power RAM. */
extern const char _data_start[], _heap_start[];
extern const char _iram_start[], _iram_end[];
extern const char _rtc_force_slow_end[];
extern const char _rtc_reserved_start[], _rtc_reserved_end[];

SOC_RESERVE_MEMORY_REGION(TEE_BYTES ? 0x40800000 : 0, TEE_BYTES ? 0x40800000 + TEE_BYTES : 0, tee_diram)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_iram_start), CH_SYMBOL(_iram_end), iram_code)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_data_start), CH_SYMBOL(_heap_start), dram_data)
SOC_RESERVE_MEMORY_REGION(0x4087f564, 0x40880000, rom_layout) /* the ROM's data */
SOC_RESERVE_MEMORY_REGION(RTC_FAST_AS_HEAP ? 0x50000000 : 0, RTC_FAST_AS_HEAP ? CH_SYMBOL(_rtc_force_slow_end) : 0, rtcram_data)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_rtc_reserved_start), CH_SYMBOL(_rtc_reserved_end), rtc_reserved_data)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32c6",
    .cores = 1,
    .max_request = 0x80000,
    .dram = {0x40800000, 0x40880000},
    .iram = {0x40800000, 0x40880000},
    .diram_dram = {0x40800000, 0x40880000},
    .diram_iram = {0x40800000, 0x40880000},
    .rtc_dram = {0x50000000, 0x50004000},
    .rtc_iram = {0x50000000, 0x50004000},
    .dma = {0x40800000, 0x40880000},
    .byte_accessible = {0x40800000, 0x40880000},
    .internal = {0x40800000, 0x40880000},
};
