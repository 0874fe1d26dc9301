/* SPDX-License-Identifier: MIT */
/* See stub_kernel.h. */
#include "stub_kernel.h"

#include <sched.h>
#include <stdio.h>

#include "capheap_port.h"
#if __has_include(<task.h>)
#include <task.h>
#else
#include <freertos/task.h>
#endif

_Thread_local stub_core_t stub_core;
static struct stub_task first_task = {"first"};
struct stub_task *stub_current_task = &first_task;
long stub_scheduler_state = taskSCHEDULER_RUNNING;
stub_calls_t stub_calls;

unsigned long stub_mask(void) {
    unsigned long before = stub_core.mask;
    stub_core.mask = STUB_MASKED;
    stub_core.masks++;
    return before;
}

void stub_unmask(unsigned long state) { stub_core.mask = state; }

void stub_spin(void) { sched_yield(); }

void stub_forbidden(const char *what) {
    printf("the heap called %s\n", what);
    stub_calls.forbidden++;
}

void (*stub_assert_hook)(void);

void stub_assert_failed(void) {
    stub_calls.asserts++;
    if (stub_assert_hook) stub_assert_hook();
}

void stub_trace_malloc(const void *block, size_t size) {
    __atomic_fetch_add(&stub_calls.mallocs_traced, 1, __ATOMIC_RELAXED);
    if (stub_core.mask == STUB_MASKED) stub_forbidden("traceMALLOC in a critical section");
    __atomic_store_n(&stub_calls.traced_block, block, __ATOMIC_RELAXED);
    __atomic_store_n(&stub_calls.traced_size, size, __ATOMIC_RELAXED);
}

void stub_trace_free(const void *block, size_t size) {
    __atomic_fetch_add(&stub_calls.frees_traced, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&stub_calls.traced_block, block, __ATOMIC_RELAXED);
    __atomic_store_n(&stub_calls.traced_size, size, __ATOMIC_RELAXED);
}

void vApplicationMallocFailedHook(void);
void vApplicationMallocFailedHook(void) { stub_calls.failed_hooks++; }

TaskHandle_t xTaskGetCurrentTaskHandle(void) { return stub_current_task; }

BaseType_t xTaskGetSchedulerState(void) { return (BaseType_t)stub_scheduler_state; }

TickType_t xTaskGetTickCountFromISR(void) {
    static TickType_t ticks;
    return ++ticks;
}

char *pcTaskGetName(TaskHandle_t task) { return task->name; }

void vTaskSuspendAll(void) { stub_forbidden("vTaskSuspendAll"); }

BaseType_t xTaskResumeAll(void) {
    stub_forbidden("xTaskResumeAll");
    return pdFALSE;
}
