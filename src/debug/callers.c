/* SPDX-License-Identifier: MIT */
/* See callers.h. */
#include "debug/callers.h"

#include "capheap/port.h"

/* Beside the one that is known. */
#define CH_MORE_CALLERS (CH_CFG_TRACE_DEPTH > 1 ? CH_CFG_TRACE_DEPTH - 1u : 0u)

CH_IRAM void ch_callers_complete(ch_callers_t *callers, const void *frame) {
    int found = 1;
    if (CH_CFG_TRACE_DEPTH > 1) found += (int)ch_port_callers_from(frame, callers->at + 1, CH_MORE_CALLERS);
    for (; found < CH_CFG_TRACE_DEPTH; found++) callers->at[found] = NULL;
}
