/* SPDX-License-Identifier: MIT */
/*
 * Call-site accounting: for each place in the program that allocates, how much of that is live, was at most, and how often. On
 * all the time, with CONFIG_HEAP_CALL_SITES=n for a table of n places; cheap enough for production. docs/TASKS.md.
 *
 * A place is the address behind the call of the public function, malloc or heap_caps_malloc and so on: `addr2line -e program.elf`
 * of that address - 1 names the line. A realloc that succeeds makes the block its own. Sizes are what was asked, rounded up to
 * the granule. Blocks of multi_heap.h are not counted.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a place has allocated. */
typedef struct {
    const void *caller;   /**< address that the call returns to; NULL: all places that the table has no room for */
    size_t live_bytes;    /**< allocated, and not freed */
    size_t peak_bytes;    /**< most that live_bytes has been */
    uint32_t live_blocks; /**< allocated, and not freed */
    uint32_t allocations; /**< ever; wraps */
} heap_call_site_t;

/**
 * Copies the places with most live bytes, most first, and of equal ones those that allocated more often.
 *
 * @param sites  array
 * @param count  its size on entry, afterwards what was used of it
 * @return ESP_OK; ESP_ERR_INVALID_ARG for NULL; ESP_ERR_NOT_SUPPORTED without CONFIG_HEAP_CALL_SITES, *count is 0 then
 *
 * Each place is copied in a critical section of its own. Time: proportional to the table times the count. Any context.
 */
esp_err_t heap_call_sites_get(heap_call_site_t *sites, size_t *count);

/** Number of places in the table that have allocated, with that for the others. */
size_t heap_call_sites_count(void);

/** Prints the places with most live bytes as a table, at most `most` of them; 0: all. stream NULL: stdout. Tasks only. */
void heap_call_sites_print(FILE *stream, size_t most);

/**
 * The same for programs: a line `call_site,<caller>,<live bytes>,<live blocks>,<peak bytes>,<allocations>` each, the caller in
 * hexadecimal, 0x0 for the others, behind a line of titles.
 */
void heap_call_sites_print_csv(FILE *stream, size_t most);

/** Makes all peaks what is live now, and counts allocations from 0. */
void heap_call_sites_reset(void);

#ifdef __cplusplus
}
#endif
