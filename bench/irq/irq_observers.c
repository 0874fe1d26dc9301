/* SPDX-License-Identifier: MIT */
/*
 * The functions of builds with observers: the standalone trace with more blocks than records, the stream with a ring that is
 * full at times, task tracking with more tasks than its table has room for, some of which die, call sites.
 */
#define CH_INSIDE_TASK_TRACKING
#include <stdio.h>
#include <stdlib.h>

#include "capheap/call_sites.h"
#include "capheap/task_tracking.h"
#include "capheap/trace_stream.h"
#include "esp_heap_caps.h"
#include "esp_heap_task_info.h"
#include "esp_heap_trace.h"
#include "irq/irq_marks.h"

enum { RECORDS = 1000, TASKS = 48, LISTED = 200, STATUS_SETUP = 4 };

static heap_trace_record_t records[RECORDS];
static unsigned task;

/** Tasks take turns. In builds for task tracking the linker puts this in the port's place. */
void *__wrap_ch_port_task_id(void);
void *__wrap_ch_port_task_id(void) { return (void *)(uintptr_t)(0x1000 + task * 0x340); }

static size_t to_nowhere(void *context, const uint8_t *bytes, size_t size) {
    (void)context, (void)bytes;
    return size;
}

void observers_begin(void) {
    esp_err_t result = ESP_OK;
    if (CH_CFG_TRACE == CH_TRACE_STANDALONE)
        MARKED_TO(result, heap_trace_init_standalone, records, RECORDS);
    else if (CH_CFG_TRACE == CH_TRACE_TOHOST)
        MARKED_TO(result, heap_trace_init_tohost);
    if (result == ESP_OK && CH_CFG_TRACE != CH_TRACE_NONE) MARKED_TO(result, heap_trace_start, HEAP_TRACE_LEAKS);
    if (result != ESP_OK) exit(STATUS_SETUP);
}

void observers_step(void) {
    if (CH_CFG_TASK_TRACKING && below(20) == 0) task = below(TASKS);
    if (CH_CFG_TASK_TRACKING && below(200) == 0) MARKED(ch_task_deleted, ch_task_deleted(__wrap_ch_port_task_id()));
    if (CH_CFG_TRACE == CH_TRACE_TOHOST && below(300) == 0) MARKED(ch_trace_drain, ch_trace_drain(to_nowhere, NULL));
}

static void look_at_trace(void) {
    heap_trace_record_t record;
    heap_trace_summary_t summary;
    size_t count = 0;
    MARKED_TO(count, heap_trace_get_count);
    MARKED(heap_trace_get, heap_trace_get(count / 2, &record));
    MARKED(heap_trace_get, heap_trace_get(count / 3, &record));
    MARKED(heap_trace_summary, heap_trace_summary(&summary));
    MARKED(heap_trace_dump, heap_trace_dump());
    MARKED(heap_trace_alloc_pause, heap_trace_alloc_pause());
    MARKED(heap_trace_resume, heap_trace_resume());
    MARKED(heap_trace_stop, heap_trace_stop());
    MARKED(heap_trace_start, heap_trace_start(summary.mode == HEAP_TRACE_ALL ? HEAP_TRACE_LEAKS : HEAP_TRACE_ALL));
}

static void look_at_stream(void) {
    MARKED(ch_trace_mark, ch_trace_mark("a look"));
    MARKED(ch_trace_info, ch_trace_info("firmware", "irq"));
    MARKED(ch_trace_drain, ch_trace_drain(to_nowhere, NULL));
    MARKED(heap_trace_stop, heap_trace_stop());
    MARKED(heap_trace_start, heap_trace_start(HEAP_TRACE_ALL));
}

static void look_at_tasks(void) {
    static task_stat_t stats[TASKS];
    static heap_stat_t heaps[4 * TASKS];
    static heap_task_block_t blocks[LISTED];
    heap_all_tasks_stat_t all = {TASKS, stats, 4 * TASKS, heaps, LISTED, blocks};
    heap_single_task_stat_t single = {
        .heap_count = 4, .heap_stat_start = heaps, .alloc_count = LISTED, .alloc_stat_start = blocks};
    MARKED(heap_caps_get_all_task_stat, heap_caps_get_all_task_stat(&all));
    MARKED(heap_caps_get_single_task_stat, heap_caps_get_single_task_stat(&single, __wrap_ch_port_task_id()));
    static heap_task_totals_t totals[TASKS];
    size_t count = 0;
    heap_task_info_params_t params = {
        .caps = {MALLOC_CAP_8BIT}, .mask = {MALLOC_CAP_8BIT}, .totals = totals, .num_totals = &count, .max_totals = TASKS};
    MARKED(heap_caps_get_per_task_info, heap_caps_get_per_task_info(&params));
}

static void look_at_sites(void) {
    static heap_call_site_t sites[64];
    size_t count = 64;
    MARKED(heap_call_sites_get, heap_call_sites_get(sites, &count));
    MARKED_TO(count, heap_call_sites_count);
    if (below(2)) MARKED(heap_call_sites_reset, heap_call_sites_reset());
}

void observers_look(void) {
    if (CH_CFG_TRACE == CH_TRACE_STANDALONE) look_at_trace();
    if (CH_CFG_TRACE == CH_TRACE_TOHOST) look_at_stream();
    if (CH_CFG_TASK_TRACKING) look_at_tasks();
    if (CH_CFG_CALL_SITES > 0) look_at_sites();
}
