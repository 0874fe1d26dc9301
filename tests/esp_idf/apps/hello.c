/* SPDX-License-Identifier: MIT */
/* Firmware as one finds it: a summary of the heap, a buffer, the summary again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

static const char *TAG = "hello";

void app_main(void) {
    ESP_LOGI(TAG, "free heap: %" PRIu32 ", least ever: %" PRIu32, esp_get_free_heap_size(), esp_get_minimum_free_heap_size());
    char *text = heap_caps_malloc(64, MALLOC_CAP_DEFAULT);
    if (text == NULL) {
        ESP_LOGE(TAG, "no memory");
        abort();
    }
    strcpy(text, "hello from the heap");
    ESP_LOGI(TAG, "%s", text);
    heap_caps_print_heap_info(MALLOC_CAP_DEFAULT);
    printf("\n");
    heap_caps_free(text);
    vTaskDelay(pdMS_TO_TICKS(10));
}
