/* SPDX-License-Identifier: MIT */
/* The trace API without tracing: says so. */
#include "esp_heap_trace.h"

esp_err_t heap_trace_init_standalone(heap_trace_record_t *record_buffer, size_t num_records) {
    (void)record_buffer;
    (void)num_records;
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t heap_trace_init_tohost(void) { return ESP_ERR_NOT_SUPPORTED; }

esp_err_t heap_trace_start(heap_trace_mode_t mode) {
    (void)mode;
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t heap_trace_stop(void) { return ESP_ERR_NOT_SUPPORTED; }

esp_err_t heap_trace_alloc_pause(void) { return ESP_ERR_NOT_SUPPORTED; }

esp_err_t heap_trace_resume(void) { return ESP_ERR_NOT_SUPPORTED; }

size_t heap_trace_get_count(void) { return 0; }

esp_err_t heap_trace_get(size_t index, heap_trace_record_t *record) {
    (void)index;
    (void)record;
    return ESP_ERR_NOT_SUPPORTED;
}

void heap_trace_dump(void) {}

void heap_trace_dump_caps(const uint32_t caps) { (void)caps; }

esp_err_t heap_trace_summary(heap_trace_summary_t *summary) {
    (void)summary;
    return ESP_ERR_NOT_SUPPORTED;
}
