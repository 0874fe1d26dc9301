/* SPDX-License-Identifier: MIT */
/*
 * Firmware that watches its memory: a callback for failed requests, hooks that count (in builds that have them), low watermarks,
 * a walk over all blocks, leak tracing if the build has it.
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_heap_task_info.h"
#include "esp_heap_trace.h"
#include "esp_log.h"
#include "sdkconfig.h"

static const char *TAG = "watchful";

static unsigned failures, allocations, frees;
static size_t failed_size;

static void on_failure(size_t size, uint32_t caps, const char *function_name) {
    failures++;
    failed_size = size;
    ESP_LOGW(TAG, "%s failed to allocate %u bytes with 0x%" PRIX32 " capabilities", function_name, (unsigned)size, caps);
}

#if CONFIG_HEAP_USE_HOOKS
void esp_heap_trace_alloc_hook(void *ptr, size_t size, uint32_t caps) {
    (void)ptr;
    (void)size;
    (void)caps;
    allocations++;
}

void esp_heap_trace_free_hook(void *ptr) {
    (void)ptr;
    frees++;
}
#endif

static bool on_block(walker_heap_into_t heap, walker_block_info_t block, void *user_data) {
    assert((intptr_t)block.ptr >= heap.start && (intptr_t)block.ptr + (intptr_t)block.size <= heap.end);
    *(unsigned *)user_data += block.used;
    return true;
}

static heap_trace_record_t records[16];

void app_main(void) {
    ESP_ERROR_CHECK(heap_caps_register_failed_alloc_callback(on_failure));
    assert(heap_caps_register_failed_alloc_callback(NULL) == ESP_ERR_INVALID_ARG);

    esp_err_t traced = heap_trace_init_standalone(records, 16);
    if (traced == ESP_ERR_NOT_SUPPORTED) ESP_LOGI(TAG, "no tracing in this build");
    if (traced == ESP_OK) ESP_ERROR_CHECK(heap_trace_start(HEAP_TRACE_LEAKS));

    void *huge = heap_caps_malloc(SIZE_MAX / 2 + 16, MALLOC_CAP_DEFAULT);
    assert(huge == NULL && failures == 1 && failed_size == SIZE_MAX / 2 + 16);

    ESP_ERROR_CHECK(heap_caps_monitor_local_minimum_free_size_start());
    size_t lowest = heap_caps_get_minimum_free_size(MALLOC_CAP_DEFAULT);
    char *names[8];
    for (int i = 0; i < 8; i++) {
        names[i] = heap_caps_calloc(1, 24, MALLOC_CAP_DEFAULT);
        assert(names[i] != NULL && names[i][23] == 0);
        strcpy(names[i], "block");
    }
    names[0] = heap_caps_realloc(names[0], 400, MALLOC_CAP_DEFAULT);
    assert(names[0] != NULL && strcmp(names[0], "block") == 0);
    assert(heap_caps_get_minimum_free_size(MALLOC_CAP_DEFAULT) <= lowest);
    ESP_ERROR_CHECK(heap_caps_monitor_local_minimum_free_size_stop());

    unsigned used = 0;
    heap_caps_walk_all(on_block, &used);
#if !CONFIG_IDF_TARGET_LINUX
    assert(used >= 8);
    assert(heap_caps_get_allocated_size(names[0]) >= 400);
#endif
    heap_caps_dump(MALLOC_CAP_DEFAULT);
    for (int i = 0; i < 8; i++) heap_caps_free(names[i]);
#if CONFIG_HEAP_USE_HOOKS
    assert(allocations == 9 && frees == 8); /* a resize is one allocation */
#endif
    if (traced == ESP_OK) ESP_ERROR_CHECK(heap_trace_stop());
    heap_trace_dump();
    ESP_LOGI(TAG, "%u blocks in use, %u allocations, %u frees, %u failures", used, allocations, frees, failures);
    assert(heap_caps_check_integrity_all(true));
}
