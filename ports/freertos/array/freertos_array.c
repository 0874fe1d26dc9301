/* SPDX-License-Identifier: MIT */
/*
 * A memory map for firmware that has none: one heap in an array of configTOTAL_HEAP_SIZE bytes, as FreeRTOS users know it.
 * Compiled in place of a file of chips/; needs no change of the linker script.
 *
 * The array is weak: an application that wants it elsewhere (configAPPLICATION_ALLOCATED_HEAP) defines uint8_t ucHeap[] of the
 * same size itself, aligned to 4.
 */
#include "capheap/chip.h"
#include "capheap_port.h"
#include "esp_heap_caps.h"
#include "heap_memory_layout.h"

extern uint8_t ucHeap[configTOTAL_HEAP_SIZE];
__attribute__((weak, aligned(16))) uint8_t ucHeap[configTOTAL_HEAP_SIZE];

const soc_memory_type_desc_t soc_memory_types[] = {
    {"ucHeap", {MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL | MALLOC_CAP_DEFAULT, MALLOC_CAP_DMA, 0}},
};
const size_t soc_memory_type_count = 1;

const soc_memory_region_t soc_memory_regions[] = {{(intptr_t)ucHeap, configTOTAL_HEAP_SIZE, 0, 0, false}};
const size_t soc_memory_region_count = 1;

/* No reservations: both ends of the list are one address. Those of a linker script win, if there are any. */
__attribute__((weak)) const soc_reserved_region_t soc_reserved_memory_region_start[1] = {{0, 0}};
extern const soc_reserved_region_t soc_reserved_memory_region_end[1]
    __attribute__((weak, alias("soc_reserved_memory_region_start")));

/* Nothing is known of the chip: all memory counts as internal, and as what DMA reaches. */
#define EVERYTHING                                                                                                               \
    { 0, UINTPTR_MAX }

const ch_chip_t ch_chip = {
    .name = "freertos_array",
    .max_request = SIZE_MAX / 2,
    .dram = EVERYTHING,
    .iram = EVERYTHING,
    .diram_dram = EVERYTHING,
    .diram_iram = EVERYTHING,
    .dma = EVERYTHING,
    .byte_accessible = EVERYTHING,
    .internal = EVERYTHING,
};
