/* SPDX-License-Identifier: MIT */
/* What all bare-metal ports have in common: no tasks, a console and an end that the board supplies. All weak: firmware with a
 * better answer defines the function itself. */
#include <string.h>

#include "board.h"
#include "capheap/port.h"

#define WEAK __attribute__((weak))

WEAK void ch_board_print(const char *text, size_t len) {
    (void)text;
    (void)len;
}

WEAK void ch_board_stop(void) {}

WEAK const void *ch_board_stack_end(const void *frame) {
    (void)frame;
    return NULL;
}

WEAK bool ch_board_is_code(uintptr_t address) {
    (void)address;
    return false;
}

WEAK void ch_port_print(const char *text, size_t len) { ch_board_print(text, len); }

/* Without printf: its buffers may be what is damaged. */
WEAK void ch_port_fatal(const char *reason, const void *address) {
    static ch_port_lock_t never_opened = CH_PORT_LOCK_INIT;
    static const char digits[] = "0123456789abcdef";
    char where[] = " (at 0x00000000)\n";
    uintptr_t rest = (uintptr_t)address;
    (void)ch_port_lock(&never_opened);
    for (size_t i = sizeof where - 4; i > sizeof " (at 0x" - 2; i--, rest >>= 4) where[i] = digits[rest & 15];
    ch_port_print(reason, strlen(reason));
    ch_port_print(where, sizeof where - 1);
    ch_board_stop();
    for (;;) continue; /* masked: nothing could wake the core from sleep */
}

WEAK void *ch_port_task_id(void) { return NULL; }

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
