/* SPDX-License-Identifier: MIT */
/*
 * Subtraction and coalescing on made-up regions and reservations: each rule by an example. layout_model_test.c has all of them at
 * random.
 */
#include "ch_test.h"

#include <string.h>

#include "capheap/config.h"
#include "soc/layout.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RESERVED(from, to)                                                                                                       \
    { (intptr_t)(from), (intptr_t)(to) }

/* Where positive addresses end for code that compares them signed, and where all addresses end. */
#define SIGN_BOUNDARY ((UINTPTR_MAX >> 1) + 1)
#define TOP_PAGE (UINTPTR_MAX - 0xfff)

static soc_memory_region_t pieces[16];

static soc_memory_region_t region(uintptr_t start, size_t size, size_t type, bool startup_stack) {
    soc_memory_region_t r = {(intptr_t)start, size, type, (intptr_t)(0x40000000 + type), startup_stack};
    return r;
}

/* One region of type 3, less the reservations; what is left is in pieces[]. */
static size_t cut(uintptr_t start, size_t size, const soc_reserved_region_t *reserved, size_t count) {
    soc_memory_region_t whole = region(start, size, 3, true);
    memset(pieces, 0xee, sizeof(pieces));
    return ch_layout_subtract(&whole, 1, reserved, count, pieces);
}

static void expect_piece(size_t i, uintptr_t start, size_t size) {
    assert_int_equal((uintptr_t)pieces[i].start, start);
    assert_int_equal(pieces[i].size, size);
    assert_int_equal(pieces[i].type, 3);
    assert_int_equal(pieces[i].iram_address, 0x40000003);
    assert_true(pieces[i].startup_stack);
}

/* ---- subtraction ---- */

static void without_reservations_regions_stay_as_they_are(void **state) {
    (void)state;
    const soc_memory_region_t rows[] = {region(0x1000, 0x1000, 0, false), region(0x3000, 0x20, 1, true)};
    assert_int_equal(ch_layout_subtract(rows, COUNT(rows), NULL, 0, pieces), 2);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(pieces[i].start, rows[i].start);
        assert_int_equal(pieces[i].size, rows[i].size);
        assert_int_equal(pieces[i].type, rows[i].type);
        assert_int_equal(pieces[i].iram_address, rows[i].iram_address);
        assert_int_equal(pieces[i].startup_stack, rows[i].startup_stack);
    }
    assert_int_equal(ch_layout_subtract(rows, 0, NULL, 0, pieces), 0);
}

static void reservations_beside_a_region_take_nothing(void **state) {
    (void)state;
    const soc_reserved_region_t reserved[] = {RESERVED(0x100, 0x200), RESERVED(0xf00, 0x1000), RESERVED(0x2000, 0x2100)};
    assert_int_equal(cut(0x1000, 0x1000, reserved, COUNT(reserved)), 1);
    expect_piece(0, 0x1000, 0x1000);
}

static void covered_region_is_dropped(void **state) {
    (void)state;
    const soc_reserved_region_t same[] = {RESERVED(0x1000, 0x2000)};
    const soc_reserved_region_t larger[] = {RESERVED(0xff0, 0x2010)};
    const soc_reserved_region_t halves[] = {RESERVED(0x1800, 0x2000), RESERVED(0x1000, 0x1800)};
    assert_int_equal(cut(0x1000, 0x1000, same, 1), 0);
    assert_int_equal(cut(0x1000, 0x1000, larger, 1), 0);
    assert_int_equal(cut(0x1000, 0x1000, halves, 2), 0);
}

static void reservation_inside_splits(void **state) {
    (void)state;
    const soc_reserved_region_t reserved[] = {RESERVED(0x1400, 0x1500)};
    assert_int_equal(cut(0x1000, 0x1000, reserved, 1), 2);
    expect_piece(0, 0x1000, 0x400);
    expect_piece(1, 0x1500, 0xb00);
}

static void reservation_over_an_end_trims(void **state) {
    (void)state;
    const soc_reserved_region_t over_start[] = {RESERVED(0xf00, 0x1100)};
    const soc_reserved_region_t at_start[] = {RESERVED(0x1000, 0x1100)};
    const soc_reserved_region_t over_end[] = {RESERVED(0x1f00, 0x2100)};
    const soc_reserved_region_t at_end[] = {RESERVED(0x1f00, 0x2000)};
    assert_int_equal(cut(0x1000, 0x1000, over_start, 1), 1);
    expect_piece(0, 0x1100, 0xf00);
    assert_int_equal(cut(0x1000, 0x1000, at_start, 1), 1);
    expect_piece(0, 0x1100, 0xf00);
    assert_int_equal(cut(0x1000, 0x1000, over_end, 1), 1);
    expect_piece(0, 0x1000, 0xf00);
    assert_int_equal(cut(0x1000, 0x1000, at_end, 1), 1);
    expect_piece(0, 0x1000, 0xf00);
}

static void several_reservations_in_any_order_cut_one_region(void **state) {
    (void)state;
    const soc_reserved_region_t reserved[] = {RESERVED(0x1800, 0x1900), RESERVED(0xf00, 0x1040), RESERVED(0x1400, 0x1500),
                                              RESERVED(0x1fc0, 0x3000), RESERVED(0x1500, 0x1540)};
    assert_int_equal(cut(0x1000, 0x1000, reserved, COUNT(reserved)), 3);
    expect_piece(0, 0x1040, 0x3c0);
    expect_piece(1, 0x1540, 0x2c0);
    expect_piece(2, 0x1900, 0x6c0);
}

static void one_reservation_spans_several_regions(void **state) {
    (void)state;
    const soc_memory_region_t rows[] = {region(0x1000, 0x1000, 0, false), region(0x2000, 0x1000, 1, false),
                                        region(0x3000, 0x1000, 2, false)};
    const soc_reserved_region_t reserved[] = {RESERVED(0x1800, 0x3100)};
    assert_int_equal(ch_layout_subtract(rows, COUNT(rows), reserved, 1, pieces), 2);
    assert_int_equal(pieces[0].start, 0x1000);
    assert_int_equal(pieces[0].size, 0x800);
    assert_int_equal(pieces[0].type, 0);
    assert_int_equal(pieces[1].start, 0x3100);
    assert_int_equal(pieces[1].size, 0xf00);
    assert_int_equal(pieces[1].type, 2);
}

static void empty_reservation_takes_nothing(void **state) {
    (void)state;
    const soc_reserved_region_t reserved[] = {RESERVED(0x1800, 0x1800), RESERVED(0x1000, 0x1000), RESERVED(0x2000, 0x2000),
                                              RESERVED(0, 0)};
    assert_int_equal(cut(0x1000, 0x1000, reserved, COUNT(reserved)), 1);
    expect_piece(0, 0x1000, 0x1000);
}

/* As options of a chip leave them: two of them are no overlap, and their place between others does not matter. */
static void rows_and_reservations_that_do_not_exist_count_for_nothing(void **state) {
    (void)state;
    const soc_memory_region_t rows[] = {region(0, 0, 0, false), region(0x1000, 0x1000, 1, false), region(0x1000, 0, 2, false),
                                        region(0x2000, 0x1000, 1, false), region(TOP_PAGE, 0, 1, false)};
    const soc_reserved_region_t reserved[] = {RESERVED(0, 0), RESERVED(0x1800, 0x1900), RESERVED(0, 0), RESERVED(0, 0x100)};
    size_t count = ch_layout_subtract(rows, COUNT(rows), reserved, COUNT(reserved), pieces);
    assert_int_equal(count, 3);
    assert_int_equal(ch_layout_coalesce(pieces, count), 2);
    assert_int_equal(pieces[0].start, 0x1000);
    assert_int_equal(pieces[0].size, 0x800);
    assert_int_equal(pieces[1].start, 0x1900);
    assert_int_equal(pieces[1].size, 0x1700);
    const soc_reserved_region_t absent[] = {RESERVED(0, 0), RESERVED(0, 0)};
    const soc_memory_region_t at_zero = region(0, 0x1000, 0, false);
    assert_int_equal(ch_layout_subtract(&at_zero, 1, absent, COUNT(absent), pieces), 1);
    assert_int_equal(pieces[0].start, 0);
    assert_int_equal(pieces[0].size, 0x1000);
}

static void pieces_of_16_bytes_or_less_are_dropped(void **state) {
    (void)state;
    const soc_reserved_region_t reserved[] = {RESERVED(0x1010, 0x1100), RESERVED(0x1110, 0x1200), RESERVED(0x1214, 0x1fec)};
    assert_int_equal(cut(0x1000, 0x1000, reserved, COUNT(reserved)), 2);
    expect_piece(0, 0x1200, 0x14);
    expect_piece(1, 0x1fec, 0x14);
    assert_int_equal(cut(0x5000, 16, NULL, 0), 0);
    assert_int_equal(cut(0x5000, 20, NULL, 0), 1);
    assert_int_equal(cut(0x5000, 0, reserved, COUNT(reserved)), 0);
    assert_int_equal(cut(0x1100, 0, reserved, COUNT(reserved)), 0);
}

static void bounds_are_rounded_outwards_to_words(void **state) {
    (void)state;
    const soc_reserved_region_t reserved[] = {RESERVED(0x1103, 0x1201), RESERVED(0x1302, 0x1302), RESERVED(0x1405, 0x1406)};
    assert_int_equal(cut(0x1000, 0x1000, reserved, COUNT(reserved)), 4);
    expect_piece(0, 0x1000, 0x100);
    expect_piece(1, 0x1204, 0xfc);
    expect_piece(2, 0x1304, 0x100);
    expect_piece(3, 0x1408, 0xbf8);
}

static void regions_above_and_across_the_sign_boundary(void **state) {
    (void)state;
    const soc_reserved_region_t across[] = {RESERVED(SIGN_BOUNDARY + 0x800, SIGN_BOUNDARY + 0x900), RESERVED(0x100, 0x200),
                                            RESERVED(SIGN_BOUNDARY - 0x100, SIGN_BOUNDARY + 0x100)};
    assert_int_equal(cut(SIGN_BOUNDARY - 0x1000, 0x2000, across, COUNT(across)), 3);
    expect_piece(0, SIGN_BOUNDARY - 0x1000, 0xf00);
    expect_piece(1, SIGN_BOUNDARY + 0x100, 0x700);
    expect_piece(2, SIGN_BOUNDARY + 0x900, 0x700);

    const soc_reserved_region_t image[] = {RESERVED(0x80000000u, 0x80100000u)};
    assert_int_equal(cut(0x80000000u, 0x200000, image, 1), 1);
    expect_piece(0, 0x80100000u, 0x100000);
}

/* A heap is [start, end): behind the last word of all there is no address for an end. */
static void last_word_of_the_address_space_is_left_out(void **state) {
    (void)state;
    assert_int_equal(cut(TOP_PAGE, 0x1000, NULL, 0), 1);
    expect_piece(0, TOP_PAGE, 0xffc);
    assert_int_equal(cut(TOP_PAGE, 0xffc, NULL, 0), 1);
    expect_piece(0, TOP_PAGE, 0xffc);
    assert_int_equal(cut(UINTPTR_MAX - 19, 20, NULL, 0), 0);
    assert_int_equal(cut(UINTPTR_MAX - 23, 24, NULL, 0), 1);
    expect_piece(0, UINTPTR_MAX - 23, 20);

    const soc_reserved_region_t inside[] = {RESERVED(TOP_PAGE + 0x100, TOP_PAGE + 0x200)};
    assert_int_equal(cut(TOP_PAGE, 0x1000, inside, 1), 2);
    expect_piece(0, TOP_PAGE, 0x100);
    expect_piece(1, TOP_PAGE + 0x200, 0xdfc);

    const soc_reserved_region_t last_word[] = {RESERVED(UINTPTR_MAX - 1, UINTPTR_MAX)};
    assert_int_equal(cut(TOP_PAGE, 0x1000, last_word, 1), 1);
    expect_piece(0, TOP_PAGE, 0xffc);

    const soc_reserved_region_t all[] = {RESERVED(TOP_PAGE, UINTPTR_MAX)};
    assert_int_equal(cut(TOP_PAGE, 0x1000, all, 1), 0);

    const soc_reserved_region_t at_zero[] = {RESERVED(0, 0x40)};
    assert_int_equal(cut(TOP_PAGE, 0x1000, at_zero, 1), 1);
    assert_int_equal(cut(0, 0x1000, at_zero, 1), 1);
    expect_piece(0, 0x40, 0xfc0);
}

/* ---- reservations that contradict each other ---- */

/* What was printed, less the lines of debugging at its start. */
static const char *printed(void) {
    const char *text = ch_test_output();
    while (strncmp(text, "memory_layout: ", strlen("memory_layout: ")) == 0) {
        text = strchr(text, '\n') + 1;
    }
    return text;
}

static void expect_refused(const soc_reserved_region_t *reserved, size_t count, const char *line) {
    ch_test_output_clear();
    CH_EXPECT_FATAL(cut(0x20000000, 0x10000, reserved, count));
    assert_string_equal(printed(), line);
}

static void overlapping_reservations_are_reported_and_fatal(void **state) {
    (void)state;
    const soc_reserved_region_t by_a_word[] = {RESERVED(0x20001ffc, 0x20003000), RESERVED(0x20001000, 0x20002000)};
    expect_refused(by_a_word, 2,
                   "SOC_RESERVE_MEMORY_REGION region range 0x20001000 - 0x20002000 overlaps with 0x20001ffc - 0x20003000\n");
    const soc_reserved_region_t after_rounding[] = {RESERVED(0x20001000, 0x20002001), RESERVED(0x20002002, 0x20003000)};
    expect_refused(after_rounding, 2,
                   "SOC_RESERVE_MEMORY_REGION region range 0x20001000 - 0x20002004 overlaps with 0x20002000 - 0x20003000\n");
    const soc_reserved_region_t empty_inside[] = {RESERVED(0x20001000, 0x20002000), RESERVED(0x20001800, 0x20001800)};
    expect_refused(empty_inside, 2,
                   "SOC_RESERVE_MEMORY_REGION region range 0x20001000 - 0x20002000 overlaps with 0x20001800 - 0x20001800\n");
    const soc_reserved_region_t far_apart_if_signed[] = {RESERVED(0x10, 0x20), RESERVED(0xf0000000u, 0xf0000100u),
                                                         RESERVED(0xf0000080u, 0xf0000200u)};
    expect_refused(far_apart_if_signed, 3,
                   "SOC_RESERVE_MEMORY_REGION region range 0xf0000000 - 0xf0000100 overlaps with 0xf0000080 - 0xf0000200\n");
}

static void reservations_with_the_same_start_are_fatal(void **state) {
    (void)state;
    const soc_reserved_region_t same_start[] = {RESERVED(0x20001000, 0x20001000), RESERVED(0x20001000, 0x20002000)};
    expect_refused(same_start, 2,
                   "SOC_RESERVE_MEMORY_REGION region range 0x20001000 - 0x20001000 overlaps with 0x20001000 - 0x20002000\n");
    const soc_reserved_region_t twice[] = {RESERVED(0x20001000, 0x20002000), RESERVED(0x100, 0x200),
                                           RESERVED(0x20001000, 0x20002000)};
    expect_refused(twice, 3,
                   "SOC_RESERVE_MEMORY_REGION region range 0x20001000 - 0x20002000 overlaps with 0x20001000 - 0x20002000\n");
}

static void reservation_that_ends_before_it_starts_is_fatal(void **state) {
    (void)state;
    const soc_reserved_region_t inverted[] = {RESERVED(0x100, 0x200), RESERVED(0x20002000, 0x20001000)};
    expect_refused(inverted, 2, "SOC_RESERVE_MEMORY_REGION region range 0x20002000 - 0x20001000 ends before it starts\n");
    const soc_reserved_region_t by_a_byte[] = {RESERVED(0x20001003, 0x20001002)};
    expect_refused(by_a_byte, 1, "SOC_RESERVE_MEMORY_REGION region range 0x20001003 - 0x20001002 ends before it starts\n");
    const soc_reserved_region_t across_sign[] = {RESERVED(0x80000000u, 0x7fffffff)};
    expect_refused(across_sign, 1, "SOC_RESERVE_MEMORY_REGION region range 0x80000000 - 0x7fffffff ends before it starts\n");
}

static void touching_reservations_are_fine(void **state) {
    (void)state;
    const soc_reserved_region_t reserved[] = {RESERVED(0x1400, 0x1800), RESERVED(0x1000, 0x1400), RESERVED(0x1800, 0x1800)};
    assert_int_equal(cut(0x1000, 0x1000, reserved, COUNT(reserved)), 1);
    expect_piece(0, 0x1800, 0x800);
}

static void debugging_lists_reservations_by_address(void **state) {
    (void)state;
    const soc_reserved_region_t reserved[] = {RESERVED(0x80000000u, 0x80001000u), RESERVED(0x1000, 0x1400)};
    ch_test_output_clear();
    cut(0x1000, 0x1000, reserved, COUNT(reserved));
    const char *lines = "memory_layout: Checking 2 reserved memory ranges:\n"
                        "memory_layout: Reserved memory range 0x00001000 - 0x00001400\n"
                        "memory_layout: Reserved memory range 0x80000000 - 0x80001000\n";
    assert_string_equal(ch_test_output(), CH_CFG_LOG_DEBUG ? lines : "");
}

/* ---- coalescing ---- */

static void touching_regions_of_one_kind_are_joined(void **state) {
    (void)state;
    soc_memory_region_t rows[] = {region(0x1000, 0x1000, 0, false), region(0x2000, 0x800, 0, false),
                                  region(0x2800, 0x800, 0, false), region(0x4000, 0x1000, 0, false)};
    rows[1].iram_address = 0x50000000; /* is not looked at */
    assert_int_equal(ch_layout_coalesce(rows, COUNT(rows)), 2);
    assert_int_equal(rows[0].start, 0x1000);
    assert_int_equal(rows[0].size, 0x2000);
    assert_int_equal(rows[0].iram_address, 0x40000000);
    assert_int_equal(rows[1].start, 0x4000);
    assert_int_equal(rows[1].size, 0x1000);
}

static void regions_that_differ_or_do_not_touch_stay_apart(void **state) {
    (void)state;
    soc_memory_region_t rows[] = {
        region(0x1000, 0x1000, 0, false), region(0x2000, 0x1000, 1, false), /* another type */
        region(0x3000, 0x1000, 1, true),                                    /* another time */
        region(0x4004, 0x1000, 1, true),                                    /* a gap of a word */
        region(0x1000, 0x3004, 1, true),                                    /* not in order */
    };
    assert_int_equal(ch_layout_coalesce(rows, COUNT(rows)), COUNT(rows));
    assert_int_equal(rows[1].size, 0x1000);
    assert_int_equal(ch_layout_coalesce(rows, 1), 1);
    assert_int_equal(ch_layout_coalesce(rows, 0), 0);
}

static void joining_works_at_the_sign_boundary_and_near_the_top(void **state) {
    (void)state;
    soc_memory_region_t rows[] = {region(SIGN_BOUNDARY - 0x1000, 0x1000, 2, false), region(SIGN_BOUNDARY, 0x1000, 2, false),
                                  region(TOP_PAGE - 0x1000, 0x1000, 2, false), region(TOP_PAGE, 0xffc, 2, false),
                                  region(0, 0x1000, 2, false)};
    assert_int_equal(ch_layout_coalesce(rows, COUNT(rows)), 3);
    assert_int_equal(rows[0].size, 0x2000);
    assert_int_equal((uintptr_t)rows[1].start, TOP_PAGE - 0x1000);
    assert_int_equal(rows[1].size, 0x1ffc);
    assert_int_equal(rows[2].start, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_reservations_regions_stay_as_they_are),
        cmocka_unit_test(reservations_beside_a_region_take_nothing),
        cmocka_unit_test(covered_region_is_dropped),
        cmocka_unit_test(reservation_inside_splits),
        cmocka_unit_test(reservation_over_an_end_trims),
        cmocka_unit_test(several_reservations_in_any_order_cut_one_region),
        cmocka_unit_test(one_reservation_spans_several_regions),
        cmocka_unit_test(empty_reservation_takes_nothing),
        cmocka_unit_test(rows_and_reservations_that_do_not_exist_count_for_nothing),
        cmocka_unit_test(pieces_of_16_bytes_or_less_are_dropped),
        cmocka_unit_test(bounds_are_rounded_outwards_to_words),
        cmocka_unit_test(regions_above_and_across_the_sign_boundary),
        cmocka_unit_test(last_word_of_the_address_space_is_left_out),
        cmocka_unit_test(overlapping_reservations_are_reported_and_fatal),
        cmocka_unit_test(reservations_with_the_same_start_are_fatal),
        cmocka_unit_test(reservation_that_ends_before_it_starts_is_fatal),
        cmocka_unit_test(touching_reservations_are_fine),
        cmocka_unit_test(debugging_lists_reservations_by_address),
        cmocka_unit_test(touching_regions_of_one_kind_are_joined),
        cmocka_unit_test(regions_that_differ_or_do_not_touch_stay_apart),
        cmocka_unit_test(joining_works_at_the_sign_boundary_and_near_the_top),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
