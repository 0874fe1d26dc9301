/* SPDX-License-Identifier: MIT */
/* The local minimum monitor (API.md 3.2) in one heap that the test has for itself, added before start-up is over. */
#include "api_setup.h"

#define HEAP_SIZE 8192u

static size_t minimum(void) { return heap_caps_get_minimum_free_size(API_CAP_USER_A); }

/* Takes this many bytes for a moment; returns what was free then. */
static size_t dip(size_t size) {
    void *p = heap_caps_malloc(size, API_CAP_USER_A);
    assert_non_null(p);
    size_t left = heap_caps_get_free_size(API_CAP_USER_A);
    heap_caps_free(p);
    return left;
}

static void stop_brings_back_the_minimum_from_before(void **state) {
    (void)state;
    size_t before = dip(1000);
    assert_int_equal(minimum(), before);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK);
    assert_int_equal(minimum(), heap_caps_get_free_size(API_CAP_USER_A));
    size_t local = dip(500);
    assert_int_equal(minimum(), local);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_stop(), ESP_OK);
    assert_int_equal(minimum(), before);
}

static void what_was_seen_before_a_restart_counts_too(void **state) {
    (void)state;
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK);
    size_t lowest = dip(3000);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK);
    assert_true(minimum() > lowest);
    dip(2000);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_stop(), ESP_OK);
    assert_int_equal(minimum(), lowest);
}

static void stop_without_start_fails(void **state) {
    (void)state;
    size_t before = minimum();
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_stop(), ESP_FAIL);
    assert_int_equal(minimum(), before);
}

static void heap_added_late_counts_nothing_before_and_after(void **state) {
    (void)state;
    api_enable_stacks();
    size_t before = minimum();
    api_add_heap(api_span(HEAP_SIZE), HEAP_SIZE, API_CAP_USER_B, 0, 0);
    assert_int_equal(heap_caps_get_minimum_free_size(API_CAP_USER_B), 0);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_stop(), ESP_OK);
    assert_int_equal(heap_caps_get_minimum_free_size(API_CAP_USER_B), 0);
    assert_int_equal(minimum(), before);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_add_heap(api_span(HEAP_SIZE), HEAP_SIZE, API_CAP_USER_A, 0, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(stop_brings_back_the_minimum_from_before),
        API_TEST(what_was_seen_before_a_restart_counts_too),
        API_TEST(stop_without_start_fails),
        API_TEST(heap_added_late_counts_nothing_before_and_after),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
