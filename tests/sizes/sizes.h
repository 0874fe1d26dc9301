/* SPDX-License-Identifier: MIT */
/*
 * The battery of sizes, alignments and masks: every entry point that takes one is called with all that is odd about it.
 *
 *      inputs.c   the lists: about every power of two, about the wrap, about what the heap has; every bit and pair of bits
 *      calls.c    the entry points, a line each
 *      judge.c    what must be true after a call, whatever was asked
 *      *_test.c   which inputs meet which entry points
 *
 * What holds does not depend on the options of the library: a new option is a new line in tests/sizes/configurations.
 */
#pragma once

#include "api_setup.h"

/* ---- inputs ---- */

/** How many: CH_SIZES=full of the environment; by itself; or on a board, which is a hundred times slower. */
typedef enum { SIZES_FEW, SIZES_SOME, SIZES_ALL } sizes_many_t;
sizes_many_t sizes_many(void);

typedef struct {
    const size_t *list;
    size_t count;
} sizes_t;
typedef struct {
    const uint32_t *list;
    size_t count;
} masks_t;

/** 0 and all sizes within 64 of a power of two, of the wrap, of the largest request, of the largest block; ascending. */
sizes_t sizes_wide(void);
/** The same, with less about each of them. */
sizes_t sizes_narrow(void);
/** A dozen. */
sizes_t sizes_handful(void);
/** Every power of two, 0, the neighbours of some, and others that are none. */
sizes_t sizes_alignments(void);
/** No bit, every bit, pairs of bits, all bits, and what chips' memory has. */
masks_t sizes_masks(void);

/* ---- entry points ---- */

typedef struct {
    size_t size;
    size_t alignment;
    uint32_t caps;
    void *old; /* a block to be resized; its contents are the judge's */
} ask_t;

enum {
    TAKES_ALIGNMENT = 1,
    TAKES_CAPS = 2,
    TAKES_BLOCK = 4, /* resizes */
    CLEARS = 8,
    SILENT = 16,  /* no callback: the base functions */
    OF_LIBC = 32, /* the malloc family: capabilities of malloc() */
    COUNTS = 64   /* size elements of one byte: none of them is a failure, with a callback */
};

typedef struct {
    const char *name;
    unsigned takes;
    void *(*call)(const ask_t *ask);
    const char *told; /* name that the callback is told, NULL: not said */
} entry_t;

extern const entry_t sizes_entries[];
extern const size_t sizes_entry_count;

/* ---- judgement ---- */

/** Boots, and puts blocks with known contents and holes between them into every heap. A group's setup. */
int judge_begin(void **state);
/** Everything that judge_begin() put there is as it was; all heaps are sound. A group's teardown. */
int judge_end(void **state);
/** The malloc family may use external memory from now on: sizes above the limit first. */
void judge_allow_external(size_t limit);

/**
 * Calls an entry point once and judges: a block must be one, a failure must leave no trace. ask->old is ignored; where the entry
 * point resizes, there is a block of 200 bytes.
 */
void judge(const entry_t *entry, const ask_t *ask);
/** Calls so far. */
unsigned long judge_calls(void);
