/* SPDX-License-Identifier: MIT */
/*
 * Port to RISC-V harts in machine mode, without an RTOS. The lock masks interrupts (mstatus.MIE); the state is whether they
 * were on, so that sections nest and work inside interrupt handlers. Two instructions and a mask: this is on every path. With
 * several harts (CONFIG_HEAP_CORES) a ticket lock is behind the mask, which needs the A extension: ../core_lock.h.
 *
 * Needs the csr instructions: -march=..._zicsr, or -misa-spec=2.2 where the C library knows only the old names.
 * User mode needs a port of its own.
 */
#pragma once

#include <stdint.h>

#include "capheap/config.h"

/** The pause hint of Zihintpause; a fence without effect to harts that do not know it. */
#ifndef CH_CORE_RELAX
#define CH_CORE_RELAX() __asm__ volatile(".word 0x0100000f")
#endif

#if CH_CFG_CORES > 1
#ifndef __riscv_atomic
#error "CONFIG_HEAP_CORES > 1 needs the A extension (-march=rv32imac): harts without it can't make a lock of memory alone. \
Write a port whose lock takes one of the chip's hardware semaphores (ports/template), or let one core alone use the heap."
#endif

static inline uint32_t ch_core_name(void) {
    uint32_t hart;
    __asm__ volatile("csrr %0, mhartid" : "=r"(hart));
    return hart + 1;
}

static inline uint32_t ch_core_draw(uint32_t *next) { return __atomic_fetch_add(next, 1u, __ATOMIC_RELAXED); }
#endif

#include "../core_lock.h"

#define CH_PORT_ONE_CORE (CH_CFG_CORES == 1)

typedef ch_core_lock_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT CH_CORE_LOCK_INIT

/** mstatus as it was. */
typedef uint32_t ch_port_state_t;

/** Bit of mstatus that lets interrupts through. */
#define CH_PORT_MSTATUS_MIE 8

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    uint32_t before;
    __asm__ volatile("csrrci %0, mstatus, %1" : "=r"(before) : "i"(CH_PORT_MSTATUS_MIE) : "memory");
    ch_core_take(lock);
    return before;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    ch_core_give(lock);
    __asm__ volatile("csrs mstatus, %0" : : "r"(state & CH_PORT_MSTATUS_MIE) : "memory");
}

static inline void ch_port_fence(void) { ch_core_fence(); }
