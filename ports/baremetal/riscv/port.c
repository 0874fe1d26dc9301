/* SPDX-License-Identifier: MIT */
/* Questions to a RISC-V hart; the rest of the contract is in ../baremetal.c. Weak: firmware may define its own. */
#include "capheap/port.h"
#include "../stack.h"

#define WEAK __attribute__((weak))

uint32_t esp_fp_get_callers(uint32_t frame, void **callers, void **stacks, uint32_t depth); /* the name that ESP-IDF has */

WEAK unsigned ch_port_core_id(void) {
    unsigned hart;
    __asm__ volatile("csrr %0, mhartid" : "=r"(hart));
    return hart;
}

WEAK uint32_t ch_port_cycles(void) {
    uint32_t cycles;
    __asm__ volatile("csrr %0, mcycle" : "=r"(cycles));
    return cycles;
}

/* ---- call stacks ---- */

/** jal or jalr with ra, long or short. Instructions are read by halves, as they are aligned. */
static bool follows_call(uintptr_t pc) {
    if (pc & 1 || !ch_board_is_code(pc - 4)) return false;
    const uint16_t *code = (const uint16_t *)pc; /* NOLINT(performance-no-int-to-ptr) */
    uint32_t half = code[-1], word = code[-2] | half << 16;
    if ((half & 0xf07f) == 0x9002 && half >> 7 & 31) return true; /* c.jalr */
    if ((half & 0xe003) == 0x2001) return true;                   /* c.jal */
    return (word & 0xfff) == 0x0ef || (word & 0x7fff) == 0x00e7;
}

/*
 * A function that keeps a frame pointer has stored, below where that points, its return address and its caller's frame pointer:
 *
 *      s0 ─►  ... caller's frame
 *      -4     return address
 *      -8     caller's s0 ─► next frame
 *
 * A frame lies above the one before, inside the stack, and its return address is behind a call: whatever is found in s0 that was
 * no frame pointer ends the list.
 */
WEAK uint32_t esp_fp_get_callers(uint32_t frame, void **callers, void **stacks, uint32_t depth) {
    uintptr_t fp = frame, end = (uintptr_t)ch_board_stack_end((const void *)fp); /* NOLINT(performance-no-int-to-ptr) */
    uint32_t found = 0;
    while (found < depth && !(fp & 3) && fp <= end) {
        const uintptr_t *saved = (const uintptr_t *)fp; /* NOLINT(performance-no-int-to-ptr) */
        if (!ch_board_is_code(saved[-1]) || !follows_call(saved[-1])) break;
        callers[found] = (void *)saved[-1];     /* NOLINT(performance-no-int-to-ptr) */
        if (stacks) stacks[found] = (void *)fp; /* NOLINT(performance-no-int-to-ptr) */
        found++;
        if (saved[-2] <= fp) break;
        fp = saved[-2];
    }
    return found;
}

WEAK unsigned ch_port_callers_from(const void *frame, void **callers, unsigned depth) {
    const uintptr_t *saved = frame;
    if (!CH_CFG_FRAME_POINTERS) return CH_CFG_STACK_SCAN ? ch_stack_scan(frame, 0, follows_call, callers, depth) : 0;
    return saved[-2] > (uintptr_t)frame ? esp_fp_get_callers((uint32_t)saved[-2], callers, NULL, depth) : 0;
}
