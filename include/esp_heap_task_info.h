/* SPDX-License-Identifier: MIT */
/*
 * Heap use of each task: which owner holds how much of which heap, at most so far, and in which blocks. As in ESP-IDF there is
 * nothing here without CONFIG_HEAP_TASK_TRACKING. docs/TASKS.md tells what is counted and what it costs.
 *
 * Common rules:
 *   owners     every block belongs to the task that allocated it, or resized it last, whoever frees it. Blocks from before the
 *              scheduler ran belong to the handle NULL, "Pre-scheduler", which is always alive; those of interrupt handlers to
 *              CH_TASK_INTERRUPTS (capheap/task_tracking.h).
 *   sizes      of usage and of listed blocks: whole blocks, with all that the heap adds. Addresses: the user's.
 *   order      tasks by handle, highest first, Pre-scheduler last; heaps of a task in the order of first use; blocks in that of
 *              allocation.
 *   deleted    tasks are listed with CONFIG_HEAP_TRACK_DELETED_TASKS alone. A new task with the handle of a deleted one is
 *              another task; asked for a handle that both carry, the living one is meant.
 *   time       proportional to all blocks, in short critical sections between which others go on: numbers of tasks and lists of
 *              blocks are each right, but may be of different moments.
 *   context    tasks only. Nothing is allocated but by the two functions whose names say so; their memory is nobody's.
 */
#pragma once

#include "capheap/config.h"

#if CH_CFG_TASK_TRACKING || defined CH_INSIDE_TASK_TRACKING

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "esp_err.h"
#ifdef ESP_PLATFORM
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#elif defined __has_include
#if __has_include("FreeRTOS.h")
#include <FreeRTOS.h>
#include <task.h>
#else
#define CH_TASKS_OF_NO_KERNEL
#endif
#else
#define CH_TASKS_OF_NO_KERNEL
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifdef CH_TASKS_OF_NO_KERNEL
/** A task as the port names it: ch_port_task_id(). */
typedef void *TaskHandle_t;
#endif
#ifndef configMAX_TASK_NAME_LEN
#define configMAX_TASK_NAME_LEN 16
#endif

/** Classes of heaps that heap_caps_get_per_task_info() counts apart. */
#define NUM_HEAP_TASK_CAPS 4

/** What a task holds of each class of heaps. */
typedef struct {
    TaskHandle_t task;                /**< NULL: Pre-scheduler */
    size_t size[NUM_HEAP_TASK_CAPS];  /**< user bytes */
    size_t count[NUM_HEAP_TASK_CAPS]; /**< blocks */
} heap_task_totals_t;

/** A live block. */
typedef struct {
    TaskHandle_t task; /**< owner */
    void *address;     /**< the user's */
    uint32_t size;     /**< whole block; from heap_caps_get_per_task_info(): user bytes */
} heap_task_block_t;

/** What heap_caps_get_per_task_info() is asked, and where it puts the answer. */
typedef struct {
    int32_t caps
        [NUM_HEAP_TASK_CAPS]; /**< a heap is of the first class i for which (its caps & mask[i]) == caps[i]; of none: left out */
    int32_t mask[NUM_HEAP_TASK_CAPS];
    TaskHandle_t *tasks;        /**< whose blocks are wanted; NULL: all tasks' */
    size_t num_tasks;           /**< of them */
    heap_task_totals_t *totals; /**< may be NULL. Entries that are there keep their places, new tasks are put behind */
    size_t *num_totals;         /**< entries that are there, and afterwards; may be NULL if totals is */
    size_t max_totals;          /**< room; tasks beyond are left out */
    heap_task_block_t *blocks;  /**< may be NULL */
    size_t max_blocks;          /**< room */
} heap_task_info_params_t;

/** A heap as a task uses it. */
typedef struct {
    const char *name;              /**< of the memory type; "custom"; "others": heaps beyond CONFIG_HEAP_TASK_TRACKING_HEAPS */
    uint32_t caps;                 /**< all that the heap has */
    size_t size;                   /**< of the heap */
    size_t current_usage;          /**< of the task in it */
    size_t peak_usage;             /**< most ever */
    size_t alloc_count;            /**< live blocks */
    heap_task_block_t *alloc_stat; /**< that many; NULL: not listed */
} heap_stat_t;

/** A task. */
typedef struct {
    char name[configMAX_TASK_NAME_LEN];
    TaskHandle_t handle;
    bool is_alive;
    size_t overall_peak_usage;    /**< most ever, of all heaps together */
    size_t overall_current_usage; /**< now */
    size_t heap_count;            /**< heaps ever used */
    heap_stat_t *heap_stat;       /**< of each; NULL: not listed */
} task_stat_t;

/** One task with its lists; the counts are the arrays' sizes, and afterwards what was used of them. */
typedef struct {
    task_stat_t stat;
    size_t heap_count;
    heap_stat_t *heap_stat_start;
    size_t alloc_count;
    heap_task_block_t *alloc_stat_start;
} heap_single_task_stat_t;

/** All tasks likewise. */
typedef struct {
    size_t task_count;
    task_stat_t *stat_arr;
    size_t heap_count;
    heap_stat_t *heap_stat_start;
    size_t alloc_count;
    heap_task_block_t *alloc_stat_start;
} heap_all_tasks_stat_t;

/** Counts what each task holds of each class, and lists blocks; heap_task_info_params_t says how. Returns blocks listed. */
size_t heap_caps_get_per_task_info(heap_task_info_params_t *params);

/**
 * Fills the arrays with all tasks, their heaps and their blocks; never more than the counts say, which become what was used. A
 * task whose heaps do not all fit has heap_stat NULL, a heap whose blocks do not all fit alloc_stat NULL.
 *
 * @return ESP_OK; ESP_ERR_INVALID_ARG for NULL, or an array that is NULL while its count is not 0
 */
esp_err_t heap_caps_get_all_task_stat(heap_all_tasks_stat_t *tasks_stat);

/**
 * The same for one task, NULL: the caller. Of its heaps as many as fit; stat.heap_count stays the number of all.
 *
 * @return as above; ESP_FAIL if there is no such task
 */
esp_err_t heap_caps_get_single_task_stat(heap_single_task_stat_t *task_stat, TaskHandle_t task_handle);

/** Print tables to a stream, NULL: stdout. A task that is not known prints nothing; NULL is the caller. */
void heap_caps_print_single_task_stat(FILE *stream, TaskHandle_t task_handle);
void heap_caps_print_all_task_stat(FILE *stream);
void heap_caps_print_single_task_stat_overview(FILE *stream, TaskHandle_t task_handle);
void heap_caps_print_all_task_stat_overview(FILE *stream);

/**
 * Sets the counts to what the task has now and allocates the arrays for them; a count of 0 leaves its array NULL, an unknown task
 * both.
 *
 * @return ESP_OK; ESP_ERR_INVALID_ARG for NULL; ESP_FAIL: no memory, and nothing is left allocated
 */
esp_err_t heap_caps_alloc_single_task_stat_arrays(heap_single_task_stat_t *task_stat, TaskHandle_t task_handle);
esp_err_t heap_caps_alloc_all_task_stat_arrays(heap_all_tasks_stat_t *tasks_stat);

/** Frees the arrays, and sets pointers and counts to 0. */
void heap_caps_free_single_task_stat_arrays(heap_single_task_stat_t *task_stat);
void heap_caps_free_all_task_stat_arrays(heap_all_tasks_stat_t *tasks_stat);

#ifdef __cplusplus
}
#endif

#endif
