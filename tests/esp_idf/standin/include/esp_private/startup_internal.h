/* SPDX-License-Identifier: MIT */
/* Stand-in for ESP-IDF's esp_private/startup_internal.h: functions that start-up calls, by stage and priority. */
#pragma once

#include "esp_err.h"

typedef enum { ESP_SYSTEM_INIT_STAGE_CORE, ESP_SYSTEM_INIT_STAGE_SECONDARY } esp_system_init_stage_t;

typedef struct {
    const char *name;
    esp_err_t (*fn)(void);
    unsigned cores;
    esp_system_init_stage_t stage;
    unsigned priority;
} esp_system_init_fn_t;

/** A table that the linker puts together. */
#define ESP_SYSTEM_INIT_FN(f, stage_, cores_, priority_)                                                                         \
    static esp_err_t __esp_system_init_fn_##f(void);                                                                             \
    static const esp_system_init_fn_t esp_system_init_fn_##f                                                                     \
        __attribute__((used, section("esp_system_init_fn"), aligned(sizeof(void *)))) = {                                        \
            #f, __esp_system_init_fn_##f, (cores_), ESP_SYSTEM_INIT_STAGE_##stage_, (priority_)};                                \
    static esp_err_t __esp_system_init_fn_##f(void)
