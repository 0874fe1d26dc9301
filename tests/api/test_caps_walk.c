/* SPDX-License-Identifier: MIT */
/* Walk, dump and integrity check over all heaps. test_damage.c has what happens when a heap is damaged. */
#include "api_setup.h"
#include "frame_bytes.h"

#include <stdio.h>
#include <string.h>

#define BLOCKS 16

typedef struct {
    void *blocks[BLOCKS];
    unsigned seen[BLOCKS];
    unsigned calls;
    bool in_order;
    uintptr_t heap_start;
    uintptr_t last_end;
    size_t used_bytes;
    size_t free_bytes;
    size_t used_blocks;
    size_t free_blocks;
} watch_t;

static void allocate_all(watch_t *w) {
    static const uint32_t kinds[] = {MALLOC_CAP_8BIT, MALLOC_CAP_32BIT, API_CAP_USER_A, MALLOC_CAP_INTERNAL};
    memset(w, 0, sizeof(*w));
    w->in_order = true;
    for (size_t i = 0; i < BLOCKS; i++) {
        w->blocks[i] = heap_caps_malloc(16 + i * 12, kinds[i % 4]);
        assert_non_null(w->blocks[i]);
    }
}

static void free_all(watch_t *w) {
    for (size_t i = 0; i < BLOCKS; i++) {
        heap_caps_free(w->blocks[i]);
    }
}

static bool watch(walker_heap_into_t heap_info, walker_block_info_t block_info, void *user_data) {
    watch_t *w = user_data;
    uintptr_t at = (uintptr_t)block_info.ptr;
    w->calls++;
    if ((uintptr_t)heap_info.start != w->heap_start) { /* the next heap */
        w->heap_start = (uintptr_t)heap_info.start;
        w->last_end = w->heap_start;
    }
    if (at < w->last_end || at + block_info.size > (uintptr_t)heap_info.end) {
        w->in_order = false;
    }
    w->last_end = at + block_info.size;
    for (size_t i = 0; i < BLOCKS; i++) {
        w->seen[i] += block_info.used && w->blocks[i] == frame_user(block_info.ptr) ? 1u : 0u;
    }
    w->used_bytes += block_info.used ? block_info.size - FRAME_BYTES : 0;
    w->free_bytes += block_info.used ? 0 : block_info.size;
    w->used_blocks += block_info.used ? 1u : 0u;
    w->free_blocks += block_info.used ? 0u : 1u;
    return true;
}

static void walk_shows_each_block_once_in_address_order(void **state) {
    (void)state;
    watch_t w;
    multi_heap_info_t info;
    allocate_all(&w);
    heap_caps_walk_all(watch, &w);
    assert_true(w.in_order);
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_int_equal(w.seen[i], 1);
    }
    heap_caps_get_info(&info, 0);
    assert_int_equal(w.used_blocks, info.allocated_blocks);
    assert_int_equal(w.free_blocks, info.free_blocks);
    assert_int_equal(w.used_bytes, info.total_allocated_bytes);
    /* a frame less in each heap that has room for one */
    assert_true(w.free_bytes >= info.total_free_bytes && w.free_bytes <= info.total_free_bytes + API_MAX_HEAPS * FRAME_BYTES);
    free_all(&w);
}

static void walk_takes_the_matching_heaps_only(void **state) {
    (void)state;
    watch_t w;
    multi_heap_info_t info;
    memset(&w, 0, sizeof(w));
    heap_caps_walk(API_CAP_USER_A, watch, &w);
    heap_caps_get_info(&info, API_CAP_USER_A);
    assert_int_equal(w.calls, info.total_blocks);
    memset(&w, 0, sizeof(w));
    heap_caps_walk(API_CAP_NOBODY, watch, &w);
    assert_int_equal(w.calls, 0);
}

static void walk_with_invalid_or_no_flag_takes_every_heap(void **state) {
    (void)state;
    static const uint32_t every[] = {0, MALLOC_CAP_INVALID, MALLOC_CAP_INVALID | API_CAP_NOBODY};
    multi_heap_info_t info;
    heap_caps_get_info(&info, 0);
    for (size_t i = 0; i < 3; i++) {
        watch_t w;
        memset(&w, 0, sizeof(w));
        heap_caps_walk(every[i], watch, &w);
        assert_int_equal(w.calls, info.total_blocks);
    }
}

static bool one_a_heap(walker_heap_into_t heap_info, walker_block_info_t block_info, void *user_data) {
    (void)heap_info, (void)block_info;
    ++*(unsigned *)user_data;
    return false;
}

static void false_from_the_callback_ends_that_heap_only(void **state) {
    (void)state;
    api_heap_t heaps[API_MAX_HEAPS];
    unsigned calls = 0;
    heap_caps_walk_all(one_a_heap, &calls);
    assert_int_equal(calls, api_list_heaps(heaps, API_MAX_HEAPS));
    assert_true(calls >= 2);
}

static bool use_heap(walker_heap_into_t heap_info, walker_block_info_t block_info, void *user_data) {
    void *p = heap_caps_malloc(24, MALLOC_CAP_8BIT);
    void *q = heap_caps_malloc(24, API_CAP_USER_A);
    assert_non_null(p);
    assert_non_null(q);
    bool go_on = watch(heap_info, block_info, user_data);
    heap_caps_free(p);
    heap_caps_free(q);
    return go_on;
}

static void the_callback_may_use_the_heap(void **state) {
    (void)state;
    watch_t w;
    allocate_all(&w);
    heap_caps_walk_all(use_heap, &w);
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_int_equal(w.seen[i], 1);
    }
    free_all(&w);
}

static void walk_without_callback_is_fatal(void **state) {
    (void)state;
    CH_EXPECT_FATAL(heap_caps_walk(MALLOC_CAP_8BIT, NULL, NULL));
    CH_EXPECT_FATAL(heap_caps_walk_all(NULL, NULL));
    ch_test_output_clear();
}

static void list_is_by_size_and_newer_heaps_are_in_front(void **state) {
    (void)state;
    api_heap_t heaps[API_MAX_HEAPS];
    size_t count = api_list_heaps(heaps, API_MAX_HEAPS);
    size_t i = 0;
    while (i < count && heaps[i].added) {
        i++;
    }
    assert_true(i >= 1);
    for (i++; i < count; i++) {
        assert_false(heaps[i].added);
        assert_true(heaps[i].end - heaps[i].start >= heaps[i - 1].end - heaps[i - 1].start);
    }
}

/* ---- check and dump ---- */

static void integrity_of_sound_heaps_is_true_and_silent(void **state) {
    (void)state;
    watch_t w;
    allocate_all(&w);
    ch_test_output_clear();
    assert_true(heap_caps_check_integrity(MALLOC_CAP_8BIT, true));
    assert_true(heap_caps_check_integrity(0, true));
    assert_true(heap_caps_check_integrity(MALLOC_CAP_INVALID, true));
    assert_true(heap_caps_check_integrity(MALLOC_CAP_INVALID | API_CAP_NOBODY, true));
    assert_true(heap_caps_check_integrity(API_CAP_NOBODY, true)); /* no match: all good */
    assert_true(heap_caps_check_integrity_all(true));
    assert_true(heap_caps_check_integrity_addr((intptr_t)w.blocks[0], true));
    assert_true(heap_caps_check_integrity_addr((intptr_t)w.blocks[0] + 5, true));
    assert_string_equal(ch_test_output(), "");
    free_all(&w);
}

static void integrity_at_an_address_of_no_heap_is_false(void **state) {
    (void)state;
    static int foreign;
    assert_false(heap_caps_check_integrity_addr((intptr_t)&foreign, true));
    assert_false(heap_caps_check_integrity_addr(0, true));
    assert_false(heap_caps_check_integrity_addr(-1, true));
    if (api_heap_of((void *)INTPTR_MIN) == NULL) assert_false(heap_caps_check_integrity_addr(INTPTR_MIN, false));
    api_heap_t heaps[API_MAX_HEAPS];
    size_t count = api_list_heaps(heaps, API_MAX_HEAPS);
    for (size_t i = 0; i < count; i++) {
        assert_true(heap_caps_check_integrity_addr((intptr_t)heaps[i].start, true));
        assert_true(heap_caps_check_integrity_addr((intptr_t)heaps[i].end - 1, true));
    }
}

typedef struct {
    const char *text;
    unsigned blocks;
    bool good;
} dump_t;

/* Each block's line must follow in the text. */
static bool expect_dumped(walker_heap_into_t heap_info, walker_block_info_t block_info, void *user_data) {
    (void)heap_info;
    dump_t *d = user_data;
    char line[100];
    snprintf(line, sizeof(line), "\nBlock %p data, size: %lu bytes, Free: %s \n", block_info.ptr, (unsigned long)block_info.size,
             block_info.used ? "No" : "Yes");
    const char *found = strstr(d->text, line);
    d->blocks++;
    if (found == NULL) {
        d->good = false;
        return true;
    }
    d->text = found + strlen(line) - 1; /* the newline also begins the next */
    return true;
}

static void dump_lists_every_block_in_order(void **state) {
    (void)state;
    watch_t w;
    allocate_all(&w);
    ch_test_output_clear();
    heap_caps_dump_all();
    dump_t d = {ch_test_output(), 0, true};
    heap_caps_walk_all(expect_dumped, &d);
    assert_true(d.good);
    api_heap_t heaps[API_MAX_HEAPS];
    assert_int_equal(api_count_lines("Showing data for heap: "), api_list_heaps(heaps, API_MAX_HEAPS));
    assert_int_equal(api_count_lines("Block "), d.blocks);
    ch_test_output_clear();
    heap_caps_dump(API_CAP_USER_A);
    assert_int_equal(api_count_lines("Showing data for heap: "), 1);
    ch_test_output_clear();
    heap_caps_dump(API_CAP_NOBODY);
    assert_string_equal(ch_test_output(), "");
    free_all(&w);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    api_add_heap(api_span(2048), 2048, API_CAP_USER_A, 0, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(walk_shows_each_block_once_in_address_order),
        API_TEST(walk_takes_the_matching_heaps_only),
        API_TEST(walk_with_invalid_or_no_flag_takes_every_heap),
        API_TEST(false_from_the_callback_ends_that_heap_only),
        API_TEST(the_callback_may_use_the_heap),
        API_TEST(walk_without_callback_is_fatal),
        API_TEST(list_is_by_size_and_newer_heaps_are_in_front),
        API_TEST(integrity_of_sound_heaps_is_true_and_silent),
        API_TEST(integrity_at_an_address_of_no_heap_is_false),
        API_TEST(dump_lists_every_block_in_order),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
