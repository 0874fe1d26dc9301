/* SPDX-License-Identifier: MIT */
/*
 * The records of the standalone trace and their index, all in the buffer that the program gave (heap_trace_init_standalone).
 *
 *      buffer   │ record 1 │ record 2 │ ...                                      │ record `capacity` │
 *
 *      record   │ ccount, address, size, freed │ callers │ older newer chain bucket │
 *                                                        └ where the public structure has list members: four numbers of
 *                                                          records, of half a pointer's size each; 0 is no record
 *
 *      order    oldest ─► newer ─► ... ─► newest, and back by `older`: what a dump shows
 *      released ─► newer ─► ...         records that were in use and are not; taken before fresh ones
 *      fresh    numbers above `fresh` were never used since the start
 *      index    `bucket` of record h + 1 ─► chain ─► ...: the live records whose addresses have hash h, newest first
 *
 *   I1  a record from 1 to `fresh` is in the order list or released, never both; `spare` are released
 *   I2  an address is NULL exactly in released and fresh records
 *   I3  a record is in the index exactly while it is in the order list, not freed, and not in flight
 *   I4  in flight, from ch_trace_leaves() to _stays() or _moved(): the record's `chain` is its own number, which no chain has
 *   I5  most records at a time since the start = `fresh`, as released ones are taken first
 *
 * Every change takes the same small number of instructions, whatever the number of records, but for the length of a chain: there
 * are at least half as many buckets as records, so 2 on average where all records are live. The lock is the trace's own and taken
 * inside no other.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "capheap/port.h"
#include "esp_heap_trace.h"
#include "event.h"

/** The links of a record. */
typedef struct {
    ch_half_t older, newer;
    ch_half_t chain;
    ch_half_t bucket; /* not of the record: the head of the bucket that has its number */
} __attribute__((may_alias)) ch_trace_links_t;

/** Where someone who reads record after record is; moved on when its record is released. Lives with its reader. */
typedef struct ch_trace_walk {
    struct ch_trace_walk *next;
    uint32_t number; /* record that comes next; 0: none */
    size_t index;    /* its place in the order */
} ch_trace_walk_t;

/** What happened to an address last, where a report asks for a block whose record was taken out a moment ago. */
typedef struct {
    const void *address;
    size_t size;
    uint32_t number;
} ch_trace_last_t;

typedef struct {
    ch_port_lock_t lock;
    bool all;          /* mode ALL */
    uint8_t shift;     /* of a hash, less one: 2^(31 - shift) buckets */
    uintptr_t base;    /* of record 0, which is none: one record's size before the buffer */
    uint32_t capacity; /* 0: no buffer, or it is being cleared */
    uint32_t fresh;    /* I5 */
    uint32_t released; /* head of their list */
    uint32_t spare;    /* how many */
    ch_half_t oldest;
    ch_half_t *end; /* where the next record's number goes: &oldest, or `newer` of the newest */
    uint32_t newest;
    size_t allocations; /* since the start, as frees */
    size_t frees;
    size_t evictions; /* records lost because there was no room */
    size_t hits, misses;
    ch_trace_last_t last;
    ch_trace_walk_t *walks;
} ch_trace_store_t;

extern ch_trace_store_t ch_trace_store;

/* Where the links are: behind freed_by[]. (A build without tracing has no room there, and never comes here.) */
enum { CH_TRACE_LINKS = offsetof(heap_trace_record_t, freed_by) + CH_CFG_TRACE_DEPTH * sizeof(void *) };

/* Most records that the links can number. */
#define CH_TRACE_MOST ((ch_half_t) ~(ch_half_t)0)

CH_INLINE heap_trace_record_t *ch_trace_record(uint32_t number) {
    return (heap_trace_record_t *)(ch_trace_store.base + number * sizeof(heap_trace_record_t));
}

CH_INLINE ch_trace_links_t *ch_trace_links(heap_trace_record_t *r) {
    return (ch_trace_links_t *)(void *)((char *)r + CH_TRACE_LINKS);
}

/** Records in the order list. */
CH_INLINE uint32_t ch_trace_count(void) { return ch_trace_store.fresh - ch_trace_store.spare; }

/** Buckets of the index. */
CH_INLINE uint32_t ch_trace_buckets(void) { return ch_trace_store.capacity ? 1u << (31 - ch_trace_store.shift) : 0; }

/** No records: what the buffer holds counts no more. The lock is held. */
void ch_trace_forget(void);

/** The newest live record of an address; 0: none. The lock is held. */
uint32_t ch_trace_find(const void *address);

/** Begins to read at the oldest record; the lock is held here and in the next ones. */
void ch_trace_walk_begin(ch_trace_walk_t *walk);
/** Goes on to the next record. */
void ch_trace_walk_next(ch_trace_walk_t *walk);
void ch_trace_walk_end(const ch_trace_walk_t *walk);
