/* SPDX-License-Identifier: MIT */
/*
 * The memory map of the benchmark's firmware: one small boot heap that is not DEFAULT, from which the descriptors of the heaps
 * added at run time are allocated (subject_caps6.c). Nothing that is measured lives in it.
 */
#include "capheap/chip.h"
#include "esp_heap_caps.h"
#include "heap_memory_layout.h"

static uint32_t boot_ram[2048 / sizeof(uint32_t)] __attribute__((aligned(16)));

const soc_memory_type_desc_t soc_memory_types[] = {
    {"BOOT", {MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT, MALLOC_CAP_32BIT, 0}},
};
const size_t soc_memory_type_count = sizeof soc_memory_types / sizeof soc_memory_types[0];

const soc_memory_region_t soc_memory_regions[] = {
    {(intptr_t)boot_ram, sizeof boot_ram, 0, 0, false},
};
const size_t soc_memory_region_count = sizeof soc_memory_regions / sizeof soc_memory_regions[0];

const ch_chip_t ch_chip = {.name = "bench", .max_request = 64u << 20};
