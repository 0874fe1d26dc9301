/* SPDX-License-Identifier: MIT */
/*
 * What a test includes: cmocka's names, and what tests of a heap need beside them. A test is written once and runs on the 64-bit
 * host (where the framework is cmocka), on the 32-bit host and on the boards (where cmocka_shim.h supplies the same names).
 *
 * The support code defines ch_port_print and ch_port_fatal itself: text is captured, a fatal error ends the test or, inside
 * CH_EXPECT_FATAL, is what the test wants. Every run of a group ends with the line "ch_test: N passed, M failed".
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef CH_TEST_CMOCKA
#include <cmocka.h>
#else
#include "cmocka_shim.h"
#endif

/* ---- fatal errors ---- */

/**
 * Runs a statement that must end in the port's fatal function; the test fails if it does not. Local variables that the statement
 * changes must be volatile.
 */
#define CH_EXPECT_FATAL(statement)                                                                                               \
    do {                                                                                                                         \
        if (setjmp(*ch_test_fatal_arm()) == 0) {                                                                                 \
            statement;                                                                                                           \
            ch_test_fatal_missing(#statement, __FILE__, __LINE__);                                                               \
        }                                                                                                                        \
    } while (0)

/** Reason of the last fatal error in this test; NULL if there was none since the last CH_EXPECT_FATAL began. */
const char *ch_test_fatal_reason(void);

/** Address that it named. */
const void *ch_test_fatal_address(void);

/**
 * From now on a fatal error prints what it has to say and ends the program as a failed one. For tests in which it may come on
 * another core, in an interrupt or in another thread, from where there is no way back to the test.
 */
void ch_test_fatal_ends_program(void);

/* Used by CH_EXPECT_FATAL. */
jmp_buf *ch_test_fatal_arm(void);
void ch_test_fatal_missing(const char *statement, const char *file, int line);

/** After a statement that might have ended so but did not: for tests that arm by themselves. */
void ch_test_fatal_disarm(void);

/* ---- output ---- */

/** Everything written by ch_port_print since the test began or since the last clear; the last part is missing beyond 32 KiB. */
const char *ch_test_output(void);
void ch_test_output_clear(void);

/** Whether what the calling thread prints is dropped (on boards: what anybody prints). */
void ch_test_output_drop(bool drop);

/* ---- resources ---- */

/**
 * A variable of the environment; on boards an argument of the program, as tools/run-qemu passes CH_SEED and CH_OPS on. NULL if it
 * is not there or empty. The text is good until the next call.
 */
const char *ch_test_argument(const char *name);

/** Seed of random tests: CH_SEED of the environment (boards: of tools/run-qemu), else a fixed number. Prints it, once. */
uint32_t ch_test_seed(void);

/**
 * Memory for a stand-alone heap, aligned to 16, filled with 0xA5 (up to 1 MiB), taken from no heap under test.
 *
 * Each call in a test gives another piece; all are up for use again when the next test begins. All pieces of a test together: up
 * to 1 MiB on boards, 64 MiB on the host. The test fails if there is no more.
 */
void *ch_test_span(size_t size);

/** All spans so far are used no more: the next one begins where they did. Each test begins with this. */
void ch_test_spans_begin(void);

/** Attribute of a large static array: on boards it then lies where neither the program nor a heap needs the room. */
#if defined __unix__
#define CH_TEST_LARGE
#else
#define CH_TEST_LARGE __attribute__((section(".spare")))
#endif

/** True on a workstation, false on a board. */
bool ch_test_on_host(void);

/* ---- running ---- */

/* The group runs with our own work before each test: forget output, fatal errors and spans. */
#undef cmocka_run_group_tests
#define cmocka_run_group_tests(tests, group_setup, group_teardown)                                                               \
    ch_test_run_group(#tests, tests, sizeof(tests) / sizeof((tests)[0]), group_setup, group_teardown)

#ifdef CH_TEST_CMOCKA
#undef skip
#define skip() (ch_test_count_skip(), _skip(__FILE__, __LINE__))
#endif

/** Returns 0 if all tests passed, else 1: fit to be main()'s value. */
int ch_test_run_group(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction group_setup,
                      CMFixtureFunction group_teardown);
void ch_test_count_skip(void);
