/* SPDX-License-Identifier: MIT */
/* A recording, event by event. What it is, a stream or a dump in a log, is found out by looking. */
#pragma once

#include "event.h"
#include "source.h"

/** What a recording is, and how sound. Grows while it is read. */
typedef struct {
    bool is_dump;
    unsigned word;       /* bytes; 0: not known */
    unsigned granule;    /* 0: not known */
    uint64_t rate;       /* ticks a second; 0: not known */
    uint64_t begin, end; /* ticks */
    uint64_t bytes, frames, events;
    uint64_t damaged;      /* frames that were bad */
    uint64_t first_damage; /* offset behind the first of them */
    uint64_t missing;      /* frames, by their numbers, those that were bad included */
    uint64_t lost;         /* events that found the ring full */
    uint64_t early;        /* events before the first SYNC, which cannot be understood */
    uint64_t unknown;      /* frames of types that this reader does not know */
    uint64_t no_stack;     /* events whose call stack was in a frame that is missing */
    uint64_t runs, restarts;
    uint64_t cut;    /* bytes of a frame whose end is not there, as the recording is cut off; known at its end */
    bool overflowed; /* a dump: its buffer was too small, so the oldest are not there */
} hs_stats_t;

typedef struct hs_reader hs_reader_t;

/** Looks at the first bytes; ends the program if there is nothing of a recording in them. */
hs_reader_t *hs_reader_open(hs_source_t *source);

/** The next event; false: there are no more. */
bool hs_reader_next(hs_reader_t *r, hs_event_t *e);

/** Back to the first event. Call stacks and tasks keep their numbers. */
void hs_reader_rewind(hs_reader_t *r);

const hs_stats_t *hs_reader_stats(const hs_reader_t *r);
const hs_stacks_t *hs_reader_stacks(const hs_reader_t *r);
const hs_tasks_t *hs_reader_tasks(const hs_reader_t *r);

/** What the program said of itself: "key=value" lines; "" if nothing. */
const char *hs_reader_info(const hs_reader_t *r);

void hs_reader_close(hs_reader_t *r);
