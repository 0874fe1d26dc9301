/* SPDX-License-Identifier: MIT */
/*
 * The records of the standalone trace and their index, all in the buffer that the program gave (heap_trace_init_standalone).
 *
 *      buffer   │ record 1 │ record 2 │ ...                                       │ record `capacity` │
 *
 *      record   │ ccount, address, size, freed + age │ callers │ older newer chain bucket │
 *                                          │                   └ where the public structure has list members: four numbers of
 *                                          │                     records, of half a pointer's size each; 0 is no record
 *                                          └ in its padding: the lowest 24 bits of ch_trace_sequence
 *
 *      order    oldest ─► newer ─► ... ─► newest, and back by `older`: what a dump shows
 *      released ─► newer ─► ...         records that were in use and are not; taken before fresh ones
 *      fresh    numbers above `fresh` were never used since the start
 *      index    `bucket` of record h + 1 ─► chain ─► ...: the live records whose addresses have hash h, newest first
 *
 *   I1  a record from 1 to `fresh` is either in the order list or released
 *   I2  an address is NULL exactly in released and fresh records
 *   I3  a record is in the index exactly while it is in the order list and not freed
 *   I4  most records at a time since the start = `fresh`, as released ones are taken first
 *   I5  records in the order list = allocations - releases - evictions
 *
 * Every change takes the same small number of instructions, whatever the number of records, but for the length of a chain: there
 * are as many buckets as records, so that half the chains have no more than one. The lock is the trace's own, and is taken inside
 * no other.
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
    union {
        struct {
            ch_half_t older, newer;
        };
        uintptr_t both; /* in one store: older, in the low half, and newer */
    };
    ch_half_t chain;
    ch_half_t bucket; /* not of the record: the head of the bucket that has its number */
} __attribute__((may_alias)) ch_trace_links_t;

/** Where someone who reads record after record is; moved on when its record is released. Lives with its reader. */
typedef struct ch_trace_walk {
    struct ch_trace_walk *next;
    uint32_t number; /* record that comes next; 0: none */
    size_t index;    /* its place in the order */
} ch_trace_walk_t;

typedef struct {
    ch_port_lock_t lock;
    bool all;          /* mode ALL */
    uintptr_t base;    /* of record 0, which is none: one record's size before the buffer */
    uint32_t capacity; /* 0: no buffer, or it is being cleared */
    uint32_t buckets;  /* the same, and never 0 while there are records */
    uint32_t fresh;    /* I4 */
    uint32_t released; /* head of their list */
    ch_half_t oldest;
    ch_half_t *end; /* where the next record's number goes: &oldest, or `newer` of the newest */
    uint32_t newest;
    uint32_t start;   /* ch_trace_sequence at the start: the difference is the number of allocations */
    size_t frees;     /* since the start, as the next two */
    size_t releases;  /* records given back, in mode LEAKS */
    size_t evictions; /* records lost because there was no room */
    size_t hits, misses;
    const void *last; /* address released last, and its record: a report of that very call asks for it */
    uint32_t last_record;
    ch_trace_walk_t *walks;
} ch_trace_store_t;

extern ch_trace_store_t ch_trace_store;

/* Where the links are: behind freed_by[]. (A build without tracing has no room there, and never comes here.) */
enum { CH_TRACE_LINKS = offsetof(heap_trace_record_t, freed_by) + CH_CFG_TRACE_DEPTH * sizeof(void *) };

/* Where freed is: the lowest byte of a word whose other three are the age. */
enum { CH_TRACE_AGE = offsetof(heap_trace_record_t, freed), CH_TRACE_AGE_SHIFT = 8 };
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the age lies in the padding behind `freed`");
_Static_assert(CH_TRACE_AGE % 4 == 0, "the age is a word");

/* Most records that the links can number. */
#define CH_TRACE_MOST ((ch_half_t) ~(ch_half_t)0)

CH_INLINE heap_trace_record_t *ch_trace_record(uint32_t number) {
    return (heap_trace_record_t *)(ch_trace_store.base + number * sizeof(heap_trace_record_t));
}

CH_INLINE ch_trace_links_t *ch_trace_links(heap_trace_record_t *r) {
    return (ch_trace_links_t *)(void *)((char *)r + CH_TRACE_LINKS);
}

CH_INLINE size_t ch_trace_allocations(void) { return ch_trace_sequence - ch_trace_store.start; }

/** Records in the order list (I5). */
CH_INLINE size_t ch_trace_count(void) { return ch_trace_allocations() - ch_trace_store.releases - ch_trace_store.evictions; }

CH_INLINE ch_word_t *ch_trace_age(heap_trace_record_t *r) { return (ch_word_t *)(void *)((char *)r + CH_TRACE_AGE); }

/** No records: what the buffer holds counts no more. The lock is held. */
void ch_trace_forget(void);

/** The newest live record of an address; 0: none. The lock is held. */
uint32_t ch_trace_find(const void *address);

/** Begins to read at the oldest record; the lock is held here and in the next ones. */
void ch_trace_walk_begin(ch_trace_walk_t *walk);
/** Goes on to the next record. */
void ch_trace_walk_next(ch_trace_walk_t *walk);
void ch_trace_walk_end(const ch_trace_walk_t *walk);
