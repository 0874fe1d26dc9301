/* SPDX-License-Identifier: MIT */
/* See callers.h. */
#include "debug/callers.h"

#include "capheap/port.h"

/* Beside the one that is known. */
#define CH_MORE_CALLERS (CH_CFG_TRACE_DEPTH > 1 ? CH_CFG_TRACE_DEPTH - 1u : 0u)

/**
 * A scan may come upon the known caller again, where the heap's own functions have saved it. What it found up to the last such
 * place lies in their frames: addresses of earlier calls. All that goes.
 */
static CH_IRAM unsigned without_own_frame(void **at, unsigned count) {
    unsigned own = count - 1, to = 1;
    while (own > 0 && at[own] != at[0]) own--;
    if (own == 0) return count;
    for (unsigned from = own + 1; from < count; from++) {
        void *caller = at[from];
        CH_OPAQUE(caller); /* no memmove: it may lie in flash */
        at[to++] = caller;
    }
    return to;
}

CH_IRAM void ch_callers_complete(ch_callers_t *callers, const void *frame) {
    unsigned more = CH_CFG_TRACE_DEPTH > 1 ? ch_port_callers_from(frame, callers->at + 1, CH_MORE_CALLERS) : 0;
    unsigned count = more + 1;
    if (CH_CFG_STACK_SCAN && CH_CFG_TRACE_DEPTH > 1) count = without_own_frame(callers->at, count);
    ch_callers_clear(callers->at, (int)count);
}
