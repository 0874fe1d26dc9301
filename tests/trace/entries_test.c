/* SPDX-License-Identifier: MIT */
/*
 * Every call that allocates or frees is recorded exactly once, whatever layers it passes, with the bytes that were asked for; at
 * depth 1 and more, with who called it.
 */
#include "api/api_setup.h"

#include <string.h>

#include "caps/caps_base.h"
#include "esp_heap_trace.h"
#include "event.h"
#include "trace/trace_setup.h"

enum { RECORDS = 16 };
static heap_trace_record_t buffer[RECORDS];

#define CAPS MALLOC_CAP_DEFAULT
#define EITHER 2, (uint32_t)API_CAP_NOBODY, (uint32_t)CAPS

/* Each call in a function of its own: the return address must lie in it. */
#define CALLER __attribute__((noinline, noclone))

/** Keeps the compiler from making a tail call of what is in the brackets. */
static inline void *kept(void *p) {
    __asm__ volatile("" : "+r"(p));
    return p;
}

CALLER static void *by_malloc(void) { return kept(heap_caps_malloc(21, CAPS)); }
CALLER static void *by_calloc(void) { return kept(heap_caps_calloc(3, 7, CAPS)); }
CALLER static void *by_realloc(void) { return kept(heap_caps_realloc(NULL, 21, CAPS)); }
CALLER static void *by_aligned(void) { return kept(heap_caps_aligned_alloc(64, 21, CAPS)); }
CALLER static void *by_aligned_calloc(void) { return kept(heap_caps_aligned_calloc(64, 7, 3, CAPS)); }
CALLER static void *by_malloc_prefer(void) { return kept(heap_caps_malloc_prefer(21, EITHER)); }
CALLER static void *by_calloc_prefer(void) { return kept(heap_caps_calloc_prefer(3, 7, EITHER)); }
CALLER static void *by_realloc_prefer(void) { return kept(heap_caps_realloc_prefer(NULL, 21, EITHER)); }
CALLER static void *by_malloc_base(void) { return kept(heap_caps_malloc_base(21, CAPS)); }
CALLER static void *by_calloc_base(void) { return kept(heap_caps_calloc_base(7, 3, CAPS)); }
CALLER static void *by_realloc_base(void) { return kept(heap_caps_realloc_base(NULL, 21, CAPS)); }
CALLER static void *by_aligned_base(void) { return kept(heap_caps_aligned_alloc_base(32, 21, CAPS)); }
CALLER static void *by_default(void) { return kept(heap_caps_malloc_default(21)); }
CALLER static void *by_realloc_default(void) { return kept(heap_caps_realloc_default(NULL, 21)); }
CALLER static void *by_aligned_default(void) { return kept(heap_caps_aligned_alloc_default(64, 21)); }
CALLER static void *by_another_mask(void) { return kept(heap_caps_malloc(21, MALLOC_CAP_8BIT)); }
CALLER static void *by_word_mask(void) { return kept(heap_caps_malloc(21, MALLOC_CAP_32BIT)); } /* rounded to 24 inside */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void by_aligned_free(void *p) { heap_caps_aligned_free(p); }
#pragma GCC diagnostic pop

static void *(*const ways[])(void) = {
    by_malloc,        by_calloc,          by_realloc,         by_aligned,      by_aligned_calloc, by_malloc_prefer,
    by_calloc_prefer, by_realloc_prefer,  by_malloc_base,     by_calloc_base,  by_realloc_base,   by_aligned_base,
    by_default,       by_realloc_default, by_aligned_default, by_another_mask, by_word_mask};
enum { WAYS = sizeof ways / sizeof ways[0] };

static void begin(heap_trace_mode_t mode) {
    heap_trace_stop();
    assert_int_equal(heap_trace_init_standalone(buffer, RECORDS), ESP_OK);
    assert_int_equal(heap_trace_start(mode), ESP_OK);
}

static void expect(size_t allocations, size_t frees, size_t count) {
    heap_trace_summary_t s;
    heap_trace_summary(&s);
    assert_int_equal(s.total_allocations, allocations);
    assert_int_equal(s.total_frees, frees);
    assert_int_equal(s.count, count);
}

/** Whether an address lies in a small function; thumb code has the lowest bit set. */
static bool is_in(const void *address, void *(*function)(void)) {
    uintptr_t from = (uintptr_t)function & ~(uintptr_t)1, at = (uintptr_t)address & ~(uintptr_t)1;
    return at > from && at - from < 200;
}

static void each_allocating_call_is_recorded_once(void **state) {
    (void)state;
    for (int i = 0; i < WAYS; i++) {
        heap_trace_record_t r;
        begin(HEAP_TRACE_LEAKS);
        void *p = ways[i]();
        assert_non_null(p);
        expect(1, 0, 1);
        assert_int_equal(heap_trace_get(0, &r), ESP_OK);
        assert_ptr_equal(r.address, p);
        assert_int_equal(r.size, 21);
        assert_false(r.freed);
        assert_int_equal(r.ccount & 3, ch_port_core_id() & 3);
        heap_caps_free(p);
        expect(1, 1, 0);
    }
}

static void the_innermost_caller_is_who_called_the_heap(void **state) {
    (void)state;
    if (CONFIG_HEAP_TRACING_STACK_DEPTH == 0) skip();
    for (int i = 0; i < WAYS; i++) {
        begin(HEAP_TRACE_ALL);
        void *p = ways[i]();
        void *const *callers = buffer[0].alloced_by;
        assert_true(is_in(callers[0], ways[i]));
        heap_caps_free(p);
    }
}

static void each_freeing_call_is_recorded_once(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++) {
        begin(HEAP_TRACE_ALL);
        void *p = heap_caps_malloc(21, CAPS);
        switch (i) {
        case 0: heap_caps_free(p); break;
        case 1: assert_null(heap_caps_realloc(p, 0, CAPS)); break;
        case 2: assert_null(heap_caps_realloc_prefer(p, 0, EITHER)); break;
        case 3: assert_null(heap_caps_realloc_base(p, 0, CAPS)); break;
        case 4: assert_null(heap_caps_realloc_default(p, 0)); break;
        default: by_aligned_free(p);
        }
        expect(1, 1, 1);
        assert_true(buffer[0].freed);
    }
}

static void a_realloc_is_a_free_and_an_allocation(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        begin(HEAP_TRACE_LEAKS);
        void *p = heap_caps_malloc(21, CAPS), *wall = heap_caps_malloc(21, CAPS);
        for (size_t size = 300; size; size = size == 300 ? 290 : size == 290 ? 10 : 0) { /* moves, stays, shrinks */
            p = i == 0   ? heap_caps_realloc(p, size, CAPS)
                : i == 1 ? heap_caps_realloc_prefer(p, size, EITHER)
                : i == 2 ? heap_caps_realloc_base(p, size, CAPS)
                         : heap_caps_realloc_default(p, size);
            heap_trace_record_t r;
            assert_int_equal(heap_trace_get(1, &r), ESP_OK); /* the newest now */
            assert_ptr_equal(r.address, p);
            assert_int_equal(r.size, size);
        }
        expect(5, 3, 2);
        heap_caps_free(p);
        heap_caps_free(wall);
        expect(5, 5, 0);
    }
}

/** What a race makes of it: between a realloc's end and its event the old address was handed out again, and told of. */
static void a_realloc_does_not_take_the_record_of_who_got_its_address_since(void **state) {
    (void)state;
    static char at[3]; /* addresses: the trace does not look at what is there */
    for (int mode = HEAP_TRACE_ALL; mode <= HEAP_TRACE_LEAKS; mode++) {
        begin((heap_trace_mode_t)mode);
        ch_event_allocated(&at[0], 100, CAPS, CH_CALLER);
        ch_moving_t since = ch_event_leaves(&at[0], 200, CH_CALLER);
        ch_event_allocated(&at[0], 300, CAPS, CH_CALLER);
        ch_event_allocated(&at[2], 400, CAPS, CH_CALLER);
        ch_event_moved(since, &at[0], &at[1], 200, CAPS, CH_CALLER);
        bool all = mode == HEAP_TRACE_ALL;
        expect(4, 1, all ? 4 : 3);
        assert_int_equal(buffer[0].freed, all);
        assert_int_equal(buffer[0].size, all ? 100 : 200); /* in mode LEAKS its entry is used again */
        assert_int_equal(buffer[1].size, 300);
        assert_false(buffer[1].freed);
        ch_event_freed(&at[0], CH_CALLER); /* by who has it now */
        expect(4, 2, all ? 4 : 2);
        assert_int_equal(buffer[1].freed, all);
        since = ch_event_leaves(&at[0], 50, CH_CALLER); /* a block that is not known, in the same way */
        ch_event_allocated(&at[0], 500, CAPS, CH_CALLER);
        ch_event_moved(since, &at[0], &at[1], 50, CAPS, CH_CALLER);
        expect(6, 3, all ? 6 : 4);
    }
}

static void what_fails_changes_nothing(void **state) {
    (void)state;
    begin(HEAP_TRACE_LEAKS);
    void *p = heap_caps_malloc(21, CAPS);
    heap_trace_record_t before, after;
    heap_trace_get(0, &before);
    assert_null(heap_caps_malloc(0, CAPS));
    assert_null(heap_caps_malloc(21, API_CAP_NOBODY));
    assert_null(heap_caps_calloc(SIZE_MAX, 2, CAPS));
    assert_null(heap_caps_calloc_prefer(SIZE_MAX, 2, EITHER));
    assert_null(heap_caps_aligned_alloc(3, 21, CAPS));
    assert_null(heap_caps_realloc(p, SIZE_MAX, CAPS));
    assert_null(heap_caps_realloc_prefer(p, SIZE_MAX / 2, EITHER));
    assert_null(heap_caps_realloc_base(p, SIZE_MAX / 2, CAPS));
    assert_null(heap_caps_realloc_default(p, SIZE_MAX / 2));
    heap_caps_free(NULL);
    heap_trace_get(0, &after);
    assert_memory_equal(&before, &after, offsetof(heap_trace_record_t, tailq_list));
    expect(1, 0, 1);
    heap_caps_free(p); /* the record is still found */
    expect(1, 1, 0);
    api_failures_clear();
}

static void a_pause_records_frees_alone(void **state) {
    (void)state;
    begin(HEAP_TRACE_LEAKS);
    void *p = heap_caps_malloc(21, CAPS), *q = heap_caps_malloc(22, CAPS);
    assert_int_equal(heap_trace_alloc_pause(), ESP_OK);
    void *r = heap_caps_malloc(23, CAPS);
    expect(2, 0, 2);
    heap_caps_free(p);
    expect(2, 1, 1);
    q = heap_caps_realloc(q, 400, CAPS); /* its free part */
    expect(2, 2, 0);
    heap_caps_free(r); /* nothing is in the list */
    expect(2, 2, 0);
    heap_caps_free(q);
}

static void a_free_counts_whether_or_not_it_is_known(void **state) {
    (void)state;
    void *unknown = heap_caps_malloc(21, CAPS);
    begin(HEAP_TRACE_LEAKS);
    void *p = heap_caps_malloc(21, CAPS);
    heap_caps_free(unknown);
    expect(1, 1, 1);
    heap_caps_free(p);
    expect(1, 2, 0);
}

static void the_live_record_of_an_address_is_the_one_that_is_freed(void **state) {
    (void)state;
    begin(HEAP_TRACE_ALL);
    void *p[3] = {NULL, NULL, NULL};
    for (int i = 0; i < 3; i++) { /* the same address each time: the hole that fits best */
        p[i] = heap_caps_malloc(21, CAPS);
        if (i < 2) heap_caps_free(p[i]);
    }
    assert_ptr_equal(p[0], p[2]);
    assert_true(buffer[0].freed && buffer[1].freed && !buffer[2].freed);
    heap_caps_free(p[2]);
    assert_true(buffer[2].freed);
    expect(3, 3, 3);
}

static void when_the_list_is_full_the_oldest_goes(void **state) {
    (void)state;
    begin(HEAP_TRACE_LEAKS);
    void *p[RECORDS + 1];
    for (size_t i = 0; i <= RECORDS; i++) p[i] = heap_caps_malloc(10 + i, CAPS);
    heap_trace_record_t r;
    heap_trace_get(0, &r);
    assert_ptr_equal(r.address, p[1]);
    heap_trace_get(RECORDS - 1, &r);
    assert_ptr_equal(r.address, p[RECORDS]);
    assert_ptr_equal(buffer[0].address, p[RECORDS]); /* in its place */
    expect(RECORDS + 1, 0, RECORDS);
    heap_caps_free(p[0]); /* lost: only counted */
    expect(RECORDS + 1, 1, RECORDS);
    for (size_t i = 1; i <= RECORDS; i++) heap_caps_free(p[i]);
    expect(RECORDS + 1, RECORDS + 1, 0);
}

static void entries_are_used_in_order_and_again(void **state) {
    (void)state;
    begin(HEAP_TRACE_LEAKS);
    void *p[4];
    for (int i = 0; i < 4; i++) {
        p[i] = heap_caps_malloc(21, CAPS);
        assert_ptr_equal(buffer[i].address, p[i]);
    }
    heap_caps_free(p[1]);
    assert_null(buffer[1].address);
    assert_int_equal(buffer[1].size, 0);
    p[1] = heap_caps_malloc(21, CAPS);
    assert_ptr_equal(buffer[1].address, p[1]);
    for (int i = 0; i < 4; i++) heap_caps_free(p[i]);
}

static void the_heap_s_own_blocks_are_not_recorded(void **state) {
    (void)state;
    begin(HEAP_TRACE_ALL);
    api_add_heap(api_span(2048), 2048, API_CAP_USER_A, 0, 0); /* has a descriptor from the heap */
    expect(0, 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TRACE_TEST(each_allocating_call_is_recorded_once),
        TRACE_TEST(the_innermost_caller_is_who_called_the_heap),
        TRACE_TEST(each_freeing_call_is_recorded_once),
        TRACE_TEST(a_realloc_is_a_free_and_an_allocation),
        TRACE_TEST(a_realloc_does_not_take_the_record_of_who_got_its_address_since),
        TRACE_TEST(what_fails_changes_nothing),
        TRACE_TEST(a_pause_records_frees_alone),
        TRACE_TEST(a_free_counts_whether_or_not_it_is_known),
        TRACE_TEST(the_live_record_of_an_address_is_the_one_that_is_freed),
        TRACE_TEST(when_the_list_is_full_the_oldest_goes),
        TRACE_TEST(entries_are_used_in_order_and_again),
        TRACE_TEST(the_heap_s_own_blocks_are_not_recorded),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
