/* SPDX-License-Identifier: MIT */
/*
 * ESP32-P4 (two RISC-V cores with 128-bit vectors, and a low-power one).
 *
 *   0x30100000 SPM         8 KiB    scratchpad; no vectors, no DMA
 *   0x48000000 SPIRAM      64 MiB   window of external RAM (option PSRAM)
 *   0x4ff00000 RETENT_RAM  768 KiB  with the next row and the level 2 cache, which is at its start; also reached by the DMA
 *                                   that saves state for sleep
 *   0x4ffbafc0 RAM                  from the stack of the ROM's boot code on; at its end the ROM's data
 *   0x50108000 RTCRAM      32 KiB   low-power RAM; no vectors, no DMA
 *
 * Revisions before 3.0: RAM from 0x4ff3afc0, with the ROM's data in its midst, and the cache at the end.
 *
 * One address for data and code. The rows carry it also as that of the instruction bus, as ESP-IDF's do; no block gets a second
 * one. Internal RAM is cached: the same RAM without cache is 0x40000000 higher.
 *
 * Source of types, regions and reserved ranges: ESP-IDF's table of this chip with its macros evaluated (commit 102122904ade);
 * of the windows: its soc.h; of the start of the ROM's data: its boot loader's memory map (the newest ROM; older ones differ).
 */
#include "chip_rows.h"

/* What can be chosen; chip_options.h tells how. */
enum {
    MIN_REV = CH_OPTION(MIN_REV, 301), /* oldest revision to run on, 100 * major + minor; the map of those before 300 differs */
    L2_CACHE = CH_OPTION(L2_CACHE, 0x20000), /* bytes of RAM that are level 2 cache: 0x20000, 0x40000, 0x80000 */
    CACHE_LINE = CH_OPTION(CACHE_LINE, L2_CACHE == 0x80000 ? 128 : 64), /* bytes of a line of it: 64, 128 */
    MEMPROT = CH_OPTION(MEMPROT, 1),                                    /* memory protection: no heap holds code */
    RTC_FAST_AS_HEAP = CH_OPTION(RTC_FAST_AS_HEAP, 1),                  /* low-power RAM is a heap */
    LP_CORE = CH_OPTION(LP_CORE, 0),                   /* the low-power core and its ROM use the end of low-power RAM */
    PSRAM = CH_OPTION(PSRAM, 0),                       /* external RAM; its heap is added at run time, see late[] */
    FLASH_ENCRYPTION = CH_OPTION(FLASH_ENCRYPTION, 0), /* flash and external RAM are encrypted */
};
_Static_assert(L2_CACHE == 0x20000 || L2_CACHE == 0x40000 || L2_CACHE == 0x80000,
               "CONFIG_CHIP_L2_CACHE of an ESP32-P4 is 0x20000, 0x40000 or 0x80000");

/* Offered only where memory protection is off. */
#define EXEC (MEMPROT ? 0u : CH_CAP_EXEC)

/* Where RAM begins and ends beside the level 2 cache, and where the stack of the ROM's boot code is. */
enum {
    IS_REV1 = MIN_REV < 300,
    RAM_START = IS_REV1 ? 0x4ff00000 : 0x4ff00000 + L2_CACHE,
    RAM_END = IS_REV1 ? 0x4ffc0000 - L2_CACHE : 0x4ffc0000,
    BOOT_STACK = IS_REV1 ? 0x4ff3afc0 : 0x4ffbafc0,
    NEEDS_WORKAROUND = MIN_REV == 300, /* code for a reset of revision 3.0 */
};

enum { RAM, RETENT_RAM, SPIRAM, SPM, RTCRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {CH_CAPS_PLAIN | MALLOC_CAP_DMA | MALLOC_CAP_SIMD | EXEC, 0, 0}},
    [RETENT_RAM] = {"RETENT_RAM", {MALLOC_CAP_RETENTION | MALLOC_CAP_SIMD, CH_CAPS_PLAIN | MALLOC_CAP_DMA | EXEC, 0}},
    [SPIRAM] = {"SPIRAM", {MALLOC_CAP_SPIRAM, 0, CH_CAPS_EXTERNAL | MALLOC_CAP_SIMD}},
    [SPM] = {"SPM", {MALLOC_CAP_SPM, 0, CH_CAPS_PLAIN}},
    [RTCRAM] = {"RTCRAM", {MALLOC_CAP_RTCRAM, 0, CH_CAPS_PLAIN | EXEC}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {0x30100000, 0x2000, SPM, 0, false},                   /* scratchpad; 1 cycle, with parity check 4 */
    {0x48000000, PSRAM ? 0x4000000 : 0, SPIRAM, 0, false}, /* window of external RAM */
    {RAM_START, BOOT_STACK - RAM_START, RETENT_RAM, RAM_START, false},
    {BOOT_STACK, RAM_END - BOOT_STACK, RAM, BOOT_STACK, true}, /* stack of the ROM's boot code and above */
    {0x50108000,
     !RTC_FAST_AS_HEAP ? 0
     : LP_CORE         ? 0x7a80
                       : 0x8000,
     RTCRAM, 0, false}, /* low-power RAM */
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

/* Bounds of what the linker placed: code, .data to .bss (in two parts before revision 3), and both in scratchpad and low-power RAM. */
extern const char _iram_start[], _iram_end[];
extern const char _data_start[], _heap_start[];
extern const char _data_start_low[], _heap_start_low[];
extern const char _data_start_high[], _heap_start_high[];
extern const char _spm_text_start[], _spm_data_end[];
extern const char _rtc_reserved_start[], _rtc_reserved_end[], _rtc_force_slow_end[];
extern const char _rtc_p4_rev3_mspi_workaround_start[], _rtc_p4_rev3_mspi_workaround_end[];

SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_spm_text_start), CH_SYMBOL(_spm_data_end), spm_code_data)
SOC_RESERVE_MEMORY_REGION(PSRAM ? 0x48000000 : 0, PSRAM ? 0x4c000000 : 0, extram_region) /* the heap is added at run time */
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_iram_start), CH_SYMBOL(_iram_end), iram_code)
SOC_RESERVE_MEMORY_REGION(IS_REV1 ? CH_SYMBOL(_data_start_low) : 0, IS_REV1 ? CH_SYMBOL(_heap_start_low) : 0, dram_data_low)
SOC_RESERVE_MEMORY_REGION(IS_REV1 ? CH_SYMBOL(_data_start_high) : CH_SYMBOL(_data_start),
                          IS_REV1 ? CH_SYMBOL(_heap_start_high) : CH_SYMBOL(_heap_start), dram_data_high)
SOC_RESERVE_MEMORY_REGION(IS_REV1 ? 0x4ff3fba4 : 0x4ffbfbb0, IS_REV1 ? 0x4ff40000 : 0x4ffc0000, rom_layout) /* the ROM's data */
SOC_RESERVE_MEMORY_REGION(NEEDS_WORKAROUND ? CH_SYMBOL(_rtc_p4_rev3_mspi_workaround_start) : 0,
                          NEEDS_WORKAROUND ? CH_SYMBOL(_rtc_p4_rev3_mspi_workaround_end) : 0, p4_rev3_mspi_workaround)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_rtc_reserved_start), CH_SYMBOL(_rtc_reserved_end), rtc_reserved_data)
SOC_RESERVE_MEMORY_REGION(CH_SYMBOL(_rtc_reserved_end), CH_SYMBOL(_rtc_force_slow_end), rtcram_data)

static const ch_late_region_t late[] = {
    {"PSRAM", {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_SIMD}, 0x4000000},
    {"PSRAM plaintext", {MALLOC_CAP_SPIRAM_NO_ENC, 0, 0}, 0x4000000}, /* the part left out of encryption, 64 KiB and more */
};

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "esp32p4",
    .cores = 2,
    .max_request = 0x4000000,
    .dram = {0x4ff00000, 0x4ffc0000},
    .iram = {0x4ff00000, 0x4ffc0000},
    .diram_dram = {0x4ff00000, 0x4ffc0000},
    .diram_iram = {0x4ff00000, 0x4ffc0000},
    .rtc_dram = {0x50108000, 0x50110000},
    .rtc_iram = {0x50108000, 0x50110000},
    .spm = {0x30100000, 0x30102000},
    .external = {0x48000000, 0x4c000000},
    .dma = {0x4ff00000, 0x4ffc0000},
    .dma_external = {0x48000000, 0x4c000000},
    .byte_accessible = {0x4ff00000, 0x4ffc0000},
    .internal = {0x4ff00000, 0x4ffc0000},
    .cache_line_internal = 64,
    .cache_line_external = CACHE_LINE,
    .simd_step = 16,
    .encrypted_dma_step = FLASH_ENCRYPTION ? 16 : 0,
    .has_axi_dma = true,
    .uncached_offset = 0x40000000,
    .late = late,
    .late_count = sizeof(late) / sizeof(late[0]),
};
