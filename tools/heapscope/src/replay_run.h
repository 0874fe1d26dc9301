/* SPDX-License-Identifier: MIT */
/* Building and running a replayer (tools/heapscope/replay): a program of its own for each chip and configuration. */
#pragma once

#include "replay_ops.h"

enum { HS_REPLAY_CUTS = 128 };

/** What is asked of one run. */
typedef struct {
    uint64_t starts[HS_REPLAY_CUTS], sizes[HS_REPLAY_CUTS]; /* regions that have that many bytes only */
    size_t cuts;
    const char *record; /* a recording of the run goes there; NULL: nowhere */
    bool stops;         /* with the first failure */
} hs_what_if_t;

typedef struct {
    const hs_options_t *options;
    const hs_ops_t *ops;
    char *program, *file; /* file: the operations, for the program to read */
    char *late;           /* its option for external RAM; NULL: none */
    char *guessed;        /* symbols of the link that are those of an example; NULL: none */
} hs_replayer_t;

/** Ends the program with a message if there is no such chip, or if it can't be built. */
void hs_replayer_open(hs_replayer_t *r, const hs_options_t *options, const hs_ops_t *ops);
/** The replayer's document; with "error" and "at" if the chip does not even start. */
json_t *hs_replayer_run(const hs_replayer_t *r, const hs_what_if_t *what);
void hs_replayer_close(hs_replayer_t *r);
