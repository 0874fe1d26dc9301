/* SPDX-License-Identifier: MIT */
/*
 * Tests of malloc as a whole process sees it. Each case runs in a child of its own: what it leaves behind is gone with it, a
 * crash or an endless wait is one failed case, and a bad free may end in abort().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *name;
    void (*run)(void);
} case_t;

#define CASE(function)                                                                                                           \
    { #function, function }

/** Ends the case as failed unless `condition` holds. */
#define CHECK(condition)                                                                                                         \
    do {                                                                                                                         \
        if (!(condition)) case_failed(#condition, __FILE__, __LINE__);                                                           \
    } while (0)

__attribute__((noreturn)) void case_failed(const char *condition, const char *file, int line);

/** Runs the cases and prints "ch_test: N passed, N failed"; returns main()'s value. argv[1], if any: the only case to run. */
int run_cases(const case_t *cases, size_t count, int argc, char **argv);

/** Runs a function in a child. @return its status as waitpid() has it; text: what it wrote to stderr, as far as there is room. */
int run_child(void (*function)(void), char *text, size_t size);

/** Bytes of this process in RAM. */
size_t resident_bytes(void);

/** Fills a block so that tag_holds() can tell whether anybody else wrote to it. */
void tag(void *block, size_t size, unsigned seed);
bool tag_holds(const void *block, size_t size, unsigned seed);
