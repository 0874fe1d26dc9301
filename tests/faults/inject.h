/* SPDX-License-Identifier: MIT */
/* The faults: how each is brought about in the world's state, and what a program would do next with what was hit. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *name;
    bool is_call;       /* the fault is the call that act() makes; make() only prepares it */
    bool (*make)(void); /* false: nothing was damaged, as this state has no place for it, or the bytes were so already */
    void (*act)(void);  /* the natural operations */
} fault_t;

extern const fault_t faults[];
extern const size_t fault_count;

/** What the matrix itself must notice (self.c). */
extern const fault_t self_faults[];
extern const size_t self_fault_count;
