/* SPDX-License-Identifier: MIT */
/* External RAM: to heaps at start-up (stage CORE, priority 103: after the heap, before all that allocates). All weak. */
#include "psram.h"

#include <esp_private/startup_internal.h>
#include <stdio.h>

#include "capheap/port.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"

#define WEAK __attribute__((weak))

WEAK const ch_psram_t *ch_psram_found(void) {
    static const ch_psram_t nothing;
    return &nothing;
}

static bool contains(const ch_window_t *w, const void *p) { return (uintptr_t)p >= w->low && (uintptr_t)p < w->high; }

WEAK bool esp_psram_ptr_is_no_enc(const void *p) { return contains(&ch_psram_found()->unencrypted, p); }

WEAK bool esp_psram_check_ptr_addr(const void *p) {
    const ch_psram_t *ram = ch_psram_found();
    return contains(&ram->bytes, p) || contains(&ram->words, p) || contains(&ram->unencrypted, p) || contains(&ram->gaps[0], p) ||
           contains(&ram->gaps[1], p);
}

static void log_pool(const char *before, size_t bytes, const char *behind) {
    char line[128];
    int n = snprintf(line, sizeof line, "esp_psram: %s pool of %uK of %s\n", before, (unsigned)(bytes / 1024), behind);
    if (n > 0) ch_port_print(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/** One window to a heap; nothing for an empty window. */
static esp_err_t add(const ch_window_t *w, const uint32_t caps[], const char *what) {
    if (w->high == w->low) return ESP_OK;
    esp_err_t result = heap_caps_add_region_with_caps(caps, (intptr_t)w->low, (intptr_t)w->high);
    if (result == ESP_OK && what) log_pool("Adding", w->high - w->low, what);
    return result;
}

WEAK esp_err_t esp_psram_extram_add_to_heap_allocator(void) {
    static const uint32_t bytes[] = {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0,
                                     MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_SIMD};
    static const uint32_t words[] = {MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_32BIT};
    static const uint32_t unencrypted[] = {MALLOC_CAP_SPIRAM_NO_ENC, 0, 0};
    static bool done;
    const ch_psram_t *ram = ch_psram_found();
    if (done) return ESP_ERR_INVALID_STATE;
    done = true;
    esp_err_t result = add(&ram->bytes, bytes, "PSRAM memory to heap allocator");
    if (result == ESP_OK) result = add(&ram->words, words, "PSRAM memory to heap allocator");
    if (result == ESP_OK) result = add(&ram->unencrypted, unencrypted, "unencrypted PSRAM memory to heap allocator");
    for (int i = 0; i < 2 && result == ESP_OK; i++) {
        result = add(&ram->gaps[i], bytes, NULL);
        if (result == ESP_ERR_INVALID_SIZE) result = ESP_OK; /* a gap too small for a heap stays one */
    }
    return result;
}

/** A block on its way into the pool: the next one, and its own size. */
typedef struct chunk {
    struct chunk *next;
    size_t size;
} chunk_t;

/** Takes `size` bytes for DMA in as few blocks as there are; NULL where there is less. */
static chunk_t *take(size_t size) {
    const uint32_t caps = MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL;
    chunk_t *taken = NULL;
    while (size > 0) {
        size_t largest = heap_caps_get_largest_free_block(caps), n = size < largest ? size : largest;
        chunk_t *c = n < sizeof *c ? NULL : heap_caps_malloc(n, caps);
        if (!c) break;
        c->next = taken;
        c->size = n;
        taken = c;
        size -= n;
    }
    while (size > 0 && taken) { /* not enough: all of it goes back */
        chunk_t *next = taken->next;
        heap_caps_free(taken);
        taken = next;
    }
    return taken;
}

/* All blocks are taken before the first becomes a heap: else the pool would be taken from itself. */
WEAK esp_err_t esp_psram_extram_reserve_dma_pool(size_t size) {
    static const uint32_t caps[] = {0, MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL,
                                    MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT};
    if (size == 0) return ESP_OK;
    chunk_t *c = take(size), *next;
    if (!c) return ESP_ERR_NO_MEM;
    log_pool("Reserving", size, "internal memory for DMA/internal allocations");
    for (; c; c = next) {
        next = c->next;
        intptr_t start = (intptr_t)c, end = start + (intptr_t)c->size - 1;
        if (heap_caps_add_region_with_caps(caps, start, end) == ESP_ERR_INVALID_SIZE) heap_caps_free(c); /* a scrap */
    }
    return ESP_OK;
}

ESP_SYSTEM_INIT_FN(ch_add_psram, CORE, 1 << 0, 103) {
    if (CH_SPIRAM_HEAP) esp_psram_extram_add_to_heap_allocator();
    if (CH_SPIRAM_MALLOC) heap_caps_malloc_extmem_enable(CH_SPIRAM_ALWAYSINTERNAL);
    return CH_SPIRAM_MALLOC ? esp_psram_extram_reserve_dma_pool(CH_SPIRAM_RESERVE) : ESP_OK;
}
