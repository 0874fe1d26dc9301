/* SPDX-License-Identifier: MIT */
/*
 * Port to one RISC-V hart in machine mode, without an RTOS. The lock masks interrupts (mstatus.MIE); the state is whether they
 * were on, so that sections nest and work inside interrupt handlers. Two instructions and a mask: this is on every path.
 *
 * Needs the csr instructions: -march=..._zicsr, or -misa-spec=2.2 where the C library knows only the old names.
 * Several harts, or user mode, need a port of their own.
 */
#pragma once

#include <stdint.h>

/** One byte that nobody reads: masking is all that one hart needs. */
typedef uint8_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT 0

/** mstatus as it was. */
typedef uint32_t ch_port_state_t;

/** Bit of mstatus that lets interrupts through. */
#define CH_PORT_MSTATUS_MIE 8

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    uint32_t before;
    (void)lock;
    __asm__ volatile("csrrci %0, mstatus, %1" : "=r"(before) : "i"(CH_PORT_MSTATUS_MIE) : "memory");
    return before;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)lock;
    __asm__ volatile("csrs mstatus, %0" : : "r"(state & CH_PORT_MSTATUS_MIE) : "memory");
}

static inline void ch_port_fence(void) { __asm__ volatile("" : : : "memory"); }
