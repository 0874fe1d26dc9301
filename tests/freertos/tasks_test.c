/* SPDX-License-Identifier: MIT */
/*
 * Task tracking under the kernel: the scheduler's tasks with their names, blocks from before it runs, a task that dies with its
 * control block. The kernel is the stand-in, which has as many tasks as the test makes.
 */
#include <string.h>

#include "ch_test.h"
#include "esp_heap_caps.h"
#include "esp_heap_task_info.h"
#include "freertos_options.h"
#include "stub_kernel.h"

static task_stat_t stat_of(TaskHandle_t handle) {
    heap_single_task_stat_t stat = {.heap_count = 0};
    if (heap_caps_get_single_task_stat(&stat, handle) != ESP_OK) stat.stat = (task_stat_t){.heap_count = 0};
    return stat.stat;
}

/* As xTaskCreate() does: the control block comes from the heap. */
static struct stub_task *create(const char *name) {
    struct stub_task *task = pvPortMalloc(sizeof *task);
    assert_non_null(task);
    strncpy(task->name, name, sizeof task->name - 1);
    task->name[sizeof task->name - 1] = '\0';
    return task;
}

static void blocks_are_the_running_task_s_with_its_name(void **state) {
    (void)state;
    struct stub_task *before = stub_current_task, *sensor = create("sensor"), *radio = create("radio");
    stub_current_task = sensor;
    void *p = pvPortMalloc(100), *q = heap_caps_malloc(50, CH_FREERTOS_CAPS);
    stub_current_task = radio;
    void *r = pvPortCalloc(10, 30);
    assert_string_equal(stat_of(sensor).name, "sensor");
    assert_string_equal(stat_of(NULL).name, "radio");
    assert_true(stat_of(sensor).overall_current_usage >= 150);
    size_t of_radio = stat_of(radio).overall_current_usage;
    assert_true(of_radio >= 300 && of_radio < 340);
    vPortFree(p);
    heap_caps_free(q);
    assert_int_equal(stat_of(sensor).overall_current_usage, 0);
    assert_int_equal(stat_of(radio).overall_current_usage, of_radio);
    stub_current_task = before;
    vPortFree(r);
    vPortFree(radio);
    vPortFree(sensor);
}

static void a_deleted_task_s_handle_is_another_task_s(void **state) {
    (void)state;
    struct stub_task *before = stub_current_task, *first = create("first");
    stub_current_task = first;
    void *p = pvPortMalloc(100);
    size_t leaked = stat_of(first).overall_current_usage;
    stub_current_task = before;
    vPortFree(first); /* as the idle task does */
    assert_int_equal(stat_of(first).handle != NULL, CH_CFG_TRACK_DELETED_TASKS);
    assert_false(stat_of(first).is_alive);
    struct stub_task *second = create("second");
    assert_ptr_equal(second, first);
    stub_current_task = second;
    void *q = pvPortMalloc(300);
    assert_string_equal(stat_of(second).name, "second");
    assert_true(stat_of(second).is_alive);
    size_t of_second = stat_of(second).overall_current_usage;
    vPortFree(p); /* what the first left behind */
    assert_true(leaked > 0);
    assert_int_equal(stat_of(second).overall_current_usage, of_second);
    vPortFree(q);
    stub_current_task = before;
    vPortFree(second);
}

static void before_the_scheduler_nobody_runs(void **state) {
    (void)state;
    if (!CH_FREERTOS_KNOWS_START) skip();
    long was = stub_scheduler_state;
    stub_scheduler_state = taskSCHEDULER_NOT_STARTED;
    void *p = pvPortMalloc(100);
    task_stat_t stat = stat_of(NULL);
    assert_string_equal(stat.name, "Pre-scheduler");
    assert_true(stat.overall_current_usage >= 100);
    stub_scheduler_state = was;
    vPortFree(p);
    stub_scheduler_state = taskSCHEDULER_NOT_STARTED;
    assert_true(stat_of(NULL).overall_current_usage < stat.overall_current_usage);
    stub_scheduler_state = was;
}

static void the_books_are_kept_with_the_scheduler_suspended(void **state) {
    (void)state;
    long was = stub_scheduler_state;
    stub_calls.forbidden = 0;
    stub_scheduler_state = taskSCHEDULER_SUSPENDED;
    void *p = pvPortMalloc(100);
    size_t had = stat_of((TaskHandle_t)stub_current_task).overall_current_usage;
    assert_true(had >= 100);
    vPortFree(p);
    assert_int_equal(stat_of((TaskHandle_t)stub_current_task).overall_current_usage < had, 1);
    stub_scheduler_state = was;
    assert_int_equal(stub_calls.forbidden, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_the_running_task_s_with_its_name),
        cmocka_unit_test(a_deleted_task_s_handle_is_another_task_s),
        cmocka_unit_test(before_the_scheduler_nobody_runs),
        cmocka_unit_test(the_books_are_kept_with_the_scheduler_suspended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
