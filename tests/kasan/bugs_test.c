/* SPDX-License-Identifier: MIT */
/*
 * Every bug of the table is met at the access that is wrong, before that is made: the report names the kind, the address, the
 * size, the code, and the block with where it was allocated. A program without a bug gives no report. This file is compiled
 * without checks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bugs.h"
#include "capheap/config.h"
#include "ch_test.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_kasan.h"

static const bug_t *const tables[] = {heap_bugs, other_bugs, stack_bugs};
static size_t counts[3];

/** The function of all tables that an address is likely to lie in: the last one that starts below. */
static const bug_t *function_at(uintptr_t pc) {
    const bug_t *best = NULL;
    for (size_t t = 0; t < 3; t++) {
        for (size_t i = 0; i < counts[t]; i++) {
            const bug_t *b = &tables[t][i];
            if ((uintptr_t)b->run <= pc && (!best || (uintptr_t)b->run > (uintptr_t)best->run)) best = b;
        }
    }
    return best;
}

/** The hexadecimal number behind a text of the report. */
static uintptr_t number_behind(const char *report, const char *label) {
    const char *at = strstr(report, label);
    return at ? (uintptr_t)strtoul(at + strlen(label), NULL, 16) : 0;
}

static bool expect(bool good, const bug_t *b, const char *what) {
    if (!good) print_error("%s: %s\n%s\n", b->name, what, ch_test_output());
    return good;
}

/** What the report must say of a bug, in the order of its lines. */
static bool is_told(const bug_t *b) {
    const char *report = ch_test_output();
    char line[96];
    bool free_fault = strncmp(b->access, "FREE", 4) == 0;
    snprintf(line, sizeof line, "KASAN error: %s", b->access);
    bool good = expect(strncmp(report, line, strlen(line)) == 0, b, "wrong access");
    snprintf(line, sizeof line, " 0x%08x\n  Bug type: ", (unsigned)bug_address);
    const char *type = strstr(report, line);
    good = expect(type != NULL, b, "wrong address") && good;
    if (type && (!b->far || CH_CFG_KASAN_REDZONE >= 16))
        good = expect(strncmp(type + strlen(line), b->type, strlen(b->type)) == 0, b, "wrong type") && good;
    good = expect(function_at(number_behind(report, "\n  pc ")) == b, b, "wrong pc") && good;
    if (b->block && (!b->far || CH_CFG_KASAN_REDZONE >= 16)) {
        good = expect(strstr(report, b->block) != NULL, b, "wrong block or variable") && good;
        const char *allocated = strstr(report, "allocated at ");
        if (allocated && !strstr(b->name, "own_heap"))
            good = expect(function_at(number_behind(report, "allocated at ")) == b, b, "allocated elsewhere") && good;
        good =
            expect(allocated || CH_CFG_KASAN_REDZONE < 16 || !strstr(b->block, "access"), b, "not said where allocated") && good;
    }
    if (!free_fault) good = expect(strstr(report, "(shadow nibble=0x0)") == NULL, b, "no nibble") && good;
    return expect(strstr(report, "\n  shadow (a digit for 4 bytes):\n") != NULL, b, "no shadow memory") && good;
}

static void run_all(const bug_t *bugs, size_t count) {
    unsigned volatile failures = 0;
    for (size_t volatile i = 0; i < count; i++) {
        ch_test_output_clear();
        if (setjmp(*ch_test_fatal_arm()) == 0) {
            bugs[i].run();
            fail_msg("%s: no report", bugs[i].name);
        }
        kasan_enable_checks(); /* a report leaves them off, as the program ends */
        if (!is_told(&bugs[i])) failures++;
    }
    if (failures) fail_msg("%u of %u bugs are not told as they should be", failures, (unsigned)count);
    printf("%u bugs found\n", (unsigned)count);
}

static void test_wrong_use_of_blocks_is_reported_at_the_access(void **state) {
    (void)state;
    run_all(heap_bugs, heap_bug_count);
}

static void test_wrong_use_of_globals_and_own_heaps_is_reported(void **state) {
    (void)state;
    run_all(other_bugs, other_bug_count);
}

static void test_wrong_use_of_local_variables_is_reported(void **state) {
    (void)state;
    run_all(stack_bugs, stack_bug_count);
}

static void test_a_program_without_a_bug_gives_no_report(void **state) {
    (void)state;
    assert_int_equal(clean_run(), CLEAN_SUM);
    assert_string_equal(ch_test_output(), "");
}

static void test_the_heap_is_sound_after_all_that(void **state) {
    (void)state;
    assert_true(heap_caps_check_integrity_all(true));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_use_of_blocks_is_reported_at_the_access),
        cmocka_unit_test(test_wrong_use_of_globals_and_own_heaps_is_reported),
        cmocka_unit_test(test_wrong_use_of_local_variables_is_reported),
        cmocka_unit_test(test_a_program_without_a_bug_gives_no_report),
        cmocka_unit_test(test_the_heap_is_sound_after_all_that),
    };
    counts[0] = heap_bug_count, counts[1] = other_bug_count, counts[2] = stack_bug_count;
    heap_caps_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
