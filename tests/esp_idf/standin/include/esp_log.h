/* SPDX-License-Identifier: MIT */
/* Stand-in for ESP-IDF's esp_log.h. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "esp_rom_sys.h"

uint32_t esp_log_timestamp(void);

#define ESP_LOGE(tag, format, ...) printf("E (%u) %s: " format "\n", (unsigned)esp_log_timestamp(), tag, ##__VA_ARGS__)
#define ESP_LOGW(tag, format, ...) printf("W (%u) %s: " format "\n", (unsigned)esp_log_timestamp(), tag, ##__VA_ARGS__)
#define ESP_LOGI(tag, format, ...) printf("I (%u) %s: " format "\n", (unsigned)esp_log_timestamp(), tag, ##__VA_ARGS__)

/** Works before stdio: through the printf in ROM. */
#define ESP_EARLY_LOGI(tag, format, ...)                                                                                         \
    esp_rom_printf("I (%u) %s: " format "\n", (unsigned)esp_log_timestamp(), tag, ##__VA_ARGS__)
