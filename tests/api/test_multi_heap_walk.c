/* SPDX-License-Identifier: MIT */
/* multi_heap: walk, check, dump, the block around an address, the lock, and what NULL means. */
#include "capheap/port.h"
#include "multi_heap_setup.h"

#define BLOCKS 24

/* A heap with BLOCKS blocks, every third of them free again (its entry is NULL). */
static multi_heap_handle_t make_mixed(void *blocks[BLOCKS]) {
    multi_heap_handle_t heap = mh_make(8192);
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = multi_heap_malloc(heap, 16 + i * 11);
        assert_non_null(blocks[i]);
    }
    for (size_t i = 1; i < BLOCKS; i += 3) {
        multi_heap_free(heap, blocks[i]);
        blocks[i] = NULL;
    }
    return heap;
}

typedef struct {
    void **blocks;
    unsigned seen[BLOCKS];
    unsigned unknown;
    unsigned calls;
    unsigned stop_after;
    multi_heap_handle_t heap;
} watch_t;

static bool watch(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    watch_t *w = user_data;
    w->calls++;
    if (block_used) {
        size_t i = 0;
        while (i < BLOCKS && w->blocks[i] != frame_user(block_ptr)) {
            i++;
        }
        if (i < BLOCKS) {
            w->seen[i]++;
            assert_true(block_size >= 16 + i * 11);
        } else {
            w->unknown++;
        }
    }
    return w->calls != w->stop_after;
}

static void walk_shows_every_used_block_exactly_once(void **state) {
    (void)state;
    void *blocks[BLOCKS];
    multi_heap_handle_t heap = make_mixed(blocks);
    watch_t w = {.blocks = blocks};
    multi_heap_walk(heap, watch, &w);
    assert_int_equal(w.unknown, 0);
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_int_equal(w.seen[i], blocks[i] != NULL ? 1 : 0);
    }
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    assert_int_equal(w.calls, info.total_blocks);
    mh_expect_consistent(heap);
}

static void walk_ends_when_the_callback_says_so(void **state) {
    (void)state;
    void *blocks[BLOCKS];
    multi_heap_handle_t heap = make_mixed(blocks);
    for (unsigned n = 1; n <= 5; n++) {
        watch_t w = {.blocks = blocks, .stop_after = n};
        multi_heap_walk(heap, watch, &w);
        assert_int_equal(w.calls, n);
    }
}

/* Frees its own extra blocks and takes new ones while the walk is under way. */
static bool churn(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    static void *extra[3];
    watch_t *w = user_data;
    unsigned turn = w->calls % 3;
    if (w->calls == 0) {
        memset(extra, 0, sizeof(extra));
    }
    multi_heap_free(w->heap, extra[turn]);
    extra[turn] = multi_heap_malloc(w->heap, 8 + w->calls * 29 % 200);
    return watch(block_ptr, block_size, block_used, user_data) && w->calls < 500;
}

static void walk_shows_unchanged_blocks_once_while_others_come_and_go(void **state) {
    (void)state;
    void *blocks[BLOCKS];
    multi_heap_handle_t heap = make_mixed(blocks);
    watch_t w = {.blocks = blocks, .heap = heap};
    multi_heap_walk(heap, churn, &w);
    assert_true(w.calls < 500);
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_int_equal(w.seen[i], blocks[i] != NULL ? 1 : 0);
    }
    mh_expect_consistent(heap);
}

static bool free_shown(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    (void)block_size;
    watch_t *w = user_data;
    if (block_used) {
        multi_heap_free(w->heap, frame_user(block_ptr));
    }
    return ++w->calls < 500;
}

static void walk_survives_the_callback_freeing_each_block_it_sees(void **state) {
    (void)state;
    void *blocks[BLOCKS];
    multi_heap_handle_t heap = make_mixed(blocks);
    watch_t w = {.heap = heap};
    multi_heap_walk(heap, free_shown, &w);
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    assert_int_equal(info.allocated_blocks, 0);
    assert_int_equal(info.free_blocks, 1);
    mh_expect_consistent(heap);
}

static void find_containing_block_knows_every_byte_of_a_used_block(void **state) {
    (void)state;
    void *blocks[BLOCKS];
    multi_heap_handle_t heap = make_mixed(blocks);
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size = blocks[i] != NULL ? multi_heap_get_allocated_size(heap, blocks[i]) : 0;
        for (size_t at = 0; at < size; at++) {
            assert_ptr_equal(multi_heap_find_containing_block(heap, (unsigned char *)blocks[i] + at), blocks[i]);
        }
    }
}

static void find_containing_block_of_no_used_block_is_fatal(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(4096);
    unsigned char *p = multi_heap_malloc(heap, 64);
    assert_non_null(multi_heap_malloc(heap, 64));
    multi_heap_free(heap, p);
    static int foreign;
    CH_EXPECT_FATAL(multi_heap_find_containing_block(heap, p));
    CH_EXPECT_FATAL(multi_heap_find_containing_block(heap, p + 20));
    CH_EXPECT_FATAL(multi_heap_find_containing_block(heap, &foreign));
    CH_EXPECT_FATAL(multi_heap_find_containing_block(heap, mh_span() + 4096));
    CH_EXPECT_FATAL(multi_heap_find_containing_block(heap, NULL));
    ch_test_output_clear();
    mh_expect_consistent(heap);
}

static bool list_block(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    char **at = user_data;
    int n = snprintf(*at, 100, "Block %p data, size: %lu bytes, Free: %s \n", block_ptr, (unsigned long)block_size,
                     block_used ? "No" : "Yes");
    *at += n;
    return true;
}

static void dump_prints_the_contract_s_lines(void **state) {
    (void)state;
    static char expected[8192];
    void *blocks[BLOCKS];
    multi_heap_handle_t heap = make_mixed(blocks);
    char *at = expected;
    at += snprintf(at, 100, "Showing data for heap: %p \n", (void *)heap);
    multi_heap_walk(heap, list_block, &at);
    ch_test_output_clear();
    multi_heap_dump(heap);
    assert_string_equal(ch_test_output(), expected);
    ch_test_output_clear();
}

static void check_of_a_sound_heap_is_silent(void **state) {
    (void)state;
    void *blocks[BLOCKS];
    multi_heap_handle_t heap = make_mixed(blocks);
    ch_test_output_clear();
    assert_true(multi_heap_check(heap, false));
    assert_true(multi_heap_check(heap, true));
    assert_string_equal(ch_test_output(), "");
}

/* After a call the lock must be free: taking it here would otherwise hang or be refused. */
static void expect_lock_open(ch_port_lock_t *lock) {
    ch_port_state_t was = ch_port_lock(lock);
    ch_port_unlock(lock, was);
}

static ch_port_lock_t *walk_lock;

static bool lock_in_callback(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    (void)block_ptr, (void)block_size, (void)block_used, (void)user_data;
    expect_lock_open(walk_lock);
    return true;
}

static void every_call_leaves_the_lock_open(void **state) {
    (void)state;
    static ch_port_lock_t lock = CH_PORT_LOCK_INIT;
    multi_heap_handle_t heap = mh_make(4096);
    multi_heap_info_t info;
    multi_heap_set_lock(heap, &lock);
    walk_lock = &lock;
    void *p = multi_heap_malloc(heap, 100);
    expect_lock_open(&lock);
    void *q = multi_heap_aligned_alloc(heap, 100, 64);
    expect_lock_open(&lock);
    assert_null(multi_heap_malloc(heap, 5000));
    expect_lock_open(&lock);
    assert_null(multi_heap_realloc(heap, q, 5000));
    expect_lock_open(&lock);
    p = multi_heap_realloc(heap, p, 1000);
    assert_non_null(p);
    expect_lock_open(&lock);
    assert_true(multi_heap_get_allocated_size(heap, p) >= 1000);
    multi_heap_get_info(heap, &info);
    expect_lock_open(&lock);
    assert_ptr_equal(multi_heap_find_containing_block(heap, (unsigned char *)p + 10), p);
    expect_lock_open(&lock);
    assert_true(multi_heap_check(heap, true));
    multi_heap_walk(heap, lock_in_callback, NULL);
    expect_lock_open(&lock);
    multi_heap_reset_minimum_free_bytes(heap);
    multi_heap_restore_minimum_free_bytes(heap, 100);
    expect_lock_open(&lock);
    CH_EXPECT_FATAL(multi_heap_free(heap, (unsigned char *)p + MH_G));
    expect_lock_open(&lock);
    multi_heap_free(heap, p);
    multi_heap_free(heap, q);
    expect_lock_open(&lock);
    multi_heap_set_lock(heap, NULL);
    ch_test_output_clear();
    mh_expect_consistent(heap);
}

static void null_heap_is_nothing_or_fatal_as_the_contract_says(void **state) {
    (void)state;
    multi_heap_info_t info;
    memset(&info, 0xFF, sizeof(info));
    int local = 0;
    assert_null(multi_heap_malloc(NULL, 16));
    assert_null(multi_heap_aligned_alloc(NULL, 16, 16));
    assert_null(multi_heap_aligned_alloc_offs(NULL, 16, 16, 0));
    multi_heap_free(NULL, &local);
    multi_heap_free(NULL, NULL);
    assert_int_equal(multi_heap_free_size(NULL), 0);
    assert_int_equal(multi_heap_minimum_free_size(NULL), 0);
    multi_heap_get_info(NULL, &info);
    assert_int_equal(info.total_free_bytes, 0);
    assert_int_equal(info.total_allocated_bytes, 0);
    assert_int_equal(info.largest_free_block, 0);
    assert_int_equal(info.minimum_free_bytes, 0);
    assert_int_equal(info.allocated_blocks, 0);
    assert_int_equal(info.free_blocks, 0);
    assert_int_equal(info.total_blocks, 0);
    CH_EXPECT_FATAL(multi_heap_set_lock(NULL, NULL));
    CH_EXPECT_FATAL(multi_heap_realloc(NULL, NULL, 16));
    CH_EXPECT_FATAL(multi_heap_check(NULL, false));
    CH_EXPECT_FATAL(multi_heap_dump(NULL));
    CH_EXPECT_FATAL(multi_heap_walk(NULL, watch, NULL));
    CH_EXPECT_FATAL(multi_heap_reset_minimum_free_bytes(NULL));
    CH_EXPECT_FATAL(multi_heap_restore_minimum_free_bytes(NULL, 0));
    multi_heap_handle_t heap = mh_make(1024);
    CH_EXPECT_FATAL(multi_heap_walk(heap, NULL, NULL));
    multi_heap_free(heap, NULL);
    mh_expect_consistent(heap);
    ch_test_output_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk_shows_every_used_block_exactly_once),
        cmocka_unit_test(walk_ends_when_the_callback_says_so),
        cmocka_unit_test(walk_shows_unchanged_blocks_once_while_others_come_and_go),
        cmocka_unit_test(walk_survives_the_callback_freeing_each_block_it_sees),
        cmocka_unit_test(find_containing_block_knows_every_byte_of_a_used_block),
        cmocka_unit_test(find_containing_block_of_no_used_block_is_fatal),
        cmocka_unit_test(dump_prints_the_contract_s_lines),
        cmocka_unit_test(check_of_a_sound_heap_is_silent),
        cmocka_unit_test(every_call_leaves_the_lock_open),
        cmocka_unit_test(null_heap_is_nothing_or_fatal_as_the_contract_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
