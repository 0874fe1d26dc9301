/* SPDX-License-Identifier: MIT */
/*
 * QEMU mps2-an385 with a memory that it does not have: the last 256 KiB of SSRAM23 play instruction RAM that takes aligned words
 * only. The rest is a subset of chips/mps2_an385.c.
 *
 *   0x20000000 SSRAM23  3840 KiB  main memory
 *   0x203c0000 WORDRAM  256 KiB   aligned words only, executable
 *   0x21000000 PSRAM    16 MiB    plays the external RAM
 */
#include "chip_rows.h"

enum { SSRAM23, WORDRAM, PSRAM };

const soc_memory_type_desc_t soc_memory_types[] = {
    [SSRAM23] = {"SSRAM23",
                 {MALLOC_CAP_DEFAULT | MALLOC_CAP_DMA | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, 0, 0}},
    [WORDRAM] = {"WORDRAM", {MALLOC_CAP_INTERNAL | CH_CAP_EXEC | MALLOC_CAP_32BIT, 0, 0}},
    [PSRAM] = {"PSRAM", {MALLOC_CAP_SPIRAM, 0, MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT}},
};
const size_t soc_memory_type_count = sizeof(soc_memory_types) / sizeof(soc_memory_types[0]);

const soc_memory_region_t soc_memory_regions[] = {
    {0x20000000, 0x3c0000, SSRAM23, 0, false},
    {0x203c0000, 0x40000, WORDRAM, 0, false},
    {0x21000000, 0x1000000, PSRAM, 0, false},
};
const size_t soc_memory_region_count = sizeof(soc_memory_regions) / sizeof(soc_memory_regions[0]);

extern const char stack_bottom[], stack_top[];

SOC_RESERVE_MEMORY_REGION((intptr_t)stack_bottom, (intptr_t)stack_top, stack)

const ch_chip_t ch_chip = {
    .name = "mps2_words",
    .max_request = 0x1000000,
    .word_only_types = 1u << WORDRAM,
    .dram = {0x20000000, 0x20400000},
    .iram = {0x20000000, 0x20400000},
    .diram_dram = {0x20000000, 0x20400000},
    .diram_iram = {0x20000000, 0x20400000},
    .diram_inverted = false,
    .external = {0x21000000, 0x22000000},
    .dma = {0x20000000, 0x203c0000},
    .byte_accessible = {0x20000000, 0x203c0000},
    .internal = {0x20000000, 0x20400000},
};
