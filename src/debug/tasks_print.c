/* SPDX-License-Identifier: MIT */
/* The tables of esp_heap_task_info.h. They are printed as they are found: no memory is taken, and no lock is held meanwhile. */
#include "debug/tasks_list.h"

enum { PIECE = 16 }; /* blocks that are listed at once */

static FILE *stream_or_stdout(FILE *stream) { return stream ? stream : stdout; }

static uint32_t asked_for(TaskHandle_t handle) { return handle ? ch_tasks_find((const void *)handle) : ch_tasks_caller(); }

static int percent(size_t part, size_t whole) { return whole ? (int)((uint64_t)part * 100 / whole) : 0; }

/* ---- overview ---- */

static void print_head(FILE *stream) {
    fputs("┌────────────────────┬─────────┬──────────────────────┬───────────────────┬─────────────────┐\n"
          "│ TASK               │ STATUS  │ CURRENT MEMORY USAGE │ PEAK MEMORY USAGE │ TOTAL HEAP USED │\n"
          "├────────────────────┼─────────┼──────────────────────┼───────────────────┼─────────────────┤\n",
          stream);
}

static void print_row(FILE *stream, const ch_task_t *task) {
    fprintf(stream, "│ %18s │ %7s │ %20d │ %17d │ %15d │\n", task->name, task->alive ? "ALIVE  " : "DELETED", (int)task->bytes,
            (int)task->peak, (int)task->heaps);
}

static void print_foot(FILE *stream) {
    fputs("└────────────────────┴─────────┴──────────────────────┴───────────────────┴─────────────────┘\n", stream);
}

void heap_caps_print_all_task_stat_overview(FILE *stream) {
    ch_task_t task = {0};
    stream = stream_or_stdout(stream);
    print_head(stream);
    for (uint32_t number = 0; (number = ch_tasks_next(number, &task)) != 0;) print_row(stream, &task);
    print_foot(stream);
}

void heap_caps_print_single_task_stat_overview(FILE *stream, TaskHandle_t task_handle) {
    ch_task_t task;
    if (!ch_tasks_read(asked_for(task_handle), &task)) return;
    stream = stream_or_stdout(stream);
    print_head(stream);
    print_row(stream, &task);
    print_foot(stream);
}

/* ---- full listing ---- */

static void print_blocks(FILE *stream, uint32_t number, const ch_task_t *task, uint32_t column, const char *before) {
    heap_task_block_t blocks[PIECE];
    ch_tasks_list_t list = ch_tasks_list_begin(number, task, column);
    for (size_t count = PIECE; count == PIECE;) {
        count = ch_tasks_list_next(&list, blocks, PIECE);
        for (size_t i = 0; i < count; i++)
            fprintf(stream, "%s├ ALLOC %p, SIZE %u\n", before, blocks[i].address, (unsigned)blocks[i].size);
    }
}

/** The lines of a heap; `last`: no other follows. */
static void print_heap(FILE *stream, uint32_t number, const ch_task_t *task, uint32_t n, bool is_last_task) {
    uint32_t column = ch_tasks_nth(task, n);
    bool is_last = n + 1u == task->heaps;
    heap_stat_t heap;
    ch_tasks_describe_heap(task, column, &heap);
    fprintf(stream, "%s    %s HEAP: %s, CAPS: 0x%08lx, SIZE: %d, USAGE: CURRENT %d (%d%%), PEAK %d (%d%%), ALLOC COUNT: %d\n",
            is_last_task ? " " : "│", is_last ? "└" : "├", heap.name, (unsigned long)heap.caps, (int)heap.size,
            (int)heap.current_usage, percent(heap.current_usage, heap.size), (int)heap.peak_usage,
            percent(heap.peak_usage, heap.size), (int)heap.alloc_count);
    const char *const before[2][2] = {{"│    │    ", "│         "}, {"     │    ", "          "}};
    print_blocks(stream, number, task, column, before[is_last_task][is_last]);
}

static void print_task(FILE *stream, uint32_t number, const ch_task_t *task, bool is_last) {
    fprintf(stream, "%s %s: %s, CURRENT MEMORY USAGE %d, PEAK MEMORY USAGE %d, TOTAL HEAP USED %d:\n", is_last ? "└" : "├",
            task->alive ? "ALIVE" : "DELETED", task->name, (int)task->bytes, (int)task->peak, (int)task->heaps);
    for (uint32_t n = 0; n < task->heaps; n++) print_heap(stream, number, task, n, is_last);
}

void heap_caps_print_single_task_stat(FILE *stream, TaskHandle_t task_handle) {
    ch_task_t task;
    uint32_t number = asked_for(task_handle);
    if (ch_tasks_read(number, &task)) print_task(stream_or_stdout(stream), number, &task, true);
}

void heap_caps_print_all_task_stat(FILE *stream) {
    ch_task_t task = {0}, next;
    uint32_t number = ch_tasks_next(0, &task), following;
    stream = stream_or_stdout(stream);
    for (; number; number = following, task = next) {
        next = task;
        following = ch_tasks_next(number, &next);
        print_task(stream, number, &task, following == 0);
    }
}
