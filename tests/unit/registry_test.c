/* SPDX-License-Identifier: MIT */
/*
 * The registry by hand, and what it does when others change it between two of its critical sections: a heap comes, or another
 * caller learns the same mask or fills the table. On the host the other one comes just before a chosen one
 * of the mutexes is taken.
 */
#define _GNU_SOURCE
#include "ch_test.h"

#include <string.h>

#if defined __linux__ && !defined __SANITIZE_THREAD__ && !defined __SANITIZE_ADDRESS__
#include <dlfcn.h>
#include <pthread.h>
#define CAN_INTRUDE 1
#else
#define CAN_INTRUDE 0
#endif

#include "caps/caps_base.h"
#include "caps/registry.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"

enum { REGIONS = 4, SIZE = 1024 };

#define A (1u << 22)
#define B (1u << 23)

static ch_region_t regions[REGIONS];
static ch_registry_t at_start;
static ch_engine_t *recent_at_start[CH_RECENT];
static size_t count;
static void (*intruder)(void);
static int locks; /* the intruder comes before the last of so many */

#if CAN_INTRUDE
int pthread_mutex_lock(pthread_mutex_t *mutex) {
    static int (*real)(pthread_mutex_t *);
    if (!real) *(void **)(&real) = dlsym(RTLD_NEXT, "pthread_mutex_lock");
    if (intruder && --locks == 0) {
        void (*call)(void) = intruder;
        intruder = NULL;
        call();
    }
    return real(mutex);
}
#endif

static ch_region_t *add(uint32_t caps) {
    ch_region_t *r = &regions[count++];
    memset(r, 0, sizeof *r);
    r->start = (uintptr_t)ch_test_span(SIZE), r->end = r->start + SIZE;
    r->caps[0] = caps;
    multi_heap_lock_init(&r->lock);
    assert_true(ch_registry_add(r));
    assert_true(ch_region_open(r));
    return r;
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
    count = 0;
    intruder = NULL;
    return 0;
}

static bool is_recent(const ch_region_t *r) { return ch_heap_recent_for((const void *)(r->end - 1)) == ch_heap_engine(r->heap); }

static void a_heap_that_is_active_already_stays_where_it_is_in_routes(void **state) {
    (void)state;
    add(A), add(A);
    const ch_route_t *route = ch_route_learn(ch_registry.plain, A);
    ch_route_t before = *route;
    ch_registry_activate(&regions[0]);
    ch_registry_activate(&regions[1]);
    assert_memory_equal(route, &before, sizeof before);
}

static void regions_are_known_by_engine_and_by_mask(void **state) {
    (void)state;
    ch_region_t *r = add(A | B);
    assert_ptr_equal(ch_registry_of(ch_heap_engine(r->heap)), r);
    assert_null(ch_registry_of((ch_engine_t *)ch_test_span(64)));
    assert_true(heap_caps_match(r, A | B));
    assert_false(heap_caps_match(r, A | 1u << 29));
}

static void activate_another(void) { ch_registry_activate(add(A)); }

static void a_heap_that_comes_while_a_mask_is_learned_is_not_missed(void **state) {
    (void)state;
    if (!CAN_INTRUDE) skip();
    add(A);
    intruder = activate_another, locks = 2;
    assert_null(ch_route_learn(ch_registry.plain, A)); /* what was read is old */
    assert_int_equal(count, 2);
    const ch_route_t *route = ch_route_learn(ch_registry.plain, A);
    assert_ptr_equal(route->heaps[0], regions[1].heap);
    assert_ptr_equal(route->heaps[1], regions[0].heap);
}

static void learn_the_same(void) { assert_non_null(ch_route_learn(ch_registry.plain, A)); }

static void two_who_learn_one_mask_share_its_route(void **state) {
    (void)state;
    if (!CAN_INTRUDE) skip();
    add(A);
    intruder = learn_the_same, locks = 2;
    assert_ptr_equal(ch_route_learn(ch_registry.plain, A), &ch_registry.plain[0]);
    assert_int_equal(ch_registry.plain[1 % CH_CFG_ROUTES].caps, CH_CFG_ROUTES > 1 ? 0 : A);
}

static void fill_the_table(void) {
    for (uint32_t i = 0; i < CH_CFG_ROUTES; i++) assert_non_null(ch_route_learn(ch_registry.plain, B | 1u << (1 + i % 20)));
}

static void a_table_that_fills_up_meanwhile_keeps_no_route(void **state) {
    (void)state;
    if (!CAN_INTRUDE || CH_CFG_ROUTES > 20) skip();
    add(A), add(B | 0x3FFFFFu);
    intruder = fill_the_table, locks = 2;
    assert_null(ch_route_learn(ch_registry.plain, A));
    void *p = heap_caps_malloc(10, A); /* the complete search finds it */
    assert_non_null(p);
    heap_caps_free(p);
}

static void a_host_is_not_the_first_to_be_tried_any_more(void **state) {
    (void)state;
    ch_region_t *r = add(A);
    static ch_region_t inner;
    memset(&inner, 0, sizeof inner);
    inner.start = r->start + 256, inner.end = inner.start + 512;
    assert_ptr_equal(ch_registry_find((void *)(r->start + 900)), r);
    assert_true(is_recent(r));
    assert_true(ch_registry_add(&inner));
    assert_false(is_recent(r));
}

static intptr_t range;
static bool added; /* by the other one */

static const uint32_t added_caps[SOC_MEMORY_TYPE_NO_PRIOS] = {B, 0, 0};

static void add_the_range(void) {
    ch_region_t *r = &regions[count++];
    memset(r, 0, sizeof *r);
    r->start = (uintptr_t)range, r->end = r->start + SIZE;
    multi_heap_lock_init(&r->lock);
    added = ch_registry_add(r);
}

static void of_two_who_add_one_range_one_fails(void **state) {
    for (int before = 1; before <= 6; before++) {
        begin(state);
        add(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
        size_t free_before = heap_caps_get_free_size(0);
        range = (intptr_t)ch_test_span(SIZE);
        intruder = add_the_range, locks = before, added = false;
        if (!CAN_INTRUDE) skip();
        esp_err_t result = heap_caps_add_region_with_caps(added_caps, range, range + SIZE);
        assert_int_equal(result, added ? ESP_FAIL : ESP_OK);
        if (added) assert_int_equal(heap_caps_get_free_size(0), free_before);
    }
}

static ch_region_t guest;

static void add_inside_the_first(void) {
    guest.start = regions[0].start + 256, guest.end = guest.start + 512;
    guest.caps[0] = B;
    multi_heap_lock_init(&guest.lock);
    assert_true(ch_registry_add(&guest));
}

static void a_heap_that_becomes_a_host_meanwhile_is_not_the_first_to_be_tried(void **state) {
    (void)state;
    if (!CAN_INTRUDE) skip();
    memset(&guest, 0, sizeof guest);
    ch_region_t *r = add(A);
    add(B);
    intruder = add_inside_the_first, locks = 1;
    assert_ptr_equal(ch_registry_find((void *)(r->start + 900)), r); /* no host yet, until it is about to be remembered */
    assert_int_equal(r->hosts, 1);
    assert_false(is_recent(r));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_heap_that_is_active_already_stays_where_it_is_in_routes, begin),
        cmocka_unit_test_setup(regions_are_known_by_engine_and_by_mask, begin),
        cmocka_unit_test_setup(a_heap_that_comes_while_a_mask_is_learned_is_not_missed, begin),
        cmocka_unit_test_setup(two_who_learn_one_mask_share_its_route, begin),
        cmocka_unit_test_setup(a_table_that_fills_up_meanwhile_keeps_no_route, begin),
        cmocka_unit_test_setup(a_host_is_not_the_first_to_be_tried_any_more, begin),
        cmocka_unit_test_setup(of_two_who_add_one_range_one_fails, begin),
        cmocka_unit_test_setup(a_heap_that_becomes_a_host_meanwhile_is_not_the_first_to_be_tried, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
