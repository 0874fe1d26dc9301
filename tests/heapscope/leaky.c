/* SPDX-License-Identifier: MIT */
/*
 * A program that leaks in three places, on the host and on boards: built with CONFIG_HEAP_TRACING_TOHOST, it prints its trace
 * stream in hexadecimal, lines of "stream: ...". tests/heapscope/check-leaky gives that to heapscope, with the program as it was
 * linked.
 */
#include <stdio.h>

#include "api/api_setup.h"
#include "capheap/trace_stream.h"
#include "ch_test.h"
#include "esp_heap_caps.h"
#include "esp_heap_trace.h"

static void *volatile kept;

#define KEEP(call)                                                                                                               \
    do {                                                                                                                         \
        kept = call;                                                                                                             \
        if (!kept) fail_msg("no memory for " #call);                                                                             \
    } while (0)

static __attribute__((noinline)) void leak_a_buffer(void) { KEEP(heap_caps_malloc(111, MALLOC_CAP_DEFAULT)); /* leak 1 */ }

static __attribute__((noinline)) void leak_a_table(void) { KEEP(heap_caps_calloc(5, 44, MALLOC_CAP_8BIT)); /* leak 2 */ }

static __attribute__((noinline)) void leak_what_grew(void) {
    KEEP(heap_caps_malloc(10, MALLOC_CAP_DEFAULT));
    KEEP(heap_caps_realloc(kept, 333, MALLOC_CAP_DEFAULT)); /* leak 3 */
}

static __attribute__((noinline)) void leak_nothing(void) {
    for (size_t alignment = 8; alignment <= 1024; alignment *= 2) {
        KEEP(heap_caps_aligned_alloc(alignment, 40, MALLOC_CAP_DEFAULT));
        heap_caps_free(kept);
    }
    for (unsigned i = 1; i <= 100; i++) {
        KEEP(heap_caps_malloc(i, MALLOC_CAP_DEFAULT));
        heap_caps_free(kept);
    }
    kept = heap_caps_malloc((size_t)1 << 29, MALLOC_CAP_DEFAULT); /* fails */
    assert_null(kept);
}

static size_t print_hex(void *context, const uint8_t *bytes, size_t size) {
    (void)context;
    for (size_t i = 0; i < size; i += 32) {
        printf("stream: ");
        for (size_t k = i; k < size && k < i + 32; k++) printf("%02x", bytes[k]);
        printf("\n");
    }
    return size;
}

static void a_program_leaks_in_three_places(void **state) {
    (void)state;
    static uint8_t ring[8192];
    api_boot();
    assert_int_equal(heap_trace_init_standalone(NULL, 0), ESP_ERR_NOT_SUPPORTED);
    assert_int_equal(ch_trace_ring_set(ring, sizeof ring), ESP_OK);
    assert_int_equal(heap_trace_init_tohost(), ESP_OK);
    assert_int_equal(heap_trace_start(HEAP_TRACE_LEAKS), ESP_OK);
    assert_int_equal(heap_trace_init_tohost(), ESP_ERR_INVALID_STATE);
    ch_trace_info("firmware", "leaky");
    leak_a_buffer();
    leak_a_table();
    ch_trace_mark("half");
    leak_what_grew();
    leak_nothing();
    assert_int_equal(heap_trace_stop(), ESP_OK);
    assert_int_equal(ch_trace_lost(), 0);
    ch_trace_drain(print_hex, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_program_leaks_in_three_places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
