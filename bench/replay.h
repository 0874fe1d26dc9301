/* SPDX-License-Identifier: MIT */
/*
 * The replayer: runs a recorded trace (traces/README.md) through one allocator, the "subject", and checks every block.
 *
 * A subject is a table of functions. Each call of its allocator goes through counted_call() (counted.h), which reports what
 * the call cost; everything else (tags, checks, look-ups) happens outside the counted span.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Operations of a trace. */
enum { OP_MALLOC = 1, OP_CALLOC = 2, OP_REALLOC = 3, OP_FREE = 4, OP_ALIGNED = 5 };

/** A trace as it lies in memory: the file itself. Little-endian, as are all machines that the replayer runs on. */
typedef struct {
    char magic[4]; /**< "HTR1" */
    uint32_t op_count;
    uint32_t slot_count;
    uint32_t peak_bytes;
    uint32_t peak_blocks;
    uint32_t end_bytes;
    uint32_t end_blocks;
    uint32_t zero;
    struct {
        uint32_t word; /**< op | log2(alignment) << 4 | slot << 9 */
        uint32_t size;
    } ops[];
} trace_t;

/** A live block. */
typedef struct {
    unsigned char *data; /**< NULL: the slot is empty */
    uint32_t size;
} slot_t;

/** The allocator under test. Each call writes its cost (0 where nothing counts) to *cost. */
typedef struct {
    const char *name;
    size_t pool_size;                       /**< bytes of pool it always wants; 0: the count pool of the trace */
    bool (*setup)(void *pool, size_t size); /**< makes it empty; false: the pool is too small */
    void *(*malloc)(size_t size, uint32_t *cost);
    void *(*calloc)(size_t size, uint32_t *cost);
    void *(*realloc)(void *block, size_t size, uint32_t *cost);
    void *(*aligned_alloc)(size_t alignment, size_t size, uint32_t *cost);
    void (*free)(void *block, uint32_t *cost);
} subject_t;

/** How a replay ended. */
typedef struct {
    const char *failure; /**< NULL: the whole trace ran, and every check held */
    bool out_of_memory;  /**< the failure is a call that returned NULL */
    uint32_t op;         /**< operations done: the index of the one that failed */
} replay_result_t;

/** Whether the bytes at trace are a trace that fits into length bytes. */
bool trace_is_valid(const trace_t *trace, size_t length);

/** The pool that instructions are counted in: 1.25 x (peak bytes + 24 x peak blocks) + 16 KB, rounded up to 16. */
size_t trace_count_pool(const trace_t *trace);

/**
 * Replays a whole trace on a subject that has just been set up.
 *
 * @param slots trace->slot_count entries, any contents
 * @param costs trace->op_count entries, or NULL; entry n becomes the cost of operation n
 */
replay_result_t replay(const trace_t *trace, const subject_t *subject, slot_t *slots, uint32_t *costs);
