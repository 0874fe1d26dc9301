/* SPDX-License-Identifier: MIT */
/*
 * Call stacks on ESP-IDF's chips, by functions that the system has: on Xtensa always, on RISC-V if all code has frame pointers.
 * They are looked for by name, since each exists on one of the architectures alone.
 */
#include <stdbool.h>

#include "capheap/config.h"
#include "capheap/port.h"

#define WEAK __attribute__((weak))

/* RISC-V: return addresses from that of the frame's own function on. */
WEAK uint32_t esp_fp_get_callers(uint32_t frame, void **callers, void **stacks, uint32_t depth);

/* Xtensa: esp_backtrace_frame_t of esp_debug_helpers.h. `next_pc`: the return address, with the size of the call in two bits. */
typedef struct {
    uint32_t pc;
    uint32_t sp;
    uint32_t next_pc;
    const void *exc_frame;
} frame_t;

/* Writes all register windows to the stack, and tells the frame of the calling function's caller; and that of its caller. */
WEAK void esp_backtrace_get_start(uint32_t *pc, uint32_t *sp, uint32_t *next_pc);
WEAK bool esp_backtrace_get_next_frame(frame_t *frame);

#define MOST 32

static unsigned by_frame_pointers(uint32_t frame, void **callers, unsigned depth) {
    void *found[MOST + 1], *stacks[MOST + 1];
    unsigned wanted = depth < MOST ? depth + 1 : MOST + 1;
    unsigned count = esp_fp_get_callers(frame, found, stacks, wanted);
    for (unsigned i = 1; i < count; i++) callers[i - 1] = found[i];
    return count ? count - 1 : 0;
}

/** Code of these chips lies from 0x40000000 on, below 0x80000000. */
static void *address_of(uint32_t next_pc) {
    return (void *)(uintptr_t)((next_pc & 0x3fffffff) | 0x40000000); /* NOLINT(performance-no-int-to-ptr) */
}

static unsigned by_windows(uint32_t frame, void **callers, unsigned depth) {
    frame_t at = {0, 0, 0, NULL};
    unsigned found = 0;
    esp_backtrace_get_start(&at.pc, &at.sp, &at.next_pc);
    /* What is not above the function that was called is of the heap; the first above is its caller. */
    while (at.sp <= frame) {
        if (at.next_pc == 0 || !esp_backtrace_get_next_frame(&at)) return 0;
    }
    while (found < depth && at.next_pc) {
        callers[found++] = address_of(at.next_pc);
        if (!esp_backtrace_get_next_frame(&at)) break;
    }
    return found;
}

WEAK unsigned ch_port_callers_from(const void *frame, void **callers, unsigned depth) {
    uint32_t low = (uint32_t)(uintptr_t)frame;
    if (esp_backtrace_get_start && esp_backtrace_get_next_frame) return by_windows(low, callers, depth);
    return CH_CFG_FRAME_POINTERS && esp_fp_get_callers ? by_frame_pointers(low, callers, depth) : 0;
}
