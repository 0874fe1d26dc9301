/* SPDX-License-Identifier: MIT */
/*
 * Port to Cortex-M cores in privileged mode, without an RTOS. The lock masks interrupts (PRIMASK); the state is PRIMASK as it
 * was, so that sections nest and work inside interrupt handlers. Faults and NMI still come: they may not use the heap.
 *
 * With several cores (CONFIG_HEAP_CORES) a ticket lock is behind the mask: ../core_lock.h. It needs ldrex and strex (Cortex-M3
 * and up, M23) to work between the cores, so the locks must lie in memory that the chip shares between them (descriptors of heaps
 * lie in the first region with 8BIT and INTERNAL); and the board tells the cores apart by ch_board_core_id(), as the architecture
 * does not.
 */
#pragma once

#include <stdint.h>

#include "capheap/config.h"

#ifndef CH_CORE_RELAX
#define CH_CORE_RELAX() __asm__ volatile("yield")
#endif

#if CH_CFG_CORES > 1
#if !(defined __ARM_FEATURE_LDREX && (__ARM_FEATURE_LDREX & 4))
#error "CONFIG_HEAP_CORES > 1 needs ldrex and strex, which ARMv6-M (Cortex-M0, M0+, as in the RP2040) lacks: \
write a port whose lock takes one of the chip's hardware spinlocks (ports/template), or let one core alone use the heap."
#endif

#include "../board.h"

static inline uint32_t ch_core_name(void) { return ch_board_core_id() + 1; }

static inline uint32_t ch_core_draw(uint32_t *next) { return __atomic_fetch_add(next, 1u, __ATOMIC_RELAXED); }
#endif

#include "../core_lock.h"

#define CH_PORT_ONE_CORE (CH_CFG_CORES == 1)

typedef ch_core_lock_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT CH_CORE_LOCK_INIT

/** PRIMASK as it was: 1 masked, 0 open. */
typedef uint32_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    uint32_t before;
    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(before) : : "memory");
    ch_core_take(lock);
    return before;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    ch_core_give(lock);
    __asm__ volatile("msr primask, %0" : : "r"(state) : "memory");
}

static inline void ch_port_fence(void) { ch_core_fence(); }
