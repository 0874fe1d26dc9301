/* SPDX-License-Identifier: MIT */
/* The search for the smallest pool. Portable C without a library but memset(). */
#include "search.h"

#include <string.h>

enum { STEP = 8 };

/* Whether the pool serves; a failure other than want of memory goes to *result. */
static bool pool_serves(const trace_t *trace, const subject_t *subject, slot_t *slots, void *pool, size_t size,
                        search_result_t *result) {
    replay_result_t run;

    memset(pool, 0xa5, size);
    if (!subject->setup(pool, size)) {
        return false;
    }
    run = replay(trace, subject, slots, NULL);
    if (run.failure != NULL && !run.out_of_memory) {
        *result = (search_result_t){.failure = run.failure, .op = run.op, .pool_size = size};
    }
    return run.failure == NULL;
}

search_result_t search_pool(const trace_t *trace, const subject_t *subject, slot_t *slots, void *pool, size_t limit) {
    search_result_t result = {0};
    size_t fails = trace->peak_bytes / STEP * STEP;
    size_t serves = trace_count_pool(trace);

    while (serves <= limit && !pool_serves(trace, subject, slots, pool, serves, &result) && result.failure == NULL) {
        fails = serves;
        serves *= 2;
    }
    if (serves > limit && result.failure == NULL) {
        result = (search_result_t){.failure = "no pool is large enough", .pool_size = limit};
    }
    while (serves - fails > STEP && result.failure == NULL) {
        size_t middle = fails + (serves - fails) / 2 / STEP * STEP;
        if (pool_serves(trace, subject, slots, pool, middle, &result)) {
            serves = middle;
        } else {
            fails = middle;
        }
    }
    if (result.failure == NULL) {
        result.smallest = serves;
    }
    return result;
}
