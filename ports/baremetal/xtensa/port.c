/* SPDX-License-Identifier: MIT */
/* Questions to an Xtensa core; the rest of the contract is in ../baremetal.c. Weak: firmware may define its own. */
#include "capheap/port.h"
#include "../stack.h"

#define WEAK __attribute__((weak))

/* Chips differ in what their processor number register tells the cores apart by; this is right where it counts from 0. */
WEAK unsigned ch_port_core_id(void) {
    unsigned id;
    __asm__ volatile("rsr %0, prid" : "=r"(id));
    return id & 15;
}

WEAK uint32_t ch_port_cycles(void) {
    uint32_t cycles;
    __asm__ volatile("rsr %0, ccount" : "=r"(cycles));
    return cycles;
}

/* ---- call stacks ---- */

/** Byte i of code: instruction RAM can be read by words alone. */
static uint32_t code_byte(uintptr_t address) {
    return *(const volatile uint32_t *)(address & ~(uintptr_t)3) >> 8 * (address & 3) &
           0xff; /* NOLINT(performance-no-int-to-ptr) */
}

/** call0 or callx0: what the call0 ABI has. */
static bool follows_call(uintptr_t pc) {
    if (!ch_board_is_code(pc - 3)) return false;
    if ((code_byte(pc - 3) & 0x3f) == 0x05) return true;
    return code_byte(pc - 3) == 0xc0 && code_byte(pc - 2) < 0x10 && code_byte(pc - 1) == 0;
}

/*
 * Call0 ABI: a0 is stored where a function likes, so nothing is certain beyond the first caller. The first address on the stack
 * is that one, which is known.
 */
WEAK unsigned ch_port_callers_from(const void *frame, void **callers, unsigned depth) {
    return CH_CFG_STACK_SCAN ? ch_stack_scan(frame, 1, follows_call, callers, depth) : 0;
}
