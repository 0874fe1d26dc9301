/* SPDX-License-Identifier: MIT */
/*
 * Port to ESP-IDF's chips. A lock is the spinlock of its FreeRTOS: interrupts up to the level of C handlers are masked, then the
 * other core is kept out; legal in tasks, in handlers and before the scheduler runs. The kernel counts how deep sections nest and
 * remembers the mask, so nothing has to be kept here.
 *
 * Headers of ESP-IDF stand in angle brackets, ours in quotes.
 */
#pragma once

#include <freertos/FreeRTOS.h>
#include <stdatomic.h>
#include <stdint.h>

typedef portMUX_TYPE ch_port_lock_t;
#define CH_PORT_LOCK_INIT portMUX_INITIALIZER_UNLOCKED

/** multi_heap_set_lock() takes a portMUX_TYPE. */
#define CH_PORT_LOCK_KEEPS_STATE 1

/** Nothing to remember: the kernel does. */
typedef uint8_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    portENTER_CRITICAL_SAFE(lock);
    return 0;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)state;
    portEXIT_CRITICAL_SAFE(lock);
}

static inline void ch_port_fence(void) { atomic_thread_fence(memory_order_acq_rel); }

/* CH_PORT_SILENT: programs whose assertions say nothing, to save flash, end without the reason of a fault too. */
#ifdef CONFIG_COMPILER_OPTIMIZATION_ASSERTIONS_SILENT
#define CH_PORT_SILENT 1
#else
#define CH_PORT_SILENT 0
#endif
