/* SPDX-License-Identifier: MIT */
/* Call stacks as records keep them. */
#pragma once

#include "event.h"

/** Return addresses, innermost first; NULL behind the last. */
typedef struct {
    void *at[CH_CFG_TRACE_DEPTH];
} ch_callers_t;

/** The rest of a stack of which at[0] is known: what the port finds, and zeros. */
void ch_callers_complete(ch_callers_t *callers, const void *frame);

/** The stack of a call: nothing at depth 0, a store at depth 1. */
CH_INLINE void ch_callers_note(ch_callers_t *callers, ch_caller_t by) {
    if (CH_CFG_TRACE_DEPTH > 0) callers->at[0] = ch_caller_pc(by);
    if (CH_CFG_TRACE_DEPTH > 1) ch_callers_complete(callers, ch_caller_frame(by));
}

/* Opaque values keep compilers from calling memcpy and memset in place of the two loops: those may lie in flash. */

/** Copies a stack. */
CH_INLINE void ch_callers_copy(void **to, const ch_callers_t *from) {
    for (int i = 0; i < CH_CFG_TRACE_DEPTH; i++) {
        void *caller = from->at[i];
        CH_OPAQUE(caller);
        to[i] = caller;
    }
}

/** No callers from number `i` on. */
CH_INLINE void ch_callers_clear(void **callers, int i) {
    void *none = NULL;
    CH_OPAQUE(none);
    for (; i < CH_CFG_TRACE_DEPTH; i++) callers[i] = none;
}
