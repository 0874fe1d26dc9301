/* SPDX-License-Identifier: MIT */
/* The asking half of the capability API on ESP-IDF's Linux target: there are no heaps to ask, so these are fixed answers. */
#include <stdio.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"

/** As much as a program can ask for. */
#define PLENTY 0xFFFFFFFFu

size_t heap_caps_get_total_size(uint32_t caps) {
    (void)caps;
    return PLENTY;
}

size_t heap_caps_get_free_size(uint32_t caps) {
    (void)caps;
    return PLENTY;
}

size_t heap_caps_get_minimum_free_size(uint32_t caps) {
    (void)caps;
    return PLENTY;
}

size_t heap_caps_get_largest_free_block(uint32_t caps) {
    (void)caps;
    return PLENTY;
}

void heap_caps_get_info(multi_heap_info_t *info, uint32_t caps) {
    (void)caps;
    memset(info, 0, sizeof *info);
}

void heap_caps_print_heap_info(uint32_t caps) {
    (void)caps;
    printf("No heap summary available when building for the linux target");
}

static bool watching;

esp_err_t heap_caps_monitor_local_minimum_free_size_start(void) {
    watching = true;
    return ESP_OK;
}

esp_err_t heap_caps_monitor_local_minimum_free_size_stop(void) {
    if (!watching) return ESP_FAIL;
    watching = false;
    return ESP_OK;
}

bool heap_caps_check_integrity(uint32_t caps, bool print_errors) {
    (void)caps;
    (void)print_errors;
    return true;
}

bool heap_caps_check_integrity_all(bool print_errors) {
    (void)print_errors;
    return true;
}

bool heap_caps_check_integrity_addr(intptr_t addr, bool print_errors) {
    (void)addr;
    (void)print_errors;
    return true;
}

void heap_caps_dump(uint32_t caps) { (void)caps; }

void heap_caps_dump_all(void) {}

size_t heap_caps_get_allocated_size(void *ptr) {
    (void)ptr;
    return 0;
}

size_t heap_caps_get_containing_block_size(void *ptr) {
    (void)ptr;
    return 0;
}

void heap_caps_walk(uint32_t caps, heap_caps_walker_cb_t walker_func, void *user_data) {
    (void)caps;
    (void)walker_func;
    (void)user_data;
}

void heap_caps_walk_all(heap_caps_walker_cb_t walker_func, void *user_data) {
    (void)walker_func;
    (void)user_data;
}

void heap_caps_malloc_extmem_enable(size_t limit) { (void)limit; }

void heap_caps_init(void) {}

void heap_caps_enable_nonos_stack_heaps(void) {}

esp_err_t heap_caps_add_region(intptr_t start, intptr_t end) {
    (void)start;
    (void)end;
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t heap_caps_add_region_with_caps(const uint32_t caps[], intptr_t start, intptr_t end) {
    (void)caps;
    (void)start;
    (void)end;
    return ESP_ERR_NOT_SUPPORTED;
}
