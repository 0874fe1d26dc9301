/* SPDX-License-Identifier: MIT */
/* What a recording consists of, once it is read: the same for a stream and for the dump of a standalone trace. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

typedef enum {
    HS_ALLOC,
    HS_FREE,
    HS_MOVE,
    HS_FAILED,
    HS_REGION, /* a region, or its size or name, was told */
    HS_STATE,
    HS_MARK,
    HS_RESTART, /* the machine began anew: nothing is live */
    HS_RUN,     /* tracing began, or went on after a stop */
    HS_STOP,
    HS_LOST, /* from here on events are missing that were there */
} hs_event_type_t;

/** Strings belong to the reader, and stay as they are until the next event. */
typedef struct {
    hs_event_type_t type;
    uint64_t time;          /* ticks */
    uint64_t number, since; /* of the frame; of HS_MOVE: of the first frame after the realloc began */
    uint64_t address, old, size;
    uint32_t caps;
    unsigned alignment; /* of HS_ALLOC: log2; 0: none was asked for, or the recording does not tell */
    unsigned core;
    uint32_t task;                   /* index into hs_names_t.tasks */
    uint32_t stack;                  /* index into hs_stacks_t; 0: none */
    const char *text;                /* name of a region, of a function that failed, of a mark */
    uint64_t free, largest, minimum; /* of HS_STATE */
} hs_event_t;

/* ---- call stacks, each kept once ---- */

enum { HS_STACKS_MOST = 1 << 20 }; /* a hostile stream may have any number: what comes later counts as "no call stack" */

/** A node of the tree of callers: one return address; `caller` leads outwards. Node 0 is nobody. */
typedef struct {
    uint64_t address;
    uint32_t caller;
} hs_call_t;

typedef struct {
    hs_call_t *calls;
    size_t count, room;
    hs_map_t index; /* of (address, caller) */
    bool full;
} hs_stacks_t;

/** The number of a call stack, innermost address first. */
uint32_t hs_stacks_intern(hs_stacks_t *s, const uint64_t *addresses, size_t depth);
/** Its addresses, innermost first; returns how many of them there are, at most `most`. */
size_t hs_stacks_get(const hs_stacks_t *s, uint32_t stack, uint64_t *addresses, size_t most);
void hs_stacks_free(hs_stacks_t *s);

/* ---- tasks ---- */

enum { HS_TASKS_MOST = 512 };

/** A task: a handle that comes again with another name is another task. Task 0 is none: before the scheduler. */
typedef struct {
    uint64_t handle;
    char *name;
} hs_task_t;

typedef struct {
    hs_task_t *tasks;
    size_t count, room;
} hs_tasks_t;

uint32_t hs_tasks_intern(hs_tasks_t *t, uint64_t handle, const char *name, size_t length);
void hs_tasks_free(hs_tasks_t *t);
