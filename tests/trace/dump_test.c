/* SPDX-License-Identifier: MIT */
/* The text of heap_trace_dump(), API 8.4, line by line; and what reports of damage take from the trace. */
#include "api/api_setup.h"

#include <stdio.h>
#include <string.h>

#include "capheap/origin.h"
#include "esp_heap_trace.h"
#include "esp_memory_utils.h"
#include "trace/trace_setup.h"

enum { RECORDS = 4, DEPTH = CONFIG_HEAP_TRACING_STACK_DEPTH };
static heap_trace_record_t buffer[RECORDS];

#define CAPS (MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL)

/* Records get times and callers that are known: they are in the program's own buffer. */
uint32_t ch_port_cycles(void) { return 0x12345677; }

static void begin(heap_trace_mode_t mode) {
    heap_trace_stop();
    assert_int_equal(heap_trace_init_standalone(buffer, RECORDS), ESP_OK);
    assert_int_equal(heap_trace_start(mode), ESP_OK);
}

static void set_callers(void **callers, int count) {
    for (int i = 0; i < count && i < DEPTH; i++) callers[i] = (void *)(uintptr_t)(0x400 + (unsigned)i);
    if (count < DEPTH) callers[count] = NULL;
}

/** The text as printed so far is this one; the output is clear then. */
static void expect_text(const char *expected) {
    assert_string_equal(ch_test_output(), expected);
    ch_test_output_clear();
}

/** A record's line as far as the callers. */
static const char *head(const heap_trace_record_t *r, size_t size) {
    static char text[160];
    snprintf(text, sizeof text, "%6u bytes (@ 0x%lx, Internal) allocated CPU %u ccount 0x%08lx", (unsigned)size,
             (unsigned long)(uintptr_t)r->address, (unsigned)(ch_port_core_id() & 1), 0x12345674ul);
    return text;
}

static const char *hashmap_line(void) {
    static char text[80];
    heap_trace_summary_t s;
    heap_trace_summary(&s);
#if CH_CFG_TRACE_HASH_MAP
    snprintf(text, sizeof text, "hashmap: 4 capacity (%u hits, %u misses)\n", (unsigned)s.total_hashmap_hits,
             (unsigned)s.total_hashmap_miss);
#endif
    return text;
}

static void an_empty_trace(void **state) {
    (void)state;
    char text[400];
    begin(HEAP_TRACE_LEAKS);
    heap_trace_dump();
    snprintf(text, sizeof text,
             "====== Heap Trace: 0 records (4 capacity) ======\n====== Heap Trace Summary ======\nMode: Heap Trace Leaks\n"
             "0 bytes 'leaked' in trace (0 allocations)\nrecords: 0 (4 capacity, 0 high water mark)\n%stotal allocations: 0\n"
             "total frees: 0\n================================\n",
             hashmap_line());
    expect_text(text);
}

static void leaks(void **state) {
    (void)state;
    char text[800], first[160];
    begin(HEAP_TRACE_LEAKS);
    void *p = heap_caps_malloc(7, CAPS), *q = heap_caps_malloc(123, CAPS), *r = heap_caps_malloc(5, CAPS);
    heap_caps_free(p);
    for (int i = 0; i < RECORDS; i++) set_callers(buffer[i].alloced_by, i == 1 ? 0 : 2);
    heap_trace_dump_caps(MALLOC_CAP_INTERNAL);
    strcpy(first, head(&buffer[1], 123));
    snprintf(text, sizeof text,
             "====== Heap Trace: 2 records (4 capacity) ======\n%s\n%s%s\n====== Heap Trace Summary ======\nMode: Heap Trace "
             "Leaks\n128 bytes 'leaked' in trace (2 allocations)\nrecords: 2 (4 capacity, 3 high water mark)\n%stotal "
             "allocations: 3\ntotal frees: 1\n================================\n",
             first, head(&buffer[2], 5), DEPTH > 1 ? " caller 0x400:0x401" : "", hashmap_line());
    expect_text(text);
    heap_caps_free(q);
    heap_caps_free(r);
}

static void all(void **state) {
    (void)state;
    char text[1000], first[160], second[160];
    begin(HEAP_TRACE_ALL);
    void *p = heap_caps_malloc(7, CAPS), *q = heap_caps_malloc(123456, CAPS), *r = heap_caps_malloc(5, CAPS);
    heap_caps_free(p);
    heap_caps_free(r);
    for (int i = 0; i < RECORDS; i++) set_callers(buffer[i].alloced_by, DEPTH), set_callers(buffer[i].freed_by, i == 0);
    if (DEPTH > 1) set_callers(buffer[2].freed_by, 2);
    heap_trace_dump();
    strcpy(first, head(&buffer[0], 7)), strcpy(second, head(&buffer[1], 123456));
    const char *callers = DEPTH == 0 ? "" : " caller 0x400:0x401:0x402:0x403";
    snprintf(text, sizeof text,
             "====== Heap Trace: 3 records (4 capacity) ======\n%s%s%s%s%s\n%s%s%s====== Heap Trace Summary ======\nMode: Heap "
             "Trace All\n123456 bytes alive in trace (1/3 allocations)\nrecords: 3 (4 capacity, 3 high water mark)\n%stotal "
             "allocations: 3\ntotal frees: 2\n================================\n",
             first, callers, DEPTH ? "\nfreed by 0x400\n" : " freed\n", second, callers, head(&buffer[2], 5), callers,
             DEPTH ? "\nfreed by 0x400:0x401\n" : " freed\n", hashmap_line());
    expect_text(text);
    heap_caps_free(q);
}

static void what_was_lost_is_told(void **state) {
    (void)state;
    begin(HEAP_TRACE_LEAKS);
    void *p[RECORDS + 1];
    for (int i = 0; i <= RECORDS; i++) p[i] = heap_caps_malloc(7, CAPS);
    heap_trace_dump();
    assert_non_null(
        strstr(ch_test_output(), "total frees: 0\n(NB: Internal Buffer has overflowed, so trace data is incomplete.)\n="));
    ch_test_output_clear();
    for (int i = 0; i <= RECORDS; i++) heap_caps_free(p[i]);
}

static void a_dump_shows_the_memory_that_is_asked_for(void **state) {
    (void)state;
    begin(HEAP_TRACE_LEAKS);
    void *p = heap_caps_malloc(7, CAPS);
    heap_trace_dump_caps(MALLOC_CAP_SPIRAM);
    assert_null(strstr(ch_test_output(), "bytes (@"));
    assert_non_null(strstr(ch_test_output(), "0 bytes 'leaked' in trace (0 allocations)\nrecords: 1 ("));
    ch_test_output_clear();
    void *q = heap_caps_malloc(8, MALLOC_CAP_SPIRAM);
    if (q) {
        heap_trace_dump_caps(MALLOC_CAP_SPIRAM);
        assert_non_null(strstr(ch_test_output(), ",    PSRAM) allocated"));
        assert_non_null(strstr(ch_test_output(), "\n8 bytes 'leaked' in trace (1 allocations)\n"));
        ch_test_output_clear();
    }
    api_failures_clear();
    heap_caps_free(p);
    heap_caps_free(q);
}

static void a_broken_list_is_told(void **state) {
    (void)state;
    begin(HEAP_TRACE_LEAKS);
    void *p = heap_caps_malloc(7, CAPS), *q = heap_caps_malloc(7, CAPS);
    memset(&buffer[0].tailq_list, 0, sizeof buffer[0].tailq_list); /* who comes after the first is lost */
    heap_trace_dump();
    assert_int_equal(api_count_lines("Error: heap trace linked list is corrupt. expected more records."), 1);
    ch_test_output_clear();
    heap_trace_start(HEAP_TRACE_LEAKS);
    heap_caps_free(p);
    heap_caps_free(q);
}

static void reports_name_the_site_from_the_trace(void **state) {
    (void)state;
    ch_origin_t origin;
    begin(HEAP_TRACE_ALL);
    void *p = heap_caps_malloc(7, CAPS);
    set_callers(buffer[0].alloced_by, DEPTH);
    assert_true(ch_origin_of(p, &origin));
    assert_int_equal(origin.size, 7);
    assert_ptr_equal(origin.allocated.callers[0], DEPTH ? (void *)0x400 : NULL);
    assert_null(origin.freed.callers[0]);
    heap_caps_free(p);
    set_callers(buffer[0].freed_by, 1);
    assert_true(ch_origin_of(p, &origin));
    assert_ptr_equal(origin.freed.callers[0], DEPTH ? (void *)0x400 : NULL);
    assert_false(ch_origin_of(buffer, &origin));
    begin(HEAP_TRACE_LEAKS);
    p = heap_caps_malloc(7, CAPS);
    heap_caps_free(p); /* what has just been freed is what a report of this free asks for */
    assert_true(ch_origin_of(p, &origin));
    assert_int_equal(origin.size, 0); /* not known any more */
    heap_trace_stop();
    assert_int_equal(heap_trace_init_standalone(NULL, 0), ESP_OK);
    assert_false(ch_origin_of(p, &origin));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TRACE_TEST(an_empty_trace),
        TRACE_TEST(leaks),
        TRACE_TEST(all),
        TRACE_TEST(what_was_lost_is_told),
        TRACE_TEST(a_dump_shows_the_memory_that_is_asked_for),
        TRACE_TEST(a_broken_list_is_told),
        TRACE_TEST(reports_name_the_site_from_the_trace),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
