/* SPDX-License-Identifier: MIT */
/*
 * ESP32-C5 (one RISC-V core, and a low-power one).
 *
 *   0x40800000 RAM     384 KiB  main memory. From 0x4085c5a0 the stack of the ROM's boot code until the application runs, at its
 *                               end the ROM's data
 *   0x42000000 SPIRAM  32 MiB   window of external RAM, shared with flash (option PSRAM)
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
    PSRAM = CH_OPTION(PSRAM, 0),                           /* external RAM; its heap is added at run time, see late[] */
    FLASH_ENCRYPTION = CH_OPTION(FLASH_ENCRYPTION, 0),     /* flash and external RAM are encrypted */
};

/* Offered only where memory protection is off. */
#define EXEC (MEMPROT ? 0u : CH_CAP_EXEC)

enum { RAM, RTCRAM, SPIRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {CH_CAPS_PLAIN | EXEC | MALLOC_CAP_DMA, 0, 0}},
    [RTCRAM] = {"RTCRAM", {MALLOC_CAP_RTCRAM, CH_CAPS_PLAIN | EXEC, 0}},
    [SPIRAM] = {"SPIRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x40800000, 0x5c5a0, RAM, 0x40800000, false},         /* below the ROM boot stack */
    {0x4085c5a0, 0x3a60, RAM, 0x4085c5a0, true},           /* ROM boot stack and above */
    {0x42000000, PSRAM ? 0x2000000 : 0, SPIRAM, 0, false}, /* window of external RAM */
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
SOC_RESERVE_MEMORY_REGION(0x4085f4f8, 0x40860000, rom_layout)                                 /* the ROM's data */
SOC_RESERVE_MEMORY_REGION(PSRAM ? 0x42000000 : 0, PSRAM ? 0x44000000 : 0, extram_data_region) /* the heap is added at run time */
SOC_RESERVE_MEMORY_REGION(RTC_FAST_AS_HEAP ? 0x50000000 : 0, RTC_FAST_AS_HEAP ? CH_SYMBOL(_rtc_force_slow_end) : 0, rtcram_data)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_rtc_reserved_start), CH_SYMBOL(_rtc_reserved_end), rtc_reserved_data)

static const ch_late_region_t late[] = {
    {"PSRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_SIMD}, 0x2000000},
};

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32c5",
    .cores = 1,
    .max_request = 0x2000000,
    .dram = {0x40800000, 0x40860000},
    .iram = {0x40800000, 0x40860000},
    .diram_dram = {0x40800000, 0x40860000},
    .diram_iram = {0x40800000, 0x40860000},
    .rtc_dram = {0x50000000, 0x50004000},
    .rtc_iram = {0x50000000, 0x50004000},
    .external = {0x42000000, 0x44000000},
    .dma = {0x40800000, 0x40860000},
    .dma_external = {0x42000000, 0x44000000},
    .byte_accessible = {0x40800000, 0x40860000},
    .internal = {0x40800000, 0x40860000},
    .cache_line_external = 32,
    .encrypted_dma_step = FLASH_ENCRYPTION ? 16 : 0,
    .late = late,
    .late_count = sizeof(late) / sizeof(late[0]),
};
