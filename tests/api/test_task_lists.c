/* SPDX-License-Identifier: MIT */
/*
 * Task tracking, API.md 9.3 and 9.4: what the arrays hold, in which order, and what happens where they are too small; that they
 * are nobody's memory; totals by class of heap.
 */
#include "api_tasks.h"

#include <string.h>

#include "capheap/task_tracking.h"

enum { BLOCKS = 40, MANY = 64 };

static heap_stat_t heaps[MANY];
static heap_task_block_t blocks[4 * MANY];
static task_stat_t tasks[MANY];

static heap_single_task_stat_t single(size_t heap_count, size_t alloc_count) {
    memset(heaps, 0xA5, sizeof(heaps));
    memset(blocks, 0xA5, sizeof(blocks));
    return (heap_single_task_stat_t){.heap_count = heap_count,
                                     .heap_stat_start = heap_count ? heaps : NULL,
                                     .alloc_count = alloc_count,
                                     .alloc_stat_start = alloc_count ? blocks : NULL};
}

static void second_heap(void) {
    static bool made;
    if (!made) {
        void *span = api_span(8192);
        assert_non_null(span);
        api_add_heap(span, 8192, API_CAP_USER_A, 0, 0);
        made = true;
    }
}

static bool is_untouched(const void *array, size_t from, size_t to) {
    const unsigned char *bytes = array;
    while (from < to && bytes[from] == 0xA5) {
        from++;
    }
    return from == to;
}

static void blocks_are_listed_in_the_order_of_allocation(void **state) {
    (void)state;
    void *task = api_task_run_new();
    void *p[BLOCKS];
    /* Holes that are filled in another order than by address. */
    for (unsigned i = 0; i < BLOCKS; i++) {
        p[i] = heap_caps_malloc(24 + 8 * (i % 3), MALLOC_CAP_8BIT);
    }
    for (unsigned i = 0; i < BLOCKS; i += 2) {
        heap_caps_free(p[i]);
        p[i] = heap_caps_malloc(24, MALLOC_CAP_8BIT);
    }
    heap_single_task_stat_t stat = single(4, MANY);
    assert_int_equal(heap_caps_get_single_task_stat(&stat, task), ESP_OK);
    assert_int_equal(stat.heap_count, 1);
    assert_int_equal(stat.alloc_count, BLOCKS);
    assert_int_equal(heaps[0].alloc_count, BLOCKS);
    assert_ptr_equal(stat.stat.heap_stat, heaps);
    assert_ptr_equal(heaps[0].alloc_stat, blocks);
    size_t sum = 0;
    for (unsigned i = 0; i < BLOCKS; i++) {
        const void *expected = i < BLOCKS / 2 ? p[2 * i + 1] : p[2 * (i - BLOCKS / 2)];
        assert_ptr_equal(blocks[i].address, expected);
        assert_ptr_equal(blocks[i].task, task);
        assert_int_equal(blocks[i].size, api_whole_block(expected));
        sum += blocks[i].size;
    }
    assert_int_equal(sum, stat.stat.overall_current_usage);
    for (unsigned i = 0; i < BLOCKS; i++) {
        heap_caps_free(p[i]);
    }
}

static void heaps_are_listed_in_the_order_of_first_use(void **state) {
    (void)state;
    second_heap();
    const uint32_t orders[2][2] = {{API_CAP_USER_A, MALLOC_CAP_8BIT}, {MALLOC_CAP_8BIT, API_CAP_USER_A}};
    for (unsigned i = 0; i < 2; i++) {
        void *task = api_task_run_new();
        void *p = heap_caps_malloc(40, orders[i][0]), *q = heap_caps_malloc(40, orders[i][1]);
        heap_caps_free(p);
        heap_single_task_stat_t stat = single(4, 4);
        assert_int_equal(heap_caps_get_single_task_stat(&stat, task), ESP_OK);
        assert_int_equal(stat.stat.heap_count, 2);
        assert_int_equal(heaps[0].caps & orders[i][0], orders[i][0]);
        assert_int_equal(heaps[0].alloc_count, 0);
        assert_int_equal(heaps[1].caps & orders[i][1], orders[i][1]);
        assert_int_equal(heaps[1].alloc_count, 1);
        assert_ptr_equal(blocks[0].address, q);
        heap_caps_free(q);
    }
}

static void arguments_are_looked_at(void **state) {
    (void)state;
    heap_single_task_stat_t one = {.heap_count = 1};
    heap_all_tasks_stat_t all = {.task_count = 1};
    assert_int_equal(heap_caps_get_single_task_stat(NULL, NULL), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_get_single_task_stat(&one, NULL), ESP_ERR_INVALID_ARG);
    one = (heap_single_task_stat_t){.alloc_count = 1};
    assert_int_equal(heap_caps_get_single_task_stat(&one, NULL), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_get_all_task_stat(NULL), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_get_all_task_stat(&all), ESP_ERR_INVALID_ARG);
    all = (heap_all_tasks_stat_t){.heap_count = 1};
    assert_int_equal(heap_caps_get_all_task_stat(&all), ESP_ERR_INVALID_ARG);
    all = (heap_all_tasks_stat_t){.alloc_count = 1};
    assert_int_equal(heap_caps_get_all_task_stat(&all), ESP_ERR_INVALID_ARG);
    one = (heap_single_task_stat_t){0};
    assert_int_equal(heap_caps_get_single_task_stat(&one, (TaskHandle_t)(void *)&one), ESP_FAIL);
}

static void what_does_not_fit_is_left_out_whole(void **state) {
    (void)state;
    second_heap();
    void *task = api_task_run_new();
    void *p[5];
    for (unsigned i = 0; i < 5; i++) {
        p[i] = heap_caps_malloc(40, i < 3 ? MALLOC_CAP_8BIT : API_CAP_USER_A);
    }
    for (size_t heap_room = 0; heap_room <= 3; heap_room++) {
        for (size_t room = 0; room <= 6; room++) {
            heap_single_task_stat_t stat = single(heap_room, room);
            assert_int_equal(heap_caps_get_single_task_stat(&stat, task), ESP_OK);
            size_t heap_count = heap_room < 2 ? heap_room : 2;
            bool first = heap_count > 0 && room >= 3, second = heap_count > 1 && room >= (first ? 5u : 2u);
            assert_int_equal(stat.stat.heap_count, 2);
            assert_int_equal(stat.heap_count, heap_count);
            assert_int_equal(stat.alloc_count, (first ? 3 : 0) + (second ? 2 : 0));
            if (heap_count > 0) assert_int_equal(heaps[0].alloc_stat != NULL, first);
            if (heap_count > 1) assert_int_equal(heaps[1].alloc_stat != NULL, second);
            assert_true(is_untouched(heaps, heap_count * sizeof(heaps[0]), sizeof(heaps)));
            assert_true(is_untouched(blocks, room * sizeof(blocks[0]), sizeof(blocks)));
        }
    }
    for (unsigned i = 0; i < 5; i++) {
        heap_caps_free(p[i]);
    }
}

static void all_tasks_are_listed_by_handle_the_early_one_last(void **state) {
    (void)state;
    void *p[4], *handles[3];
    api_task_run(NULL);
    p[3] = heap_caps_malloc(40, MALLOC_CAP_8BIT);
    for (unsigned i = 0; i < 3; i++) {
        handles[i] = api_task_run_new();
        p[i] = heap_caps_malloc(40, MALLOC_CAP_8BIT);
    }
    heap_all_tasks_stat_t stat = {MANY, tasks, MANY, heaps, 4 * MANY, blocks};
    assert_int_equal(heap_caps_get_all_task_stat(&stat), ESP_OK);
    unsigned living = 0;
    size_t heap_sum = 0;
    for (size_t i = 0; i < stat.task_count; i++) {
        assert_true(i == 0 || (uintptr_t)tasks[i - 1].handle >= (uintptr_t)tasks[i].handle);
        living += tasks[i].is_alive && tasks[i].handle >= (TaskHandle_t)0x40;
        heap_sum += tasks[i].heap_count;
        for (unsigned k = 0; k < 3; k++) {
            if (tasks[i].handle == (TaskHandle_t)handles[k] && tasks[i].is_alive) {
                assert_string_equal(tasks[i].name, api_task_name(handles[k]));
                assert_int_equal(tasks[i].overall_current_usage, api_whole_block(p[k]));
                assert_ptr_equal(tasks[i].heap_stat[0].alloc_stat[0].address, p[k]);
            }
        }
    }
    assert_int_equal(living, 3);
    assert_int_equal(heap_sum, stat.heap_count);
    assert_null(tasks[stat.task_count - 1].handle);
    assert_string_equal(tasks[stat.task_count - 1].name, "Pre-scheduler");
    for (unsigned i = 0; i < 4; i++) {
        heap_caps_free(p[i]);
    }
}

static void no_array_of_all_tasks_is_written_beyond_its_end(void **state) {
    (void)state;
    second_heap();
    void *p[6];
    for (unsigned i = 0; i < 6; i++) {
        api_task_run_new();
        p[i] = heap_caps_malloc(40, i % 2 ? MALLOC_CAP_8BIT : API_CAP_USER_A);
    }
    for (size_t room = 0; room < 8; room++) {
        memset(tasks, 0xA5, sizeof(tasks));
        single(MANY, MANY);
        heap_all_tasks_stat_t stat = {room, tasks, room / 2, heaps, room / 3, blocks};
        assert_int_equal(heap_caps_get_all_task_stat(&stat), ESP_OK);
        assert_int_equal(stat.task_count, room < 6 ? room : stat.task_count);
        assert_true(stat.heap_count <= room / 2 && stat.alloc_count <= room / 3);
        assert_true(is_untouched(tasks, room * sizeof(tasks[0]), sizeof(tasks)));
        assert_true(is_untouched(heaps, room / 2 * sizeof(heaps[0]), sizeof(heaps)));
        assert_true(is_untouched(blocks, room / 3 * sizeof(blocks[0]), sizeof(blocks)));
        for (size_t i = 0; i < stat.task_count; i++) {
            if (tasks[i].heap_count > 0 && i >= room / 2) assert_null(tasks[i].heap_stat);
        }
    }
    for (unsigned i = 0; i < 6; i++) {
        heap_caps_free(p[i]);
    }
}

/* ---- arrays that are allocated ---- */

static void arrays_are_of_the_right_size_and_nobody_s(void **state) {
    (void)state;
    void *task = api_task_run_new(), *p[3];
    for (unsigned i = 0; i < 3; i++) {
        p[i] = heap_caps_malloc(40, MALLOC_CAP_8BIT);
    }
    task_stat_t before = api_task_stat(task);
    heap_single_task_stat_t one;
    heap_all_tasks_stat_t all;
    assert_int_equal(heap_caps_alloc_single_task_stat_arrays(&one, NULL), ESP_OK);
    assert_int_equal(heap_caps_alloc_all_task_stat_arrays(&all), ESP_OK);
    assert_int_equal(one.heap_count, 1);
    assert_int_equal(one.alloc_count, 3);
    assert_true(all.task_count >= 1 && all.heap_count >= 1 && all.alloc_count >= 3);
    assert_int_equal(heap_caps_get_single_task_stat(&one, NULL), ESP_OK);
    assert_int_equal(heap_caps_get_all_task_stat(&all), ESP_OK);
    assert_int_equal(one.alloc_count, 3);
    assert_ptr_equal(one.alloc_stat_start[2].address, p[2]);
    task_stat_t after = api_task_stat(task);
    assert_int_equal(after.overall_current_usage, before.overall_current_usage);
    assert_int_equal(after.overall_peak_usage, before.overall_peak_usage);
    heap_caps_free_single_task_stat_arrays(&one);
    heap_caps_free_all_task_stat_arrays(&all);
    assert_null(one.heap_stat_start);
    assert_null(one.alloc_stat_start);
    assert_int_equal(one.heap_count + one.alloc_count, 0);
    assert_null(all.stat_arr);
    assert_int_equal(all.task_count + all.heap_count + all.alloc_count, 0);
    heap_caps_free_single_task_stat_arrays(&one);
    heap_caps_free_all_task_stat_arrays(&all);
    assert_int_equal(api_task_stat(task).overall_current_usage, before.overall_current_usage);
    for (unsigned i = 0; i < 3; i++) {
        heap_caps_free(p[i]);
    }
}

static void arrays_of_nothing_are_null(void **state) {
    (void)state;
    heap_single_task_stat_t one;
    memset(&one, 0xA5, sizeof(one));
    assert_int_equal(heap_caps_alloc_single_task_stat_arrays(NULL, NULL), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_alloc_all_task_stat_arrays(NULL), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_alloc_single_task_stat_arrays(&one, (TaskHandle_t)api_task_new()), ESP_OK);
    assert_int_equal(one.heap_count + one.alloc_count, 0);
    assert_null(one.heap_stat_start);
    assert_null(one.alloc_stat_start);
    heap_caps_free_single_task_stat_arrays(NULL);
    heap_caps_free_all_task_stat_arrays(NULL);
}

/* Takes all memory that plain malloc could get; returns it by the list. */
static void *take_all(void) {
    void *list = NULL;
    for (size_t size = 1u << 20; size >= sizeof(void *); size /= 2) {
        void **p;
        while ((p = heap_caps_malloc(size, MALLOC_CAP_DEFAULT)) != NULL) {
            *p = list;
            list = p;
        }
    }
    return list;
}

static void without_memory_nothing_is_left_allocated(void **state) {
    (void)state;
    void *task = api_task_run_new();
    void *p = heap_caps_malloc(40, API_CAPS_MALLOC), *list = take_all();
    size_t free_before = heap_caps_get_free_size(MALLOC_CAP_DEFAULT);
    heap_single_task_stat_t one;
    heap_all_tasks_stat_t all;
    assert_int_equal(heap_caps_alloc_single_task_stat_arrays(&one, task), ESP_FAIL);
    assert_int_equal(heap_caps_alloc_all_task_stat_arrays(&all), ESP_FAIL);
    assert_null(one.heap_stat_start);
    assert_null(all.stat_arr);
    assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_DEFAULT), free_before);
    while (list != NULL) {
        void *next = *(void **)list;
        heap_caps_free(list);
        list = next;
    }
    heap_caps_free(p);
    api_failures_clear();
}

/* ---- totals ---- */

static void totals_go_by_class_of_heap(void **state) {
    (void)state;
    second_heap();
    heap_task_totals_t totals[MANY];
    size_t count = 1;
    void *first = api_task_run_new();
    void *p = heap_caps_malloc(40, MALLOC_CAP_8BIT), *q = heap_caps_malloc(60, API_CAP_USER_A);
    void *second = api_task_run_new();
    void *r = heap_caps_malloc(80, API_CAP_USER_A);
    memset(totals, 0xA5, sizeof(totals));
    totals[0].task = (TaskHandle_t)second;
    TaskHandle_t wanted[] = {(TaskHandle_t)first};
    heap_task_info_params_t params = {
        .caps = {(int32_t)API_CAP_USER_A, MALLOC_CAP_8BIT, 0, 0},
        .mask = {(int32_t)API_CAP_USER_A, MALLOC_CAP_8BIT, -1, -1},
        .tasks = wanted,
        .num_tasks = 1,
        .totals = totals,
        .num_totals = &count,
        .max_totals = MANY,
        .blocks = blocks,
        .max_blocks = MANY,
    };
    assert_int_equal(heap_caps_get_per_task_info(&params), 2);
    assert_true(count >= 2);
    assert_ptr_equal(totals[0].task, second);
    assert_int_equal(totals[0].size[0], heap_caps_get_allocated_size(r));
    assert_int_equal(totals[0].count[0], 1);
    assert_int_equal(totals[0].size[1] + totals[0].count[1] + totals[0].size[2] + totals[0].size[3], 0);
    size_t of_first = 0;
    while (of_first < count && totals[of_first].task != (TaskHandle_t)first) {
        of_first++;
    }
    assert_true(of_first < count);
    assert_int_equal(totals[of_first].size[0], heap_caps_get_allocated_size(q));
    assert_int_equal(totals[of_first].size[1], heap_caps_get_allocated_size(p));
    for (unsigned i = 0; i < 2; i++) {
        assert_ptr_equal(blocks[i].task, first);
        assert_true(blocks[i].address == p || blocks[i].address == q);
        assert_int_equal(blocks[i].size, heap_caps_get_allocated_size(blocks[i].address));
    }
    /* Room for one task and one block; no totals at all; all tasks. */
    params.max_totals = 1, params.max_blocks = 1, count = 0;
    assert_int_equal(heap_caps_get_per_task_info(&params), 1);
    assert_int_equal(count, 1);
    params.totals = NULL, params.num_totals = NULL, params.tasks = NULL, params.max_blocks = MANY;
    assert_true(heap_caps_get_per_task_info(&params) >= 3);
    params.blocks = NULL;
    assert_int_equal(heap_caps_get_per_task_info(&params), 0);
    heap_caps_free(p);
    heap_caps_free(q);
    heap_caps_free(r);
}

static void executable_blocks_are_listed_by_the_address_that_the_user_has(void **state) {
    (void)state;
    if (API_CAP_EXEC == 0 || !api_offers(API_CAP_EXEC)) {
        skip();
    }
    void *task = api_task_run_new();
    void *p = heap_caps_malloc(40, API_CAP_EXEC | MALLOC_CAP_32BIT);
    assert_non_null(p);
    heap_single_task_stat_t stat = single(4, 4);
    assert_int_equal(heap_caps_get_single_task_stat(&stat, task), ESP_OK);
    assert_int_equal(stat.alloc_count, 1);
    assert_ptr_equal(blocks[0].address, p);
    heap_caps_free(p);
    assert_int_equal(api_task_stat(task).overall_current_usage, 0);
}

static void blocks_of_two_addresses_are_listed_by_that_of_their_task(void **state) {
    (void)state;
    if (API_CAP_EXEC == 0 || !api_offers(API_CAP_EXEC)) {
        skip();
    }
    void *task = api_task_run_new();
    static void *p[4 * MANY];
    unsigned count = 0, twofold = 0;
    while (count < 4 * MANY && (p[count] = heap_caps_malloc(4096, API_CAP_EXEC | MALLOC_CAP_32BIT)) != NULL) {
        twofold += esp_ptr_in_diram_iram(p[count++]);
    }
    heap_single_task_stat_t stat = single(MANY, 4 * MANY);
    assert_int_equal(heap_caps_get_single_task_stat(&stat, task), ESP_OK);
    assert_int_equal(stat.alloc_count, count);
    unsigned found = 0;
    for (unsigned i = 0; i < count; i++) {
        for (unsigned k = 0; k < count; k++) {
            found += blocks[i].address == p[k];
        }
    }
    assert_int_equal(found, count);
    for (unsigned i = 0; i < count; i++) {
        heap_caps_free(p[i]);
    }
    api_failures_clear();
    if (twofold == 0) {
        skip();
    }
}

int main(void) {
    const struct CMUnitTest all[] = {
        TASK_TEST(blocks_are_listed_in_the_order_of_allocation),
        TASK_TEST(heaps_are_listed_in_the_order_of_first_use),
        TASK_TEST(arguments_are_looked_at),
        TASK_TEST(what_does_not_fit_is_left_out_whole),
        TASK_TEST(all_tasks_are_listed_by_handle_the_early_one_last),
        TASK_TEST(no_array_of_all_tasks_is_written_beyond_its_end),
        TASK_TEST(arrays_are_of_the_right_size_and_nobody_s),
        TASK_TEST(arrays_of_nothing_are_null),
        TASK_TEST(without_memory_nothing_is_left_allocated),
        TASK_TEST(totals_go_by_class_of_heap),
        TASK_TEST(executable_blocks_are_listed_by_the_address_that_the_user_has),
        TASK_TEST(blocks_of_two_addresses_are_listed_by_that_of_their_task),
    };
    return cmocka_run_group_tests(all, api_tasks_boot, NULL);
}
