/* SPDX-License-Identifier: MIT */
/*
 * A script of every function that allocates, and its N-th allocation finds no memory: for every N, once or from there on, in
 * every heap or in one. Nothing crashes, what the script still has keeps its contents, the callback comes once for each
 * failure, and in the end not a byte or a block is missing.
 */
#include <string.h>

#include "api_setup.h"
#include "full.h"
#include "multi_heap_setup.h"
#include "script.h"

#define OUTER 16384u

static CH_TEST_LARGE unsigned char outer[OUTER] __attribute__((aligned(64))); /* plays external RAM */
static CH_TEST_LARGE unsigned char later[1024] __attribute__((aligned(64)));  /* a region that comes late */
static multi_heap_info_t first;

static void expect_as_first(void) {
    multi_heap_info_t now;
    heap_caps_get_info(&now, 0);
    assert_int_equal(now.total_free_bytes, first.total_free_bytes);
    assert_int_equal(now.total_allocated_bytes, first.total_allocated_bytes);
    assert_int_equal(now.allocated_blocks, first.allocated_blocks);
    assert_int_equal(now.free_blocks, first.free_blocks);
    assert_int_equal(now.largest_free_block, first.largest_free_block);
}

/* @return whether the n-th allocation came */
static bool run(full_mode_t mode, unsigned long n, size_t heap) {
    api_failures_clear();
    full_begin(mode, n, heap);
    script_run();
    bool came = full_end();
    expect_as_first();
    assert_int_equal(api_failures()->count, script_told());
    if (!came) assert_int_equal(script_failures(), 0);
    if (n % 8 == 0) assert_true(heap_caps_check_integrity_all(true));
    return came;
}

static unsigned long each_allocation(full_mode_t mode, size_t heap, unsigned *failures) {
    unsigned long n = 1;
    for (; run(mode, n, heap); n++) *failures += script_failures();
    assert_true(heap_caps_check_integrity_all(true));
    return n - 1;
}

static void without_failure_the_script_gets_all_it_asks_for(void **state) {
    (void)state;
    assert_false(run(FULL_NEVER, 0, FULL_EVERY_HEAP));
    assert_true(full_count() > 40);
}

static void the_nth_allocation_fails_once(void **state) {
    (void)state;
    unsigned failures = 0;
    unsigned long n = each_allocation(FULL_ONCE, FULL_EVERY_HEAP, &failures);
    assert_true(failures > n * 3 / 4); /* some requests need no memory: they shrink, or grow into what rounding left them */
    print_message("oom: %lu allocations, %u of them failed\n", n, failures);
}

static void all_fail_from_the_nth_allocation_on(void **state) {
    (void)state;
    unsigned failures = 0;
    unsigned long n = each_allocation(FULL_FOR_GOOD, FULL_EVERY_HEAP, &failures);
    print_message("oom: %lu starts, %u failures\n", n, failures);
    assert_true(failures > n * n / 4);
}

static void one_heap_is_full(void **state) {
    (void)state;
    unsigned failures = 0;
    size_t heaps = full_heaps();
    for (size_t heap = 0; heap < heaps; heap++) {
        each_allocation(FULL_ONCE, heap, &failures);
        each_allocation(FULL_FOR_GOOD, heap, &failures);
    }
    print_message("oom: %lu heaps full in turn, %u failures\n", (unsigned long)heaps, failures);
}

/* The same with external memory allowed for malloc(): its second choice is asked too. */
static void the_nth_allocation_fails_with_external_memory(void **state) {
    (void)state;
    unsigned failures = 0;
    heap_caps_malloc_extmem_enable(80);
    each_allocation(FULL_ONCE, FULL_EVERY_HEAP, &failures);
    each_allocation(FULL_FOR_GOOD, FULL_EVERY_HEAP, &failures);
    assert_true(failures > 0);
}

/* A region needs a descriptor: without memory for it nothing happens, and the range is still to be had. */
static void a_region_is_added_when_there_is_memory_for_its_descriptor(void **state) {
    (void)state;
    static const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {API_CAP_USER_A, 0, 0};
    intptr_t span = (intptr_t)later;
    esp_err_t result = ESP_OK;
    for (int attempt = 0; attempt < 3; attempt++) {
        full_begin(FULL_ONCE, 1, FULL_EVERY_HEAP);
        FULL(result = heap_caps_add_region_with_caps(caps, span, span + (intptr_t)sizeof later));
        full_end();
        assert_int_equal(result, ESP_ERR_NO_MEM);
        expect_as_first();
        assert_int_equal(heap_caps_get_total_size(API_CAP_USER_A), 0);
    }
    assert_int_equal(heap_caps_add_region_with_caps(caps, span, span + (intptr_t)sizeof later), ESP_OK);
    assert_true(heap_caps_get_free_size(API_CAP_USER_A) > 512);
    api_mark(state);
}

/* ---- one heap by itself: instead of a full heap, one that is a little longer each time ---- */

static unsigned alone(multi_heap_handle_t heap) {
    void *p[6] = {NULL}, *moved;
    static const size_t more[] = {90, 20, 300, 8, 700, 64};
    unsigned missing = 0;
    p[0] = multi_heap_malloc(heap, 60);
    p[1] = multi_heap_aligned_alloc(heap, 100, 64);
    p[2] = multi_heap_aligned_alloc_offs(heap, 80, 32, MH_G);
    p[3] = multi_heap_malloc(heap, 200);
    p[4] = multi_heap_realloc(heap, NULL, 40);
    p[5] = multi_heap_malloc(heap, 16);
    for (unsigned i = 0; i < 6; i++) {
        if (p[i]) mh_fill(p[i], 16, i);
        missing += !p[i];
    }
    multi_heap_free(heap, p[3]);
    p[3] = NULL;
    for (unsigned i = 0; i < 6; i++) {
        moved = p[i] ? multi_heap_realloc(heap, p[i], more[i]) : NULL;
        missing += p[i] && !moved;
        if (moved) p[i] = moved;
        if (p[i]) assert_true(mh_holds(p[i], moved && more[i] < 16 ? more[i] : 16, i));
    }
    for (unsigned i = 0; i < 6; i++) multi_heap_free(heap, p[i]);
    return missing;
}

static void a_heap_of_every_length(void **state) {
    (void)state;
    unsigned missing = 1, runs = 0;
    for (size_t size = 128; size < 4096; size += 4, runs++) {
        multi_heap_handle_t heap = mh_make_at(0, size);
        if (!heap) continue;
        size_t whole = multi_heap_free_size(heap);
        missing = alone(heap);
        multi_heap_info_t info;
        multi_heap_get_info(heap, &info);
        assert_int_equal(info.total_free_bytes, whole);
        assert_int_equal(info.free_blocks, 1);
        assert_int_equal(info.allocated_blocks, 0);
        mh_expect_consistent(heap);
        mh_expect_guards_at(0, size);
    }
    assert_int_equal(missing, 0); /* the longest has room for all */
    print_message("oom: %u heaps\n", runs);
}

static int begin(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    api_add_heap(outer, OUTER, MALLOC_CAP_SPIRAM, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_DEFAULT, 0);
    heap_caps_get_info(&first, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(without_failure_the_script_gets_all_it_asks_for),
        API_TEST(the_nth_allocation_fails_once),
        API_TEST(all_fail_from_the_nth_allocation_on),
        API_TEST(one_heap_is_full),
        API_TEST(the_nth_allocation_fails_with_external_memory),
        cmocka_unit_test(a_heap_of_every_length),
        API_TEST(a_region_is_added_when_there_is_memory_for_its_descriptor), /* last: it stays */
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
