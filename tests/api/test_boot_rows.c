/* SPDX-License-Identifier: MIT */
/*
 * Booting from tables that are wrong or odd: where the descriptors find room, what is refused with a fatal error, a second
 * start-up. The rows are the test's, and it boots anew for each table: the registry is put back to what it was before.
 */
#include "ch_test.h"

#include <string.h>

#include "caps/registry.h"
#include "chips/chip_now.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "soc/layout.h"

enum { PLAIN, WORDS, MAX_ROWS = 8, SIZE = 4096 };

const soc_memory_type_desc_t soc_memory_types[] = {
    [PLAIN] = {"plain", {MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT, 0}},
    [WORDS] = {"words", {MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, 0, 0}},
};
const size_t soc_memory_type_count = 2;
const soc_memory_region_t soc_memory_regions[] = {{0, 0, PLAIN, 0, false}};
const size_t soc_memory_region_count = 1;

static soc_memory_region_t rows[MAX_ROWS];
static size_t row_count;
static ch_registry_t at_start;
static ch_engine_t *recent_at_start[CH_RECENT];

/* In place of those of src/soc, which ask the chip's table. */
size_t soc_get_available_memory_region_max_count(void) { return MAX_ROWS; }

size_t soc_get_available_memory_regions(soc_memory_region_t *regions) {
    memcpy(regions, rows, row_count * sizeof *rows);
    return row_count;
}

static int begin(void **state) {
    (void)state;
    static bool known;
    if (!known) {
        at_start = ch_registry;
        memcpy(recent_at_start, ch_heap_recent, sizeof recent_at_start);
    }
    known = true;
    ch_registry = at_start;
    memcpy(ch_heap_recent, recent_at_start, sizeof recent_at_start);
    ch_route_latest = ch_registry.plain;
    chip_now = (ch_chip_t){.name = "made up", .max_request = 0x100000};
    row_count = 0;
    return 0;
}

static soc_memory_region_t *add_row(void *start, size_t size, size_t type) {
    rows[row_count] = (soc_memory_region_t){(intptr_t)start, size, type, 0, false};
    return &rows[row_count++];
}

/* A row of its own memory, not beside the one before. */
static soc_memory_region_t *add(size_t size, size_t type) { return add_row((char *)ch_test_span(size + 64) + 32, size, type); }

static size_t heaps(void) {
    size_t count = 0;
    for (const ch_region_t *r = ch_registry.first; r; r = r->next) count += r->heap != NULL;
    return count;
}

static void descriptors_go_where_the_first_fit_memory_has_room(void **state) {
    (void)state;
    add(SIZE, WORDS);                       /* takes no bytes */
    add(SIZE, PLAIN)->startup_stack = true; /* a stack is there still */
    add(256 + 64, PLAIN);                   /* too small for all descriptors */
    soc_memory_region_t *home = add(SIZE, PLAIN);
    add(SIZE, PLAIN);
    heap_caps_init();
    const ch_region_t *r = ch_registry.first;
    assert_true((uintptr_t)r >= (uintptr_t)home->start && (uintptr_t)r < (uintptr_t)home->start + home->size);
    assert_int_equal(heaps(), 4);
    assert_true(heap_caps_check_integrity_all(true));
}

static void a_second_start_changes_nothing(void **state) {
    (void)state;
    add(SIZE, PLAIN);
    heap_caps_init();
    size_t free_now = heap_caps_get_free_size(MALLOC_CAP_8BIT);
    ch_test_output_clear();
    heap_caps_init();
    assert_string_equal(ch_test_output(), "");
    assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_8BIT), free_now);
}

static void no_room_for_the_descriptors_is_fatal(void **state) {
    (void)state;
    CH_EXPECT_FATAL(heap_caps_init());
    assert_non_null(strstr(ch_test_fatal_reason(), "no region has room"));
    add(SIZE, WORDS);
    CH_EXPECT_FATAL(heap_caps_init());
    assert_non_null(strstr(ch_test_fatal_reason(), "no region has room"));
}

static void reserved_ranges_are_listed_by_address(void **state) {
    (void)state;
    const soc_reserved_region_t reserved[] = {{0x300, 0x400}, {0x100, 0x200}, {0x200, 0x300}};
    soc_memory_region_t whole = {0x1000, 0x1000, PLAIN, 0, false}, pieces[4];
    ch_test_output_clear();
    assert_int_equal(ch_layout_subtract(&whole, 1, reserved, 3, pieces), 1);
    if (!CH_CFG_LOG_DEBUG) skip();
    const char *first = strstr(ch_test_output(), "0x00000100 - "), *second = strstr(ch_test_output(), "0x00000200 - "),
               *third = strstr(ch_test_output(), "0x00000300 - ");
    assert_true(first && first < second && second < third);
}

static void rows_that_overlap_are_fatal(void **state) {
    (void)state;
    char *span = ch_test_span(2 * SIZE);
    add(SIZE, PLAIN);
    add_row(span, SIZE, WORDS)->startup_stack = true;
    add_row(span + SIZE / 2, SIZE, WORDS)->startup_stack = true;
    CH_EXPECT_FATAL(heap_caps_init());
    assert_non_null(strstr(ch_test_fatal_reason(), "overlap"));
}

static void a_row_longer_than_a_heap_may_be_is_fatal(void **state) {
    (void)state;
    add(SIZE, PLAIN);
    soc_memory_region_t *large = add(2 * SIZE, PLAIN);
    chip_now.max_request = SIZE;
    CH_EXPECT_FATAL(heap_caps_init());
    assert_ptr_equal(ch_test_fatal_address(), (const void *)large->start);
}

static void a_scrap_is_told_and_left_alone(void **state) {
    (void)state;
    add(SIZE, PLAIN);
    uint32_t *scrap = (uint32_t *)add(32, PLAIN)->start;
    heap_caps_init();
    assert_int_equal(heaps(), 1);
    for (size_t i = 0; i < 8; i++) assert_int_equal(scrap[i], 0xA5A5A5A5u);
    heap_caps_enable_nonos_stack_heaps(); /* too small it remains */
    assert_int_equal(heaps(), 1);
}

static void a_block_that_holds_a_heap_cannot_be_freed(void **state) {
    (void)state;
    add(4 * SIZE, PLAIN);
    heap_caps_init();
    static const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {1u << 22, 0, 0};
    char *before = heap_caps_malloc(64, MALLOC_CAP_8BIT), *host = heap_caps_malloc(2 * SIZE, MALLOC_CAP_8BIT),
         *behind = heap_caps_malloc(64, MALLOC_CAP_8BIT);
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)host + 64, (intptr_t)host + 64 + SIZE), ESP_OK);
    heap_caps_free(before); /* the inner heap lies behind it */
    heap_caps_free(behind); /* and before this one */
    void *inner = heap_caps_malloc(100, 1u << 22);
    assert_true((char *)inner > host && (char *)inner < host + 2 * SIZE);
    CH_EXPECT_FATAL(heap_caps_free(host));
    assert_non_null(strstr(ch_test_output(), "it holds a heap, the block"));
    heap_caps_free(inner);
    assert_true(heap_caps_check_integrity_all(true));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(descriptors_go_where_the_first_fit_memory_has_room, begin),
        cmocka_unit_test_setup(a_second_start_changes_nothing, begin),
        cmocka_unit_test_setup(no_room_for_the_descriptors_is_fatal, begin),
        cmocka_unit_test_setup(rows_that_overlap_are_fatal, begin),
        cmocka_unit_test_setup(reserved_ranges_are_listed_by_address, begin),
        cmocka_unit_test_setup(a_row_longer_than_a_heap_may_be_is_fatal, begin),
        cmocka_unit_test_setup(a_scrap_is_told_and_left_alone, begin),
        cmocka_unit_test_setup(a_block_that_holds_a_heap_cannot_be_freed, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
