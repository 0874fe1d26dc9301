/* SPDX-License-Identifier: MIT */
/* heap_caps_get_per_task_info(): totals by class of heap, and a plain list of blocks, in one walk. */
#include <string.h>

#include "caps/owned.h"
#include "debug/tasks_list.h"

enum { NO_CLASS = NUM_HEAP_TASK_CAPS };

static uint32_t class_of(const heap_task_info_params_t *params, uint32_t caps) {
    uint32_t i = 0;
    while (i < NUM_HEAP_TASK_CAPS && (caps & (uint32_t)params->mask[i]) != (uint32_t)params->caps[i]) i++;
    return i;
}

/** The entry of a task among the totals; makes one if there is room. NULL: there is none. */
static heap_task_totals_t *totals_of(const heap_task_info_params_t *params, size_t *count, TaskHandle_t task) {
    size_t i = 0;
    while (i < *count && params->totals[i].task != task) i++;
    if (i < *count) return &params->totals[i];
    if (i >= params->max_totals) return NULL;
    (*count)++;
    params->totals[i] = (heap_task_totals_t){.task = task};
    return &params->totals[i];
}

static bool is_wanted(const heap_task_info_params_t *params, TaskHandle_t task) {
    if (!params->tasks) return true;
    size_t i = 0;
    while (i < params->num_tasks && params->tasks[i] != task) i++;
    return i < params->num_tasks;
}

/** The handle in a block's word; false: the block is nobody's. */
static bool owner_of(const ch_owned_t *found, TaskHandle_t *task) {
    ch_task_t entry;
    uint32_t number = found->owner.words[CH_OWNER_WORDS > 0 ? CH_OWNER_WORDS - 1 : 0] >> CH_TASK_SHIFT;
    if (!ch_tasks_any(number, &entry)) return false;
    *task = (TaskHandle_t)entry.handle;
    return true;
}

/** What has been listed so far. */
typedef struct {
    const heap_task_info_params_t *params;
    size_t totals, blocks;
} answer_t;

static void count_block(answer_t *answer, const ch_region_t *r, uint32_t class, const ch_owned_t *found) {
    const heap_task_info_params_t *params = answer->params;
    TaskHandle_t task;
    size_t size = owner_of(found, &task) ? ch_heap_size(ch_region_heap(r), found->user, NULL) : 0;
    if (size == 0) return; /* nobody's, or freed since */
    heap_task_totals_t *totals = params->totals ? totals_of(params, &answer->totals, task) : NULL;
    if (totals) totals->size[class] += size, totals->count[class]++;
    if (!params->blocks || answer->blocks >= params->max_blocks || !is_wanted(params, task)) return;
    params->blocks[answer->blocks++] = (heap_task_block_t){task, ch_owned_user(r, found->user), (uint32_t)size};
}

size_t heap_caps_get_per_task_info(heap_task_info_params_t *params) {
    answer_t answer = {params, params->totals && params->num_totals ? *params->num_totals : 0, 0};
    for (size_t i = 0; i < answer.totals; i++) params->totals[i] = (heap_task_totals_t){.task = params->totals[i].task};
    for (ch_region_t *r = ch_registry_next(NULL, 0); r; r = ch_registry_next(r, 0)) {
        uint32_t class = class_of(params, ch_region_all_caps(r)), at = 0;
        ch_owned_t found;
        while (class != NO_CLASS && ch_heap_next_owned(ch_region_heap(r), &at, &found)) {
            count_block(&answer, r, class, &found);
            if (!at) break;
        }
    }
    if (params->totals && params->num_totals) *params->num_totals = answer.totals;
    return answer.blocks;
}
