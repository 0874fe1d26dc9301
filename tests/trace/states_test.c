/* SPDX-License-Identifier: MIT */
/* What each call of the trace API does in each state, and what it says of wrong arguments: API 8.2, row by row. */
#include "api/api_setup.h"

#include <string.h>

#include "esp_heap_trace.h"
#include "trace/trace_setup.h"

enum { RECORDS = 8 };
static heap_trace_record_t buffer[RECORDS];

typedef enum { NEW, STOPPED, RUNNING, PAUSED } phase_t;

/** Brings the trace there, with a buffer or without one. */
static void enter(phase_t phase, bool with_buffer) {
    heap_trace_stop();
    assert_int_equal(heap_trace_init_standalone(with_buffer ? buffer : NULL, with_buffer ? RECORDS : 0), ESP_OK);
    if (phase == RUNNING) assert_int_equal(heap_trace_start(HEAP_TRACE_LEAKS), ESP_OK);
    if (phase == PAUSED) assert_int_equal(heap_trace_alloc_pause(), ESP_OK);
}

/** Which state it is in, told by what it does, and what it records. */
static void expect_phase(phase_t phase) {
    size_t before = heap_trace_get_count();
    void *p = heap_caps_malloc(10, MALLOC_CAP_DEFAULT);
    assert_int_equal(heap_trace_get_count() - before, phase == RUNNING);
    heap_caps_free(p);
    assert_int_equal(heap_trace_get_count(), before);
    assert_int_equal(heap_trace_stop(), phase == STOPPED ? ESP_ERR_INVALID_STATE : ESP_OK);
    assert_int_equal(heap_trace_stop(), ESP_ERR_INVALID_STATE);
}

static void nothing_was_called_since_boot(void **state) { /* the first test */
    (void)state;
    heap_trace_summary_t s;
    assert_int_equal(heap_trace_get_count(), 0);
    assert_int_equal(heap_trace_summary(&s), ESP_OK);
    assert_int_equal(s.capacity, 0);
    assert_int_equal(heap_trace_start(HEAP_TRACE_ALL), ESP_ERR_INVALID_STATE);
    assert_int_equal(heap_trace_alloc_pause(), ESP_ERR_INVALID_STATE);
    assert_int_equal(heap_trace_resume(), ESP_ERR_INVALID_STATE);
    assert_int_equal(heap_trace_init_standalone(buffer, 0), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_trace_init_standalone(NULL, RECORDS), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_trace_init_standalone(NULL, 0), ESP_OK);
    assert_int_equal(heap_trace_init_standalone(buffer, RECORDS), ESP_OK);
    assert_int_equal(heap_trace_init_standalone(buffer, RECORDS), ESP_OK);
    assert_int_equal(heap_trace_resume(), ESP_OK); /* before the first start */
    assert_int_equal(heap_trace_summary(&s), ESP_OK);
    assert_int_equal(s.mode, HEAP_TRACE_ALL);
    void *p = heap_caps_malloc(10, MALLOC_CAP_DEFAULT);
    heap_caps_free(p);
    assert_int_equal(heap_trace_get_count(), 1); /* freed, and still there */
    assert_true(buffer[0].freed);
    assert_int_equal(heap_trace_stop(), ESP_OK);
}

static void stopped(void **state) {
    (void)state;
    enter(STOPPED, true);
    assert_int_equal(heap_trace_init_standalone(buffer, 0), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_trace_init_standalone(NULL, 1), ESP_ERR_INVALID_ARG);
    expect_phase(STOPPED);
    assert_int_equal(heap_trace_start(HEAP_TRACE_LEAKS), ESP_OK);
    expect_phase(RUNNING);
    assert_int_equal(heap_trace_alloc_pause(), ESP_OK);
    expect_phase(PAUSED);
    assert_int_equal(heap_trace_resume(), ESP_OK);
    expect_phase(RUNNING);
    assert_int_equal(heap_trace_init_standalone(NULL, 0), ESP_OK);
    assert_int_equal(heap_trace_start(HEAP_TRACE_LEAKS), ESP_ERR_INVALID_STATE);
    assert_int_equal(heap_trace_alloc_pause(), ESP_ERR_INVALID_STATE);
    assert_int_equal(heap_trace_resume(), ESP_ERR_INVALID_STATE);
    expect_phase(STOPPED);
}

static void running(void **state) {
    (void)state;
    enter(RUNNING, true);
    assert_int_equal(heap_trace_init_standalone(buffer, RECORDS), ESP_ERR_INVALID_STATE);
    assert_int_equal(heap_trace_init_standalone(NULL, 0), ESP_ERR_INVALID_STATE);
    assert_int_equal(heap_trace_resume(), ESP_ERR_INVALID_STATE);
    assert_int_equal(heap_trace_start(HEAP_TRACE_LEAKS), ESP_OK);
    expect_phase(RUNNING);
    enter(RUNNING, true);
    assert_int_equal(heap_trace_alloc_pause(), ESP_OK);
    expect_phase(PAUSED);
}

static void paused(void **state) {
    (void)state;
    enter(PAUSED, true);
    assert_int_equal(heap_trace_init_standalone(buffer, RECORDS), ESP_ERR_INVALID_STATE);
    assert_int_equal(heap_trace_alloc_pause(), ESP_ERR_INVALID_STATE);
    expect_phase(PAUSED);
    enter(PAUSED, true);
    assert_int_equal(heap_trace_start(HEAP_TRACE_LEAKS), ESP_OK);
    expect_phase(RUNNING);
    enter(PAUSED, true);
    assert_int_equal(heap_trace_resume(), ESP_OK);
    expect_phase(RUNNING);
}

static void start_clears_all_but_the_high_water_mark(void **state) {
    (void)state;
    heap_trace_summary_t s;
    enter(RUNNING, true);
    void *p[RECORDS + 1];
    for (int i = 0; i <= RECORDS; i++) p[i] = heap_caps_malloc(10, MALLOC_CAP_DEFAULT);
    heap_trace_summary(&s);
    assert_int_equal(s.has_overflowed, true);
    assert_int_equal(s.high_water_mark, RECORDS);
    assert_int_equal(s.total_allocations, RECORDS + 1);
    heap_trace_start(HEAP_TRACE_ALL);
    heap_trace_summary(&s);
    assert_int_equal(s.mode, HEAP_TRACE_ALL);
    assert_int_equal(s.has_overflowed, false);
    assert_int_equal(s.count, 0);
    assert_int_equal(s.total_allocations, 0);
    assert_int_equal(s.total_frees, 0);
    assert_int_equal(s.high_water_mark, RECORDS);
    assert_null(buffer[0].address);
    for (int i = 0; i <= RECORDS; i++) heap_caps_free(p[i]);
    heap_trace_summary(&s);
    assert_int_equal(s.total_frees, 0); /* the list was empty */
    heap_trace_stop();
    heap_trace_init_standalone(buffer, RECORDS - 1);
    heap_trace_summary(&s);
    assert_int_equal(s.high_water_mark, 0);
    assert_int_equal(s.capacity, RECORDS - 1);
}

static void reading_works_in_any_state(void **state) {
    (void)state;
    heap_trace_record_t r;
    enter(RUNNING, true);
    void *p = heap_caps_malloc(10, MALLOC_CAP_DEFAULT);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(heap_trace_get_count(), 1);
        assert_int_equal(heap_trace_get(0, NULL), ESP_ERR_INVALID_STATE);
        assert_int_equal(heap_trace_get(5, NULL), ESP_ERR_INVALID_STATE);
        assert_int_equal(heap_trace_get(1, &r), ESP_ERR_INVALID_ARG);
        assert_int_equal(heap_trace_get(SIZE_MAX, &r), ESP_ERR_INVALID_ARG);
        assert_int_equal(heap_trace_get(0, &r), ESP_OK);
        assert_ptr_equal(r.address, p);
        assert_int_equal(heap_trace_summary(NULL), ESP_ERR_INVALID_ARG);
        heap_trace_stop();
    }
    heap_caps_free(p); /* not seen */
    assert_int_equal(heap_trace_get_count(), 1);
}

static void get_is_right_in_any_order_and_after_removals(void **state) {
    (void)state;
    heap_trace_record_t r;
    void *p[RECORDS];
    enter(RUNNING, true);
    for (size_t i = 0; i < RECORDS; i++) p[i] = heap_caps_malloc(10 + i, MALLOC_CAP_DEFAULT);
    static const size_t order[] = {0, 1, 2, 7, 3, 4, 4, 0, 6, 5};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        assert_int_equal(heap_trace_get(order[i], &r), ESP_OK);
        assert_int_equal(r.size, 10 + order[i]);
    }
    heap_trace_get(4, &r);
    heap_caps_free(p[2]);
    assert_int_equal(heap_trace_get(4, &r), ESP_OK);
    assert_int_equal(r.size, 15);
    heap_caps_free(p[5]); /* the very record */
    assert_int_equal(heap_trace_get(4, &r), ESP_OK);
    assert_int_equal(r.size, 16);
    heap_trace_get(5, &r);
    heap_trace_start(HEAP_TRACE_LEAKS);
    assert_int_equal(heap_trace_get(0, &r), ESP_ERR_INVALID_ARG);
    void *q = heap_caps_malloc(50, MALLOC_CAP_DEFAULT);
    assert_int_equal(heap_trace_get(0, &r), ESP_OK);
    assert_int_equal(r.size, 50);
    assert_int_equal(heap_trace_get(1, &r), ESP_ERR_INVALID_ARG);
    heap_caps_free(q);
    for (size_t i = 0; i < RECORDS; i++) {
        if (i != 2 && i != 5) heap_caps_free(p[i]);
    }
}

static void a_trace_to_the_host_is_not_in_this_build(void **state) {
    (void)state;
    assert_int_equal(heap_trace_init_tohost(), ESP_ERR_NOT_SUPPORTED);
}

static void the_record_has_its_public_layout(void **state) {
    (void)state;
    const size_t word = sizeof(void *), depth = CONFIG_HEAP_TRACING_STACK_DEPTH;
    assert_int_equal(offsetof(heap_trace_record_t, address), word);
    assert_int_equal(offsetof(heap_trace_record_t, size), 2 * word);
    assert_int_equal(offsetof(heap_trace_record_t, freed), 3 * word);
    assert_int_equal(offsetof(heap_trace_record_t, alloced_by), 4 * word);
    assert_int_equal(offsetof(heap_trace_record_t, tailq_list), (4 + 2 * depth) * word);
    assert_int_equal(sizeof(heap_trace_record_t), (6 + 2 * depth + (CH_CFG_TRACE_HASH_MAP ? 1 : 0)) * word);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TRACE_TEST(nothing_was_called_since_boot),
        TRACE_TEST(stopped),
        TRACE_TEST(running),
        TRACE_TEST(paused),
        TRACE_TEST(start_clears_all_but_the_high_water_mark),
        TRACE_TEST(reading_works_in_any_state),
        TRACE_TEST(get_is_right_in_any_order_and_after_removals),
        TRACE_TEST(a_trace_to_the_host_is_not_in_this_build),
        TRACE_TEST(the_record_has_its_public_layout),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
