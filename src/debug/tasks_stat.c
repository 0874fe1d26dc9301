/* SPDX-License-Identifier: MIT */
/*
 * The arrays of esp_heap_task_info.h. What is put into them is what fits at that moment, whatever has changed since they were
 * sized.
 */
#include <string.h>

#include "caps/owned.h"
#include "debug/tasks_list.h"

/** What is left of a caller's arrays. */
typedef struct {
    heap_stat_t *heaps;
    size_t heaps_left;
    heap_task_block_t *blocks;
    size_t blocks_left;
} room_t;

/** Lists the blocks of a heap, if all of them fit. */
static void fill_blocks(uint32_t number, const ch_task_t *task, uint32_t column, heap_stat_t *stat, room_t *room) {
    if (!room->blocks || stat->alloc_count > room->blocks_left) return;
    ch_tasks_list_t list = ch_tasks_list_begin(number, task, column);
    size_t count = ch_tasks_list_next(&list, room->blocks, room->blocks_left);
    stat->alloc_stat = room->blocks;
    stat->alloc_count = count;
    room->blocks += count;
    room->blocks_left -= count;
}

/** Puts the first `count` heaps of a task behind each other. */
static void fill_heaps(uint32_t number, const ch_task_t *task, size_t count, room_t *room) {
    for (uint32_t n = 0; n < count; n++) {
        uint32_t column = ch_tasks_nth(task, n);
        ch_tasks_describe_heap(task, column, room->heaps);
        fill_blocks(number, task, column, room->heaps, room);
        room->heaps++, room->heaps_left--;
    }
}

static size_t lesser(size_t a, size_t b) { return a < b ? a : b; }

/** The entry that a handle means in questions for one task. */
static uint32_t asked_for(TaskHandle_t handle) { return handle ? ch_tasks_find((const void *)handle) : ch_tasks_caller(); }

esp_err_t heap_caps_get_single_task_stat(heap_single_task_stat_t *task_stat, TaskHandle_t task_handle) {
    if (!task_stat || (task_stat->heap_count && !task_stat->heap_stat_start) ||
        (task_stat->alloc_count && !task_stat->alloc_stat_start))
        return ESP_ERR_INVALID_ARG;
    ch_task_t task;
    uint32_t number = asked_for(task_handle);
    if (!ch_tasks_read(number, &task)) return ESP_FAIL;
    ch_tasks_describe(&task, &task_stat->stat);
    task_stat->stat.heap_stat = task_stat->heap_stat_start;
    room_t room = {task_stat->heap_stat_start, task_stat->heap_count, task_stat->alloc_stat_start, task_stat->alloc_count};
    fill_heaps(number, &task, lesser(task.heaps, room.heaps_left), &room);
    task_stat->heap_count -= room.heaps_left;
    task_stat->alloc_count -= room.blocks_left;
    return ESP_OK;
}

esp_err_t heap_caps_get_all_task_stat(heap_all_tasks_stat_t *tasks_stat) {
    if (!tasks_stat || (tasks_stat->task_count && !tasks_stat->stat_arr) ||
        (tasks_stat->heap_count && !tasks_stat->heap_stat_start) || (tasks_stat->alloc_count && !tasks_stat->alloc_stat_start))
        return ESP_ERR_INVALID_ARG;
    ch_task_t task = {0};
    size_t count = 0;
    room_t room = {tasks_stat->heap_stat_start, tasks_stat->heap_count, tasks_stat->alloc_stat_start, tasks_stat->alloc_count};
    for (uint32_t number = 0; count < tasks_stat->task_count && (number = ch_tasks_next(number, &task)) != 0; count++) {
        task_stat_t *stat = &tasks_stat->stat_arr[count];
        ch_tasks_describe(&task, stat);
        if (!room.heaps || task.heaps > room.heaps_left) continue;
        stat->heap_stat = room.heaps;
        fill_heaps(number, &task, task.heaps, &room);
    }
    tasks_stat->task_count = count;
    tasks_stat->heap_count -= room.heaps_left;
    tasks_stat->alloc_count -= room.blocks_left;
    return ESP_OK;
}

/* ---- arrays of the right size ---- */

/** Allocates an array for `count`, unless that is 0. */
static bool make(void *array, size_t count, size_t size) {
    void *p = count ? ch_owned_aside(count * size) : NULL;
    memcpy(array, &p, sizeof p);
    return p || count == 0;
}

esp_err_t heap_caps_alloc_single_task_stat_arrays(heap_single_task_stat_t *task_stat, TaskHandle_t task_handle) {
    if (!task_stat) return ESP_ERR_INVALID_ARG;
    ch_task_t task;
    bool known = ch_tasks_read(asked_for(task_handle), &task);
    task_stat->heap_count = known ? task.heaps : 0;
    task_stat->alloc_count = known ? task.blocks : 0;
    bool made = make(&task_stat->heap_stat_start, task_stat->heap_count, sizeof(heap_stat_t));
    made &= make(&task_stat->alloc_stat_start, task_stat->alloc_count, sizeof(heap_task_block_t));
    if (!made) heap_caps_free_single_task_stat_arrays(task_stat);
    return made ? ESP_OK : ESP_FAIL;
}

esp_err_t heap_caps_alloc_all_task_stat_arrays(heap_all_tasks_stat_t *tasks_stat) {
    if (!tasks_stat) return ESP_ERR_INVALID_ARG;
    ch_task_t task = {0};
    size_t tasks = 0, heaps = 0, blocks = 0;
    for (uint32_t number = 0; (number = ch_tasks_next(number, &task)) != 0; tasks++) heaps += task.heaps, blocks += task.blocks;
    tasks_stat->task_count = tasks, tasks_stat->heap_count = heaps, tasks_stat->alloc_count = blocks;
    bool made = make(&tasks_stat->stat_arr, tasks, sizeof(task_stat_t));
    made &= make(&tasks_stat->heap_stat_start, heaps, sizeof(heap_stat_t));
    made &= make(&tasks_stat->alloc_stat_start, blocks, sizeof(heap_task_block_t));
    if (!made) heap_caps_free_all_task_stat_arrays(tasks_stat);
    return made ? ESP_OK : ESP_FAIL;
}

/** Frees an array, sets its pointer to NULL. */
static void drop(void *array) {
    void *p;
    memcpy(&p, array, sizeof p);
    if (p) ch_owned_return(p);
    memset(array, 0, sizeof p);
}

void heap_caps_free_single_task_stat_arrays(heap_single_task_stat_t *task_stat) {
    if (!task_stat) return;
    drop(&task_stat->heap_stat_start);
    drop(&task_stat->alloc_stat_start);
    task_stat->heap_count = task_stat->alloc_count = 0;
}

void heap_caps_free_all_task_stat_arrays(heap_all_tasks_stat_t *tasks_stat) {
    if (!tasks_stat) return;
    drop(&tasks_stat->stat_arr);
    drop(&tasks_stat->heap_stat_start);
    drop(&tasks_stat->alloc_stat_start);
    tasks_stat->task_count = tasks_stat->heap_count = tasks_stat->alloc_count = 0;
}
