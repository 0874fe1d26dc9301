/* SPDX-License-Identifier: MIT */
/* Stand-ins: tasks. A task runs at once, on its own stack, until it ends. */
#include <stdlib.h>
#include <ucontext.h>

#include "freertos/task.h"

struct tskTaskControlBlock {
    ucontext_t *here, *back;
    TaskFunction_t code;
    void *arg;
    const char *name;
};

_Static_assert(sizeof(struct tskTaskControlBlock) <= sizeof(StaticTask_t), "a task fits its block");

static TaskHandle_t current;

static void enter(void) {
    current->code(current->arg);
    vTaskDelete(NULL);
}

static void run(TaskHandle_t task, void *stack, size_t bytes) {
    ucontext_t here, back;
    TaskHandle_t before = current;
    getcontext(&here);
    here.uc_stack.ss_sp = stack;
    here.uc_stack.ss_size = bytes;
    task->here = &here;
    task->back = &back;
    makecontext(&here, enter, 0);
    current = task;
    swapcontext(&back, &here);
    current = before;
}

TaskHandle_t xTaskGetCurrentTaskHandle(void) { return current; }

char *pcTaskGetName(TaskHandle_t task) { return (char *)(task ? task : current)->name; }

void vTaskDelete(TaskHandle_t task) {
    if (task && task != current) return; /* ended long ago */
    swapcontext(current->here, current->back);
}

void vTaskDelay(TickType_t ticks) { (void)ticks; }

TaskHandle_t xTaskCreateStatic(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE depth, void *arg,
                               UBaseType_t priority, StackType_t *stack, StaticTask_t *tcb) {
    (void)priority;
    if (!stack || !tcb) return NULL;
    TaskHandle_t task = (TaskHandle_t)(void *)tcb;
    task->code = code;
    task->arg = arg;
    task->name = name;
    run(task, stack, depth);
    return task;
}

BaseType_t xTaskCreate(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE depth, void *arg, UBaseType_t priority,
                       TaskHandle_t *handle) {
    StackType_t *stack = pvPortMalloc(depth);
    StaticTask_t *tcb = pvPortMalloc(sizeof *tcb);
    TaskHandle_t task = xTaskCreateStatic(code, name, depth, arg, priority, stack, tcb);
    if (handle) *handle = NULL; /* it has ended */
    vPortFree(tcb);
    vPortFree(stack);
    return task ? pdPASS : -1;
}
