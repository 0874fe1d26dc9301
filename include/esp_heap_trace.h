/* SPDX-License-Identifier: MIT */
/*
 * Leak tracing: a record for each allocation, in a buffer of the program's (CONFIG_HEAP_TRACING_STANDALONE) or as a stream to a
 * host (CONFIG_HEAP_TRACING_TOHOST). docs/TRACING.md tells how to use it. Without either every function that can fail returns
 * ESP_ERR_NOT_SUPPORTED, the count is 0 and the dumps print nothing.
 *
 * These functions may be called by any task, not in interrupt handlers. start and init take time in proportion to the buffer, get
 * to the distance from the record that was got last; interrupts are off for a few records at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "sdkconfig.h"

#if defined CONFIG_HEAP_TRACING_STANDALONE && CONFIG_HEAP_TRACING_STANDALONE
#include <sys/queue.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Return addresses kept of each allocation and each free. */
#ifndef CONFIG_HEAP_TRACING_STACK_DEPTH
#define CONFIG_HEAP_TRACING_STACK_DEPTH 0
#endif

/** What is kept. */
typedef enum {
    HEAP_TRACE_ALL,   /**< every allocation, freed or not */
    HEAP_TRACE_LEAKS, /**< allocations that were not freed yet */
} heap_trace_mode_t;

/** One allocation. */
typedef struct heap_trace_record_t {
    uint32_t ccount;                                   /**< cycle counter, low two bits: number of the core */
    void *address;                                     /**< block; NULL: the record is not in use */
    size_t size;                                       /**< bytes asked for */
    bool freed;                                        /**< freed since, in mode ALL */
    void *alloced_by[CONFIG_HEAP_TRACING_STACK_DEPTH]; /**< callers of the allocation, innermost first, NULL ends */
    void *freed_by[CONFIG_HEAP_TRACING_STACK_DEPTH];   /**< callers of the free */
#if defined CONFIG_HEAP_TRACING_STANDALONE && CONFIG_HEAP_TRACING_STANDALONE
    TAILQ_ENTRY(heap_trace_record_t) tailq_list; /**< list of records */
#if defined CONFIG_HEAP_TRACE_HASH_MAP && CONFIG_HEAP_TRACE_HASH_MAP
    SLIST_ENTRY(heap_trace_record_t) slist_hashmap; /**< bucket of the index */
#endif
#endif
} heap_trace_record_t;

/** What a trace came to. */
typedef struct {
    heap_trace_mode_t mode;
    size_t total_allocations; /**< since the start */
    size_t total_frees;       /**< since the start */
    size_t count;             /**< records now */
    size_t capacity;          /**< records that fit */
    size_t high_water_mark;   /**< most records at a time */
    size_t has_overflowed;    /**< the oldest records were lost */
#if defined CONFIG_HEAP_TRACE_HASH_MAP && CONFIG_HEAP_TRACE_HASH_MAP
    size_t total_hashmap_hits;
    size_t total_hashmap_miss;
#endif
} heap_trace_summary_t;

/**
 * Sets the buffer of records, or with NULL and 0 takes it away. ESP_ERR_INVALID_STATE while a trace runs or is paused,
 * ESP_ERR_INVALID_ARG if only one argument is empty. To record in interrupt handlers it must be in internal RAM.
 */
esp_err_t heap_trace_init_standalone(heap_trace_record_t *record_buffer, size_t num_records);
/** Prepares to stream events to a host. */
esp_err_t heap_trace_init_tohost(void);
/** Starts to record, from no records on. ESP_ERR_INVALID_STATE without a buffer. */
esp_err_t heap_trace_start(heap_trace_mode_t mode);
/** Ends it; the records stay. ESP_ERR_INVALID_STATE if it was stopped. */
esp_err_t heap_trace_stop(void);
/** From now on only frees are recorded. ESP_ERR_INVALID_STATE if so already, or without a buffer. */
esp_err_t heap_trace_alloc_pause(void);
/** Goes on after a pause or stop. ESP_ERR_INVALID_STATE while it runs, or without a buffer. */
esp_err_t heap_trace_resume(void);
/** Number of records. */
size_t heap_trace_get_count(void);
/** Copies a record; 0 is the oldest. ESP_ERR_INVALID_ARG if there is none, ESP_ERR_INVALID_STATE for a NULL. */
esp_err_t heap_trace_get(size_t index, heap_trace_record_t *record);
/** Prints all records. */
void heap_trace_dump(void);
/** Prints the records of internal (MALLOC_CAP_INTERNAL) or external (MALLOC_CAP_SPIRAM) memory, or both. */
void heap_trace_dump_caps(const uint32_t caps);
/** Fills *summary; ESP_ERR_INVALID_ARG for a NULL. */
esp_err_t heap_trace_summary(heap_trace_summary_t *summary);

#ifdef __cplusplus
}
#endif
