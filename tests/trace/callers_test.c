/* SPDX-License-Identifier: MIT */
/*
 * Call stacks of allocations and frees: functions that call one another, the innermost calls the heap. Where the port follows
 * frame pointers the list is exactly theirs; where it looks through the stack they are in it, in this order.
 */
#include "api/api_setup.h"

#include "esp_heap_trace.h"

enum { RECORDS = 4, DEPTH = CONFIG_HEAP_TRACING_STACK_DEPTH, EXACT = CH_CFG_STACK_SCAN == 0 };
static heap_trace_record_t buffer[RECORDS];

/* Not inlined, and no tail calls: what they call is followed by something. */
#define CALLER __attribute__((noinline, noclone)) static
static volatile unsigned after;

CALLER void *third(size_t size) {
    void *p = heap_caps_malloc(size, MALLOC_CAP_DEFAULT);
    after++;
    return p;
}

CALLER void *second(size_t size) {
    void *p = third(size + 1);
    after++;
    return p;
}

CALLER void *first(size_t size) {
    void *p = second(size + 1);
    after++;
    return p;
}

CALLER void *release(void *p) {
    heap_caps_free(p);
    after++;
    return NULL;
}

CALLER void *release_from(void *p) {
    release(p);
    after++;
    return NULL;
}

/** Whether an address lies in a small function; thumb code has the lowest bit set. */
static bool is_in(const void *address, uintptr_t function) {
    uintptr_t from = function & ~(uintptr_t)1, at = (uintptr_t)address & ~(uintptr_t)1;
    return at > from && at - from < 100;
}

/** The functions are in the list one after the other, the first of them at its head. */
static void expect_stack(void *const *callers, const uintptr_t *functions, int count) {
    assert_true(is_in(callers[0], functions[0]));
    int found = 1;
    for (int i = 1; i < DEPTH && callers[i] && found < count; i++) {
        if (EXACT) assert_true(is_in(callers[i], functions[found]));
        if (is_in(callers[i], functions[found])) found++;
    }
    assert_int_equal(found, count);
}

static void the_callers_are_recorded_innermost_first(void **state) {
    (void)state;
    if (DEPTH < 4) skip();
    const uintptr_t allocating[] = {(uintptr_t)third, (uintptr_t)second, (uintptr_t)first};
    const uintptr_t freeing[] = {(uintptr_t)release, (uintptr_t)release_from};
    heap_trace_init_standalone(buffer, RECORDS);
    heap_trace_start(HEAP_TRACE_ALL);
    void *p = first(10);
    release_from(p);
    heap_trace_stop();
    assert_ptr_equal(buffer[0].address, p);
    assert_true(buffer[0].freed);
    expect_stack(buffer[0].alloced_by, allocating, 3);
    expect_stack(buffer[0].freed_by, freeing, 2);
    heap_trace_init_standalone(NULL, 0);
}

static void a_frame_that_leads_out_of_the_stack_is_not_followed(void **state) {
    (void)state;
    void *found[4];
    uintptr_t frames[8] = {0};
    for (int i = 0; i < 8; i++) frames[i] = (uintptr_t)&frames[4]; /* to itself, and not upwards */
    assert_int_equal(ch_port_callers_from(&frames[4], found, EXACT ? 4 : 0), 0);
    for (int i = 0; i < 8; i++) frames[i] = UINTPTR_MAX - 7;
    assert_int_equal(ch_port_callers_from(&frames[4], found, EXACT ? 4 : 0), 0);
    for (int i = 0; i < 8; i++) frames[i] = 8;
    assert_int_equal(ch_port_callers_from(&frames[4], found, EXACT ? 4 : 0), 0);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(the_callers_are_recorded_innermost_first),
        API_TEST(a_frame_that_leads_out_of_the_stack_is_not_followed),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
