/* SPDX-License-Identifier: MIT */
/*
 * Firmware that looks where its memory went: leaks by the standalone trace or as a stream, memory by task, live bytes by place of
 * the program, whichever of them the build has.
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "capheap/call_sites.h"
#include "capheap/trace_stream.h"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_heap_task_info.h"
#include "esp_heap_trace.h"
#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "sdkconfig.h"

static const char *TAG = "observed";

#if CONFIG_HEAP_TRACING_TOHOST
static size_t streamed;

static size_t to_nowhere(void *context, const uint8_t *bytes, size_t size) {
    streamed += size;
    return size;
}

static esp_err_t trace_init(void) { return heap_trace_init_tohost(); }

static void trace_shows(const void *leak) {
    size_t drained = ch_trace_drain(to_nowhere, NULL);
    assert(drained == streamed && streamed > 50 && ch_trace_lost() == 0);
    ESP_LOGI(TAG, "%u bytes of stream, %p among them", (unsigned)streamed, leak);
}
#else
static heap_trace_record_t records[8];

static esp_err_t trace_init(void) { return heap_trace_init_standalone(records, 8); }

static void trace_shows(const void *leak) {
    heap_trace_record_t record;
    assert(heap_trace_get_count() == 1);
    ESP_ERROR_CHECK(heap_trace_get(0, &record));
    assert(record.address == leak && record.size == 100);
    ESP_LOGI(TAG, "%u bytes leak at %p", (unsigned)record.size, leak);
    heap_trace_dump();
}
#endif

static void *leak;

static void worker(void *arg) {
    leak = heap_caps_malloc(100, MALLOC_CAP_DEFAULT);
    void *scratch = heap_caps_malloc(300, MALLOC_CAP_DEFAULT);
    assert(leak && scratch);
#if CONFIG_HEAP_TASK_TRACKING
    static heap_stat_t heaps[4];
    static heap_task_block_t blocks[8];
    heap_single_task_stat_t mine = {.heap_stat_start = heaps, .heap_count = 4, .alloc_stat_start = blocks, .alloc_count = 8};
    ESP_ERROR_CHECK(heap_caps_get_single_task_stat(&mine, xTaskGetCurrentTaskHandle()));
    assert(strcmp(mine.stat.name, "worker") == 0 && mine.alloc_count == 2 && mine.stat.overall_current_usage >= 400);
    heap_caps_print_all_task_stat_overview(stdout);
#endif
    heap_caps_free(scratch);
    vTaskDelete(NULL);
}

void app_main(void) {
    ESP_ERROR_CHECK(trace_init());
    ESP_ERROR_CHECK(heap_trace_start(HEAP_TRACE_LEAKS));
    BaseType_t created = xTaskCreate(worker, "worker", 16384, NULL, 5, NULL);
    assert(created == pdPASS);
    vTaskDelay(pdMS_TO_TICKS(100));
    ESP_ERROR_CHECK(heap_trace_stop());
    trace_shows(leak);
#if CONFIG_HEAP_CALL_SITES
    heap_call_site_t sites[4];
    size_t count = 4;
    ESP_ERROR_CHECK(heap_call_sites_get(sites, &count));
    assert(count >= 2 && sites[0].live_blocks == 1 && sites[0].live_bytes >= 100);
    heap_call_sites_print(stdout, 0);
#endif
    heap_caps_free(leak);
    assert(heap_caps_check_integrity_all(true));
}
