/* SPDX-License-Identifier: MIT */
/* What the cache asks of an address; for platforms that bring no esp_private/esp_cache_private.h. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Tells the data-cache line of the memory that heap_caps selects: external RAM with MALLOC_CAP_SPIRAM, else internal RAM.
 *
 * @param out_alignment bytes, a power of two; 0 where that memory is not cached
 * @return ESP_OK; ESP_ERR_INVALID_ARG for out_alignment NULL. Any context, constant time.
 */
esp_err_t esp_cache_get_alignment(uint32_t heap_caps, size_t *out_alignment);

#ifdef __cplusplus
}
#endif
