/* SPDX-License-Identifier: MIT */
/*
 * What heapscope hands to a replayer: a file of a header and operations, all numbers of 32 bits, lowest byte first. The replayer
 * is a 32-bit program with one chip's table and one configuration of the library (see build); it prints a JSON document.
 */
#pragma once

#include <stdint.h>

enum { REPLAY_ALLOC = 1, REPLAY_CALLOC, REPLAY_REALLOC, REPLAY_FREE, REPLAY_ALIGNED, REPLAY_FAILED };

typedef struct {
    uint32_t count, slots;
} replay_header_t;

typedef struct {
    uint32_t kind;
    uint32_t slot;      /* names a block while it lives; of REPLAY_FAILED: none */
    uint32_t size;      /* bytes asked for */
    uint32_t caps;      /* MALLOC_CAP_* */
    uint32_t alignment; /* of REPLAY_ALIGNED */
    uint32_t address;   /* that the recorded program got; 0: not known */
} replay_op_t;
