/* SPDX-License-Identifier: MIT */
/* See ch_test.h. Takes no memory from any heap under test. */
#include "ch_test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capheap/port.h"

#define OUTPUT_SIZE 32768u
#define FILL 0xA5A5A5A5u
#define FILL_MAX ((size_t)1 << 20)

#if defined __unix__
#define SPAN_MAX ((size_t)64 << 20)
#define PER_THREAD _Thread_local
#else
#define PER_THREAD
#include "semihosting.h"
#define SPAN_MAX ((size_t)1 << 20)
#endif

/* ---- output: any thread, any context ---- */

static char output[OUTPUT_SIZE + 1];
static atomic_size_t output_length;
static PER_THREAD bool dropping;

void ch_test_output_drop(bool drop) { dropping = drop; }

void ch_port_print(const char *text, size_t len) {
    if (dropping) return;
    size_t at = atomic_fetch_add(&output_length, len);
    if (at >= OUTPUT_SIZE) return;
    memcpy(output + at, text, len < OUTPUT_SIZE - at ? len : OUTPUT_SIZE - at);
}

const char *ch_test_output(void) {
    size_t length = atomic_load(&output_length);
    output[length < OUTPUT_SIZE ? length : OUTPUT_SIZE] = '\0';
    return output;
}

void ch_test_output_clear(void) { atomic_store(&output_length, 0); }

/* ---- fatal errors ---- */

static jmp_buf fatal_jump;
static bool fatal_armed;
static bool test_running;
static bool fatal_ends_program;
static char fatal_text[128];
static const char *fatal_reason;
static const void *fatal_address;

jmp_buf *ch_test_fatal_arm(void) {
    fatal_armed = true;
    fatal_reason = NULL;
    fatal_address = NULL;
    return &fatal_jump;
}

void ch_test_fatal_disarm(void) { fatal_armed = false; }

void ch_test_fatal_missing(const char *statement, const char *file, int line) {
    fatal_armed = false;
    print_error("no fatal error from: %s\n", statement);
    _fail(file, line);
}

void ch_test_fatal_ends_program(void) { fatal_ends_program = true; }

const char *ch_test_fatal_reason(void) { return fatal_reason; }

const void *ch_test_fatal_address(void) { return fatal_address; }

void ch_port_fatal(const char *reason, const void *address) {
    snprintf(fatal_text, sizeof fatal_text, "%s", reason != NULL ? reason : "(no reason)");
    fatal_reason = fatal_text;
    fatal_address = address;
    if (fatal_armed) {
        fatal_armed = false;
        longjmp(fatal_jump, 1);
    }
    print_error("fatal: %s (%p)\n%s\n", fatal_text, address, ch_test_output());
    if (test_running && !fatal_ends_program) _fail(__FILE__, __LINE__);
    printf("ch_test: 0 passed, 1 failed\n");
    fflush(stdout);
    _Exit(1);
}

/* ---- spans: pieces of one arena, which begins anew with each test ---- */

static CH_TEST_LARGE unsigned char arena[SPAN_MAX] __attribute__((aligned(64)));
static size_t arena_used;

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

void ch_test_spans_begin(void) { arena_used = 0; }

void *ch_test_span(size_t size) {
    if (size > SPAN_MAX - arena_used) fail_msg("no span of %lu bytes left", (unsigned long)size);
    unsigned char *span = arena + arena_used;
    size_t whole = (size + 15) & ~(size_t)15;
    arena_used = whole < SPAN_MAX - arena_used ? arena_used + whole : SPAN_MAX;
    ASAN_UNPOISON_MEMORY_REGION(span, size);
    ASAN_POISON_MEMORY_REGION(span + size, SPAN_MAX - (size_t)(span - arena) - size);
    uint32_t *words = (uint32_t *)(void *)span;
    for (size_t i = 0; i < size / 4 && size <= FILL_MAX; i++) words[i] = FILL;
    return span;
}

bool ch_test_on_host(void) {
#if defined __unix__
    return true;
#else
    return false;
#endif
}

/* ---- seed ---- */

const char *ch_test_argument(const char *name) {
#if defined __unix__
    const char *text = getenv(name);
#else
    static char value[24];
    const char *text = board_argument(name, value, sizeof value) > 0 ? value : NULL;
#endif
    return text != NULL && *text != '\0' ? text : NULL;
}

uint32_t ch_test_seed(void) {
    static bool known;
    static uint32_t seed = 0x2cab1e55;
    if (known) return seed;
    const char *text = ch_test_argument("CH_SEED");
    if (text != NULL) seed = (uint32_t)strtoul(text, NULL, 0);
    known = true;
    print_message("ch_test: seed 0x%08lx\n", (unsigned long)seed);
    return seed;
}

/* ---- running: each test is given a setup of ours, which calls its own ---- */

#define TESTS_MAX 256

static struct CMUnitTest wrapped[TESTS_MAX];
static const struct CMUnitTest *originals;
static size_t begun;
static int skipped;
static CMFixtureFunction original_group_setup;
static bool group_begun;

void ch_test_count_skip(void) { skipped++; }

static int begin_test(void **state) {
    const struct CMUnitTest *original = &originals[begun++];
    ch_test_output_clear();
    fatal_armed = false;
    fatal_reason = NULL;
    fatal_address = NULL;
    ch_test_spans_begin();
    return original->setup_func != NULL ? original->setup_func(state) : 0;
}

static int begin_group(void **state) {
    int result = original_group_setup != NULL ? original_group_setup(state) : 0;
    group_begun = result == 0;
    return result;
}

int ch_test_run_group(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction group_setup,
                      CMFixtureFunction group_teardown) {
    int total = (int)count, failed = total;
    originals = tests;
    original_group_setup = group_setup;
    begun = 0;
    skipped = 0;
    group_begun = false;
    test_running = true;
    for (size_t i = 0; i < count && i < TESTS_MAX; i++) {
        wrapped[i] = tests[i];
        wrapped[i].setup_func = begin_test;
    }
    if (count <= TESTS_MAX) failed = _cmocka_run_group_tests(name, wrapped, count, begin_group, group_teardown);
    test_running = false;
    if (!group_begun || failed < 0 || failed > total) failed = total > 0 ? total : 1;
    int passed = total - failed - skipped;
    if (skipped > 0) printf("ch_test: %d skipped\n", skipped);
    printf("ch_test: %d passed, %d failed\n", passed > 0 ? passed : 0, failed);
    fflush(stdout);
    return failed > 0;
}
