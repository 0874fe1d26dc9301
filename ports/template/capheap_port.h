/* SPDX-License-Identifier: MIT */
/*
 * The empty form of a port header. Copy this folder to ports/<yours>, then work through the five steps below; README.md says how
 * to test each. As it stands it compiles and works for one core and no interrupts.
 */
#pragma once

#include <stdint.h>

/*
 * Step 1: the lock. One of these lies in every heap; the library only hands its address around.
 *   one core:       one byte, because C has no empty struct. Masking interrupts does all the work.
 *   several cores:  a fair spinlock, and which core has it how many times: ports/baremetal/core_lock.h is one to include, or to
 *                   learn from where the chip's own semaphores must be used.
 *   an RTOS:        its spinlock or critical-section type. A mutex that may sleep keeps interrupt handlers off the heap.
 * CH_PORT_LOCK_INIT initializes a static one to "open".
 */
typedef uint8_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT 0

/*
 * Step 2: the state. What ch_port_lock() must hand to ch_port_unlock(): the interrupt mask before, so that sections nest and a
 * section inside an interrupt handler does not open interrupts when it ends.
 */
typedef uint32_t ch_port_state_t;

/*
 * Step 3: enter. In this order: read the interrupt mask, mask the interrupts whose handlers use the heap, take the spinlock if
 * there are several cores (acquire). Sections of other locks may be open already, and sections of this one on the core that has
 * it: then it only counts. Interrupts stay masked while it waits.
 * The "memory" clobber keeps the compiler from moving accesses out of the section. This runs in every call: a few instructions.
 */
static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    (void)lock;
    __asm__ volatile("" : : : "memory");
    return 0;
}

/*
 * Step 4: leave. The reverse order: release the spinlock at the last of its sections, then put the interrupt mask back as it was.
 */
static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)lock;
    (void)state;
    __asm__ volatile("" : : : "memory");
}

/*
 * Step 5: the fence. For other cores accesses before it come before accesses after it, but that stores may come after later
 * loads. One core: a compiler barrier, as here. Several cores: C11's atomic_thread_fence(memory_order_acq_rel), or the machine's
 * fence.
 */
static inline void ch_port_fence(void) { __asm__ volatile("" : : : "memory"); }
