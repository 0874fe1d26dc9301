/* SPDX-License-Identifier: MIT */
/*
 * The port's lock between cores: two on boards, threads on the host. First the opposite is shown: without the lock the same work
 * loses updates, so the tests that follow can fail.
 */
#include "ch_test.h"

#include "capheap/port.h"
#include "cores.h"
#include "multi_heap.h"
#include "multi_heap_internal.h"
#include "multi_heap_platform.h"

enum { ROUNDS = 20000, PERIOD = 500 };

static ch_port_lock_t lock = CH_PORT_LOCK_INIT;
static uint32_t counter, inside, wrong, stop, turns;
static uint32_t ticks[CORES];  /* interrupts that counted, too */
static uint32_t rounds[CORES]; /* what each core counted itself */
static bool has_timer;
static int slowness;

/* Longer than a moment, and not one instruction: others shall come in between. */
static void add_one_slowly(uint32_t *word) {
    uint32_t value = __atomic_load_n(word, __ATOMIC_RELAXED);
    for (volatile int i = 0; i < slowness; i++) continue;
    __atomic_store_n(word, value + 1, __ATOMIC_RELAXED);
}

/* ---- without the lock ---- */

static void count_without(unsigned core) {
    (void)core;
    for (int i = 0; i < ROUNDS; i++) add_one_slowly(&counter);
}

static void counting_without_the_lock_loses_updates(void **state) {
    (void)state;
    uint32_t expected = 0;
    counter = 0;
    for (slowness = 20; slowness < 10000 && counter == expected; slowness *= 2) { /* cores that take turns do so every 0.1 s */
        cores_run(count_without);
        expected += CORES * ROUNDS;
    }
    assert_true(counter < expected);
    print_message("without the lock: %lu of %lu updates\n", (unsigned long)counter, (unsigned long)expected);
}

/* ---- with it ---- */

static void count_once(void) {
    ch_port_state_t before = ch_port_lock(&lock);
    wrong += inside;
    inside = 1;
    add_one_slowly(&counter);
    inside = 0;
    ch_port_unlock(&lock, before);
}

static void on_tick(unsigned core) {
    count_once();
    ticks[core]++;
}

static void count_with(unsigned core) {
    bool timer = cores_timer_start(on_tick, PERIOD);
    if (timer && core == 0) has_timer = true;
    /* On until an interrupt came: a core that has its turn in one go may be done before. */
    for (rounds[core] = 0; rounds[core] < ROUNDS || (timer && ticks[core] == 0 && rounds[core] < 1000 * ROUNDS); rounds[core]++)
        count_once();
    cores_timer_stop();
}

static void counting_under_the_lock_loses_nothing(void **state) {
    (void)state;
    uint32_t expected = 0, by_interrupts = 0;
    counter = 0;
    slowness = 20;
    cores_run(count_with);
    for (int i = 0; i < CORES; i++) {
        if (has_timer) assert_true(ticks[i] > 0);
        expected += rounds[i] + ticks[i];
        by_interrupts += ticks[i];
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(counter, expected);
    print_message("with the lock: %lu updates, %lu by interrupts\n", (unsigned long)counter, (unsigned long)by_interrupts);
}

/* ---- nesting ---- */

enum { NESTED = 300 };

/* Core 0 opens its sections in an order that would let the others in if one section less than all let go. */
static void nest(void) {
    ch_port_state_t first = ch_port_lock(&lock);
    uint32_t seen = counter;
    ch_port_state_t second = ch_port_lock(&lock), third = ch_port_lock(&lock);
    for (volatile int i = 0; i < 50; i++) continue;
    ch_port_unlock(&lock, third);
    for (volatile int i = 0; i < 50; i++) continue;
    wrong += counter != seen;
    ch_port_unlock(&lock, second);
    for (volatile int i = 0; i < 50; i++) continue;
    wrong += counter != seen;
    cores_store(&counter, seen + 1);
    ch_port_unlock(&lock, first);
}

static void nest_against_others(unsigned core) {
    if (core != 0) {
        while (!cores_load(&stop)) count_once();
        return;
    }
    for (uint32_t i = 0; i < turns; i++) {
        uint32_t before = cores_load(&counter);
        nest();
        while (cores_load(&counter) - before < 2) cores_relax(); /* the others come in again: it was let go */
    }
    cores_store(&stop, 1);
}

static void sections_of_one_lock_nest(void **state) {
    (void)state;
    counter = wrong = stop = 0;
    turns = cores_rounds(NESTED, NESTED);
    cores_run(nest_against_others);
    assert_int_equal(wrong, 0);
    assert_true(counter > turns);
}

/* ---- the interrupt state ---- */

static void sections_restore_the_state_they_found(void **state) {
    (void)state;
    static ch_port_lock_t other = CH_PORT_LOCK_INIT;
    bool was_open = cores_is_open();
    if (ch_test_on_host()) skip();
    for (int open = 0; open < 2; open++) {
        cores_open(open);
        ch_port_state_t first = ch_port_lock(&lock);
        bool masked = !cores_is_open();
        ch_port_state_t same = ch_port_lock(&lock), second = ch_port_lock(&other);
        ch_port_unlock(&other, second);
        masked = masked && !cores_is_open();
        ch_port_unlock(&lock, same);
        masked = masked && !cores_is_open();
        ch_port_unlock(&lock, first);
        bool restored = cores_is_open() == (bool)open;
        cores_open(was_open);
        assert_true(masked);
        assert_true(restored);
    }
}

static void the_holder_of_a_heap_may_use_it(void **state) {
    (void)state;
    static multi_heap_lock_t heap_lock = MULTI_HEAP_LOCK_STATIC_INITIALIZER;
    multi_heap_handle_t heap = multi_heap_register(ch_test_span(4096), 4096);
    bool was_open = cores_is_open(), masked = true;
    multi_heap_set_lock(heap, &heap_lock);
    cores_open(true);
    for (int depth = 0; depth < 3; depth++) multi_heap_internal_lock(heap);
    void *p = multi_heap_malloc(heap, 100);
    p = multi_heap_realloc(heap, p, 200);
    bool sound = multi_heap_check(heap, false);
    multi_heap_free(heap, p);
    for (int depth = 0; depth < 3; depth++) {
        masked = masked && (ch_test_on_host() || !cores_is_open());
        multi_heap_internal_unlock(heap);
    }
    bool open = cores_is_open();
    cores_open(was_open);
    assert_non_null(p);
    assert_true(sound);
    assert_true(masked);
    assert_true(open);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counting_without_the_lock_loses_updates),
        cmocka_unit_test(counting_under_the_lock_loses_nothing),
        cmocka_unit_test(sections_of_one_lock_nest),
        cmocka_unit_test(sections_restore_the_state_they_found),
        cmocka_unit_test(the_holder_of_a_heap_may_use_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
