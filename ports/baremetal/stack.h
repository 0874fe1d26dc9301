/* SPDX-License-Identifier: MIT */
/*
 * Return addresses found by looking through a stack: every word that points behind a call instruction of the program counts as
 * one. Most are. But a frame can have room that its function has not written to yet, with a return address of an earlier call in
 * it: so a list may have addresses too many, and never too few, as far as it reaches (CONFIG_HEAP_STACK_SCAN, docs/TRACING.md).
 */
#pragma once

#include "board.h"
#include "capheap/config.h"

/** Whether code at an address is behind a call instruction; each port has one. The address was found in the program's code. */
typedef bool ch_follows_call_t(uintptr_t address);

/** From a word of the stack on upwards; `skip` addresses are left out first. */
static inline unsigned ch_stack_scan(const void *from, unsigned skip, ch_follows_call_t *follows_call, void **callers,
                                     unsigned depth) {
    const uintptr_t *word = from, *end = ch_board_stack_end(from);
    unsigned found = 0;
    if (!end) return 0;
    if ((uintptr_t)end - (uintptr_t)word > CH_CFG_STACK_SCAN * sizeof *word) end = word + CH_CFG_STACK_SCAN;
    for (; word < end && found < depth; word++) {
        if (!ch_board_is_code(*word) || !follows_call(*word)) continue;
        if (skip)
            skip--;
        else
            callers[found++] = (void *)*word; /* NOLINT(performance-no-int-to-ptr) */
    }
    return found;
}
