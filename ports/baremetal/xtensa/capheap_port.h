/* SPDX-License-Identifier: MIT */
/*
 * Port to Xtensa cores in their privileged mode, without an RTOS. The lock raises the interrupt level (PS.INTLEVEL); the state is
 * PS as it was, so that sections nest and work inside interrupt handlers.
 *
 * With several cores (CONFIG_HEAP_CORES) a ticket lock is behind the mask: ../core_lock.h. It needs the instruction s32c1i, which
 * most cores made to work in pairs have (ESP32, ESP32-S3), allowed by ATOMCTL for the memory where the locks lie: descriptors of
 * heaps lie in the first region with 8BIT and INTERNAL, and that must not be memory behind a bus that lacks it, such as external
 * RAM. The cores are told apart by PRID.
 */
#pragma once

#include <stdint.h>

#include "capheap/config.h"

/* Level up to which the lock masks: handlers above it may not use the heap. 15: all but the non-maskable one. Firmware whose
 * handlers above level 3 leave the heap alone may choose 3, as C code runs up to there. */
#ifndef CH_PORT_XTENSA_LEVEL
#define CH_PORT_XTENSA_LEVEL 15
#endif

#ifndef CH_CORE_RELAX
#define CH_CORE_RELAX() __asm__ volatile("nop")
#endif

#if CH_CFG_CORES > 1
static inline uint32_t ch_core_name(void) {
    uint32_t processor;
    __asm__ volatile("rsr %0, prid" : "=r"(processor));
    return processor + 1;
}

/**
 * s32c1i stores a value where there is what scompare1 holds, and gives what there was. Bytes: compilers for the lx106 do not know
 * it.
 */
static inline uint32_t ch_core_draw(uint32_t *next) {
    register uint32_t before __asm__("a8"), seen __asm__("a9");
    register uint32_t *place __asm__("a10") = next;
    do {
        before = __atomic_load_n(place, __ATOMIC_RELAXED);
        seen = before + 1;
        __asm__ volatile(".byte 0x80, 12, 0x13\n\trsync\n\t" /* wsr a8, scompare1 */
                         ".byte 0x92, 0xea, 0x00"            /* s32c1i a9, a10, 0 */
                         : "+r"(seen)
                         : "r"(before), "r"(place)
                         : "memory");
    } while (seen != before);
    return before;
}
#endif

#include "../core_lock.h"

#define CH_PORT_ONE_CORE (CH_CFG_CORES == 1)

typedef ch_core_lock_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT CH_CORE_LOCK_INIT

/** PS as it was. */
typedef uint32_t ch_port_state_t;

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    uint32_t before;
    __asm__ volatile("rsil %0, %1" : "=r"(before) : "i"(CH_PORT_XTENSA_LEVEL) : "memory");
    ch_core_take(lock);
    return before;
}

/* Interrupts that came meanwhile are taken after the rsync, not some instructions later. */
static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    ch_core_give(lock);
    __asm__ volatile("wsr %0, ps\n\trsync" : : "r"(state) : "memory");
}

static inline void ch_port_fence(void) { ch_core_fence(); }
