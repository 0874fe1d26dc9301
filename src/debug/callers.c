/* SPDX-License-Identifier: MIT */
/* See callers.h. */
#include "debug/callers.h"

#include "capheap/port.h"

/* Beside the one that is known. */
#define CH_MORE_CALLERS (CH_CFG_TRACE_DEPTH > 1 ? CH_CFG_TRACE_DEPTH - 1u : 0u)

CH_IRAM void ch_callers_complete(ch_callers_t *callers, const void *frame) {
    unsigned more = CH_CFG_TRACE_DEPTH > 1 ? ch_port_callers_from(frame, callers->at + 1, CH_MORE_CALLERS) : 0;
    ch_callers_clear(callers->at, (int)more + 1);
}
