/* SPDX-License-Identifier: MIT */
/*
 * Lists of blocks in the order of allocation. The heaps know their blocks by address alone, so each piece of a list takes a walk:
 * of what is younger than the last block listed the oldest are kept, in the caller's array itself.
 *
 *      blocks[0 ... n - 1]   while the walk goes on: a binary heap, the youngest on top, which gives way to an older one
 *                            afterwards: sorted
 *
 * While a list is made the member `task` holds a block's age.
 */
#include "debug/tasks_list.h"

#include <string.h>

#include "caps/owned.h"

enum { AGE_LIMIT = CH_TASK_ORDER - 4096 }; /* what is older came while the list was made */

void ch_tasks_describe(const ch_task_t *task, task_stat_t *stat) {
    *stat = (task_stat_t){.handle = (TaskHandle_t)task->handle,
                          .is_alive = task->alive,
                          .overall_peak_usage = task->peak,
                          .overall_current_usage = task->bytes,
                          .heap_count = task->heaps};
    size_t most = sizeof stat->name < sizeof task->name ? sizeof stat->name : sizeof task->name;
    memcpy(stat->name, task->name, most - 1);
}

uint32_t ch_tasks_nth(const ch_task_t *task, uint32_t n) {
    uint32_t column = 0;
    while (column < CH_TASK_HEAPS && task->cells[column].place != n + 1) column++;
    return column;
}

/** The first region whose heap has a column; behind r. NULL: none is left. */
static ch_region_t *region_of(ch_region_t *r, uint32_t column) {
    do r = ch_registry_next(r, 0);
    while (r && ch_tasks_column(ch_region_heap(r)) != column);
    return r;
}

void ch_tasks_describe_heap(const ch_task_t *task, uint32_t column, heap_stat_t *stat) {
    const ch_region_t *r = column == CH_CFG_TRACKED_HEAPS ? NULL : region_of(NULL, column);
    const ch_task_cell_t *cell = &task->cells[column];
    *stat = (heap_stat_t){.name = r ? r->name : "others",
                          .caps = r ? ch_region_all_caps(r) : 0,
                          .size = r ? r->end - r->start : 0,
                          .current_usage = cell->bytes,
                          .peak_usage = cell->peak,
                          .alloc_count = cell->blocks};
}

/* ---- blocks ---- */

CH_INLINE uint32_t age_of(const heap_task_block_t *block) { return (uint32_t)(uintptr_t)block->task; }

/** Whether a block is listed behind another: it is younger. Equal ages are of allocations 2^24 apart: then by address. */
CH_INLINE bool is_behind(uint32_t age, uintptr_t address, uint32_t other_age, uintptr_t other) {
    return age != other_age ? age < other_age : address > other;
}

static bool block_is_behind(const heap_task_block_t *a, const heap_task_block_t *b) {
    return is_behind(age_of(a), (uintptr_t)a->address, age_of(b), (uintptr_t)b->address);
}

static void swap(heap_task_block_t *a, heap_task_block_t *b) {
    heap_task_block_t was = *a;
    *a = *b, *b = was;
}

/** Lets a block at i sink to its place in a heap of count. */
static void sink(heap_task_block_t *blocks, size_t count, size_t i) {
    for (size_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && block_is_behind(&blocks[child + 1], &blocks[child])) child++;
        if (!block_is_behind(&blocks[child], &blocks[i])) return;
        swap(&blocks[child], &blocks[i]);
    }
}

static void rise(heap_task_block_t *blocks, size_t i) {
    for (; i > 0 && block_is_behind(&blocks[i], &blocks[(i - 1) / 2]); i = (i - 1) / 2) swap(&blocks[i], &blocks[(i - 1) / 2]);
}

/** Keeps a block, if it is among the max oldest. Returns how many are kept. */
static size_t keep(heap_task_block_t *blocks, size_t count, size_t max, heap_task_block_t block) {
    if (count < max) {
        blocks[count] = block;
        rise(blocks, count);
        return count + 1;
    }
    if (max && block_is_behind(&blocks[0], &block)) {
        blocks[0] = block;
        sink(blocks, count, 0);
    }
    return count;
}

static void sort(heap_task_block_t *blocks, size_t count) {
    while (count > 1) {
        swap(&blocks[0], &blocks[--count]);
        sink(blocks, count, 0);
    }
}

ch_tasks_list_t ch_tasks_list_begin(uint32_t number, const ch_task_t *task, uint32_t column) {
    return (ch_tasks_list_t){number, column, task->born, task->allocations, UINT32_MAX, 0};
}

/** What the list still wants of a region. Returns how many are kept. */
static size_t look_through(const ch_tasks_list_t *list, const ch_region_t *r, heap_task_block_t *blocks, size_t count,
                           size_t max) {
    uint32_t at = 0;
    ch_owned_t found;
    do {
        if (!ch_heap_next_owned(ch_region_heap(r), &at, &found)) break;
        uint32_t word = found.owner.words[CH_OWNER_WORDS > 0 ? CH_OWNER_WORDS - 1 : 0];
        uint32_t age = (list->now - 1 - word) & CH_TASK_ORDER;
        if (word >> CH_TASK_SHIFT != list->number || age > AGE_LIMIT) continue;
        if (!is_behind(age, (uintptr_t)found.user, list->age, list->address)) continue;
        heap_task_block_t block = {(TaskHandle_t)(uintptr_t)age, (void *)(uintptr_t)found.user, (uint32_t)found.bytes};
        count = keep(blocks, count, max, block);
    } while (at);
    return count;
}

size_t ch_tasks_list_next(ch_tasks_list_t *list, heap_task_block_t *blocks, size_t max) {
    size_t count = 0;
    ch_task_t task;
    for (ch_region_t *r = region_of(NULL, list->column); r && max; r = region_of(r, list->column))
        count = look_through(list, r, blocks, count, max);
    if (!ch_tasks_read(list->number, &task) || task.born != list->born) return 0; /* all freed, and the entry another's */
    sort(blocks, count);
    if (count) list->age = age_of(&blocks[count - 1]), list->address = (uintptr_t)blocks[count - 1].address;
    for (size_t i = 0; i < count; i++) {
        const ch_region_t *r = ch_registry_find(blocks[i].address);
        blocks[i].task = (TaskHandle_t)task.handle;
        blocks[i].address = ch_owned_user(r, blocks[i].address);
    }
    return count;
}
