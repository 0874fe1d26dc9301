/* SPDX-License-Identifier: MIT */
/*
 * The trace API: starts and ends a trace, and reads it. What is recorded, and how, is in trace_record.c.
 *
 *                  init            start          stop     pause          resume
 *      untouched   untouched       running        stopped  paused         running
 *      stopped     stopped         running        error    paused         running
 *      running     error           running anew   stopped  paused         error
 *      paused      error           running anew   stopped  error          running
 *
 * start, pause and resume need a buffer. Clearing one takes time in proportion to its size: it is done with interrupts on, while
 * the trace has no records (`clearing`, in which no other call may change anything).
 */
#include "debug/trace_record.h"

#include <string.h>

#include "capheap/origin.h"

enum { SLICE = 8 }; /* records that a reader passes in one critical section */

typedef enum { UNTOUCHED, STOPPED, RUNNING, PAUSED } phase_t;
static phase_t phase;
static bool clearing;
static size_t high_water; /* before the last start */

/* Where the last heap_trace_get() was, good as long as nothing was freed or lost since. */
static struct {
    uint32_t number;
    size_t index;
    size_t changes;
} bookmark;

static ch_port_state_t lock(void) { return ch_port_lock(&ch_trace_store.lock); }

static void unlock(ch_port_state_t state) { ch_port_unlock(&ch_trace_store.lock, state); }

/** Most records at a time since the buffer was set (I5). The lock is held. */
static size_t most_records(void) { return ch_trace_store.fresh > high_water ? ch_trace_store.fresh : high_water; }

/** The phase, and what the events do in it. The lock is held. */
static void enter(phase_t next) {
    phase = next;
    CH_STORE_RELAXED(ch_trace_watches_frees, next == RUNNING || next == PAUSED);
    CH_STORE_RELAXED(ch_trace_watches_allocations, next == RUNNING);
}

/** There are no records. The lock is held. */
static void forget(void) {
    ch_trace_forget();
    bookmark.number = 0;
    ch_trace_store.capacity = 0;
}

/**
 * Clears a buffer of records and enters a phase with it. The lock is held, and is opened while memory is cleared: from here on
 * there are no records, and nobody else changes the state.
 */
static void clear(uintptr_t base, uint32_t capacity, phase_t next, ch_port_state_t state) {
    ch_trace_store_t *s = &ch_trace_store;
    clearing = true;
    enter(STOPPED);
    forget();
    s->base = base;
    s->buckets = capacity;
    unlock(state);
    memset(ch_trace_record(1), 0, capacity * sizeof(heap_trace_record_t));
    state = lock();
    s->capacity = capacity;
    enter(next);
    clearing = false;
    unlock(state);
}

esp_err_t heap_trace_init_standalone(heap_trace_record_t *record_buffer, size_t num_records) {
    if (!CH_TRACES) return ESP_ERR_NOT_SUPPORTED;
    ch_port_state_t state = lock();
    esp_err_t result = clearing || phase == RUNNING || phase == PAUSED ? ESP_ERR_INVALID_STATE
                       : !record_buffer != !num_records                ? ESP_ERR_INVALID_ARG
                                                                       : ESP_OK;
    if (result == ESP_OK) high_water = 0;
    if (result == ESP_OK && record_buffer) {
        uint32_t capacity = num_records < CH_TRACE_MOST ? (uint32_t)num_records : CH_TRACE_MOST;
        clear((uintptr_t)(record_buffer - 1), capacity, phase, state);
        return ESP_OK;
    }
    if (result == ESP_OK) forget();
    unlock(state);
    return result;
}

esp_err_t heap_trace_init_tohost(void) { return CH_STREAMS ? ch_stream_init() : ESP_ERR_NOT_SUPPORTED; }

esp_err_t heap_trace_start(heap_trace_mode_t mode) {
    if (CH_STREAMS) return ch_stream_start();
    if (!CH_TRACES) return ESP_ERR_NOT_SUPPORTED;
    ch_port_state_t state = lock();
    if (ch_trace_store.capacity == 0) { /* no buffer, or it is being cleared */
        unlock(state);
        return ESP_ERR_INVALID_STATE;
    }
    high_water = most_records();
    ch_trace_store.all = mode == HEAP_TRACE_ALL;
    clear(ch_trace_store.base, ch_trace_store.capacity, RUNNING, state);
    return ESP_OK;
}

/** Enters a phase from those that allow it, a bit for each; with_buffer: and only if there is one. */
static esp_err_t change(phase_t next, unsigned from, bool with_buffer) {
    ch_port_state_t state = lock();
    bool may = !clearing && from >> phase & 1 && (!with_buffer || ch_trace_store.capacity);
    if (may) enter(next);
    unlock(state);
    return may ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t heap_trace_stop(void) {
    if (CH_STREAMS) return ch_stream_stop();
    if (!CH_TRACES) return ESP_ERR_NOT_SUPPORTED;
    return change(STOPPED, 1u << UNTOUCHED | 1u << RUNNING | 1u << PAUSED, false);
}

esp_err_t heap_trace_alloc_pause(void) {
    if (!CH_TRACES) return ESP_ERR_NOT_SUPPORTED;
    return change(PAUSED, 1u << UNTOUCHED | 1u << STOPPED | 1u << RUNNING, true);
}

esp_err_t heap_trace_resume(void) {
    if (CH_STREAMS) return ch_stream_start();
    if (!CH_TRACES) return ESP_ERR_NOT_SUPPORTED;
    return change(RUNNING, 1u << UNTOUCHED | 1u << STOPPED | 1u << PAUSED, true);
}

/* ---- reading ---- */

size_t heap_trace_get_count(void) {
    if (!CH_TRACES) return 0;
    ch_port_state_t state = lock();
    size_t count = ch_trace_count();
    unlock(state);
    return count;
}

/** Grows with whatever may take a record out of the order, or begin it anew. */
static size_t changes(void) { return ch_trace_store.frees + ch_trace_store.evictions; }

/** Goes on to a place of the order, in slices. The lock is held, and opened in between. False: there are not so many records. */
static bool walk_to(ch_trace_walk_t *walk, size_t index, ch_port_state_t *state) {
    for (unsigned passed = 0; walk->number && walk->index < index; passed++) {
        if (passed == SLICE) {
            unlock(*state);
            passed = 0;
            *state = lock();
            if (!walk->number) break;
        }
        ch_trace_walk_next(walk);
    }
    return walk->number != 0;
}

esp_err_t heap_trace_get(size_t index, heap_trace_record_t *record) {
    if (!CH_TRACES) return ESP_ERR_NOT_SUPPORTED;
    if (!record) return ESP_ERR_INVALID_STATE;
    ch_port_state_t state = lock();
    ch_trace_walk_t walk;
    ch_trace_walk_begin(&walk);
    if (bookmark.number && bookmark.changes == changes() && bookmark.index <= index) {
        walk.number = bookmark.number;
        walk.index = bookmark.index;
    }
    bool found = index < ch_trace_count() && walk_to(&walk, index, &state);
    if (found) {
        *record = *ch_trace_record(walk.number);
        bookmark.number = walk.number, bookmark.index = walk.index, bookmark.changes = changes();
    }
    ch_trace_walk_end(&walk);
    unlock(state);
    return found ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t heap_trace_summary(heap_trace_summary_t *summary) {
    if (!CH_TRACES) return ESP_ERR_NOT_SUPPORTED;
    if (!summary) return ESP_ERR_INVALID_ARG;
    const ch_trace_store_t *s = &ch_trace_store;
    ch_port_state_t state = lock();
    *summary = (heap_trace_summary_t){.mode = s->all ? HEAP_TRACE_ALL : HEAP_TRACE_LEAKS,
                                      .total_allocations = ch_trace_allocations(),
                                      .total_frees = s->frees,
                                      .count = ch_trace_count(),
                                      .capacity = s->capacity,
                                      .high_water_mark = most_records(),
                                      .has_overflowed = s->evictions != 0};
    CH_TRACE_SUMMARY_HASH(summary, s->hits, s->misses);
    unlock(state);
    return ESP_OK;
}

/* ---- for reports of damage (capheap/origin.h) ---- */

static void tell(ch_origin_by_t *by, void *const *callers) {
    for (int i = 0; i < CH_ORIGIN_CALLERS && i < CH_CFG_TRACE_DEPTH; i++) by->callers[i] = callers[i];
}

/** The newest record of an address, freed or not: of all records, as those of freed blocks are not in the index. */
static uint32_t find_among_all(const void *address, ch_port_state_t *state, heap_trace_record_t *r) {
    uint32_t found = 0;
    ch_trace_walk_t walk;
    ch_trace_walk_begin(&walk);
    while (walk.number) {
        if (ch_trace_record(walk.number)->address == address) {
            found = walk.number;
            *r = *ch_trace_record(found);
        }
        walk_to(&walk, walk.index + 1, state);
        unlock(*state);
        *state = lock();
    }
    ch_trace_walk_end(&walk);
    return found;
}

CH_TRACE_ORIGIN(const void *user, ch_origin_t *origin) {
    const ch_trace_store_t *s = &ch_trace_store;
    heap_trace_record_t r = {.size = 0};
    uint32_t number = 0;
    ch_port_state_t state = lock();
    if (s->oldest && (number = ch_trace_find(user)) != 0) {
        r = *ch_trace_record(number);
    } else if (s->last == user && s->last_record) { /* the call that found the damage has just released it: size 0 */
        number = s->last_record;
        r = *ch_trace_record(number);
    } else if (s->all && s->oldest) {
        number = find_among_all(user, &state, &r);
    }
    unlock(state);
    if (!number) return false;
    *origin = (ch_origin_t){.size = r.size};
    tell(&origin->allocated, r.alloced_by);
    if (r.freed) tell(&origin->freed, r.freed_by);
    return true;
}
