/* SPDX-License-Identifier: MIT */
/* The part of cmocka's interface that the tests use, for machines where cmocka is not: names and meaning as there. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*CMUnitTestFunction)(void **state);
typedef int (*CMFixtureFunction)(void **state);

struct CMUnitTest {
    const char *name;
    CMUnitTestFunction test_func;
    CMFixtureFunction setup_func;
    CMFixtureFunction teardown_func;
    void *initial_state;
};

#define cmocka_unit_test(f) cmocka_unit_test_prestate_setup_teardown(f, NULL, NULL, NULL)
#define cmocka_unit_test_setup(f, setup) cmocka_unit_test_prestate_setup_teardown(f, setup, NULL, NULL)
#define cmocka_unit_test_teardown(f, teardown) cmocka_unit_test_prestate_setup_teardown(f, NULL, teardown, NULL)
#define cmocka_unit_test_setup_teardown(f, setup, teardown) cmocka_unit_test_prestate_setup_teardown(f, setup, teardown, NULL)
#define cmocka_unit_test_prestate(f, state) cmocka_unit_test_prestate_setup_teardown(f, NULL, NULL, state)
/* clang-format off: a formatter would take this for a block */
#define cmocka_unit_test_prestate_setup_teardown(f, setup, teardown, state)                                                      \
    { #f, f, setup, teardown, state }
/* clang-format on */

#define SHIM_AT __FILE__, __LINE__
#define SHIM_WORD(value) ((uintmax_t)(value))

#define assert_true(c) shim_check((c) ? true : false, #c " is not true", SHIM_AT)
#define assert_false(c) shim_check((c) ? false : true, #c " is not false", SHIM_AT)
#define assert_null(p) shim_check((p) == NULL, #p " is not NULL", SHIM_AT)
#define assert_non_null(p) shim_check((p) != NULL, #p " is NULL", SHIM_AT)
#define assert_int_equal(a, b) shim_equal(SHIM_WORD(a), SHIM_WORD(b), true, #a " == " #b, SHIM_AT)
#define assert_int_not_equal(a, b) shim_equal(SHIM_WORD(a), SHIM_WORD(b), false, #a " != " #b, SHIM_AT)
#define assert_ptr_equal(a, b) shim_equal((uintptr_t)(a), (uintptr_t)(b), true, #a " == " #b, SHIM_AT)
#define assert_ptr_not_equal(a, b) shim_equal((uintptr_t)(a), (uintptr_t)(b), false, #a " != " #b, SHIM_AT)
#define assert_in_range(v, low, high) shim_range(SHIM_WORD(v), SHIM_WORD(low), SHIM_WORD(high), true, #v, SHIM_AT)
#define assert_not_in_range(v, low, high) shim_range(SHIM_WORD(v), SHIM_WORD(low), SHIM_WORD(high), false, #v, SHIM_AT)
#define assert_memory_equal(a, b, size) shim_memory(a, b, size, true, #a " == " #b, SHIM_AT)
#define assert_memory_not_equal(a, b, size) shim_memory(a, b, size, false, #a " != " #b, SHIM_AT)
#define assert_string_equal(a, b) shim_string(a, b, true, #a " == " #b, SHIM_AT)
#define assert_string_not_equal(a, b) shim_string(a, b, false, #a " != " #b, SHIM_AT)
#define fail() _fail(SHIM_AT)
#define fail_msg(...) (print_error("ERROR: " __VA_ARGS__), print_error("\n"), _fail(SHIM_AT))
#define skip() _skip(SHIM_AT)

void shim_check(bool good, const char *text, const char *file, int line);
void shim_equal(uintmax_t a, uintmax_t b, bool wanted, const char *text, const char *file, int line);
void shim_range(uintmax_t value, uintmax_t low, uintmax_t high, bool wanted, const char *text, const char *file, int line);
void shim_memory(const void *a, const void *b, size_t size, bool wanted, const char *text, const char *file, int line);
void shim_string(const char *a, const char *b, bool wanted, const char *text, const char *file, int line);

__attribute__((noreturn)) void _fail(const char *file, int line);
__attribute__((noreturn)) void _skip(const char *file, int line);

/* Formats are checked where the framework is cmocka. Here int and long have one size, but uint32_t is either, so that a check
 * would only ask for casts. */
void print_message(const char *format, ...);
void print_error(const char *format, ...);

/** Runs the tests; returns how many failed. */
int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction group_setup,
                            CMFixtureFunction group_teardown);
