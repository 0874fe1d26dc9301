/* SPDX-License-Identifier: MIT */
/* src/base: bit numbers (the tables too, which only machines without an instruction for it use), word loops, checked sums. */
#include "ch_test.h"

#include <string.h>

#include "base/bits.h"
#include "base/sums.h"
#include "base/words.h"

/* The multiply and the table as ch_lowest_bit() uses them where CH_HAS_CLZ is 0. */
static uint32_t lowest_by_table(uint32_t x) { return ch_lowest.at[((x & (0u - x)) * ch_lowest.factor) >> 27]; }

/* The same for machines that have no instruction for it: ch_highest_bit() without __builtin_clz. */
static uint32_t highest_by_lowest(uint32_t x) {
    for (unsigned shift = 1; shift < 32; shift *= 2) x |= x >> shift;
    return lowest_by_table(x ^ x >> 1);
}

static void expect_bits(uint32_t x) {
    assert_int_equal(ch_lowest_bit(x), __builtin_ctz(x));
    assert_int_equal(lowest_by_table(x), __builtin_ctz(x));
    assert_int_equal(ch_highest_bit(x), 31 - __builtin_clz(x));
    assert_int_equal(highest_by_lowest(x), 31 - __builtin_clz(x));
}

static void lowest_and_highest_bits_are_those_of_the_compiler(void **state) {
    (void)state;
    for (uint32_t x = 1; x < 5000; x++) expect_bits(x);
    for (uint32_t high = 0; high < 32; high++) {
        for (uint32_t low = 0; low <= high; low++) {
            expect_bits(1u << high | 1u << low);
            expect_bits((0xffffffffu >> (31 - high)) & (0xffffffffu << low));
        }
    }
}

static void quarters_of_a_power_of_two_are_told_by_the_table(void **state) {
    (void)state;
    for (uint32_t x = 16; x < 256; x++) {
        uint32_t log = ch_highest_bit(x), quarter = x >> (log - 2) & 3;
        assert_int_equal(ch_quarters[x >> 2], 4 * log + quarter - 16 + CH_QUARTERS_FROM);
    }
}

enum { WORDS = 24, GUARDS = 4, GUARD = 0x5AFEC0DE };
static uint32_t memory[WORDS + 2 * GUARDS];

static void set_up_guards(void) {
    for (size_t i = 0; i < WORDS + 2 * GUARDS; i++) memory[i] = GUARD;
}

static void expect_guards(size_t from, size_t count) {
    for (size_t i = 0; i < WORDS + 2 * GUARDS; i++) {
        if (i < from || i >= from + count) assert_int_equal(memory[i], GUARD);
    }
}

static void fill_writes_its_words_and_no_other(void **state) {
    (void)state;
    for (size_t from = GUARDS; from < GUARDS + 4; from++) {
        for (size_t count = 0; count <= WORDS - 4; count++) {
            set_up_guards();
            ch_words_fill(&memory[from], 0xA5000000u + (uint32_t)count, count);
            for (size_t i = 0; i < count; i++) assert_int_equal(memory[from + i], 0xA5000000u + (uint32_t)count);
            expect_guards(from, count);
        }
    }
}

static void copy_writes_its_words_and_no_other(void **state) {
    (void)state;
    static uint32_t source[WORDS];
    for (size_t i = 0; i < WORDS; i++) source[i] = (uint32_t)i * 0x01010101u;
    for (size_t count = 0; count <= WORDS; count++) {
        set_up_guards();
        ch_words_copy(&memory[GUARDS], source, count);
        if (count) assert_memory_equal(&memory[GUARDS], source, 4 * count);
        expect_guards(GUARDS, count);
    }
}

static void copy_may_slide_down_by_any_distance(void **state) {
    (void)state;
    for (size_t distance = 1; distance < WORDS; distance++) {
        set_up_guards();
        for (size_t i = distance; i < WORDS; i++) memory[GUARDS + i] = (uint32_t)i;
        ch_words_copy(&memory[GUARDS], &memory[GUARDS + distance], WORDS - distance);
        for (size_t i = 0; i < WORDS - distance; i++) assert_int_equal(memory[GUARDS + i], i + distance);
        expect_guards(GUARDS, WORDS);
    }
}

static void sums_and_products_say_that_they_do_not_fit(void **state) {
    (void)state;
    const size_t half = SIZE_MAX / 2 + 1;
    assert_int_equal(ch_size_add(3, 4), 7);
    assert_int_equal(ch_size_add(SIZE_MAX - 4, 4), SIZE_MAX);
    for (size_t i = 1; i < 64; i++) assert_int_equal(ch_size_add(SIZE_MAX - i + 1, i), SIZE_MAX);
    assert_int_equal(ch_size_add(half, half), SIZE_MAX);
    assert_int_equal(ch_size_mul(3, 4), 12);
    assert_int_equal(ch_size_mul(0, SIZE_MAX), 0);
    assert_int_equal(ch_size_mul(half, 2), SIZE_MAX);
    assert_int_equal(ch_size_mul(SIZE_MAX, SIZE_MAX), SIZE_MAX);
    assert_int_equal(ch_size_mul(half - 1, 2), SIZE_MAX - 1);
}

static void rounding_up_says_that_it_does_not_fit(void **state) {
    (void)state;
    for (size_t step = 1; step <= 64; step *= 2) {
        for (size_t a = 0; a < 200; a++) assert_int_equal(ch_size_round_up(a, step), (a + step - 1) / step * step);
        size_t most = SIZE_MAX - (SIZE_MAX & (step - 1)); /* the last multiple */
        if (step > 1) assert_int_equal(ch_size_round_up(most + 1, step), SIZE_MAX);
        assert_int_equal(ch_size_round_up(SIZE_MAX, step), SIZE_MAX);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lowest_and_highest_bits_are_those_of_the_compiler),
        cmocka_unit_test(quarters_of_a_power_of_two_are_told_by_the_table),
        cmocka_unit_test(fill_writes_its_words_and_no_other),
        cmocka_unit_test(copy_writes_its_words_and_no_other),
        cmocka_unit_test(copy_may_slide_down_by_any_distance),
        cmocka_unit_test(sums_and_products_say_that_they_do_not_fit),
        cmocka_unit_test(rounding_up_says_that_it_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
