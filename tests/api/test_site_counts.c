/* SPDX-License-Identifier: MIT */
/*
 * Call-site accounting, capheap/call_sites.h: every entry point is counted once, for its caller and nobody inside the library;
 * what is live, was at most, and how often; a full table; the lists.
 */
#include "api_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capheap/call_sites.h"
#include "frame_bytes.h"

enum { PLACES = CH_CFG_CALL_SITES + 1, BYTES = 100 };

static heap_call_site_t before[PLACES], after[PLACES];

static size_t get(heap_call_site_t *sites) {
    size_t count = PLACES;
    assert_int_equal(heap_call_sites_get(sites, &count), ESP_OK);
    assert_int_equal(count, heap_call_sites_count());
    return count;
}

/* What has changed at one place since `before`: the only one that allocated. */
static heap_call_site_t changed(size_t before_count) {
    heap_call_site_t found = {0};
    unsigned places = 0;
    size_t count = get(after);
    for (size_t i = 0; i < count; i++) {
        heap_call_site_t now = after[i], then = {0};
        for (size_t k = 0; k < before_count; k++) {
            if (before[k].caller == now.caller) then = before[k];
        }
        if (now.allocations == then.allocations) continue;
        now.live_bytes -= then.live_bytes, now.live_blocks -= then.live_blocks, now.allocations -= then.allocations;
        found = now;
        places++;
    }
    assert_int_equal(places, 1);
    return found;
}

typedef void *(*allocate_t)(void);

static __attribute__((noinline)) void *by_malloc(void) {
    void *volatile p = heap_caps_malloc(BYTES, MALLOC_CAP_8BIT);
    return p;
}
static __attribute__((noinline)) void *by_calloc(void) {
    void *volatile p = heap_caps_calloc(10, BYTES / 10, MALLOC_CAP_8BIT);
    return p;
}
static __attribute__((noinline)) void *by_aligned(void) {
    void *volatile p = heap_caps_aligned_alloc(64, BYTES, MALLOC_CAP_8BIT);
    return p;
}
static __attribute__((noinline)) void *by_aligned_calloc(void) {
    void *volatile p = heap_caps_aligned_calloc(64, 10, BYTES / 10, MALLOC_CAP_8BIT);
    return p;
}
static __attribute__((noinline)) void *by_prefer(void) {
    void *volatile p = heap_caps_malloc_prefer(BYTES, 2, API_CAP_NOBODY, MALLOC_CAP_8BIT);
    return p;
}
static __attribute__((noinline)) void *by_calloc_prefer(void) {
    void *volatile p = heap_caps_calloc_prefer(10, BYTES / 10, 2, API_CAP_NOBODY, MALLOC_CAP_8BIT);
    return p;
}
static __attribute__((noinline)) void *by_realloc(void) {
    void *volatile p = heap_caps_realloc(NULL, BYTES, MALLOC_CAP_8BIT);
    return p;
}
static __attribute__((noinline)) void *by_another_mask(void) {
    void *volatile p = heap_caps_malloc(BYTES, MALLOC_CAP_DMA);
    return p;
}
static __attribute__((noinline)) void *by_exec(void) {
    void *volatile p = heap_caps_malloc(BYTES, API_CAP_EXEC | MALLOC_CAP_32BIT);
    return p;
}

/* Whether an address lies in a function: none of those above has more than 200 bytes. */
static bool is_in(const void *address, allocate_t function) {
    return (uintptr_t)address - ((uintptr_t)function & ~(uintptr_t)1) < 200;
}

static void each_entry_point_counts_once_for_its_caller(void **state) {
    (void)state;
    const allocate_t all[] = {by_malloc,  by_calloc,       by_aligned, by_aligned_calloc, by_prefer, by_calloc_prefer,
                              by_realloc, by_another_mask, by_exec};
    size_t ways = sizeof(all) / sizeof(all[0]) - !(API_CAP_EXEC != 0 && api_offers(API_CAP_EXEC));
    for (size_t i = 0; i < ways; i++) {
        size_t count = get(before);
        void *p = all[i]();
        assert_non_null(p);
        heap_call_site_t site = changed(count);
        assert_true(is_in(site.caller, all[i]));
        assert_int_equal(site.live_bytes, BYTES);
        assert_int_equal(site.live_blocks, 1);
        assert_int_equal(site.allocations, 1);
        assert_true(site.peak_bytes >= BYTES);
        heap_caps_free(p);
        get(after);
        for (size_t k = 0; k < heap_call_sites_count(); k++) {
            if (after[k].caller == site.caller) {
                assert_int_equal(after[k].live_bytes, 0);
                assert_int_equal(after[k].live_blocks, 0);
                assert_int_equal(after[k].peak_bytes, BYTES);
            }
        }
    }
}

static heap_call_site_t site_of(allocate_t function) {
    size_t count = get(after);
    for (size_t i = 0; i < count; i++) {
        if (is_in(after[i].caller, function)) return after[i];
    }
    return (heap_call_site_t){0};
}

static __attribute__((noinline)) void *resize(void *p, size_t size) {
    void *volatile q = heap_caps_realloc(p, size, MALLOC_CAP_8BIT);
    return q;
}

static void realloc_makes_the_block_its_own(void **state) {
    (void)state;
    allocate_t resizer = (allocate_t)(uintptr_t)resize;
    const size_t sizes[] = {BYTES + 1, 2 * BYTES, 40, 3000, 17, 20000};
    void *p = by_malloc();
    assert_int_equal(site_of(by_malloc).live_bytes, BYTES);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        p = resize(p, sizes[i]);
        assert_non_null(p);
        assert_int_equal(site_of(by_malloc).live_blocks, 0);
        assert_int_equal(site_of(resizer).live_bytes, sizes[i]);
        assert_int_equal(site_of(resizer).live_blocks, 1);
    }
    assert_null(resize(p, SIZE_MAX / 2));
    assert_int_equal(site_of(resizer).live_bytes, 20000);
    assert_null(resize(p, 0));
    assert_int_equal(site_of(resizer).live_blocks, 0);
    p = by_malloc();
    p = heap_caps_realloc(p, BYTES, MALLOC_CAP_DMA);
    assert_int_equal(site_of(by_malloc).live_blocks, 0);
    heap_caps_free(p);
}

static void nothing_is_counted_of_what_fails(void **state) {
    (void)state;
    size_t count = get(before);
    assert_null(heap_caps_malloc(0, MALLOC_CAP_8BIT));
    assert_null(heap_caps_malloc(SIZE_MAX, MALLOC_CAP_8BIT));
    assert_null(heap_caps_calloc(SIZE_MAX, 2, MALLOC_CAP_8BIT));
    heap_caps_free(NULL);
    assert_int_equal(get(after), count);
    assert_memory_equal(after, before, count * sizeof(after[0]));
}

static void peaks_and_counts_begin_anew(void **state) {
    (void)state;
    void *p = by_malloc(), *q = by_malloc();
    heap_caps_free(q);
    assert_int_equal(site_of(by_malloc).peak_bytes, 2 * BYTES);
    heap_call_sites_reset();
    heap_call_site_t site = site_of(by_malloc);
    assert_int_equal(site.peak_bytes, BYTES);
    assert_int_equal(site.allocations, 0);
    assert_int_equal(site.live_blocks, 1);
    heap_caps_free(p);
    p = by_malloc();
    site = site_of(by_malloc);
    assert_int_equal(site.allocations, 1);
    assert_int_equal(site.peak_bytes, BYTES);
    heap_caps_free(p);
}

static void the_list_is_sorted_by_live_bytes(void **state) {
    (void)state;
    const allocate_t all[] = {by_malloc, by_calloc, by_prefer};
    void *held[6];
    for (unsigned i = 0; i < 6; i++) held[i] = all[i < 3 ? 0 : i < 5 ? 1 : 2]();
    size_t count = get(after);
    for (size_t i = 1; i < count; i++) assert_true(after[i - 1].live_bytes >= after[i].live_bytes);
    assert_true(is_in(after[0].caller, by_malloc));
    assert_true(is_in(after[1].caller, by_calloc));
    assert_true(is_in(after[2].caller, by_prefer));
    for (size_t room = 0; room < 4; room++) {
        size_t used = room;
        memset(before, 0xA5, sizeof(before));
        assert_int_equal(heap_call_sites_get(before, &used), ESP_OK);
        assert_int_equal(used, room);
        assert_memory_equal(before, after, room * sizeof(after[0]));
    }
    assert_int_equal(heap_call_sites_get(NULL, NULL), ESP_ERR_INVALID_ARG);
    count = 1;
    assert_int_equal(heap_call_sites_get(NULL, &count), ESP_ERR_INVALID_ARG);
    for (unsigned i = 0; i < 6; i++) heap_caps_free(held[i]);
}

static void a_bad_free_is_reported_as_ever(void **state) {
    (void)state;
    char *p = by_malloc();
    int local = 0;
    CH_EXPECT_FATAL(heap_caps_free(p + 16));
    CH_EXPECT_FATAL(heap_caps_free(&local));
    heap_caps_free(p);
    CH_EXPECT_FATAL(heap_caps_free(p));
    ch_test_output_clear();
    assert_true(heap_caps_check_integrity_all(true));
}

#if defined __unix__
static void what_is_printed_can_be_read_again(void **state) {
    (void)state;
    void *p = by_malloc(), *q = by_calloc();
    size_t count = get(after);
    assert_true(api_stdout_begin());
    heap_call_sites_print_csv(NULL, 0);
    const char *text = api_stdout_end();
    const char *line = strchr(text, '\n') + 1;
    assert_int_equal(strncmp(text, "call_site,caller,live_bytes,live_blocks,peak_bytes,allocations\n", (size_t)(line - text)), 0);
    for (size_t i = 0; i < count; i++, line = strchr(line, '\n') + 1) {
        unsigned long caller, live, blocks, peak, allocations;
        assert_int_equal(sscanf(line, "call_site,%lx,%lu,%lu,%lu,%lu\n", &caller, &live, &blocks, &peak, &allocations), 5);
        assert_int_equal(caller, (uintptr_t)after[i].caller);
        assert_int_equal(live, after[i].live_bytes);
        assert_int_equal(blocks, after[i].live_blocks);
        assert_int_equal(peak, after[i].peak_bytes);
        assert_int_equal(allocations, after[i].allocations);
    }
    assert_int_equal(*line, 0);
    assert_true(api_stdout_begin());
    heap_call_sites_print(NULL, 1);
    text = api_stdout_end();
    char wanted[200];
    char caller[24];
    snprintf(caller, sizeof(caller), "%p", (void *)(uintptr_t)after[0].caller);
    snprintf(wanted, sizeof(wanted), "%18s %12s %12s %12s %12s\n%18s %12lu %12lu %12lu %12lu\n", "caller", "live bytes",
             "live blocks", "peak bytes", "allocations", caller, (unsigned long)after[0].live_bytes,
             (unsigned long)after[0].live_blocks, (unsigned long)after[0].peak_bytes, (unsigned long)after[0].allocations);
    assert_string_equal(text, wanted);
    heap_caps_free(p);
    heap_caps_free(q);
}
#else
static void what_is_printed_can_be_read_again(void **state) {
    (void)state;
    heap_call_sites_print(stdout, 0);
    heap_call_sites_print_csv(stdout, 0);
}
#endif

/* More callers than places: each allocates from an address of its own. */
#define CALLER(n)                                                                                                                \
    static __attribute__((noinline)) void *caller_##n(void) {                                                                    \
        void *volatile p = heap_caps_malloc(n + 1, MALLOC_CAP_8BIT);                                                             \
        return p;                                                                                                                \
    }
#define TEN(m) m(1##0) m(1##1) m(1##2) m(1##3) m(1##4) m(1##5) m(1##6) m(1##7) m(1##8) m(1##9)
TEN(CALLER)

static void callers_beyond_the_table_are_counted_together(void **state) {
    (void)state;
#define NAME(n) caller_##n,
    const allocate_t callers[] = {TEN(NAME) by_malloc, by_calloc, by_aligned, by_prefer, by_realloc, by_another_mask};
    enum { COUNT = sizeof(callers) / sizeof(callers[0]) };
    void *held[COUNT];
    size_t sum = 0, live = 0;
    for (unsigned i = 0; i < COUNT; i++) held[i] = callers[i](), sum += i < 10 ? i + 11 : BYTES;
    size_t count = get(after), blocks = 0;
    for (size_t i = 0; i < count; i++) live += after[i].live_bytes, blocks += after[i].live_blocks;
    assert_int_equal(live, sum);
    assert_int_equal(blocks, COUNT);
    assert_true(count <= PLACES);
    if (COUNT > CH_CFG_CALL_SITES) {
        size_t others = 0;
        while (others < count && after[others].caller != NULL) others++;
        assert_true(others < count);
    }
    for (unsigned i = 0; i < COUNT; i++) heap_caps_free(held[i]);
    count = get(after);
    for (size_t i = 0; i < count; i++) assert_int_equal(after[i].live_bytes + after[i].live_blocks, 0);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

static int verify(void **state) {
    if (!FRAME_HOLDS_BACK) return api_verify(state);
    assert_true(heap_caps_check_integrity_all(true));
    return 0;
}

#define SITE_TEST(f) cmocka_unit_test_setup_teardown(f, api_mark, verify)

int main(void) {
    const struct CMUnitTest tests[] = {
        SITE_TEST(each_entry_point_counts_once_for_its_caller),
        SITE_TEST(realloc_makes_the_block_its_own),
        SITE_TEST(peaks_and_counts_begin_anew),
        SITE_TEST(the_list_is_sorted_by_live_bytes),
        SITE_TEST(what_is_printed_can_be_read_again),
        SITE_TEST(nothing_is_counted_of_what_fails),
        SITE_TEST(callers_beyond_the_table_are_counted_together),
        SITE_TEST(a_bad_free_is_reported_as_ever), /* at last: what it frees wrongly is counted before it is reported */
    };
    const struct CMUnitTest of_small_tables[] = {
        SITE_TEST(nothing_is_counted_of_what_fails),
        SITE_TEST(callers_beyond_the_table_are_counted_together),
        SITE_TEST(a_bad_free_is_reported_as_ever),
    };
    if (CH_CFG_CALL_SITES < 32) return cmocka_run_group_tests(of_small_tables, boot, NULL);
    return cmocka_run_group_tests(tests, boot, NULL);
}
