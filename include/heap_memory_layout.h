/* SPDX-License-Identifier: MIT */
/*
 * The memory map of a chip: types of memory, regions, and ranges that are taken already. A chip file (chips/) defines the tables
 * as constants; heap_caps_init() makes heaps of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Capability columns of a memory type: searched in this order, so column 0 is what the memory is best used for. */
#define SOC_MEMORY_TYPE_NO_PRIOS 3

/** A kind of memory. */
typedef struct {
    const char *name;                        /**< shown in the boot log */
    uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS]; /**< MALLOC_CAP_* by priority */
} soc_memory_type_desc_t;

extern const soc_memory_type_desc_t soc_memory_types[];
extern const size_t soc_memory_type_count;

/** A range of RAM of one type. */
typedef struct {
    intptr_t start;        /**< first byte */
    size_t size;           /**< bytes */
    size_t type;           /**< index into soc_memory_types */
    intptr_t iram_address; /**< lowest address of its instruction-bus view, 0 if it has none */
    bool startup_stack;    /**< used as a stack until the application starts, a heap only afterwards */
} soc_memory_region_t;

/** Ascending by start, disjoint. A row whose size is 0 does not exist: an option of the chip has taken it away. */
extern const soc_memory_region_t soc_memory_regions[];
extern const size_t soc_memory_region_count;

/** A range that no heap may use, [start, end). {0, 0} does not exist: an option of the chip has taken it away. */
typedef struct {
    intptr_t start;
    intptr_t end;
} soc_reserved_region_t;

/**
 * Keeps [START, END) out of the heaps. At file scope, without a semicolon. START and END may be addresses that only the linker
 * knows. NAME makes the object unique in its file.
 *
 * The linker script keeps the section .reserved_memory_address between the symbols soc_reserved_memory_region_start and
 * soc_reserved_memory_region_end.
 */
#define SOC_RESERVE_MEMORY_REGION(START, END, NAME)                                                                              \
    __attribute__((section(".reserved_memory_address")))                                                                         \
    __attribute__((used)) static soc_reserved_region_t reserved_region_##NAME = {START, END};

/** Most entries that soc_get_available_memory_regions() can write. */
size_t soc_get_available_memory_region_max_count(void);

/**
 * Writes the regions less the reserved ranges, ascending; at start-up only. Pieces of 16 bytes or less are dropped.
 *
 * @param regions room for soc_get_available_memory_region_max_count() entries
 * @return how many were written. Overlapping or inverted reservations are reported and end in the port's fatal function.
 */
size_t soc_get_available_memory_regions(soc_memory_region_t *regions);

#ifdef __cplusplus
}
#endif
