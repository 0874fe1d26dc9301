/* SPDX-License-Identifier: MIT */
/* The part of the kernel's task.h that ports/freertos meets. */
#pragma once

#include "stub_kernel.h"

typedef struct stub_task *TaskHandle_t;

#define taskSCHEDULER_SUSPENDED ((BaseType_t)0)
#define taskSCHEDULER_NOT_STARTED ((BaseType_t)1)
#define taskSCHEDULER_RUNNING ((BaseType_t)2)

#define taskENTER_CRITICAL() stub_forbidden("taskENTER_CRITICAL")
#define taskEXIT_CRITICAL() stub_forbidden("taskEXIT_CRITICAL")

TaskHandle_t xTaskGetCurrentTaskHandle(void);
BaseType_t xTaskGetSchedulerState(void);
TickType_t xTaskGetTickCountFromISR(void);
char *pcTaskGetName(TaskHandle_t task);

/* Any use of these is a fault: a heap that suspends the scheduler or waits cannot be called from a handler. */
void vTaskSuspendAll(void);
BaseType_t xTaskResumeAll(void);
