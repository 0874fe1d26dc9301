/* SPDX-License-Identifier: MIT */
/*
 * What task tracking (esp_heap_task_info.h, docs/TASKS.md) offers beside ESP-IDF's interface: its own owners, and what a port or
 * a program tells it. Everything here may be called from tasks and interrupts, with the scheduler suspended too.
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Handles of owners that are no tasks; as every task's they can be asked for and are shown once they have allocated. What runs
 * before the scheduler has the handle NULL.
 */
#define CH_TASK_INTERRUPTS ((void *)(uintptr_t)2) /**< interrupt handlers, where the port knows them from tasks */
#define CH_TASK_OTHERS ((void *)(uintptr_t)1)     /**< tasks that found the table full */

/**
 * Tells that a task is no more: what gets its handle next is another task. A task whose control block is freed by this heap need
 * not be told. NULL, and tasks that are not known, are ignored.
 */
void ch_task_deleted(const void *task);

#ifdef __cplusplus
}
#endif
