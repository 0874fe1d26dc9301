/* SPDX-License-Identifier: MIT */
/* What the answers of task tracking are made of: an entry's heaps in their order, and its blocks in theirs. */
#pragma once

#define CH_INSIDE_TASK_TRACKING
#include "debug/tasks.h"
#include "esp_heap_task_info.h"

/** Fills in what a task is, without lists. */
void ch_tasks_describe(const ch_task_t *task, task_stat_t *stat);

/** Column of the heap that a task used as the n-th, n from 0; CH_TASK_HEAPS: it used no more. */
uint32_t ch_tasks_nth(const ch_task_t *task, uint32_t n);

/** Fills in what a task has of a heap, without blocks. */
void ch_tasks_describe_heap(const ch_task_t *task, uint32_t column, heap_stat_t *stat);

/** Where a list of blocks stands that is made piece by piece; begins with what ch_tasks_list_begin() says. */
typedef struct {
    uint32_t number, column; /* whose blocks of which heap */
    uint32_t born;           /* the entry is still the same task's */
    uint32_t now;            /* allocations of the task as the list began: ages are counted from there */
    uint32_t age;            /* of the last block that was listed */
    uintptr_t address;       /* and where it is */
} ch_tasks_list_t;

ch_tasks_list_t ch_tasks_list_begin(uint32_t number, const ch_task_t *task, uint32_t column);

/** The next blocks in the order of allocation, at most max; returns how many. Goes once over the heaps. */
size_t ch_tasks_list_next(ch_tasks_list_t *list, heap_task_block_t *blocks, size_t max);
