/* SPDX-License-Identifier: MIT */
/* What is free for heaps on the chip that the program is linked for: its regions less the reserved ranges of the link. */
#include "base/report.h"
#include "capheap/config.h"
#include "heap_memory_layout.h"
#include "soc/layout.h"

/* Bounds of section .reserved_memory_address, from the linker script: an array of what SOC_RESERVE_MEMORY_REGION() defined. */
extern const soc_reserved_region_t soc_reserved_memory_region_start[];
extern const soc_reserved_region_t soc_reserved_memory_region_end[];

static size_t reserved_count(void) {
    uintptr_t bytes = (uintptr_t)soc_reserved_memory_region_end - (uintptr_t)soc_reserved_memory_region_start;
    return bytes / sizeof(soc_reserved_region_t);
}

size_t soc_get_available_memory_region_max_count(void) { return soc_memory_region_count + reserved_count(); }

size_t soc_get_available_memory_regions(soc_memory_region_t *regions) {
    size_t count = ch_layout_subtract(soc_memory_regions, soc_memory_region_count, soc_reserved_memory_region_start,
                                      reserved_count(), regions);
    if (!CH_CFG_LOG_DEBUG) {
        return count;
    }
    ch_report("memory_layout: Building list of available memory regions:");
    for (size_t i = 0; i < count; i++) {
        ch_report("memory_layout: Available memory region 0x%08lx - 0x%08lx", (unsigned long)regions[i].start,
                  (unsigned long)((uintptr_t)regions[i].start + regions[i].size));
    }
    return count;
}
