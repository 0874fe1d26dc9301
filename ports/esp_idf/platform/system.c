/* SPDX-License-Identifier: MIT */
/* What ESP-IDF's components esp_system and freertos build on the heap, for systems that bring neither. All weak. */
#include <stddef.h>
#include <stdint.h>

#include "esp_heap_caps.h"

#define WEAK __attribute__((weak))

/* What the kernel's own objects and task stacks are made of. */
#define CAPS_KERNEL (MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT)

uint32_t esp_get_free_heap_size(void);
uint32_t esp_get_free_internal_heap_size(void);
uint32_t esp_get_minimum_free_heap_size(void);
void *pvPortMalloc(size_t size);
void vPortFree(void *ptr);
size_t xPortGetFreeHeapSize(void);
size_t xPortGetMinimumEverFreeHeapSize(void);

/** Free bytes that malloc() may get. */
WEAK uint32_t esp_get_free_heap_size(void) { return (uint32_t)heap_caps_get_free_size(MALLOC_CAP_DEFAULT); }

/** Free bytes on the chip. */
WEAK uint32_t esp_get_free_internal_heap_size(void) {
    return (uint32_t)heap_caps_get_free_size(MALLOC_CAP_8BIT | MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL);
}

/** The least that esp_get_free_heap_size() can have been; heaps that came after start-up count 0. */
WEAK uint32_t esp_get_minimum_free_heap_size(void) { return (uint32_t)heap_caps_get_minimum_free_size(MALLOC_CAP_DEFAULT); }

WEAK void *pvPortMalloc(size_t size) { return heap_caps_malloc(size, CAPS_KERNEL); }

WEAK void vPortFree(void *ptr) { heap_caps_free(ptr); }

WEAK size_t xPortGetFreeHeapSize(void) { return heap_caps_get_free_size(CAPS_KERNEL); }

WEAK size_t xPortGetMinimumEverFreeHeapSize(void) { return heap_caps_get_minimum_free_size(CAPS_KERNEL); }
