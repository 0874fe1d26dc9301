/* SPDX-License-Identifier: MIT */
/*
 * What FreeRTOSConfig.h says, as numbers that are always defined; the sources of this port test them with plain `if`. The options
 * configCAPHEAP_* are this port's own; all may be left out.
 */
#pragma once

/* The sources define or call functions by their own names, not by those of the MPU wrappers. */
#define MPU_WRAPPERS_INCLUDED_FROM_API_FILE

#include "capheap_port.h"
#include "esp_heap_caps.h"

#if __has_include(<task.h>)
#include <task.h>
#else
#include <freertos/task.h>
#endif

/* configCAPHEAP_CAPS: what pvPortMalloc() asks for, and whose totals the heap statistics show. */
#ifdef configCAPHEAP_CAPS
#define CH_FREERTOS_CAPS (configCAPHEAP_CAPS)
#else
#define CH_FREERTOS_CAPS (MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT)
#endif

/* configCAPHEAP_STACK_CAPS: what pvPortMallocStack() asks for, with configSTACK_ALLOCATION_FROM_SEPARATE_HEAP. Scratchpad memory
 * next to the core would be MALLOC_CAP_SPM. */
#ifdef configCAPHEAP_STACK_CAPS
#define CH_FREERTOS_STACK_CAPS (configCAPHEAP_STACK_CAPS)
#else
#define CH_FREERTOS_STACK_CAPS CH_FREERTOS_CAPS
#endif

/* configCAPHEAP_REGION_CAPS: what the regions of vPortDefineHeapRegions() offer. */
#ifdef configCAPHEAP_REGION_CAPS
#define CH_FREERTOS_REGION_CAPS (configCAPHEAP_REGION_CAPS)
#else
#define CH_FREERTOS_REGION_CAPS (MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL | MALLOC_CAP_DEFAULT)
#endif

#if defined configUSE_MALLOC_FAILED_HOOK && configUSE_MALLOC_FAILED_HOOK
#define CH_FREERTOS_FAILED_HOOK 1
#else
#define CH_FREERTOS_FAILED_HOOK 0
#endif

/* The kernel can say which task runs ... */
#if CH_FREERTOS_CORES > 1 || (defined INCLUDE_xTaskGetCurrentTaskHandle && INCLUDE_xTaskGetCurrentTaskHandle) ||                 \
    (defined configUSE_MUTEXES && configUSE_MUTEXES)
#define CH_FREERTOS_KNOWS_TASK 1
#else
#define CH_FREERTOS_KNOWS_TASK 0
#endif

/* ... and whether one runs at all: before the start it names the task that will be first. With several cores the question takes a
 * critical section, which handlers may not. */
#if CH_FREERTOS_CORES == 1 && ((defined INCLUDE_xTaskGetSchedulerState && INCLUDE_xTaskGetSchedulerState) ||                     \
                               (defined configUSE_TIMERS && configUSE_TIMERS))
#define CH_FREERTOS_KNOWS_START 1
#else
#define CH_FREERTOS_KNOWS_START 0
#endif

/** Number of the core that runs. */
#if defined portNUM_PROCESSORS
#define CH_FREERTOS_CORE_ID() xPortGetCoreID()
#elif defined portGET_CORE_ID
#define CH_FREERTOS_CORE_ID() portGET_CORE_ID()
#else
#define CH_FREERTOS_CORE_ID() 0
#endif

/* configCAPHEAP_IN_INTERRUPT(): not 0 in an interrupt handler, for task tracking alone. Cortex-M says so itself; where nobody
 * does, a handler's blocks belong to the task that it interrupted. */
#ifdef configCAPHEAP_IN_INTERRUPT
#define CH_FREERTOS_IN_INTERRUPT() (configCAPHEAP_IN_INTERRUPT())
#elif defined __ARM_ARCH_PROFILE && __ARM_ARCH_PROFILE == 'M'
static inline int ch_freertos_ipsr(void) {
    uint32_t ipsr;
    __asm__("mrs %0, ipsr" : "=r"(ipsr));
    return (int)ipsr;
}
#define CH_FREERTOS_IN_INTERRUPT() ch_freertos_ipsr()
#else
#define CH_FREERTOS_IN_INTERRUPT() 0
#endif

/* configCAPHEAP_CYCLES(): a counter finer than the tick. */
#ifdef configCAPHEAP_CYCLES
#define CH_FREERTOS_CYCLES() configCAPHEAP_CYCLES()
#else
#define CH_FREERTOS_CYCLES() xTaskGetTickCountFromISR()
#endif

/*
 * With configUSE_MALLOC_FAILED_HOOK, defined by the application. FreeRTOS.h of some versions declares it in a source file only.
 */
void vApplicationMallocFailedHook(void);
