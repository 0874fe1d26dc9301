/* SPDX-License-Identifier: MIT */
/* The station's scheduler and its clock; and the way that the trace takes out of it. firmware.h says what the tasks do. */
#include <stdio.h>
#include <stdlib.h>

#include "capheap/chip.h"
#include "capheap/port.h"
#include "capheap/trace_stream.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_heap_task_info.h"
#include "esp_heap_trace.h"
#include "firmware.h"

enum { LIFE = 60 /* seconds */ };

typedef struct {
    const char *name;
    void (*run)(unsigned second);
    unsigned every, first; /* seconds */
} task_t;

static const task_t tasks[] = {
    {"wifi", wifi_run, 15, 2},       {"settings", settings_run, 12, 5}, {"sensor", sensor_run, 1, 0},
    {"display", display_run, 12, 6}, {"journal", journal_run, 4, 3},
};
enum { TASKS = sizeof tasks / sizeof tasks[0] };

/* ---- what the heap asks of an operating system ---- */

static const task_t *running; /* NULL: before the first task */
static uint32_t now;          /* microseconds */

void *ch_port_task_id(void) { return (void *)(uintptr_t)running; }
const char *ch_port_task_name(const void *task) { return ((const task_t *)task)->name; }
uint32_t ch_port_cycles(void) { return now += 3; }
void wait_ms(unsigned ms) { now += ms * 1000; }

/* ---- a minute ---- */

static void run(const task_t *task, unsigned second) {
    running = task;
    task->run(second);
    running = NULL;
    ch_trace_drain(output_write, NULL); /* firmware with a scheduler does this in a task or an idle hook */
}

static void live(void) {
    for (unsigned second = 0; second < LIFE; second++) {
        now = second * 1000000;
        for (size_t i = 0; i < TASKS; i++)
            if (second % tasks[i].every == tasks[i].first % tasks[i].every) run(&tasks[i], second);
    }
}

static void begin_trace(void) {
    ch_trace_clock_rate(1000000);
    heap_trace_init_tohost();
    heap_trace_start(HEAP_TRACE_ALL);
    ch_trace_info("firmware", "weather station 1.0");
    ch_trace_info("chip", ch_chip.name);
}

static void switch_off(void) {
    running = &tasks[2];
    sensor_send();
    running = &tasks[4];
    journal_run(LIFE);
    running = NULL;
    ch_trace_mark("off");
}

static void end_trace(void) {
    heap_trace_stop();
    ch_trace_drain(output_write, NULL);
    if (ch_trace_lost()) printf("leak: the trace has lost %u events\n", (unsigned)ch_trace_lost());
}

int main(int argc, char **argv) {
    if (!output_machine() || !output_open(argc, argv)) return EXIT_FAILURE;
    heap_caps_init();
    begin_trace();
    size_t before = heap_caps_get_free_size(MALLOC_CAP_DEFAULT);
    printf("weather station on %s\n", ch_chip.name);
    live();
    switch_off();
    size_t after = heap_caps_get_free_size(MALLOC_CAP_DEFAULT);
    printf("free at start %lu bytes, after a minute %lu: %ld bytes are gone\n\n", (unsigned long)before, (unsigned long)after,
           (long)before - (long)after);
    heap_caps_print_all_task_stat_overview(stdout);
    end_trace();
    return EXIT_SUCCESS;
}
