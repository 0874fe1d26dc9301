/* SPDX-License-Identifier: MIT */
/* Task tracking, API.md 9.5: what is printed, byte for byte. Tasks of other tests are no part of it: this program has its own. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "api_tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capheap/task_tracking.h"

#if defined __unix__

static const char HEAD[] = "┌────────────────────┬─────────┬──────────────────────┬───────────────────┬─────────────────┐\n"
                           "│ TASK               │ STATUS  │ CURRENT MEMORY USAGE │ PEAK MEMORY USAGE │ TOTAL HEAP USED │\n"
                           "├────────────────────┼─────────┼──────────────────────┼───────────────────┼─────────────────┤\n";
static const char FOOT[] = "└────────────────────┴─────────┴──────────────────────┴───────────────────┴─────────────────┘\n";

enum { BLOCKS = 20, TEXT = 8192 };

static void *early, *high, *low;
static void *of_early, *of_high[BLOCKS], *of_low, *of_low_there;
static char *text;
static size_t length;

/* What a function prints. */
static const char *printed(void (*all)(FILE *), void (*one)(FILE *, TaskHandle_t), void *task) {
    free(text);
    FILE *stream = open_memstream(&text, &length);
    assert_non_null(stream);
    if (all != NULL) all(stream);
    if (one != NULL) one(stream, (TaskHandle_t)task);
    fclose(stream);
    return text;
}

static char wanted[TEXT];

static void want(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void want(const char *format, ...) {
    va_list args;
    va_start(args, format);
    size_t had = strlen(wanted);
    vsnprintf(wanted + had, sizeof(wanted) - had, format, args);
    va_end(args);
}

static void want_row(const char *name, const char *status, void *handle) {
    task_stat_t stat = api_task_stat(handle);
    want("│ %18s │ %s │ %20d │ %17d │ %15d │\n", name, status, (int)stat.overall_current_usage, (int)stat.overall_peak_usage,
         (int)stat.heap_count);
}

/* The tables are those of tasks `high` and `low`, as boot() made them, and of the early one. */
static void the_overview_is_as_the_contract_has_it(void **state) {
    (void)state;
    wanted[0] = '\0';
    want("%s", HEAD);
    want_row("high", "ALIVE  ", high);
    want_row("low", "ALIVE  ", low);
    api_task_run(NULL);
    want_row("Pre-scheduler", "ALIVE  ", NULL);
    want("%s", FOOT);
    assert_string_equal(printed(heap_caps_print_all_task_stat_overview, NULL, NULL), wanted);
    wanted[0] = '\0';
    want("%s", HEAD);
    want_row("low", "ALIVE  ", low);
    want("%s", FOOT);
    assert_string_equal(printed(NULL, heap_caps_print_single_task_stat_overview, low), wanted);
}

static void want_task(const char *branch, const char *status, const char *name, void *handle) {
    task_stat_t stat = api_task_stat(handle);
    want("%s %s: %s, CURRENT MEMORY USAGE %d, PEAK MEMORY USAGE %d, TOTAL HEAP USED %d:\n", branch, status, name,
         (int)stat.overall_current_usage, (int)stat.overall_peak_usage, (int)stat.heap_count);
}

static void want_heap(const char *before, const void *block, size_t usage, size_t peak, unsigned count) {
    const api_heap_t *heap = api_heap_of(block);
    size_t size = heap->end - heap->start;
    want("%s HEAP: %s, CAPS: 0x%08lx, SIZE: %d, USAGE: CURRENT %d (%d%%), PEAK %d (%d%%), ALLOC COUNT: %u\n", before,
         heap->added ? "custom" : heap->name, (unsigned long)heap->all, (int)size, (int)usage, (int)(usage * 100 / size),
         (int)peak, (int)(peak * 100 / size), count);
}

static void want_block(const char *before, const void *block) {
    want("%s├ ALLOC %p, SIZE %u\n", before, block, (unsigned)api_whole_block(block));
}

static void want_low(const char *task, const char *side) {
    char before[16];
    size_t here = api_whole_block(of_low), there = api_whole_block(of_low_there);
    want_task(task, "ALIVE", "low", low);
    snprintf(before, sizeof(before), "%s    ├", side);
    want_heap(before, of_low, here, here, 1);
    snprintf(before, sizeof(before), "%s    │    ", side);
    want_block(before, of_low);
    snprintf(before, sizeof(before), "%s    └", side);
    want_heap(before, of_low_there, there, there, 1);
    snprintf(before, sizeof(before), "%s         ", side);
    want_block(before, of_low_there);
}

static void the_full_listing_is_as_the_contract_has_it(void **state) {
    (void)state;
    size_t sum = 0;
    wanted[0] = '\0';
    want_task("├", "ALIVE", "high", high);
    for (unsigned i = 0; i < BLOCKS; i++) sum += api_whole_block(of_high[i]);
    want_heap("│    └", of_high[0], sum, sum, BLOCKS);
    for (unsigned i = 0; i < BLOCKS; i++) want_block("│         ", of_high[i]);
    want_low("├", "│");
    api_task_run(NULL);
    task_stat_t stat = api_task_stat(NULL);
    want_task("└", "ALIVE", "Pre-scheduler", NULL);
    assert_int_equal(stat.heap_count, 1);
    size_t has = api_whole_block(of_early);
    const char *all = printed(heap_caps_print_all_task_stat, NULL, NULL);
    assert_int_equal(strncmp(all, wanted, strlen(wanted)), 0);
    assert_non_null(strstr(all, "\n     └ HEAP: "));
    char line[80];
    snprintf(line, sizeof(line), "\n          ├ ALLOC %p, SIZE %u\n", of_early, (unsigned)has);
    assert_non_null(strstr(all, line));
    wanted[0] = '\0';
    want_low("└", " ");
    assert_string_equal(printed(NULL, heap_caps_print_single_task_stat, low), wanted);
}

static void null_is_stdout_and_the_unknown_print_nothing(void **state) {
    (void)state;
    assert_string_equal(printed(NULL, heap_caps_print_single_task_stat, &early), "");
    assert_string_equal(printed(NULL, heap_caps_print_single_task_stat_overview, &early), "");
    wanted[0] = '\0';
    want("%s", printed(heap_caps_print_all_task_stat_overview, NULL, NULL));
    assert_true(api_stdout_begin());
    heap_caps_print_all_task_stat_overview(NULL);
    assert_string_equal(api_stdout_end(), wanted);
    wanted[0] = '\0';
    want("%s", printed(NULL, heap_caps_print_single_task_stat, low));
    assert_true(api_stdout_begin());
    heap_caps_print_single_task_stat(NULL, (TaskHandle_t)low);
    assert_string_equal(api_stdout_end(), wanted);
}

static void the_deleted_are_shown_by_option(void **state) {
    (void)state;
    void *task = api_task_new();
    api_task_rename(task, "gone");
    api_task_run(task);
    void *p = heap_caps_malloc(40, MALLOC_CAP_8BIT);
    size_t has = api_whole_block(p);
    ch_task_deleted(task);
    wanted[0] = '\0';
    if (CH_CFG_TRACK_DELETED_TASKS) {
        want("└ DELETED: gone, CURRENT MEMORY USAGE %d, PEAK MEMORY USAGE %d, TOTAL HEAP USED 1:\n", (int)has, (int)has);
        want_heap("     └", p, has, has, 1);
        want_block("          ", p);
    }
    assert_string_equal(printed(NULL, heap_caps_print_single_task_stat, task), wanted);
    wanted[0] = '\0';
    if (CH_CFG_TRACK_DELETED_TASKS) {
        want("%s", HEAD);
        want_row("gone", "DELETED", task);
        want("%s", FOOT);
    }
    assert_string_equal(printed(NULL, heap_caps_print_single_task_stat_overview, task), wanted);
    heap_caps_free(p);
}

static int boot(void **state) {
    api_tasks_boot(state);
    void *span = api_span(4096);
    api_add_heap(span, 4096, API_CAP_USER_A, 0, 0);
    of_early = heap_caps_malloc(300, MALLOC_CAP_8BIT);
    low = api_task_new(), high = api_task_new();
    api_task_rename(low, "low"), api_task_rename(high, "high");
    api_task_run(high);
    for (unsigned i = 0; i < BLOCKS; i++) of_high[i] = heap_caps_malloc(20 + i, MALLOC_CAP_8BIT);
    api_task_run(low);
    of_low = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    of_low_there = heap_caps_malloc(1000, API_CAP_USER_A);
    return 0;
}

/* With the tasks that boot() made. */
#define PRINT_TEST(f) cmocka_unit_test_setup_teardown(f, api_mark, api_tasks_verify)

int main(void) {
    const struct CMUnitTest tests[] = {
        PRINT_TEST(the_overview_is_as_the_contract_has_it),
        PRINT_TEST(the_full_listing_is_as_the_contract_has_it),
        PRINT_TEST(null_is_stdout_and_the_unknown_print_nothing),
        PRINT_TEST(the_deleted_are_shown_by_option),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}

#else

/* Boards have no streams into memory. */
static void tables_are_looked_at_on_the_host(void **state) {
    (void)state;
    api_task_run_new();
    void *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    heap_caps_print_all_task_stat(stdout);
    heap_caps_print_all_task_stat_overview(stdout);
    heap_caps_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {TASK_TEST(tables_are_looked_at_on_the_host)};
    return cmocka_run_group_tests(tests, api_tasks_boot, NULL);
}

#endif
