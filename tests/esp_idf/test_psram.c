/* SPDX-License-Identifier: MIT */
/*
 * External RAM of a chip at start-up, with the options that say how malloc uses it: CONFIG_SPIRAM_USE_MALLOC with
 * ALWAYSINTERNAL 4096 and RESERVE_INTERNAL 32768.
 */
#include <stdlib.h>
#include <string.h>

#include "capheap/chip.h"
#include "check.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_memory_utils.h"
#include "psram.h"
#include "standin.h"

void *heap_caps_malloc_default(size_t size);
void *heap_caps_realloc_default(void *ptr, size_t size);
void *heap_caps_aligned_alloc_default(size_t alignment, size_t size);

#define CAPS_POOL (MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL)

static void external_ram_is_a_heap(void) {
    const ch_window_t *ram = &ch_psram_found()->bytes;
    CHECK(heap_caps_get_total_size(MALLOC_CAP_SPIRAM) == ram->high - ram->low);
    CHECK(strstr(standin_console(), "esp_psram: Adding pool of 2048K of PSRAM memory to heap allocator\n") != NULL);
    CHECK(heap_caps_get_minimum_free_size(MALLOC_CAP_SPIRAM) > 0); /* a heap of start-up, not one that came late */
    void *p = heap_caps_malloc(100000, MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT | MALLOC_CAP_SIMD);
    CHECK(p && (uintptr_t)p >= ram->low && (uintptr_t)p < ram->high);
    CHECK(esp_psram_check_ptr_addr(p) && esp_ptr_external_ram(p) && !esp_psram_ptr_is_no_enc(p));
    CHECK(!esp_psram_check_ptr_addr((const void *)ram->high));
    heap_caps_free(p);
    CHECK(esp_psram_extram_add_to_heap_allocator() == ESP_ERR_INVALID_STATE);
    CHECK(heap_caps_get_total_size(MALLOC_CAP_SPIRAM) == ram->high - ram->low);
}

static void malloc_uses_it_above_the_limit(void) {
    void *small = heap_caps_malloc_default(4096), *large = heap_caps_malloc_default(4100);
    CHECK(small && !esp_psram_check_ptr_addr(small));
    CHECK(large && esp_psram_check_ptr_addr(large));
    small = heap_caps_realloc_default(small, 8000);
    CHECK(small && heap_caps_get_allocated_size(small) >= 8000);
    void *aligned = heap_caps_aligned_alloc_default(64, 4160);
    CHECK(aligned && esp_psram_check_ptr_addr(aligned) && (uintptr_t)aligned % 64 == 0);
    heap_caps_free(aligned);
    heap_caps_free(small);
    heap_caps_free(large);
}

typedef struct {
    uintptr_t start;
    uintptr_t end;
} span_t;

/* The pool is at the head of the list: the first heap that is shown. */
static bool note_first(walker_heap_into_t heap, walker_block_info_t block, void *span) {
    (void)block;
    span_t *s = span;
    if (s->end == 0) *s = (span_t){(uintptr_t)heap.start, (uintptr_t)heap.end};
    return false;
}

static void some_internal_memory_is_kept_for_dma(void) {
    span_t pool = {0, 0};
    CHECK(strstr(standin_console(), "esp_psram: Reserving pool of 32K of internal memory for DMA/internal allocations\n") !=
          NULL);
    heap_caps_walk_all(note_first, &pool);
    CHECK(pool.end - pool.start == 32768 - 1);
    void *p = heap_caps_malloc(20000, CAPS_POOL);
    /*
     * The ESP32's RAM is DMA memory in column 1 too, and the pool comes first; others name DMA in column 0, so the pool is the
     * reserve.
     */
    bool in_pool = (uintptr_t)p >= pool.start && (uintptr_t)p < pool.end;
    CHECK(p && in_pool == !CONFIG_IDF_TARGET[5]);
    heap_caps_free(p);
    p = heap_caps_malloc_default(2000); /* malloc comes to it last */
    CHECK(p && ((uintptr_t)p < pool.start || (uintptr_t)p >= pool.end));
    heap_caps_free(p);
}

static void a_pool_that_does_not_fit_is_not_made(void) {
    size_t before = heap_caps_get_free_size(CAPS_POOL), total = heap_caps_get_total_size(0);
    CHECK(esp_psram_extram_reserve_dma_pool(0) == ESP_OK);
    CHECK(esp_psram_extram_reserve_dma_pool(before + 4096) == ESP_ERR_NO_MEM);
    CHECK(heap_caps_get_free_size(CAPS_POOL) == before && heap_caps_get_total_size(0) == total);
}

static void a_pool_may_be_made_of_several_blocks(void) {
    size_t largest = heap_caps_get_largest_free_block(CAPS_POOL), total = heap_caps_get_total_size(CAPS_POOL);
    size_t wanted = largest + 4096;
    CHECK(esp_psram_extram_reserve_dma_pool(wanted) == ESP_OK);
    CHECK(heap_caps_get_total_size(CAPS_POOL) == total + wanted - 2); /* two heaps, of one byte less each */
    CHECK(heap_caps_check_integrity_all(true));
}

void app_main(void) {
    external_ram_is_a_heap();
    malloc_uses_it_above_the_limit();
    some_internal_memory_is_kept_for_dma();
    a_pool_that_does_not_fit_is_not_made();
    a_pool_may_be_made_of_several_blocks();
    check_report();
}
