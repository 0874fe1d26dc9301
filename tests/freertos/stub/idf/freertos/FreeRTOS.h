/* SPDX-License-Identifier: MIT */
/*
 * A thin stand-in for ESP-IDF's kernel: found as freertos/FreeRTOS.h only, two cores, locks of type portMUX_TYPE that know their
 * owner. As there, the critical section masks, takes the spinlock, and remembers the mask of the outermost section itself.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "stub_kernel.h"

#define configTOTAL_HEAP_SIZE ((size_t)(256 * 1024))
#define configUSE_MALLOC_FAILED_HOOK 1
#define configSTACK_ALLOCATION_FROM_SEPARATE_HEAP 1
#define configCAPHEAP_STACK_CAPS (MALLOC_CAP_DMA | MALLOC_CAP_8BIT)
#define INCLUDE_xTaskGetCurrentTaskHandle 1
#define INCLUDE_xTaskGetSchedulerState 1
#define configASSERT(x) ((x) ? (void)0 : stub_assert_failed())
#define traceMALLOC(block, size) stub_trace_malloc(block, size)
#define traceFREE(block, size) stub_trace_free(block, size)

typedef int BaseType_t;
typedef unsigned int UBaseType_t;
typedef uint32_t TickType_t;

#define pdFALSE ((BaseType_t)0)
#define pdTRUE ((BaseType_t)1)
#define portBYTE_ALIGNMENT 16
#define portNUM_PROCESSORS 4

typedef struct {
    uint32_t owner; /* 0: open, else core + 1 */
    uint32_t count; /* sections of the owner */
} portMUX_TYPE;
/* clang-format off */
#define portMUX_INITIALIZER_UNLOCKED {0, 0}
/* clang-format on */
#define portENTER_CRITICAL_SAFE(mux) stub_enter(mux)
#define portEXIT_CRITICAL_SAFE(mux) stub_exit(mux)
#define portENTER_CRITICAL(mux) stub_forbidden("portENTER_CRITICAL, for tasks only")
#define portEXIT_CRITICAL(mux) stub_forbidden("portEXIT_CRITICAL, for tasks only")

static inline BaseType_t xPortGetCoreID(void) { return (BaseType_t)stub_core.id; }

static inline void stub_enter(portMUX_TYPE *mux) {
    unsigned long before = stub_mask();
    uint32_t open = 0, me = stub_core.id + 1;
    if (__atomic_load_n(&mux->owner, __ATOMIC_RELAXED) != me) {
        while (!__atomic_compare_exchange_n(&mux->owner, &open, me, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            open = 0;
            stub_spin();
        }
    }
    mux->count++;
    if (stub_core.nesting++ == 0) stub_core.outermost = before;
}

static inline void stub_exit(portMUX_TYPE *mux) {
    if (__atomic_load_n(&mux->owner, __ATOMIC_RELAXED) != stub_core.id + 1)
        stub_forbidden("portEXIT_CRITICAL_SAFE of a lock that it does not hold");
    if (--mux->count == 0) __atomic_store_n(&mux->owner, 0, __ATOMIC_RELEASE);
    if (--stub_core.nesting == 0) stub_unmask(stub_core.outermost);
}

#include "stub_portable.h"
