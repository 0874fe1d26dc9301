/* SPDX-License-Identifier: MIT */
/*
 * Subject "caps6": heap_caps_* with MALLOC_CAP_DEFAULT on the six heaps of an ESP32 with external RAM.
 *
 * Order of asking for DEFAULT: DRAM 6.3 KB, D/IRAM 14.7 KB, D/IRAM 111 KB, DRAM 180 KB, SPIRAM 4 MB; the IRAM heap between
 * the second and the third lacks DEFAULT and is passed over. So small, soon full heaps come first in line, as on the chip.
 *
 * The types' columns differ from the chip's in one point: DEFAULT is in the first column of all, so that one pass over the
 * heaps yields that order; 8BIT and INTERNAL are in a later column, so that the descriptors of these heaps, made at run time,
 * come out of the small boot heap (bench_chip.c) and not out of the heaps that are measured.
 */
#include "counted.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "replay.h"

#define DRAM_CAPS                                                                                                                \
    { MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL | MALLOC_CAP_DMA | MALLOC_CAP_32BIT, 0 }
#define DIRAM_CAPS                                                                                                               \
    { MALLOC_CAP_DEFAULT, MALLOC_CAP_DMA | MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL, MALLOC_CAP_32BIT | MALLOC_CAP_EXEC }
#define IRAM_CAPS                                                                                                                \
    { MALLOC_CAP_INTERNAL | MALLOC_CAP_EXEC | MALLOC_CAP_32BIT, 0, 0 }
#define SPIRAM_CAPS                                                                                                              \
    { MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT }

/* What the ESP32 has left for the heap when a program of usual size has been loaded; in the order of asking. */
static const struct {
    size_t size;
    uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS];
} heaps[] = {
    {0x1920, DRAM_CAPS},   {0x3ae0, DIRAM_CAPS}, {0x15000, IRAM_CAPS},
    {0x1bcb0, DIRAM_CAPS}, {0x2d138, DRAM_CAPS}, {0x400000, SPIRAM_CAPS},
};

enum { HEAP_COUNT = sizeof heaps / sizeof heaps[0], POOL_SIZE = 0x480000 };

/* Heaps added at run time are asked before the older ones: the last comes first. Gaps keep them apart. */
static bool caps6_setup(void *pool, size_t size) {
    intptr_t end = (intptr_t)((uintptr_t)pool + size);

    heap_caps_init();
    for (size_t i = HEAP_COUNT; i-- > 0;) {
        intptr_t start = end - (intptr_t)heaps[i].size;
        if (heap_caps_add_region_with_caps(heaps[i].caps, start, end) != ESP_OK) {
            return false;
        }
        end = start - 64;
    }
    return end > (intptr_t)pool;
}

static void *caps6_malloc(size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(heap_caps_malloc, size, MALLOC_CAP_DEFAULT, 0, cost);
}

static void *caps6_calloc(size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(heap_caps_calloc, 1, size, MALLOC_CAP_DEFAULT, cost);
}

static void *caps6_realloc(void *block, size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(heap_caps_realloc, block, size, MALLOC_CAP_DEFAULT, cost);
}

static void *caps6_aligned_alloc(size_t alignment, size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(heap_caps_aligned_alloc, alignment, size, MALLOC_CAP_DEFAULT, cost);
}

static void caps6_free(void *block, uint32_t *cost) { COUNTED_CALL(heap_caps_free, block, 0, 0, cost); }

const subject_t subject = {
    "caps6", POOL_SIZE, caps6_setup, caps6_malloc, caps6_calloc, caps6_realloc, caps6_aligned_alloc, caps6_free,
};
