/* SPDX-License-Identifier: MIT */
/*
 * Blocks of one key, whose sizes agree in the highest five bits: the longest is the node as long as it is there. When it is taken out a
 * longer block far back in the list is not seen; then, too, the size that the engine names can be had, and the next one can't.
 */
#include "ch_test.h"
#include "engine/alloc.h"

enum { MANY = 12, LONGEST = 103, LONGER = 102, SHORT = 100 }; /* 100 to 103 have one key */

static ch_engine_t *e;

/** Allocates a block with a used one behind it, so that it stays apart when it is free. */
static uint32_t apart(uint32_t n) {
    uint32_t offset = ch_engine_alloc(e, n);
    assert_true(offset != 0 && ch_engine_alloc(e, 2) != 0);
    return offset;
}

/** Frees a longest block, a longer one and many short ones, in this order; nothing else is free. */
static void make_list(void) {
    size_t size = (size_t)(MANY + 4) * 110 * CH_G;
    uint32_t offsets[MANY + 2];
    e = ch_engine_create(ch_test_span(size), size);
    assert_non_null(e);
    offsets[0] = apart(LONGEST);
    offsets[1] = apart(LONGER);
    for (int i = 2; i < MANY + 2; i++) offsets[i] = apart(SHORT);
    assert_true(ch_engine_alloc(e, ch_engine_largest(e)) != 0); /* the rest */
    for (int i = 0; i < MANY + 2; i++) assert_true(ch_engine_free(e, offsets[i]));
}

static void the_longest_of_a_key_is_found(void **state) {
    (void)state;
    make_list();
    assert_int_equal(ch_engine_largest(e), LONGEST);
    assert_int_equal(ch_engine_alloc(e, LONGEST + 1), 0);
    assert_true(ch_engine_alloc(e, LONGEST) != 0);
}

static void a_block_far_back_is_not_seen_until_those_before_it_are_gone(void **state) {
    (void)state;
    make_list();
    assert_true(ch_engine_alloc(e, LONGEST) != 0);
    assert_int_equal(ch_engine_largest(e), SHORT);
    assert_int_equal(ch_engine_alloc(e, SHORT + 1), 0);
    assert_true(e->limit >= LONGER); /* so that later requests ask again */
    for (uint32_t taken = 0; ch_engine_largest(e) == SHORT; taken++) {
        assert_in_range(taken, 0, MANY - CH_LOOK_BEHIND + 1);
        assert_true(ch_engine_alloc(e, SHORT) != 0);
    }
    assert_int_equal(ch_engine_largest(e), LONGER);
    assert_int_equal(ch_engine_alloc(e, LONGER + 1), 0);
    assert_true(ch_engine_alloc(e, LONGER) != 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_of_a_key_is_found),
        cmocka_unit_test(a_block_far_back_is_not_seen_until_those_before_it_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
