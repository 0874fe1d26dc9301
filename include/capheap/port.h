/* SPDX-License-Identifier: MIT */
/*
 * What a port supplies: a header capheap_port.h, found by the include path (ports/posix, ports/baremetal/riscv, ...), and a
 * source file for what is not inline. ports/template has the empty form with instructions.
 *
 * The port header defines, with these names:
 *
 *   ch_port_lock_t         type of a lock; an empty struct is not C: a single core needs one byte it never uses
 *   CH_PORT_LOCK_INIT      static initializer of an open lock
 *   CH_PORT_LOCK_KEEPS_STATE  (optional) the lock remembers depth and interrupt state by itself: see multi_heap_platform.h
 *   CH_PORT_ONE_CORE       (optional) 1: only one core uses the heap, so nobody need ask for its number
 *   ch_port_state_t        what ch_port_lock() returns for ch_port_unlock(): the interrupt state before
 *   static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock)
 *   static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state)
 *                          Masks the interrupts that may use the heap, then takes the lock; and the reverse. The compiler may not
 *                          move memory accesses across either. With several cores a lock is an acquire and a release.
 *
 *                          Sections nest, last entered first left: of different locks, and of one lock on the core (in the
 *                          thread) that has it. The library itself needs neither; who holds a lock by multi_heap_internal_lock()
 *                          does when it calls the heap.
 *
 *                          Waiting is bounded: a core waits for at most one section of each other core. Handlers of every core
 *                          may use the heap; a handler can never find its own core's program waiting with a place in the queue.
 *   static inline void ch_port_fence(void)
 *                          For data that is read without a lock. Accesses before it come before accesses after it for other
 *                          cores, but that stores may come after later loads: the writer puts it between the data and the word
 *                          that makes them known, the reader between that word and the data. A compiler barrier on one core.
 *
 * and the port source defines the functions below. None of them may use the heap.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "capheap_port.h"

#ifndef CH_PORT_ONE_CORE
#define CH_PORT_ONE_CORE 0
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Writes len characters of text to the low-level console, without a terminating zero. Any context. */
void ch_port_print(const char *text, size_t len);

/**
 * Ends the program after a fault that the heap found; the report has been printed already.
 *
 * @param reason  one line of text without a newline
 * @param address what the fault is about: a pointer given to free, a block; NULL if nothing
 */
__attribute__((noreturn)) void ch_port_fatal(const char *reason, const void *address);

/** Number of the core that calls, from 0. */
unsigned ch_port_core_id(void);

/** Identity of the task that calls; NULL before the scheduler runs and where there are no tasks. */
void *ch_port_task_id(void);

/*
 * The next two are asked by task tracking, the first by the trace stream too, and may be missing: then tasks are named by their
 * handles, and what an interrupt handler allocates belongs to the task that it interrupted.
 */

/** Name of a task that is living, as ch_port_task_id() named it; NULL: it has none. Text that lives until the task ends. */
__attribute__((weak)) const char *ch_port_task_name(const void *task);

/** Whether an interrupt handler calls. Any value but 0 means yes. */
__attribute__((weak)) int ch_port_in_interrupt(void);

/** A counter that grows with time: processor cycles where there is such a counter. Wraps. */
uint32_t ch_port_cycles(void);

/**
 * A number that differs from boot to boot, and that nobody can tell beforehand: as good as the machine can, from its random
 * source if it has one, or stirred from counters and what RAM held at start. Asked a few times before the first heap is made, at
 * detection level `hardened` alone, whose keys are made of it.
 */
uint32_t ch_port_random(void);

/** Writes up to depth return addresses of the caller's callers, innermost first; returns how many. 0 where the port cannot. */
unsigned ch_port_callers(void **callers, unsigned depth);

/**
 * The same for a function that is known by its frame, __builtin_frame_address(0) in it: writes where its caller returns to, that
 * one's caller, and so on. Called for each recorded allocation if more than one address is wanted of it
 * (CONFIG_HEAP_TRACING_STACK_DEPTH): any context, bounded time, never a read outside of the stack. An address that is not certain
 * is left out, unless CONFIG_HEAP_STACK_SCAN asks for guesses.
 */
unsigned ch_port_callers_from(const void *frame, void **callers, unsigned depth);

#ifdef __cplusplus
}
#endif
