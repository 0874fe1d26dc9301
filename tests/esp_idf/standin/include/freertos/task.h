/* SPDX-License-Identifier: MIT */
/* Stand-in for the task.h of ESP-IDF. A task runs at once, on the stack that it was given, until it ends. */
#pragma once

#include "freertos/FreeRTOS.h"

typedef struct tskTaskControlBlock *TaskHandle_t;
typedef void (*TaskFunction_t)(void *);

BaseType_t xTaskCreate(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE depth, void *arg, UBaseType_t priority,
                       TaskHandle_t *handle);
TaskHandle_t xTaskCreateStatic(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE depth, void *arg,
                               UBaseType_t priority, StackType_t *stack, StaticTask_t *tcb);
TaskHandle_t xTaskGetCurrentTaskHandle(void);
char *pcTaskGetName(TaskHandle_t task);
void vTaskDelete(TaskHandle_t task);
void vTaskDelay(TickType_t ticks);
