/* SPDX-License-Identifier: MIT */
/*
 * Threads that allocate, resize and free in one small heap, so that an address is soon somebody else's, while one more reads the
 * trace. Whatever is given back must be gone from it at the end: a record that is left is a false leak. On the host.
 */
#include "ch_test.h"

#include <stdlib.h>

#include "capheap/config.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_heap_trace.h"

#if defined __unix__
#include <pthread.h>
#include <stdatomic.h>

#include "posix_ram.h"

enum { WORKERS = 3, SLOTS = 12, RECORDS = 500, TURNS = 60000, CAP_SMALL = 1 << 22, SMALL_SIZE = 8192 };

static heap_trace_record_t buffer[RECORDS];
static unsigned char small[SMALL_SIZE] __attribute__((aligned(64)));
static atomic_bool working;
static atomic_uint disorder;

static uint32_t draw(uint32_t *state) {
    *state ^= *state << 13, *state ^= *state >> 17, *state ^= *state << 5;
    return *state;
}

static void *work(void *seed) {
    uint32_t state = (uint32_t)(uintptr_t)seed;
    void *block[SLOTS] = {NULL};
    for (int turn = 0; turn < TURNS; turn++) {
        void **b = &block[draw(&state) % SLOTS];
        size_t size = 8 + draw(&state) % 200;
        if (!*b) {
            *b = heap_caps_malloc(size, CAP_SMALL);
        } else if (draw(&state) % 2) {
            void *p = heap_caps_realloc(*b, size, CAP_SMALL);
            if (p) *b = p;
        } else {
            heap_caps_free(*b);
            *b = NULL;
        }
    }
    for (int i = 0; i < SLOTS; i++) heap_caps_free(block[i]);
    return NULL;
}

/** Reads records while they come and go: each that is there is complete, and a later one is not out of reach of an earlier. */
static void *look(void *unused) {
    (void)unused;
    ch_test_output_drop(true);
    while (atomic_load(&working)) {
        heap_trace_record_t r;
        for (size_t i = 0; heap_trace_get(i, &r) == ESP_OK; i++) {
            if (!r.address || r.size < 8 || r.size > 208) atomic_fetch_add(&disorder, 1);
        }
        heap_trace_dump();
        heap_trace_summary_t s;
        heap_trace_summary(&s);
        if (s.count > s.capacity || s.high_water_mark > s.capacity) atomic_fetch_add(&disorder, 1);
    }
    return NULL;
}

static void run(heap_trace_mode_t mode) {
    pthread_t worker[WORKERS], looker;
    heap_trace_init_standalone(buffer, RECORDS);
    assert_int_equal(heap_trace_start(mode), ESP_OK);
    atomic_store(&working, true);
    pthread_create(&looker, NULL, look, NULL);
    for (uintptr_t i = 0; i < WORKERS; i++) pthread_create(&worker[i], NULL, work, (void *)(ch_test_seed() + i + 1));
    for (int i = 0; i < WORKERS; i++) pthread_join(worker[i], NULL);
    atomic_store(&working, false);
    pthread_join(looker, NULL);
    heap_trace_stop();
    assert_int_equal(atomic_load(&disorder), 0);
}

static void what_was_freed_is_no_leak(void **state) {
    (void)state;
    heap_trace_summary_t s;
    run(HEAP_TRACE_LEAKS);
    heap_trace_summary(&s);
    assert_int_equal(s.count, 0);
    assert_false(s.has_overflowed);
    assert_int_equal(s.total_allocations, s.total_frees);
}

static void in_mode_all_everything_is_marked(void **state) {
    (void)state;
    run(HEAP_TRACE_ALL);
    heap_trace_record_t r;
    for (size_t i = 0; heap_trace_get(i, &r) == ESP_OK; i++) assert_true(r.freed);
    assert_int_equal(heap_trace_get_count(), RECORDS);
}

static int boot(void **state) {
    (void)state;
    static const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {CAP_SMALL, 0, 0};
    if (!posix_ram_map_chip()) return 1;
    heap_caps_init();
    return heap_caps_add_region_with_caps(caps, (intptr_t)small, (intptr_t)small + SMALL_SIZE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_freed_is_no_leak),
        cmocka_unit_test(in_mode_all_everything_is_marked),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
#else
static void there_are_no_threads(void **state) {
    (void)state;
    skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_are_no_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
