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

static void a_variable_on_the_stack_is_told(void **state) {
    (void)state;
    int local[4];
    report_of(local);
    expect("  place: the stack of the caller, most likely");
    expect("reason=outside");
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

/* What firmware with records of its own defines. */
bool ch_origin_of(const void *user, ch_origin_t *origin) {
    if (user != recorded) return false;
    *origin = (ch_origin_t){.size = 99, .allocated = {(void *)0x1100, {(void *)0x2200, (void *)0x3300}}};
    return true;
}

static void who_allocated_is_told_where_it_is_known(void **state) {
    (void)state;
    char *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    report_of(p + 4);
    expect("  allocated: not recorded");
    recorded = p;
    report_of(p + 4);
    recorded = NULL;
    expect("  allocated: 99 bytes, task 0x1100, called from 0x2200 0x3300\n");
    expect(" allocated=0x1100,0x2200,0x3300 ");
    expect(",99 block=");
    heap_caps_free(p);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(a_variable_on_the_stack_is_told),
        API_TEST(numbers_and_patterns_are_told),
        API_TEST(a_place_beside_a_heap_is_told),
        API_TEST(the_other_bus_s_address_is_told),
        API_TEST(the_heap_is_named),
        API_TEST(realloc_and_questions_say_who_they_are),
        API_TEST(who_allocated_is_told_where_it_is_known),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
