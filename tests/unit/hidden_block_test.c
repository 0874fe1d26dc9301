/* SPDX-License-Identifier: MIT */
/*
 * Blocks of one bin, with a longer one among them: it is seen while no more than CH_LOOKS - 1 shorter ones are before it. When it
 * is further back it is not; then, too, the size that the engine names can be had, and the next one can't.
 */
#include "ch_test.h"
#include "engine/alloc.h"

enum { LONGER = 103, SHORT = 100 }; /* 96 to 111 have one bin */

static ch_engine_t *e;

/** Allocates a block with a used one behind it, so that it stays apart when it is free. */
static uint32_t apart(uint32_t n) {
    uint32_t offset = ch_engine_alloc(e, n);
    assert_true(offset != 0 && ch_engine_alloc(e, 2) != 0);
    return offset;
}

/** Frees a longer block and then this many short ones; nothing else is free. */
static void make_list(int many) {
    size_t size = (size_t)(many + 4) * 110 * CH_G;
    uint32_t offsets[1 + 2 * CH_LOOKS];
    e = ch_engine_create(ch_test_span(size), size);
    assert_non_null(e);
    offsets[0] = apart(LONGER);
    for (int i = 1; i <= many; i++) offsets[i] = apart(SHORT);
    while (ch_engine_largest(e)) assert_true(ch_engine_alloc(e, ch_engine_largest(e)) != 0); /* the rest */
    for (int i = 0; i <= many; i++) assert_true(ch_engine_free(e, offsets[i]));
}

static void a_longer_block_is_found_behind_shorter_ones(void **state) {
    (void)state;
    for (int many = 0; many < CH_LOOKS; many++) {
        make_list(many);
        assert_int_equal(ch_engine_largest(e), LONGER);
        assert_int_equal(ch_engine_alloc(e, LONGER + 1), 0);
        assert_true(ch_engine_alloc(e, LONGER) != 0);
    }
}

static void a_block_far_back_is_not_seen_until_those_before_it_are_gone(void **state) {
    (void)state;
    make_list(2 * CH_LOOKS);
    assert_int_equal(ch_engine_largest(e), SHORT);
    assert_int_equal(ch_engine_alloc(e, SHORT + 1), 0);
    for (uint32_t taken = 0; ch_engine_largest(e) == SHORT; taken++) {
        assert_in_range(taken, 0, CH_LOOKS + 1);
        assert_true(ch_engine_alloc(e, SHORT) != 0);
    }
    assert_int_equal(ch_engine_largest(e), LONGER);
    assert_int_equal(ch_engine_alloc(e, LONGER + 1), 0);
    assert_true(ch_engine_alloc(e, LONGER) != 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_longer_block_is_found_behind_shorter_ones),
        cmocka_unit_test(a_block_far_back_is_not_seen_until_those_before_it_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
