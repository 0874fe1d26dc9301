/* SPDX-License-Identifier: MIT */
/* Functions with real bugs, compiled with -fsanitize=kernel-address, and what is to be reported of each. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One bug. Before the bad access the function writes its address into bug_address. */
typedef struct {
    const char *name;
    void (*run)(void);
    const char *access; /* "WRITE of size 1" */
    const char *type;   /* how the bug type begins */
    const char *block;  /* "of 13 bytes, in use: the access is at offset 13"; NULL: no block is concerned */
    bool far;           /* beyond a redzone of 8 bytes: then only that it is found can be said */
} bug_t;

extern const bug_t heap_bugs[], other_bugs[], stack_bugs[];
extern const size_t heap_bug_count, other_bug_count, stack_bug_count;

/** Where the bad access will be. */
extern volatile uintptr_t bug_address;

/** Whatever a compiler must not know. */
extern volatile int bug_zero;
extern void *volatile bug_sink;

/** A program without a bug: returns a checksum. Compiled with checks too. */
uint32_t clean_run(void);
enum { CLEAN_SUM = 0x2e7118a9 };
