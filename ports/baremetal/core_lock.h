/* SPDX-License-Identifier: MIT */
/*
 * What keeps the other cores out of a critical section, once the port has masked the interrupts of its own core.
 * CONFIG_HEAP_CORES says how many cores use the heap:
 *
 *   1      nothing: the mask is all. A lock is a byte that nobody reads, and no instruction is added
 *   more   a ticket lock: each core draws a number and waits until that number is served
 *
 *      next     5  ── the next core to come draws 5
 *      serving  3  ── the core with ticket 3 is inside, the one with 4 waits
 *      owner       ── who is inside, so that its own sections nest; depth of them
 *
 * C1  next - serving is the number of cores inside or waiting; at most the number of cores. All sums are modulo 2^32.
 * C2  owner and depth change only inside. A core finds its own name in owner exactly when it is inside itself: nobody else writes
 *     that name, and it takes it away before it leaves. So the first look at owner needs no lock.
 * C3  Cores are served in the order of their tickets: who waits lets at most the other cores go first, each for one section.
 *
 * Interrupts stay masked while a core waits. They could not be opened: a handler of this core that wanted the same lock would
 * draw a later ticket, and wait for the program that it interrupted. So the longest time with interrupts off is that of one
 * section for each core, its own included: with the 300 instructions that a section may take, 600 on two cores.
 *
 * The port header includes this file. With several cores it defines before:
 *
 *   uint32_t ch_core_name(void)           name of the core that runs, never 0; another one for each core
 *   uint32_t ch_core_draw(uint32_t *next) adds 1 atomically, returns the value before; needs no order
 *   CH_CORE_RELAX()                       in the waiting loop: a hint to the processor, or nothing. A macro, so that a board that
 *                                         knows something better can define it on the command line
 */
#pragma once

#include <stdint.h>

#include "capheap/config.h"

#if CH_CFG_CORES == 1

/** One byte that nobody reads: masking is all that one core needs. */
typedef uint8_t ch_core_lock_t;
#define CH_CORE_LOCK_INIT 0

static inline void ch_core_take(ch_core_lock_t *lock) { (void)lock; }

static inline void ch_core_give(ch_core_lock_t *lock) { (void)lock; }

/** Nobody else looks: the compiler alone could change an order. */
static inline void ch_core_fence(void) { __asm__ volatile("" : : : "memory"); }

#else

typedef struct {
    uint32_t next;
    uint32_t serving;
    uint32_t owner; /* name of the core inside; 0: nobody */
    uint32_t depth; /* sections of the owner that are open */
} ch_core_lock_t;
#define CH_CORE_LOCK_INIT                                                                                                        \
    { 0, 0, 0, 0 }

/** Takes the lock, once more if this core has it. Interrupts are masked already. An acquire. */
static inline void ch_core_take(ch_core_lock_t *lock) {
    uint32_t me = ch_core_name();
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == me) {
        lock->depth++;
        return;
    }
    uint32_t ticket = ch_core_draw(&lock->next);
    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) CH_CORE_RELAX();
    __atomic_store_n(&lock->owner, me, __ATOMIC_RELAXED);
    lock->depth = 1;
}

/** Leaves the section entered last; the outermost one lets the next core in. A release. */
static inline void ch_core_give(ch_core_lock_t *lock) {
    if (--lock->depth != 0) return;
    __atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

static inline void ch_core_fence(void) { __atomic_thread_fence(__ATOMIC_ACQ_REL); }

#endif
