/* SPDX-License-Identifier: MIT */
/* What the analysis of code is tested with. */
#pragma once

#include <stdint.h>

enum { SAMPLE_ROUNDS = 10 }; /* as loops.txt has it */

typedef struct {
    const char *name;
    uint32_t (*function)(uint32_t n);
    uint32_t argument;
} sample_t;

extern const sample_t samples[];
extern const unsigned sample_count;
