/* SPDX-License-Identifier: MIT */
/*
 * QEMU virt with a 32-bit RISC-V core. Its one RAM, 128 MiB from 0x80000000, plays several kinds, as a chip might have them:
 *
 *   0x80000000          1 MiB    program and its stack
 *   0x80100000 RAM      512 KiB  plain memory; the 32 KiB after it play the start-up stack
 *   0x80200000 DMARAM   256 KiB  what DMA reaches, and what survives sleep
 *   0x80240000 WORDRAM  128 KiB  aligned words only, executable
 *   0x80260000 TCM      16 KiB   scratchpad
 *   0x80264000 RTCRAM   8 KiB    low-power memory
 *   0x81000000 EXT      8 MiB    external RAM
 *
 * The emulator limits nothing: tests must make sure that word-only memory is used as such. Data and code share addresses, so the
 * windows of both buses are one.
 *
 * Source of the address of the RAM: the emulator's own memory map (QEMU 7.2). The split and the capabilities are our choice.
 */
#include "chip_rows.h"

enum { RAM, DMARAM, WORDRAM, TCM, RTCRAM, EXT };

const soc_memory_type_desc_t soc_memory_types[] = {
    [RAM] = {"RAM", {MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, 0, 0}},
    [DMARAM] = {"DMARAM",
                {MALLOC_CAP_DMA,
                 MALLOC_CAP_DEFAULT | MALLOC_CAP_RETENTION | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, 0}},
    [WORDRAM] = {"WORDRAM", {MALLOC_CAP_INTERNAL | CH_CAP_EXEC | MALLOC_CAP_32BIT, 0, 0}},
    [TCM] = {"TCM", {MALLOC_CAP_SPM, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL | MALLOC_CAP_DEFAULT}},
    [RTCRAM] = {"RTCRAM", {MALLOC_CAP_RTCRAM, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL | MALLOC_CAP_DEFAULT}},
    [EXT] = {"EXT", {MALLOC_CAP_SPIRAM, 0, MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_SIMD}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

/* start, size, type, lowest address on the instruction bus, start-up stack */
const soc_memory_region_t soc_memory_regions[] = {
    {(intptr_t)0x80100000u, 0x80000, RAM, 0, false},    {(intptr_t)0x80180000u, 0x8000, RAM, 0, true},
    {(intptr_t)0x80200000u, 0x40000, DMARAM, 0, false}, {(intptr_t)0x80240000u, 0x20000, WORDRAM, 0, false},
    {(intptr_t)0x80260000u, 0x4000, TCM, 0, false},     {(intptr_t)0x80264000u, 0x2000, RTCRAM, 0, false},
    {(intptr_t)0x81000000u, 0x800000, EXT, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

SOC_RESERVE_MEMORY_REGION((intptr_t)0x80000000u, (intptr_t)0x80100000u, image)

DRAM_ATTR const ch_chip_t ch_chip = {
    .name = "virt_rv32",
    .cores = 1,
    .max_request = 0x800000,
    .word_only_types = 1u << WORDRAM,
    .dram = {0x80000000u, 0x81000000u},
    .iram = {0x80000000u, 0x81000000u},
    .diram_dram = {0x80000000u, 0x81000000u},
    .diram_iram = {0x80000000u, 0x81000000u},
    .diram_inverted = false,
    .rtc_dram = {0x80264000u, 0x80266000u},
    .rtc_iram = {0x80264000u, 0x80266000u},
    .spm = {0x80260000u, 0x80264000u},
    .external = {0x81000000u, 0x81800000u},
    .dma = {0x80200000u, 0x80240000u},
    .byte_accessible = {0x80000000u, 0x80240000u}, /* up to WORDRAM; TCM and RTCRAM count by their own windows */
    .internal = {0x80000000u, 0x81000000u},
    .cache_line_internal = 0,
    .cache_line_external = 0,
    .simd_step = 0,
    .encrypted_dma_step = 0,
    .has_axi_dma = false,
};
