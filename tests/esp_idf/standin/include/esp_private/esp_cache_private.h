/* SPDX-License-Identifier: MIT */
/* Stand-in for the header of ESP-IDF's cache driver. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

esp_err_t esp_cache_get_alignment(uint32_t heap_caps, size_t *out_alignment);
