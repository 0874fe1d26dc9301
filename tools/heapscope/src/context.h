/* SPDX-License-Identifier: MIT */
/*
 * A command: it asks the model and makes a JSON document; the text for people is made from that document alone, so that both
 * always say the same.
 */
#pragma once

#include <jansson.h>

#include "model.h"
#include "symbols.h"

enum { HS_CONFIGS_MOST = 32 };

typedef struct {
    const char *command, *input, *other; /* other: the second recording of diff */
    const char *elf, *other_elf, *output, *format;
    const char *sort, *by, *since, *task, *region;
    uint64_t load_at, top, blocks, size;
    const char *chip, *psram, *configs[HS_CONFIGS_MOST]; /* of replay */
    unsigned configs_count;
    double follow;  /* seconds between two answers; 0: one, at the end */
    double min_age; /* seconds; ticks where the rate is not known */
    bool json, fail, at_peak, search;
    int color; /* 1 always, 0 if stdout is a terminal, -1 never */
} hs_options_t;

typedef struct {
    const hs_options_t *options;
    hs_source_t *source; /* the reader's */
    hs_reader_t *reader;
    hs_model_t model;
    bool fed;              /* the model has what there is so far, and gets more elsewhere: --follow */
    hs_symbols_t *symbols; /* NULL: addresses alone */
} hs_context_t;

typedef struct {
    const char *name, *arguments, *does;
    json_t *(*ask)(hs_context_t *c);
    void (*show)(const json_t *document);
} hs_command_t;

extern const hs_command_t hs_commands[];

/** Opens a recording and its program; hs_context_run() reads it to the end. */
void hs_context_open(hs_context_t *c, const hs_options_t *options, const char *input, const char *elf);
void hs_context_run(hs_context_t *c);
/** Reads it once more, up to the moment of the peak. */
void hs_context_run_to_peak(hs_context_t *c);
void hs_context_close(hs_context_t *c);

/* ---- JSON ---- */

/** What the recording is, and what is missing of it. */
json_t *hs_json_trace(hs_context_t *c);
/** A call stack: array of {"address", "function", "file", "line", "inlined"}, innermost first. */
json_t *hs_json_stack(hs_context_t *c, uint32_t stack);
/** Ticks as seconds, or as they are where the rate is not known. */
double hs_time(const hs_context_t *c, uint64_t ticks);
/** The name of a task. */
const char *hs_task_name(const hs_context_t *c, uint32_t task);

/* ---- live blocks by call stack ---- */

typedef struct {
    uint32_t stack, task;
    uint64_t bytes, count, oldest, newest; /* ticks of birth */
} hs_group_t;

/** Groups of what is live now and passes --min-age, --since, --task and --region, largest first (--sort); *count of them. */
hs_group_t *hs_groups(hs_context_t *c, size_t *count);
/** The same as a document: "groups", "bytes", "blocks". At most --top groups. */
void hs_json_groups(hs_context_t *c, json_t *document);
void hs_show_groups(const json_t *document, const char *what);

/** Whether a block passes --min-age, --since, --task and --region. */
bool hs_passes(const hs_context_t *c, const hs_block_t *b);
