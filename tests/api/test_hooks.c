/* SPDX-License-Identifier: MIT */
/*
 * Two options of API.md 10 that change what an executable is: the allocation and free hooks (CONFIG_HEAP_USE_HOOKS) and the stop
 * after a failed allocation (CONFIG_HEAP_ABORT_WHEN_ALLOCATION_FAILS). Builds without an option skip its tests.
 */
#include "api_setup.h"

typedef struct {
    unsigned allocs;
    unsigned frees;
    void *allocated;
    size_t size;
    uint32_t caps;
    void *freed;
} events_t;

static events_t events;

void esp_heap_trace_alloc_hook(void *ptr, size_t size, uint32_t caps);
void esp_heap_trace_free_hook(void *ptr);

void esp_heap_trace_alloc_hook(void *ptr, size_t size, uint32_t caps) {
    events.allocs++;
    events.allocated = ptr;
    events.size = size;
    events.caps = caps;
}

void esp_heap_trace_free_hook(void *ptr) {
    events.frees++;
    events.freed = ptr;
}

static void expect_events(unsigned allocs, unsigned frees) {
    assert_int_equal(events.allocs, allocs);
    assert_int_equal(events.frees, frees);
    events.allocs = 0;
    events.frees = 0;
}

static void skip_without_hooks(void) {
    events = (events_t){0};
    if (!CH_CFG_USE_HOOKS) {
        skip();
    }
}

static void hooks_see_each_allocation_and_free_once(void **state) {
    (void)state;
    skip_without_hooks();
    void *p = heap_caps_malloc(13, MALLOC_CAP_8BIT);
    assert_ptr_equal(events.allocated, p);
    assert_int_equal(events.size, 13);
    assert_int_equal(events.caps, MALLOC_CAP_8BIT);
    expect_events(1, 0);
    heap_caps_free(p);
    assert_ptr_equal(events.freed, p);
    expect_events(0, 1);
    p = heap_caps_calloc(3, 7, MALLOC_CAP_8BIT);
    assert_int_equal(events.size, 21);
    expect_events(1, 0);
    heap_caps_free(p);
    p = heap_caps_aligned_alloc(64, 10, MALLOC_CAP_8BIT);
    assert_ptr_equal(events.allocated, p);
    expect_events(1, 1);
    heap_caps_free(p);
    expect_events(0, 1);
}

static void hooks_see_sizes_and_caps_as_normalised(void **state) {
    (void)state;
    skip_without_hooks();
    heap_caps_free(heap_caps_malloc(13, MALLOC_CAP_32BIT));
    assert_int_equal(events.size, 16);
    expect_events(1, 1);
    size_t alignment = 4;
    size_t size = 10;
    uint32_t caps = MALLOC_CAP_DMA_DESC_AHB;
    esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
    if (api_expected_heap(caps) == NULL) {
        return;
    }
    heap_caps_free(heap_caps_malloc(10, MALLOC_CAP_DMA_DESC_AHB));
    assert_int_equal(events.size, size);
    assert_int_equal(events.caps, caps);
    expect_events(1, 1);
}

static void hooks_see_the_alias_that_the_user_holds(void **state) {
    (void)state;
    skip_without_hooks();
    if (API_CAP_EXEC == 0 || api_expected_heap(API_CAP_EXEC | MALLOC_CAP_DEFAULT) == NULL) {
        skip();
    }
    void *p = heap_caps_malloc(20, API_CAP_EXEC | MALLOC_CAP_DEFAULT);
    assert_ptr_equal(events.allocated, p);
    assert_int_equal(events.caps, API_CAP_EXEC | MALLOC_CAP_DEFAULT | MALLOC_CAP_32BIT);
    heap_caps_free(p);
    assert_ptr_equal(events.freed, p);
}

static void realloc_is_one_allocation_and_a_free_only_across_heaps(void **state) {
    (void)state;
    skip_without_hooks();
    void *p = heap_caps_malloc(100, API_CAP_USER_A);
    void *wall = heap_caps_malloc(16, API_CAP_USER_A);
    expect_events(2, 0);
    p = heap_caps_realloc(p, 50, API_CAP_USER_A);
    assert_ptr_equal(events.allocated, p);
    assert_int_equal(events.size, 50);
    expect_events(1, 0);
    p = heap_caps_realloc(p, 500, API_CAP_USER_A); /* moves within its heap */
    assert_ptr_equal(events.allocated, p);
    expect_events(1, 0);
    void *old = p;
    p = heap_caps_realloc(p, 500, API_CAP_USER_B); /* moves to another */
    assert_ptr_equal(events.allocated, p);
    assert_ptr_equal(events.freed, old);
    expect_events(1, 1);
    assert_null(heap_caps_realloc(p, 0, API_CAP_USER_B));
    expect_events(0, 1);
    heap_caps_free(wall);
    expect_events(0, 1);
}

static void nothing_happened_is_no_event(void **state) {
    (void)state;
    skip_without_hooks();
    if (CH_CFG_ABORT_ON_FAIL) {
        skip();
    }
    heap_caps_free(NULL);
    assert_null(heap_caps_malloc(0, MALLOC_CAP_8BIT));
    assert_null(heap_caps_malloc(16, API_CAP_NOBODY));
    assert_null(heap_caps_calloc(SIZE_MAX, 2, MALLOC_CAP_8BIT));
    expect_events(0, 0);
    void *p = heap_caps_malloc(16, MALLOC_CAP_8BIT);
    expect_events(1, 0);
    assert_null(heap_caps_realloc(p, SIZE_MAX, MALLOC_CAP_8BIT));
    expect_events(0, 0);
    heap_caps_free(p);
    api_failures_clear();
}

static void a_failed_request_stops_after_the_callback_if_so_configured(void **state) {
    (void)state;
    if (!CH_CFG_ABORT_ON_FAIL) {
        skip();
    }
    CH_EXPECT_FATAL(heap_caps_malloc(0x7ffffff0, MALLOC_CAP_8BIT));
    api_expect_failure(0x7ffffff0, MALLOC_CAP_8BIT, "heap_caps_malloc");
    assert_string_equal(ch_test_fatal_reason(), "Mem alloc fail. size 0x7ffffff0 caps 0x00000004");
    CH_EXPECT_FATAL(heap_caps_calloc(SIZE_MAX, 2, MALLOC_CAP_8BIT));
    api_expect_failure(SIZE_MAX, MALLOC_CAP_8BIT, "heap_caps_calloc");
    assert_null(heap_caps_malloc(0, MALLOC_CAP_8BIT));
    assert_null(heap_caps_aligned_alloc(3, 16, MALLOC_CAP_8BIT));
    assert_null(heap_caps_calloc(3, 0, MALLOC_CAP_8BIT));
    ch_test_output_clear();
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    api_add_heap(api_span(2048), 2048, API_CAP_USER_A, 0, 0);
    api_add_heap(api_span(2048), 2048, API_CAP_USER_B, 0, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(hooks_see_each_allocation_and_free_once),
        API_TEST(hooks_see_sizes_and_caps_as_normalised),
        API_TEST(hooks_see_the_alias_that_the_user_holds),
        API_TEST(realloc_is_one_allocation_and_a_free_only_across_heaps),
        API_TEST(nothing_happened_is_no_event),
        API_TEST(a_failed_request_stops_after_the_callback_if_so_configured),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
