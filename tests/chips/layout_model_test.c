/* SPDX-License-Identifier: MIT */
/*
 * Subtraction and coalescing of random regions and reservations, against a model that marks single bytes of a small space. The
 * space lies at the start of the addresses, at the end, and across the boundary where signed comparisons would go wrong.
 */
#include "ch_test.h"

#include <string.h>

#include "soc/layout.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SIGN_BOUNDARY ((UINTPTR_MAX >> 1) + 1)
#define SPACE 1024
#define MAX_RANGES 40

static uint32_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

typedef struct {
    uintptr_t base;
    soc_memory_region_t rows[MAX_RANGES];
    size_t row_count;
    soc_reserved_region_t reserved[MAX_RANGES];
    size_t reserved_count;
    uint8_t owner[SPACE]; /* of each byte: 1 + index of its row, 0: no heap */
} model_t;

static model_t model;
static soc_memory_region_t expected[2 * MAX_RANGES];
static soc_memory_region_t actual[2 * MAX_RANGES];

static void make_rows(void) {
    size_t at = 4 * random_below(8);
    model.row_count = 0;
    memset(model.owner, 0, sizeof(model.owner));
    while (at < SPACE && model.row_count < MAX_RANGES) {
        size_t size = 4 * (1 + random_below(random_below(2) ? 8 : 64));
        size = size < SPACE - at ? size : SPACE - at;
        size_t type = random_below(2);
        model.rows[model.row_count] =
            (soc_memory_region_t){(intptr_t)(model.base + at), size, type, (intptr_t)(0x40000000 + at), random_below(4) == 0};
        model.row_count++;
        memset(&model.owner[at], (int)model.row_count, size);
        at += size + (random_below(2) ? 4 * random_below(8) : 0);
    }
    if (model.base + SPACE == 0) {
        memset(&model.owner[SPACE - 4], 0, 4); /* the last word of the address space is left out */
    }
}

static void take_bytes(size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        memset(&model.owner[i & ~(size_t)3], 0, 4);
    }
}

/* Disjoint word ranges with bounds anywhere in their first and last word, in random order. */
static void make_reservations(void) {
    size_t word = random_below(16);
    model.reserved_count = 0;
    while (word < SPACE / 4 && model.reserved_count < MAX_RANGES) {
        size_t words = random_below(random_below(2) ? 4 : 48);
        words = words < SPACE / 4 - word ? words : SPACE / 4 - word;
        size_t from = 4 * word + (words > 0 ? random_below(4) : 0);
        size_t to = 4 * (word + words) - (words > 0 ? random_below(4) : 0);
        to = to < SPACE ? to : SPACE - 1; /* an end of 2^32 cannot be told from 0 */
        to = to < from ? from : to;
        take_bytes(from, to);
        if (from == to && from % 4 != 0) {
            take_bytes(from, from + 1);
        }
        size_t place = random_below((uint32_t)model.reserved_count + 1);
        model.reserved[model.reserved_count] = model.reserved[place];
        model.reserved[place].start = (intptr_t)(model.base + from);
        model.reserved[place].end = (intptr_t)(model.base + to);
        model.reserved_count++;
        word += words + (words == 0) + (random_below(3) ? random_below(40) : 0);
    }
}

static bool same_kind(size_t a, size_t b) {
    if (model.owner[a] == 0 || model.owner[b] == 0) {
        return false;
    }
    const soc_memory_region_t *row_a = &model.rows[model.owner[a] - 1];
    const soc_memory_region_t *row_b = &model.rows[model.owner[b] - 1];
    return row_a->type == row_b->type && row_a->startup_stack == row_b->startup_stack;
}

/* Runs of bytes: of one row each, or (joined) of rows of one kind. Short runs are erased if `drop`. Writes expected[]. */
static size_t runs(bool joined, bool drop) {
    size_t count = 0;
    size_t end;
    for (size_t at = 0; at < SPACE; at = end) {
        end = at + 1;
        while (end < SPACE && (joined ? same_kind(at, end) : model.owner[at] == model.owner[end])) {
            end++;
        }
        if (model.owner[at] == 0) {
            continue;
        }
        if (drop && end - at <= 16) {
            memset(&model.owner[at], 0, end - at);
            continue;
        }
        expected[count] = model.rows[model.owner[at] - 1];
        expected[count].start = (intptr_t)(model.base + at);
        expected[count].size = end - at;
        count++;
    }
    return count;
}

static void expect_as_modelled(size_t actual_count, size_t expected_count) {
    assert_int_equal(actual_count, expected_count);
    for (size_t i = 0; i < expected_count; i++) {
        assert_int_equal(actual[i].start, expected[i].start);
        assert_int_equal(actual[i].size, expected[i].size);
        assert_int_equal(actual[i].type, expected[i].type);
        assert_int_equal(actual[i].startup_stack, expected[i].startup_stack);
        assert_int_equal(actual[i].iram_address, expected[i].iram_address);
    }
}

static void random_layouts_are_what_the_byte_model_says(void **state) {
    (void)state;
    const uintptr_t bases[] = {0, 0x3ffae000, SIGN_BOUNDARY - SPACE / 2, 0x80000000u, UINTPTR_MAX - (SPACE - 1)};
    random_state = ch_test_seed() | 1;
    unsigned rounds = ch_test_on_host() ? 20000 : 1000;
    for (unsigned round = 0; round < rounds; round++) {
        model.base = bases[round % COUNT(bases)];
        make_rows();
        make_reservations();
        size_t count = ch_layout_subtract(model.rows, model.row_count, model.reserved, model.reserved_count, actual);
        expect_as_modelled(count, runs(false, true));
        expect_as_modelled(ch_layout_coalesce(actual, count), runs(true, false));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_layouts_are_what_the_byte_model_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
