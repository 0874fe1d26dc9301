/* SPDX-License-Identifier: MIT */
/* Stand-in for ESP-IDF's esp_system.h. */
#pragma once

#include <stdint.h>

/** Ends the program, and says why. */
void esp_system_abort(const char *details) __attribute__((noreturn));

uint32_t esp_get_free_heap_size(void);
uint32_t esp_get_free_internal_heap_size(void);
uint32_t esp_get_minimum_free_heap_size(void);
