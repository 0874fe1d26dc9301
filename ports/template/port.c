/* SPDX-License-Identifier: MIT */
/*
 * The empty form of a port source: the seven functions of capheap/port.h. They are weak, so that firmware and tests can replace
 * one without editing the port. None may use the heap, and all may be called in any context.
 */
#include "capheap/port.h"

#define WEAK __attribute__((weak))

/* Write len characters (no terminating zero) to the console: a UART polled, a debug channel. Called outside critical sections. */
WEAK void ch_port_print(const char *text, size_t len) {
    (void)text;
    (void)len;
}

/* The heap found a fault and has printed it. Leave a record, stop the other cores, reset or halt. Must not return. */
WEAK void ch_port_fatal(const char *reason, const void *address) {
    (void)reason;
    (void)address;
    for (;;) __asm__ volatile("");
}

/* 0 on the first core, 1 on the second, ... */
WEAK unsigned ch_port_core_id(void) { return 0; }

/* Handle of the running task: whatever tells one from another. NULL before the scheduler runs and where there are no tasks. */
WEAK void *ch_port_task_id(void) { return NULL; }

/* A free-running counter, the finest there is; it may wrap. */
WEAK uint32_t ch_port_cycles(void) { return 0; }

/*
 * Differs from boot to boot: a random source, if there is one. Level `hardened` makes its keys of it; without that nobody asks.
 */
WEAK uint32_t ch_port_random(void) { return ch_port_cycles() * 0x9E3779B1u; }

/*
 * Return addresses of the callers, innermost first. Writing none and returning 0 is a full answer: leak records then lack them.
 */
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
