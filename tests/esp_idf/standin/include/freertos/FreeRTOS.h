/* SPDX-License-Identifier: MIT */
/* Stand-in for the FreeRTOS.h of ESP-IDF. */
#pragma once

#include <stddef.h>

#include "freertos/portmacro.h"
#include "sdkconfig.h"

#define pdTRUE 1
#define pdFALSE 0
#define pdPASS 1

typedef struct {
    void *context[6];
} StaticTask_t;

void *pvPortMalloc(size_t size);
void vPortFree(void *ptr);
size_t xPortGetFreeHeapSize(void);
size_t xPortGetMinimumEverFreeHeapSize(void);
