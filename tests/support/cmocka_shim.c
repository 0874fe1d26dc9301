/* SPDX-License-Identifier: MIT */
/* See cmocka_shim.h. A failed assertion jumps back to the runner, so nothing after it runs; the teardown does. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ch_test.h"

enum { PASSED, FAILED, SKIPPED };

static jmp_buf leave; /* set while a test, setup or teardown runs */
static bool running;

void print_message(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

void print_error(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

static __attribute__((noreturn)) void go(int outcome) {
    if (!running) {
        print_error("ch_test: 0 passed, 1 failed\n");
        fflush(stdout);
        __builtin_trap();
    }
    longjmp(leave, outcome);
}

void _fail(const char *file, int line) {
    print_error("%s:%d: failed\n", file, line);
    go(FAILED);
}

void _skip(const char *file, int line) {
    print_message("%s:%d: skipped\n", file, line);
    ch_test_count_skip();
    go(SKIPPED);
}

void shim_check(bool good, const char *text, const char *file, int line) {
    if (good) return;
    print_error("%s\n", text);
    _fail(file, line);
}

void shim_equal(uintmax_t a, uintmax_t b, bool wanted, const char *text, const char *file, int line) {
    if ((a == b) == wanted) return;
    print_error("%s: 0x%" PRIxMAX ", 0x%" PRIxMAX "\n", text, a, b);
    _fail(file, line);
}

void shim_range(uintmax_t value, uintmax_t low, uintmax_t high, bool wanted, const char *text, const char *file, int line) {
    if ((value >= low && value <= high) == wanted) return;
    print_error("%s: 0x%" PRIxMAX " is %s 0x%" PRIxMAX "...0x%" PRIxMAX "\n", text, value, wanted ? "outside" : "inside", low,
                high);
    _fail(file, line);
}

void shim_memory(const void *a, const void *b, size_t size, bool wanted, const char *text, const char *file, int line) {
    const unsigned char *x = a, *y = b;
    size_t i = 0;
    while (i < size && x[i] == y[i]) i++;
    if ((i == size) == wanted) return;
    print_error("%s: %s at byte %lu of %lu\n", text, wanted ? "differ" : "same", (unsigned long)i, (unsigned long)size);
    _fail(file, line);
}

void shim_string(const char *a, const char *b, bool wanted, const char *text, const char *file, int line) {
    if ((strcmp(a, b) == 0) == wanted) return;
    print_error("%s: \"%s\", \"%s\"\n", text, a, b);
    _fail(file, line);
}

/* Both kinds of function, run so that an assertion in them comes back here. */
static int run_fixture(CMFixtureFunction fixture, void **state) {
    if (fixture == NULL) return PASSED;
    running = true;
    int outcome = setjmp(leave);
    if (outcome == 0 && fixture(state) != 0) outcome = FAILED;
    running = false;
    return outcome;
}

static int run_function(CMUnitTestFunction function, void **state) {
    running = true;
    int outcome = setjmp(leave);
    if (outcome == 0) function(state);
    running = false;
    return outcome;
}

static int run_one(const struct CMUnitTest *test) {
    void *state = test->initial_state;
    int outcome = run_fixture(test->setup_func, &state);
    if (outcome != PASSED) return outcome;
    outcome = run_function(test->test_func, &state);
    int after = run_fixture(test->teardown_func, &state);
    return after == PASSED ? outcome : FAILED;
}

int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction group_setup,
                            CMFixtureFunction group_teardown) {
    static const char *const words[] = {[PASSED] = "ok", [FAILED] = "FAILED", [SKIPPED] = "skipped"};
    void *state = NULL;
    int failed = 0;
    print_message("%s: %lu tests\n", name, (unsigned long)count);
    if (run_fixture(group_setup, &state) != PASSED) return (int)count;
    for (size_t i = 0; i < count; i++) {
        int outcome = run_one(&tests[i]);
        if (outcome == FAILED) failed++;
        print_message("%-8s%s\n", words[outcome], tests[i].name);
    }
    if (run_fixture(group_teardown, &state) != PASSED) failed++;
    return failed;
}
