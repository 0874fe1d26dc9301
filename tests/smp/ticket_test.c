/* SPDX-License-Identifier: MIT */
/*
 * What is promised of the ticket lock beyond being a lock: order, nesting, and tickets that wrap around. C1 to C3: core_lock.h.
 */
#include "ch_test.h"

#include "ticket.h"

enum { ROUNDS = 5000, TURNS = 200 };

static ch_core_lock_t lock;
static uint32_t counter, wrong, stop, turns;

static void open_lock(uint32_t ticket) {
    const ch_core_lock_t at = {ticket, ticket, 0, 0};
    lock = at;
    counter = wrong = stop = 0;
}

static void count(unsigned core) {
    for (int i = 0; i < ROUNDS; i++) {
        ch_core_take(&lock);
        uint32_t in_line = __atomic_load_n(&lock.next, __ATOMIC_RELAXED) - lock.serving;
        wrong += lock.owner != core + 1 || lock.depth != 1;
        wrong += in_line < 1 || in_line > CORES; /* C1 */
        counter++;
        ch_core_give(&lock);
    }
}

static void tickets_wrap_around(void **state) {
    (void)state;
    const uint32_t first = 0u - CORES * ROUNDS / 2;
    open_lock(first);
    cores_run(count);
    assert_int_equal(wrong, 0);
    assert_int_equal(counter, CORES * ROUNDS);
    assert_int_equal(lock.next, first + CORES * ROUNDS);
    assert_int_equal(lock.serving, lock.next);
    assert_int_equal(lock.owner, 0);
    assert_int_equal(lock.depth, 0);
}

static void a_nested_section_keeps_the_lock(void **state) {
    (void)state;
    open_lock(7);
    ch_core_take(&lock);
    for (uint32_t depth = 2; depth < 10; depth++) {
        ch_core_take(&lock);
        assert_int_equal(lock.depth, depth);
    }
    for (uint32_t depth = 9; depth > 0; depth--) {
        assert_int_equal(lock.depth, depth);
        assert_int_equal(lock.owner, ch_core_name());
        assert_int_equal(lock.serving, 7);
        ch_core_give(&lock);
    }
    assert_int_equal(lock.owner, 0);
    assert_int_equal(lock.serving, 8);
    assert_int_equal(lock.next, 8);
}

/*
 * Core 0 holds the lock until another one is in line, lets go and comes again at once. Then it must find that all who were in
 * line have been inside.
 */
static void come_again(unsigned core) {
    while (core != 0 && !cores_load(&stop)) {
        ch_core_take(&lock);
        counter++;
        ch_core_give(&lock);
    }
    for (uint32_t turn = 0; core == 0 && turn < turns; turn++) {
        uint32_t in_line;
        ch_core_take(&lock);
        while ((in_line = __atomic_load_n(&lock.next, __ATOMIC_RELAXED) - lock.serving - 1) == 0) cores_relax();
        uint32_t before = counter;
        ch_core_give(&lock);
        ch_core_take(&lock);
        wrong += counter - before < in_line; /* C3 */
        ch_core_give(&lock);
    }
    if (core == 0) cores_store(&stop, 1);
}

static void who_comes_first_goes_first(void **state) {
    (void)state;
    open_lock(0);
    turns = cores_rounds(TURNS, TURNS);
    cores_run(come_again);
    assert_int_equal(wrong, 0);
    assert_true(counter >= turns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tickets_wrap_around),
        cmocka_unit_test(a_nested_section_keeps_the_lock),
        cmocka_unit_test(who_comes_first_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
