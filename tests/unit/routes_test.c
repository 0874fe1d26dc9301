/* SPDX-License-Identifier: MIT */
/*
 * Routes against the search rules: whatever masks are known when regions are added, each mask asks the heaps in the order of
 * passes and list; also masks beyond CH_CFG_ROUTES and heaps beyond CH_CFG_ROUTE_HEAPS. The registry is filled by hand, nothing
 * boots.
 */
#include "ch_test.h"

#include <string.h>

#include "caps/registry.h"
#include "esp_heap_caps.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
enum { REGIONS = CH_CFG_ROUTE_HEAPS + 4, SIZE = 768 };

#define A (1u << 22)
#define B (1u << 23)
#define C (1u << 24)
#define D (1u << 25)

static const uint32_t columns[][SOC_MEMORY_TYPE_NO_PRIOS] = {
    {A, B, C | D}, {B, A, 0}, {0, A | B, C}, {C, D, A}, {A | B | C | D, 0, 0}};
/* More than the table of routes has room for. */
static const uint32_t masks[] = {A,     B,     C,     D,         A | B,     A | C,     A | D,
                                 B | C, B | D, C | D, A | B | C, A | B | D, A | C | D, B | C | D};

static ch_region_t regions[REGIONS];
static ch_registry_t at_start;
static size_t count;

static void add(bool opened) {
    ch_region_t *r = &regions[count];
    unsigned char *memory = ch_test_span(SIZE);
    memset(r, 0, sizeof *r);
    r->start = (uintptr_t)memory, r->end = r->start + SIZE;
    memcpy(r->caps, columns[(count * 7) % COUNT(columns)], sizeof r->caps);
    multi_heap_lock_init(&r->lock);
    assert_true(ch_registry_add(r));
    count++;
    if (!opened) return;
    assert_true(ch_region_open(r));
    ch_registry_activate(r);
}

/* The heap that the rules name; taken[i]: region i is full. */
static const ch_region_t *expected(uint32_t caps, const bool *taken) {
    for (uint32_t pass = 0; pass < SOC_MEMORY_TYPE_NO_PRIOS; pass++) {
        for (const ch_region_t *r = ch_registry.first; r; r = r->next) {
            uint32_t all = r->caps[0] | r->caps[1] | r->caps[2];
            if (r->heap && !taken[r - regions] && r->caps[pass] & caps && (all & caps) == caps) return r;
        }
    }
    return NULL;
}

/* Fills one heap after the other through a mask, and empties them. */
static void expect_order(uint32_t caps) {
    bool taken[REGIONS] = {false};
    void *held[REGIONS + 1];
    size_t n = 0;
    for (const ch_region_t *r = expected(caps, taken); r; r = expected(caps, taken)) {
        void *p = heap_caps_malloc(multi_heap_free_size(r->heap), caps);
        assert_true((uintptr_t)p >= r->start && (uintptr_t)p < r->end);
        held[n++] = p;
        taken[r - regions] = true;
    }
    assert_null(heap_caps_malloc(1, caps));
    while (n) heap_caps_free(held[--n]);
}

static void expect_all_orders(void) {
    for (size_t i = 0; i < COUNT(masks); i++) expect_order(masks[i]);
}

static ch_engine_t *nobody; /* what recent heaps are at first */

static int begin(void **state) {
    (void)state;
    static bool known;
    if (!known) at_start = ch_registry, nobody = ch_heap_recent[0];
    known = true;
    ch_registry = at_start;
    for (int i = 0; i < CH_RECENT; i++) ch_heap_recent[i] = nobody;
    ch_route_latest = ch_registry.plain;
    count = 0;
    return 0;
}

static void masks_learned_after_the_regions_ask_in_order(void **state) {
    (void)state;
    while (count < REGIONS) add(true);
    expect_all_orders();
    expect_all_orders();
}

static void regions_added_after_the_masks_are_asked_in_order(void **state) {
    (void)state;
    while (count < REGIONS) {
        add(true);
        expect_all_orders();
    }
}

static void masks_learned_between_additions_ask_in_order(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(masks); i++) {
        if (count < REGIONS) add(true);
        expect_order(masks[COUNT(masks) - 1 - i]);
    }
    expect_all_orders();
}

static void heaps_opened_late_in_any_order_are_asked_in_list_order(void **state) {
    (void)state;
    while (count < REGIONS) add(count % 3 == 0);
    expect_all_orders();
    for (size_t k = 0; k < REGIONS; k++) {
        ch_region_t *r = &regions[(k * 3 + 1) % REGIONS];
        if (r->heap) continue;
        assert_true(ch_region_open(r));
        ch_registry_activate(r);
        expect_all_orders();
    }
    for (size_t k = 0; k < REGIONS; k++) {
        if (regions[k].heap) continue;
        assert_true(ch_region_open(&regions[k]));
        ch_registry_activate(&regions[k]);
    }
    expect_all_orders();
}

static void aligned_requests_ask_in_the_same_order(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(masks); i++) {
        if (count < REGIONS) add(true);
        bool taken[REGIONS] = {false};
        const ch_region_t *r = expected(masks[i], taken);
        void *p = heap_caps_aligned_alloc(64, 64, masks[i]);
        assert_true(r ? (uintptr_t)p >= r->start && (uintptr_t)p < r->end : !p);
        heap_caps_free(p);
    }
}

static void routes_are_full_and_nothing_is_lost(void **state) {
    (void)state;
    while (count < REGIONS) add(true);
    if (CH_CFG_WRAPPABLE) skip(); /* no route is learned for masks as they are asked */
    for (size_t i = 0; i < COUNT(masks); i++) heap_caps_free(heap_caps_malloc(10, masks[i]));
    size_t kept = 0;
    while (kept < CH_CFG_ROUTES && ch_registry.plain[kept].caps) kept++;
    assert_int_equal(kept, COUNT(masks) < CH_CFG_ROUTES ? COUNT(masks) : CH_CFG_ROUTES);
    for (size_t i = 0; i < kept; i++) assert_null(ch_registry.plain[i].heaps[CH_CFG_ROUTE_HEAPS]);
    expect_all_orders();
    assert_null(heap_caps_malloc(10, A | 1u << 29));
    assert_null(heap_caps_malloc(10, MALLOC_CAP_INVALID));
    assert_null(heap_caps_malloc(10, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(masks_learned_after_the_regions_ask_in_order, begin),
        cmocka_unit_test_setup(regions_added_after_the_masks_are_asked_in_order, begin),
        cmocka_unit_test_setup(masks_learned_between_additions_ask_in_order, begin),
        cmocka_unit_test_setup(heaps_opened_late_in_any_order_are_asked_in_list_order, begin),
        cmocka_unit_test_setup(aligned_requests_ask_in_the_same_order, begin),
        cmocka_unit_test_setup(routes_are_full_and_nothing_is_lost, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
