/* SPDX-License-Identifier: MIT */
/*
 * A thin stand-in for the kernel's FreeRTOS.h: the types, macros and functions that ports/freertos meets, written from the
 * kernel's documentation, over the state in stub_kernel.h. It is what a kernel looks like from outside, and no kernel. -D chooses
 * its form:
 *
 *   STUB_V10                a kernel before V11: no options of cores, no counters of cores
 *   STUB_NO_MASK            a kernel port that cannot save the interrupt mask
 *   STUB_PLAIN_CONFIG       a FreeRTOSConfig.h that leaves out all it may
 *   configNUMBER_OF_CORES   as in V11
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "stub_kernel.h"

/* ---- FreeRTOSConfig.h ---- */

#define configTOTAL_HEAP_SIZE ((size_t)(256 * 1024))

#ifndef STUB_PLAIN_CONFIG
#define configUSE_MALLOC_FAILED_HOOK 1
#define configUSE_TIMERS 1
#define INCLUDE_xTaskGetCurrentTaskHandle 1
#define configSTACK_ALLOCATION_FROM_SEPARATE_HEAP 1
#define configCAPHEAP_STACK_CAPS (MALLOC_CAP_DMA | MALLOC_CAP_8BIT)
#define configASSERT(x) ((x) ? (void)0 : stub_assert_failed())
#define traceMALLOC(block, size) stub_trace_malloc(block, size)
#define traceFREE(block, size) stub_trace_free(block, size)
#endif

#define configCAPHEAP_SPIN() stub_spin()

#ifdef STUB_OWN_MASK
#define configCAPHEAP_MASK() stub_mask()
#define configCAPHEAP_UNMASK(state) stub_unmask(state)
#define STUB_NO_MASK
#endif

/* ---- portmacro.h ---- */

typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t;
typedef uintptr_t StackType_t;
typedef void (*TaskFunction_t)(void *);

#define pdFALSE ((BaseType_t)0)
#define pdTRUE ((BaseType_t)1)
#ifndef portBYTE_ALIGNMENT
#define portBYTE_ALIGNMENT 8
#endif

#ifndef STUB_NO_MASK
#define portSET_INTERRUPT_MASK_FROM_ISR() stub_mask()
#define portCLEAR_INTERRUPT_MASK_FROM_ISR(state) stub_unmask(state)
#endif
#define portENTER_CRITICAL() stub_forbidden("portENTER_CRITICAL")
#define portEXIT_CRITICAL() stub_forbidden("portEXIT_CRITICAL")

/* ---- what FreeRTOS.h adds where nothing was said ---- */

#ifndef STUB_V10
#ifndef configNUMBER_OF_CORES
#define configNUMBER_OF_CORES 1
#endif
#if configNUMBER_OF_CORES > 1
#define portSET_INTERRUPT_MASK() stub_mask()
#define portCLEAR_INTERRUPT_MASK(state) stub_unmask(state)
#define portGET_CORE_ID() ((BaseType_t)stub_core.id)
#else
#define portGET_CORE_ID() 0
#endif
#endif

#ifndef portSET_INTERRUPT_MASK_FROM_ISR
#define portSET_INTERRUPT_MASK_FROM_ISR() 0
#define portCLEAR_INTERRUPT_MASK_FROM_ISR(state) (void)(state)
#endif
#ifndef configASSERT
#define configASSERT(x)
#endif
#ifndef traceMALLOC
#define traceMALLOC(block, size)
#define traceFREE(block, size)
#endif
#ifndef INCLUDE_xTaskGetCurrentTaskHandle
#define INCLUDE_xTaskGetCurrentTaskHandle 0
#endif

#include "stub_portable.h"
