/* SPDX-License-Identifier: MIT */
/* Operations to replay, out of a recording or of a trace of format HTR1 (bench/traces/README.md). */
#pragma once

#include "context.h"
#include "replayer.h"

enum { HS_REPLAY_REGIONS = 64 };

typedef struct {
    replay_op_t *ops;
    size_t count, room;
    size_t slots;
    uint64_t *times; /* ticks of each operation; NULL: not known */
    size_t times_room;
    struct {
        uint64_t start, size;
    } regions[HS_REPLAY_REGIONS]; /* heaps as they were told, ascending */
    size_t regions_count;
    uint64_t unknown; /* frees and reallocs of blocks from before the recording */
    uint64_t restarts;
    bool is_htr;
} hs_ops_t;

/** Reads all of it; ends the program with a message if it can't. For a recording c->reader stays open. */
void hs_ops_read(hs_ops_t *o, hs_context_t *c);
void hs_ops_free(hs_ops_t *o);
