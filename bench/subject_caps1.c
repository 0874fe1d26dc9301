/* SPDX-License-Identifier: MIT */
/* Subject "caps1": heap_caps_* with MALLOC_CAP_DEFAULT on one heap that takes the whole pool. For growth_main.c. */
#include "counted.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "replay.h"

static bool caps1_setup(void *pool, size_t size) {
    static const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT, 0};

    heap_caps_init();
    return heap_caps_add_region_with_caps(caps, (intptr_t)pool, (intptr_t)pool + (intptr_t)size) == ESP_OK;
}

static void *caps1_malloc(size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(heap_caps_malloc, size, MALLOC_CAP_DEFAULT, 0, cost);
}

static void *caps1_calloc(size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(heap_caps_calloc, 1, size, MALLOC_CAP_DEFAULT, cost);
}

static void *caps1_realloc(void *block, size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(heap_caps_realloc, block, size, MALLOC_CAP_DEFAULT, cost);
}

static void *caps1_aligned_alloc(size_t alignment, size_t size, uint32_t *cost) {
    return (void *)COUNTED_CALL(heap_caps_aligned_alloc, alignment, size, MALLOC_CAP_DEFAULT, cost);
}

static void caps1_free(void *block, uint32_t *cost) { COUNTED_CALL(heap_caps_free, block, 0, 0, cost); }

const subject_t subject = {
    "caps1", 0, caps1_setup, caps1_malloc, caps1_calloc, caps1_realloc, caps1_aligned_alloc, caps1_free,
};
