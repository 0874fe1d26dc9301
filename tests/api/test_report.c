/* SPDX-License-Identifier: MIT */
/*
 * What reports say of pointers that the capability calls are given: what a pointer in no heap may be, the name of a heap, who
 * calls, and that it is one line for machines at the end. First lines and stops: test_bad_free.c; whole reports: tests/report.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_setup.h"
#include "capheap/origin.h"
#include "caps/registry.h"

static const char *told; /* the report */
static int never_ours;

static void report_of(void *p) {
    ch_test_output_clear();
    CH_EXPECT_FATAL(heap_caps_free(p));
    told = ch_test_output();
    assert_int_equal(api_count_lines("CORRUPT HEAP: "), 1);
    assert_int_equal(api_count_lines("HEAP-REPORT v=1 "), 1);
    assert_int_equal(api_count_lines("  cause: "), 1);
}

static void expect(const char *words) {
    if (!strstr(told, words)) fail_msg("expected '%s' in: %s", words, told);
}

static void expect_address(const char *label, const void *p) {
    char words[64];
    snprintf(words, sizeof words, "%s0x%lx", label, (unsigned long)(uintptr_t)p);
    expect(words);
}

/** The first of the tests: no heap is there yet. */
static void before_there_are_heaps_that_is_told(void **state) {
    (void)state;
    report_of(&never_ours);
    if (!strstr(told, "place: the stack")) expect("  place: there are no heaps yet");
    expect("reason=outside");
    api_boot();
    api_enable_stacks();
}

static void a_variable_on_the_stack_is_told(void **state) {
    (void)state;
    int local[4];
    report_of(local);
    expect("  place: the stack of the caller, most likely");
    expect("reason=outside");
}

static void a_variable_below_the_stack_is_told(void **state) {
    (void)state;
    char local[4];
    volatile size_t below = 256; /* the report's own frames are between */
    do {
        report_of((char *)((uintptr_t)local - below));
        below += 512;
    } while (!strstr(told, "place: below the stack") && below < 16384);
    expect("  place: below the stack of the caller: a variable of a function that has returned");
}

static void a_place_that_the_chip_knows_is_told(void **state) {
    (void)state;
    const struct {
        const ch_window_t *window;
        const char *words;
    } cases[] = {
        {&ch_chip.flash_data, "  place: constants in flash"},
        {&ch_chip.rom, "  place: mask ROM"},
        {&ch_chip.rtc_slow, "  place: low-power slow RAM"},
        {&ch_chip.external, "  place: external RAM"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ch_window_t *w = cases[i].window;
        void *p = (void *)(w->high - 4);
        if (w->low >= w->high || api_heap_of(p)) continue;
        report_of(p);
        if (!strstr(told, "place: the stack")) expect(cases[i].words);
    }
}

static void numbers_and_patterns_are_told(void **state) {
    (void)state;
    report_of((void *)12);
    expect("12 is no address");
    report_of((void *)(uintptr_t)0xFEFEFEFEu);
    expect("read from freed memory");
    report_of((void *)(uintptr_t)0xCECECECEu);
    expect("read from fresh memory");
    report_of((void *)(uintptr_t)0xABBA1234u);
    expect("is a canary");
    report_of((void *)(uintptr_t)0xBAAD5678u);
    expect("is a canary");
    void *text;
    memcpy(&text, "overflow", sizeof text);
    report_of(text);
    expect("consists of characters");
    report_of(&never_ours);
    expect("no heap handed it out");
}

static void a_place_beside_a_heap_is_told(void **state) {
    (void)state;
    char *heap = api_span(1024);
    if (!heap) skip();
    api_add_heap(heap, 1024, API_CAP_USER_A, 0, 0);
    report_of(heap + 1024 + 4);
    if (!strstr(told, "place: the stack")) expect("  place: 4 bytes behind the heap");
    report_of(heap + 1024);
    if (!strstr(told, "place: the stack")) expect("  place: 0 bytes behind the heap");
    report_of(heap - 4);
    if (!strstr(told, "place: the stack")) expect("  place: 4 bytes before the heap");
}

static void the_other_bus_s_address_is_told(void **state) {
    (void)state;
    const api_heap_t *heap = api_expected_heap(API_CAP_EXEC | MALLOC_CAP_DEFAULT);
    if (API_CAP_EXEC == 0 || !heap || esp_dram_match_iram() || !esp_ptr_in_diram_dram((const void *)heap->start)) skip();
    char *p = heap_caps_malloc(64, API_CAP_EXEC | MALLOC_CAP_DEFAULT);
    assert_true(esp_ptr_in_diram_iram(p));
    report_of(p + 16);
    expect("  place: instruction-bus address of 0x");
    expect("no block was handed out by it");
    heap_caps_free(p);
}

static void so_it_is_where_no_heap_lies(void **state) {
    (void)state;
    for (const ch_twin_t *twin = ch_chip.twins; twin != ch_chip.twins + 2; twin++) {
        if (twin->code.low == twin->data.low) continue;
        for (uintptr_t p = twin->code.low; p < twin->code.high; p += 64) {
            if (api_heap_of((void *)p)) continue;
            report_of((void *)p);
            if (strstr(told, ", which is no heap yet")) continue; /* a start-up stack's */
            expect("  place: instruction-bus address of 0x");
            expect("which is in no heap either");
            return;
        }
    }
}

static void the_heap_is_named(void **state) {
    (void)state;
    char *p = heap_caps_malloc(100, MALLOC_CAP_8BIT), words[96];
    report_of(p + 4);
    snprintf(words, sizeof words, " %s, blocks from ", api_heap_of(p)->name);
    expect(words);
    expect_address("  block: ", p);
    expect_address(" ptr=", p + 4);
    expect_address(" user=", p);
    expect("reason=interior call=free");
    heap_caps_free(p);
}

static void so_is_one_whose_control_block_is_damaged(void **state) {
    (void)state;
    char words[96];
    void *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    snprintf(words, sizeof words, " %s, its control block is damaged", api_heap_of(p)->name);
    ch_engine_t *e = ch_heap_engine(ch_region_heap(ch_registry_find(p)));
    e->seal ^= 1;
    ch_test_output_clear();
    assert_false(heap_caps_check_integrity_all(true));
    told = ch_test_output();
    e->seal ^= 1;
    expect("(control block is damaged)");
    expect(words);
    expect("the heap's own words, before its first block, were overwritten");
    heap_caps_free(p);
}

static void realloc_and_questions_say_who_they_are(void **state) {
    (void)state;
    char *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    ch_test_output_clear();
    CH_EXPECT_FATAL(heap_caps_realloc(p + 4, 200, MALLOC_CAP_8BIT));
    told = ch_test_output();
    expect("CORRUPT HEAP: realloc of ");
    expect(" call=realloc ");
    ch_test_output_clear();
    CH_EXPECT_FATAL(heap_caps_get_allocated_size(p + 4));
    told = ch_test_output();
    expect("CORRUPT HEAP: get_allocated_size of ");
    heap_caps_free(p);
}

/* ---- who allocated ---- */

static const void *recorded;
static ch_origin_t record;

/* What firmware with records of its own defines. */
bool ch_origin_of(const void *user, ch_origin_t *origin) {
    if (user != recorded) return false;
    *origin = record;
    return true;
}

static void who_allocated_is_told_where_it_is_known(void **state) {
    (void)state;
    char *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    report_of(p + 4);
    expect("  allocated: not recorded");
    recorded = p;
    record = (ch_origin_t){.size = 99, .allocated = {(void *)0x1100, {(void *)0x2200, (void *)0x3300}}};
    report_of(p + 4);
    expect("  allocated: 99 bytes, task 0x1100, called from 0x2200 0x3300\n");
    expect(" allocated=0x1100,0x2200,0x3300 ");
    expect(",99 block=");
    recorded = NULL;
    heap_caps_free(p);
}

static void of_a_record_all_is_told_that_it_has(void **state) {
    (void)state;
    char *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    recorded = p;
    record = (ch_origin_t){.size = 1000, .allocated = {(void *)0x1100, {NULL}}}; /* longer than the block: not believed */
    report_of(p + 4);
    expect("  allocated: 1000 bytes, task 0x1100\n");
    assert_null(strstr(told, ",1000 block="));
    assert_null(strstr(told, " freed="));
    record = (ch_origin_t){.allocated = {NULL, {(void *)0x1, (void *)0x2, (void *)0x3, (void *)0x4}}};
    report_of(p + 4);
    expect("  allocated: task 0x0, called from 0x1 0x2 0x3 0x4\n");
    expect(" allocated=0x0,0x1,0x2,0x3,0x4 ");
    recorded = NULL;
    heap_caps_free(p);
    recorded = p;
    record.freed.task = (void *)0x77;
    report_of(p);
    expect("\n  freed: task 0x77\n");
    expect(" freed=0x77 ");
    recorded = NULL;
}

/* ---- who calls, where the port knows ---- */

static unsigned callers_known;

unsigned ch_port_callers(void **callers, unsigned depth) {
    for (unsigned i = 0; i < callers_known && i < depth; i++) callers[i] = (void *)(uintptr_t)(0x5500 + i);
    return callers_known < depth ? callers_known : depth;
}

static void the_calls_on_the_stack_are_told_where_the_port_knows_them(void **state) {
    (void)state;
    callers_known = 3;
    report_of((void *)12);
    callers_known = 0;
    expect(", called from 0x5500 0x5501 0x5502\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_there_are_heaps_that_is_told),
        API_TEST(a_variable_on_the_stack_is_told),
        API_TEST(a_variable_below_the_stack_is_told),
        API_TEST(a_place_that_the_chip_knows_is_told),
        API_TEST(numbers_and_patterns_are_told),
        API_TEST(a_place_beside_a_heap_is_told),
        API_TEST(the_other_bus_s_address_is_told),
        API_TEST(so_it_is_where_no_heap_lies),
        API_TEST(the_heap_is_named),
        API_TEST(so_is_one_whose_control_block_is_damaged),
        API_TEST(realloc_and_questions_say_who_they_are),
        API_TEST(who_allocated_is_told_where_it_is_known),
        API_TEST(of_a_record_all_is_told_that_it_has),
        API_TEST(the_calls_on_the_stack_are_told_where_the_port_knows_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
