/* SPDX-License-Identifier: MIT */
/*
 * Task tracking, API.md 9.2: whose a block is, through every entry point, and what becomes of it when tasks die and their handles
 * are used again.
 */
#include "api_tasks.h"

#include <string.h>

#include "capheap/task_tracking.h"

enum { BYTES = 100 };

static size_t usage(void *task) { return api_task_stat(task).overall_current_usage; }

/* Every entry point that allocates, called by a task of its own. */
static void *allocate_by(unsigned way) {
    switch (way) {
    case 0: return heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    case 1: return heap_caps_calloc(10, BYTES / 10, MALLOC_CAP_8BIT);
    case 2: return heap_caps_aligned_alloc(64, BYTES, MALLOC_CAP_8BIT);
    case 3: return heap_caps_aligned_calloc(64, 10, BYTES / 10, MALLOC_CAP_8BIT);
    case 4: return heap_caps_malloc_prefer(BYTES, 2, API_CAP_NOBODY, MALLOC_CAP_8BIT);
    case 5: return heap_caps_calloc_prefer(10, BYTES / 10, 2, API_CAP_NOBODY, MALLOC_CAP_8BIT);
    case 6: return heap_caps_realloc_prefer(NULL, BYTES, 2, API_CAP_NOBODY, MALLOC_CAP_8BIT);
    case 7: return heap_caps_realloc(NULL, BYTES, MALLOC_CAP_8BIT);
    case 8: return heap_caps_malloc(BYTES, MALLOC_CAP_DMA);
    default: return NULL;
    }
}

static void every_way_to_allocate_is_booked_on_the_caller(void **state) {
    (void)state;
    for (unsigned way = 0; way < 9; way++) {
        void *task = api_task_run_new();
        void *p = allocate_by(way);
        assert_non_null(p);
        assert_int_equal(usage(task), api_whole_block(p));
        void *other = api_task_run_new();
        heap_caps_free(p);
        assert_int_equal(usage(task), 0);
        assert_int_equal(usage(other), 0);
        assert_int_equal(api_task_stat(task).heap_count, 1);
    }
}

static void a_free_by_any_task_is_booked_on_the_owner(void **state) {
    (void)state;
    void *owner = api_task_run_new();
    void *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT), *q = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    size_t whole = api_whole_block(q);
    void *other = api_task_run_new();
    void *r = heap_caps_malloc(3 * BYTES, MALLOC_CAP_8BIT);
    size_t others = usage(other);
    heap_caps_free(p);
    assert_int_equal(usage(owner), whole);
    assert_int_equal(usage(other), others);
    api_task_run(owner);
    heap_caps_free(r);
    heap_caps_free(q);
    assert_int_equal(usage(owner), 0);
    assert_int_equal(usage(other), 0);
}

static void nothing_is_booked_of_what_fails_or_is_empty(void **state) {
    (void)state;
    void *task = api_task_run_new();
    assert_null(heap_caps_malloc(0, MALLOC_CAP_8BIT));
    assert_null(heap_caps_malloc(SIZE_MAX, MALLOC_CAP_8BIT));
    assert_null(heap_caps_malloc(16, API_CAP_NOBODY));
    heap_caps_free(NULL);
    assert_null(api_task_stat(task).handle);
}

static void realloc_makes_the_block_the_caller_s(void **state) {
    (void)state;
    const size_t sizes[] = {BYTES, 40, 2 * BYTES, 4000, 64};
    void *last = api_task_run_new();
    void *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        void *task = api_task_run_new();
        p = heap_caps_realloc(p, sizes[i], MALLOC_CAP_8BIT);
        assert_non_null(p);
        assert_int_equal(usage(last), 0);
        assert_int_equal(usage(task), api_whole_block(p));
        last = task;
    }
    void *freer = api_task_run_new();
    assert_null(heap_caps_realloc(p, 0, MALLOC_CAP_8BIT));
    assert_int_equal(usage(last), 0);
    assert_int_equal(usage(freer), 0);
}

static void a_failed_realloc_changes_nothing(void **state) {
    (void)state;
    void *owner = api_task_run_new();
    void *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    size_t whole = usage(owner);
    void *other = api_task_run_new();
    assert_null(heap_caps_realloc(p, SIZE_MAX / 2, MALLOC_CAP_8BIT));
    assert_null(heap_caps_realloc(p, BYTES, API_CAP_NOBODY));
    assert_int_equal(usage(owner), whole);
    assert_int_equal(usage(other), 0);
    heap_caps_free(p);
    assert_int_equal(usage(owner), 0);
}

static void realloc_into_another_heap_is_booked_in_both(void **state) {
    (void)state;
    void *span = api_span(4096);
    if (span == NULL) {
        skip();
    }
    api_add_heap(span, 4096, API_CAP_USER_A, 0, 0);
    void *task = api_task_run_new();
    void *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    p = heap_caps_realloc(p, BYTES, API_CAP_USER_A);
    assert_non_null(p);
    heap_stat_t heaps[4];
    heap_single_task_stat_t stat = {.heap_count = 4, .heap_stat_start = heaps};
    assert_int_equal(heap_caps_get_single_task_stat(&stat, task), ESP_OK);
    assert_int_equal(stat.heap_count, 2);
    assert_int_equal(heaps[0].current_usage, 0);
    assert_int_equal(heaps[0].alloc_count, 0);
    assert_true(heaps[0].peak_usage > 0);
    assert_int_equal(heaps[1].current_usage, api_whole_block(p));
    assert_string_equal(heaps[1].name, "custom");
    assert_int_equal(heaps[1].caps, API_CAP_USER_A);
    assert_int_equal(heaps[1].size, 4096);
    heap_caps_free(p);
    assert_int_equal(usage(task), 0);
}

static void before_the_scheduler_there_is_an_owner(void **state) {
    (void)state;
    api_task_run(NULL);
    void *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    task_stat_t stat = api_task_stat(NULL);
    assert_string_equal(stat.name, "Pre-scheduler");
    assert_null(stat.handle);
    assert_true(stat.is_alive);
    size_t had = stat.overall_current_usage, whole = api_whole_block(p);
    api_task_run_new();
    heap_caps_free(p);
    api_task_run(NULL);
    assert_int_equal(usage(NULL), had - whole);
}

static void interrupts_are_an_owner(void **state) {
    (void)state;
    void *task = api_task_run_new();
    api_task_interrupt(true);
    void *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    assert_int_equal(usage(CH_TASK_INTERRUPTS), api_whole_block(p));
    assert_string_equal(api_task_stat(CH_TASK_INTERRUPTS).name, "Interrupts");
    api_task_interrupt(false);
    void *q = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    assert_int_equal(usage(task), api_whole_block(q));
    heap_caps_free(p);
    api_task_interrupt(true);
    heap_caps_free(q);
    api_task_interrupt(false);
    assert_int_equal(usage(CH_TASK_INTERRUPTS), 0);
    assert_int_equal(usage(task), 0);
}

/* ---- death ---- */

static void a_task_dies_with_its_control_block(void **state) {
    (void)state;
    void *maker = api_task_run_new();
    void *task = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    api_task_rename(task, "mortal");
    api_task_run(task);
    void *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    size_t whole = api_whole_block(p);
    assert_true(api_task_stat(task).is_alive);
    api_task_run(maker);
    heap_caps_free(task);
    task_stat_t stat = api_task_stat(task);
    assert_int_equal(stat.handle != NULL, CH_CFG_TRACK_DELETED_TASKS);
    assert_false(stat.is_alive);
    assert_int_equal(stat.overall_current_usage, CH_CFG_TRACK_DELETED_TASKS ? whole : 0);
    heap_caps_free(p);
    assert_int_equal(usage(task), 0);
}

static void a_handle_used_again_is_another_task(void **state) {
    (void)state;
    void *task = api_task_new();
    api_task_run(task);
    void *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT), *q = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    ch_task_deleted(task);
    api_task_rename(task, "second life");
    void *r = heap_caps_malloc(2 * BYTES, MALLOC_CAP_8BIT);
    task_stat_t stat = api_task_stat(task);
    assert_string_equal(stat.name, "second life");
    assert_true(stat.is_alive);
    assert_int_equal(stat.overall_current_usage, api_whole_block(r));
    heap_caps_free(p); /* the first one's */
    assert_int_equal(usage(task), api_whole_block(r));
    q = heap_caps_realloc(q, 3 * BYTES, MALLOC_CAP_8BIT); /* is the second one's now */
    assert_int_equal(usage(task), api_whole_block(r) + api_whole_block(q));
    heap_caps_free(r);
    heap_caps_free(q);
    assert_int_equal(usage(task), 0);
    ch_task_deleted(task);
    ch_task_deleted(task);
    ch_task_deleted(NULL);
    ch_task_deleted(&stat);
}

static void what_the_table_has_no_room_for_is_booked_together(void **state) {
    (void)state;
    enum { MORE = CH_CFG_TRACKED_TASKS + 4 };
    static void *blocks[MORE], *tasks[MORE];
    unsigned apart = 0;
    size_t together = 0;
    for (unsigned i = 0; i < MORE; i++) {
        tasks[i] = api_task_run_new();
        blocks[i] = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
        if (api_task_stat(tasks[i]).handle != NULL) {
            apart++;
        } else {
            together += api_whole_block(blocks[i]);
        }
    }
    assert_true(apart <= CH_CFG_TRACKED_TASKS);
    assert_true(together > 0);
    assert_int_equal(usage(CH_TASK_OTHERS), together);
    for (unsigned i = 0; i < MORE; i++) {
        heap_caps_free(blocks[i]);
        ch_task_deleted(tasks[i]);
    }
    assert_int_equal(usage(CH_TASK_OTHERS), 0);
    /* Their entries are free for others. */
    void *task = api_task_run_new();
    void *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    assert_int_equal(usage(task), api_whole_block(p));
    heap_caps_free(p);
    ch_task_deleted(task);
}

/* The table is as large as it is: all that died make room, one by one, however often. */
static void entries_of_the_dead_are_used_again_without_end(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4 * CH_CFG_TRACKED_TASKS; i++) {
        void *task = api_task_run_new();
        void *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
        assert_int_equal(usage(task), api_whole_block(p));
        ch_task_deleted(task);
        api_task_run_new();
        heap_caps_free(p);
    }
}

static void a_peak_never_falls(void **state) {
    (void)state;
    void *task = api_task_run_new();
    void *p = heap_caps_malloc(4000, MALLOC_CAP_8BIT);
    size_t peak = api_whole_block(p);
    heap_caps_free(p);
    p = heap_caps_malloc(40, MALLOC_CAP_8BIT);
    assert_int_equal(api_task_stat(task).overall_peak_usage, peak);
    assert_int_equal(usage(task), api_whole_block(p));
    heap_caps_free(p);
    assert_int_equal(api_task_stat(task).overall_peak_usage, peak);
    ch_task_deleted(task);
}

static void a_damaged_owner_word_makes_nothing_negative(void **state) {
    (void)state;
    void *task = api_task_run_new();
    const uint32_t words[] = {0xFFFFFFFFu, 0, 0x01000000u, 0xA5A5A5A5u};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
        uint32_t *word = (uint32_t *)(void *)(p - 4), was = *word;
        *word = words[i];
        heap_caps_free(p);
        assert_true(usage(task) < 100000);
        assert_true(usage(NULL) < 100000);
        (void)was;
    }
    ch_task_deleted(task);
}

static void a_word_of_another_s_block_takes_no_more_than_that_one_has(void **state) {
    (void)state;
    void *small = api_task_run_new();
    char *p = heap_caps_malloc(8, MALLOC_CAP_8BIT);
    size_t whole = api_whole_block(p);
    void *large = api_task_run_new();
    char *q = heap_caps_malloc(2000, MALLOC_CAP_8BIT);
    memcpy(q - 4, p - 4, 4);
    heap_caps_free(q);
    assert_int_equal(usage(small), whole);
    heap_caps_free(p);
    assert_int_equal(usage(small), 0);
    assert_true(usage(large) >= 2000); /* what was lost stays booked */
}

static void a_bad_free_books_nothing(void **state) {
    (void)state;
    void *task = api_task_run_new();
    char *p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT), *q = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    size_t whole = api_whole_block(q);
    heap_caps_free(p);
    CH_EXPECT_FATAL(heap_caps_free(p));
    CH_EXPECT_FATAL(heap_caps_free(q + 16));
    ch_test_output_clear();
    assert_int_equal(usage(task), whole);
    heap_caps_free(q);
    assert_int_equal(usage(task), 0);
    ch_task_deleted(task);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TASK_TEST(every_way_to_allocate_is_booked_on_the_caller),
        TASK_TEST(a_free_by_any_task_is_booked_on_the_owner),
        TASK_TEST(nothing_is_booked_of_what_fails_or_is_empty),
        TASK_TEST(realloc_makes_the_block_the_caller_s),
        TASK_TEST(a_failed_realloc_changes_nothing),
        TASK_TEST(realloc_into_another_heap_is_booked_in_both),
        TASK_TEST(before_the_scheduler_there_is_an_owner),
        TASK_TEST(interrupts_are_an_owner),
        TASK_TEST(a_task_dies_with_its_control_block),
        TASK_TEST(a_handle_used_again_is_another_task),
        TASK_TEST(what_the_table_has_no_room_for_is_booked_together),
        TASK_TEST(entries_of_the_dead_are_used_again_without_end),
        TASK_TEST(a_peak_never_falls),
        TASK_TEST(a_damaged_owner_word_makes_nothing_negative),
        TASK_TEST(a_word_of_another_s_block_takes_no_more_than_that_one_has),
        TASK_TEST(a_bad_free_books_nothing),
    };
    return cmocka_run_group_tests(tests, api_tasks_boot, NULL);
}
