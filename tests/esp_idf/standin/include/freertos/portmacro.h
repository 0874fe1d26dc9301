/* SPDX-License-Identifier: MIT */
/* Stand-in for the portmacro.h of ESP-IDF's FreeRTOS. Critical sections check that they are left in the order of entering. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define configSTACK_DEPTH_TYPE uint32_t
#define configMAX_TASK_NAME_LEN 16
#define portNUM_PROCESSORS 2
#define tskNO_AFFINITY 0x7FFFFFFF
#define portTICK_PERIOD_MS 10
#define pdMS_TO_TICKS(ms) ((TickType_t)(ms) / portTICK_PERIOD_MS)

typedef int BaseType_t;
typedef unsigned UBaseType_t;
typedef uint32_t TickType_t;
typedef uint8_t StackType_t;

typedef struct {
    uint32_t owner;
    uint32_t count;
} spinlock_t;
typedef spinlock_t portMUX_TYPE;

#define SPINLOCK_FREE 0xB33FFFFFu
#define portMUX_INITIALIZER_UNLOCKED                                                                                             \
    { .owner = SPINLOCK_FREE, .count = 0 }

/** Any context; a core may enter again what it is in. Sections that are left in the wrong order end the program. */
void vPortEnterCriticalSafe(portMUX_TYPE *mux);
void vPortExitCriticalSafe(portMUX_TYPE *mux);
#define portENTER_CRITICAL_SAFE(mux) vPortEnterCriticalSafe(mux)
#define portEXIT_CRITICAL_SAFE(mux) vPortExitCriticalSafe(mux)
#define portENTER_CRITICAL(mux) vPortEnterCriticalSafe(mux)
#define portEXIT_CRITICAL(mux) vPortExitCriticalSafe(mux)

BaseType_t xPortGetCoreID(void);
bool xPortInIsrContext(void);
