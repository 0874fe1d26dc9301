/* SPDX-License-Identifier: MIT */
/*
 * State of the stand-in kernel. A thread of the host is a core: it has a mask of its own, which is all that a lock on one core
 * needs to be judged by.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stub_task {
    char name[16];
};

typedef struct {
    unsigned id;
    unsigned long mask;      /* 0: open; else what the innermost owner set */
    unsigned long masks;     /* how often it was set */
    unsigned nesting;        /* of critical sections of ESP-IDF's kind */
    unsigned long outermost; /* mask before the first of them */
} stub_core_t;

extern _Thread_local stub_core_t stub_core;

/* What the functions of task.h answer. */
extern struct stub_task *stub_current_task;
extern long stub_scheduler_state;

/* What the heap called. */
typedef struct {
    unsigned forbidden;
    unsigned failed_hooks;
    unsigned asserts;
    unsigned mallocs_traced, frees_traced;
    const void *traced_block;
    size_t traced_size;
} stub_calls_t;

extern stub_calls_t stub_calls;

/** The value that the mask has between the two. */
#define STUB_MASKED 0x50ul

unsigned long stub_mask(void);
void stub_unmask(unsigned long state);
/** A core waits for another one, which on the host may wait for a processor. */
void stub_spin(void);
void stub_forbidden(const char *what);
void stub_assert_failed(void);
/** Called by it, if set. */
extern void (*stub_assert_hook)(void);
void stub_trace_malloc(const void *block, size_t size);
void stub_trace_free(const void *block, size_t size);
