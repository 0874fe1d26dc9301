/* SPDX-License-Identifier: MIT */
/*
 * What was live when, and who made it so. Memory: one entry for each live block, call stack, task and region; nothing grows with
 * the number of events.
 *
 *   M1  live bytes and counts of all call stacks add up to those of `all`; so do those of all tasks, and of all regions
 *   M2  peak.bytes is the most that all.live_bytes ever was, and peak.event the number of the event after which it was so first
 */
#pragma once

#include "reader.h"

enum { HS_REGIONS_MOST = 64, HS_NOTES_MOST = 256, HS_BLOCKS_MOST = 1 << 23, HS_LIFE_CLASSES = 40, HS_BUCKETS = 256 };

/** One of whatever is counted. A realloc counts as a free and an allocation. */
typedef struct {
    uint64_t live_bytes, live_count, peak_bytes, total_bytes, total_count, freed_count, freed_bytes, life;
} hs_sum_t;

typedef struct {
    uint64_t address, size, time, number; /* number: of the frame that told of it */
    uint32_t stack, task, caps;
    uint16_t core, region;
} hs_block_t;

/** Part of a region's life. */
typedef struct {
    uint64_t most, last;    /* bytes in use: the most, and at the end */
    uint64_t free, largest; /* as the target told last; UINT64_MAX: not yet */
    uint32_t allocs, frees;
    bool seen;
} hs_bucket_t;

typedef struct {
    uint64_t start, size;
    uint32_t caps;
    char name[32];
    hs_sum_t sum;
    uint64_t free, largest, minimum; /* as told last; UINT64_MAX: never */
    hs_bucket_t buckets[HS_BUCKETS];
} hs_region_t;

/** A mark, or a request that failed. */
typedef struct {
    uint64_t time, event, size;
    uint32_t caps, stack, task;
    bool failed;
    char text[64];
} hs_note_t;

typedef struct {
    hs_reader_t *reader;
    hs_block_t *blocks; /* some of them empty: size and address 0 and in the list of free ones */
    size_t blocks_count, blocks_room;
    uint32_t *empty;
    size_t empty_count, empty_room;
    hs_map_t live; /* address to block */
    hs_sum_t all, *stacks, *tasks;
    size_t stacks_room, tasks_room;
    hs_region_t regions[HS_REGIONS_MOST]; /* 0: whatever lies in none */
    size_t regions_count;
    uint64_t events;     /* taken so far */
    uint64_t first, now; /* ticks */
    struct {
        uint64_t bytes, event, time;
    } peak;
    uint64_t life_count[HS_LIFE_CLASSES], life_bytes[HS_LIFE_CLASSES]; /* by log2 of ticks */
    hs_note_t notes[HS_NOTES_MOST];
    size_t notes_count;
    uint64_t failures, marks, frees_of_unknown, reused; /* reused: handed out though it was live: a free is missing */
    uint64_t bucket_ticks;
    bool full; /* more live blocks than HS_BLOCKS_MOST */
} hs_model_t;

/** Reads events until `events` were taken, or all (UINT64_MAX). */
void hs_model_run(hs_model_t *m, hs_reader_t *reader, uint64_t events);

/** Takes one event. */
void hs_model_take(hs_model_t *m, const hs_event_t *e);

/** Calls back for each live block. */
void hs_model_live(const hs_model_t *m, void (*call)(void *context, const hs_block_t *block), void *context);

void hs_model_free(hs_model_t *m);
