/* SPDX-License-Identifier: MIT */
/*
 * The data-cache line of a kind of memory, from ch_chip. Weak, and a file of its own: a platform with a cache driver knows
 * better.
 */
#include "base/compiler.h"
#include "capheap/chip.h"
#include "esp_heap_caps.h"
#include "esp_private/esp_cache_private.h"

CH_WEAK HEAP_IRAM_ATTR esp_err_t esp_cache_get_alignment(uint32_t heap_caps, size_t *out_alignment) {
    if (out_alignment == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    *out_alignment = (heap_caps & MALLOC_CAP_SPIRAM) ? ch_chip.cache_line_external : ch_chip.cache_line_internal;
    return ESP_OK;
}
