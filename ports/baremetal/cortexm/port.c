/* SPDX-License-Identifier: MIT */
/* Questions to a Cortex-M core; the rest of the contract is in ../baremetal.c. Weak: firmware may define its own. */
#include "capheap/port.h"
#include "../stack.h"
#include "board.h"

#define WEAK __attribute__((weak))

WEAK unsigned ch_port_core_id(void) { return CH_CFG_CORES > 1 ? ch_board_core_id() : 0; }

/* The trace unit's cycle counter: counts once firmware has set DEMCR.TRCENA and DWT_CTRL.CYCCNTENA, else reads 0. */
WEAK uint32_t ch_port_cycles(void) { return *(const volatile uint32_t *)0xe0001004u; }

/* ---- call stacks ---- */

/** bl, or blx with a register. Thumb code, whose addresses are odd. */
static bool follows_call(uintptr_t pc) {
    if (!(pc & 1) || !ch_board_is_code(pc - 5)) return false;
    const uint16_t *code = (const uint16_t *)(pc - 1); /* NOLINT(performance-no-int-to-ptr) */
    if ((code[-1] & 0xff87) == 0x4780) return true;
    return (code[-2] & 0xf800) == 0xf000 && (code[-1] & 0xd000) == 0xd000;
}

/*
 * Gcc's frame pointers point to the low end of a frame, at no fixed distance from what was saved there: they lead nowhere. So
 * nothing is certain beyond the first caller. The first address on the stack is that one, which is known.
 */
WEAK unsigned ch_port_callers_from(const void *frame, void **callers, unsigned depth) {
    return CH_CFG_STACK_SCAN ? ch_stack_scan(frame, 1, follows_call, callers, depth) : 0;
}
