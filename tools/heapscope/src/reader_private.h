/* SPDX-License-Identifier: MIT */
/* The two kinds of recording behind reader.h. */
#pragma once

#include "frame.h"
#include "reader.h"

enum { HS_SLOTS = 1024, HS_INFO_ROOM = 1024 };

/** A slot of a table: what it stands for, if it was set since frames were missing last. */
typedef struct {
    uint32_t is, epoch;
} hs_slot_t;

struct hs_reader {
    hs_source_t *source;
    hs_stats_t stats;
    hs_stacks_t stacks;
    hs_tasks_t tasks;
    char info[HS_INFO_ROOM];
    char text[256]; /* of the event */
    /* a stream */
    hs_framer_t framer;
    bool synced;
    uint64_t base, mask; /* of addresses */
    uint64_t time, next; /* ticks; number of the next frame */
    uint64_t lost;       /* as the target counts */
    uint64_t run;
    uint32_t usual_caps, epoch;
    hs_slot_t stack_slots[HS_SLOTS], task_slots[HS_SLOTS];
    hs_event_t waiting; /* behind the one that was given */
    bool waits;
    /* a dump */
    char line[4096];
    size_t line_length;
    uint8_t buffer[4096];
    size_t fill, at;
    uint64_t last_address;
    bool leaks;
};

bool hs_stream_next(hs_reader_t *r, hs_event_t *e);
bool hs_dump_next(hs_reader_t *r, hs_event_t *e);
