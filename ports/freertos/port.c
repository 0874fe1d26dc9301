/* SPDX-License-Identifier: MIT */
/* The functions of capheap/port.h on FreeRTOS. All are weak: firmware with a better answer defines the function itself. */
#include <string.h>

#include "capheap/port.h"
#include "capheap_freertos.h"
#include "freertos_options.h"

#define WEAK __attribute__((weak))

/* FreeRTOS has no console of its own. */
WEAK void ch_port_print(const char *text, size_t len) {
    (void)text;
    (void)len;
}

/* Without printf: its buffers may be what is damaged. Then whatever the application does on a failed assertion. */
WEAK void ch_port_fatal(const char *reason, const void *address) {
    static ch_port_lock_t never_opened = CH_PORT_LOCK_INIT;
    static const char digits[] = "0123456789abcdef";
    char where[] = " (at 0x00000000)\n";
    uintptr_t rest = (uintptr_t)address;
    (void)ch_port_lock(&never_opened);
    for (size_t i = sizeof where - 4; i > sizeof " (at 0x" - 2; i--, rest >>= 4) where[i] = digits[rest & 15];
    ch_port_print(reason, strlen(reason));
    ch_port_print(where, sizeof where - 1);
    configASSERT(address == &never_opened); /* never true */
    for (;;) __asm__ volatile("");
}

WEAK unsigned ch_port_core_id(void) { return (unsigned)CH_FREERTOS_CORE_ID(); }

/* In an interrupt handler: the task that it interrupted. */
WEAK void *ch_port_task_id(void) {
    if (!CH_FREERTOS_KNOWS_TASK) return NULL;
    if (CH_FREERTOS_KNOWS_START && xTaskGetSchedulerState() == taskSCHEDULER_NOT_STARTED) return NULL;
    return (void *)xTaskGetCurrentTaskHandle();
}

const char *ch_freertos_task_name(const void *task) { return task ? pcTaskGetName((TaskHandle_t)(uintptr_t)task) : "startup"; }

WEAK const char *ch_port_task_name(const void *task) { return pcTaskGetName((TaskHandle_t)(uintptr_t)task); }

WEAK int ch_port_in_interrupt(void) { return CH_FREERTOS_IN_INTERRUPT(); }

WEAK uint32_t ch_port_cycles(void) { return (uint32_t)CH_FREERTOS_CYCLES(); }

/*
 * No random source: what the stack held before, where it is, and how long starting took. A board that has better defines its own.
 */
WEAK uint32_t ch_port_random(void) {
    static uint32_t sum;
    uint32_t stale[16];
    __asm__ volatile("" : "=m"(stale)); /* as it is */
    sum ^= (uint32_t)(uintptr_t)stale;
    for (unsigned i = 0; i < sizeof stale / sizeof stale[0]; i++) {
        sum = (sum ^ stale[i] ^ ch_port_cycles()) * 0x9E3779B1u;
        sum ^= sum >> 15;
    }
    return sum;
}

WEAK unsigned ch_port_callers(void **callers, unsigned depth) {
    (void)callers;
    (void)depth;
    return 0;
}

WEAK unsigned ch_port_callers_from(const void *frame, void **callers, unsigned depth) {
    (void)frame;
    (void)callers;
    (void)depth;
    return 0;
}
