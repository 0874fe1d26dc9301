/* SPDX-License-Identifier: MIT */
/* The smallest pool in which a trace replays without a failed call: the search behind the figures of memory efficiency. */
#pragma once

#include "replay.h"

/** What a search found. */
typedef struct {
    size_t smallest;     /**< bytes; 0: nothing found */
    const char *failure; /**< why not */
    uint32_t op;         /**< at which operation of the trace */
    size_t pool_size;    /**< and in which pool */
} search_result_t;

/**
 * Bisects to 8 bytes between a pool that is known to serve and one known not to.
 *
 * @param subject its setup() must make it as new each time
 * @param slots   trace->slot_count entries, any contents
 * @param pool    where pools start; `limit` bytes are there
 */
search_result_t search_pool(const trace_t *trace, const subject_t *subject, slot_t *slots, void *pool, size_t limit);
