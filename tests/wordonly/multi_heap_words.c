/* SPDX-License-Identifier: MIT */
/*
 * Every function of multi_heap.h and multi_heap_internal.h on a heap in word-only memory. That they work there is what the
 * asserts say; that they touch it by aligned words only is what the QEMU plugin says.
 */
#include "word_memory.h"

#include <string.h>

#include "multi_heap.h"
#include "multi_heap_internal.h"
#include "multi_heap_platform.h"

#define HEAP_BYTES 24576u

static multi_heap_handle_t heap;
static multi_heap_lock_t lock;
static size_t free_at_first;

/* At the end of the region: where code shares it, code is at its start. The size is odd on purpose. */
static int make_heap(void **state) {
    const soc_memory_region_t *r = word_region();
    unsigned char *start = (unsigned char *)((uintptr_t)r->start + r->size - HEAP_BYTES);
    (void)state;
    heap = multi_heap_register(start, HEAP_BYTES - 3);
    if (!heap) return 1;
    multi_heap_lock_init(&lock);
    multi_heap_set_lock(heap, &lock);
    free_at_first = multi_heap_free_size(heap);
    return 0;
}

static int all_came_back(void **state) {
    (void)state;
    assert_int_equal(multi_heap_free_size(heap), free_at_first);
    multi_heap_set_lock(heap, NULL); /* now the check compares totals too */
    assert_true(multi_heap_check(heap, true));
    return 0;
}

static void *marked(size_t size, uint32_t tag) {
    void *p = multi_heap_malloc(heap, size);
    assert_true(is_word_only(p));
    words_mark(p, size, tag);
    return p;
}

/* Frees a block that must still hold its mark. */
static void give_back(void *p, size_t size, uint32_t tag) {
    assert_true(words_are_marked(p, size, tag));
    multi_heap_free(heap, p);
}

static const size_t sizes[] = {1, 4, 9, 16, 31, 50, 77, 100, 130, 200, 310, 500, 801, 1300, 2000, 0};

static void blocks_of_all_sizes_come_and_go_in_any_order(void **state) {
    enum { COUNT = sizeof sizes / sizeof sizes[0] - 1 };
    void *p[COUNT];
    (void)state;
    for (unsigned step = 1; step <= 4; step++) { /* strides prime to 15: 1, 2, 4, 8 */
        for (unsigned i = 0; i < COUNT; i++) p[i] = marked(sizes[i], i);
        for (unsigned i = 0; i < COUNT; i++) {
            unsigned k = (i << (step - 1)) % COUNT;
            give_back(p[k], sizes[k], k);
            assert_true(multi_heap_check(heap, true));
        }
    }
}

static void aligned_blocks_lie_as_asked(void **state) {
    (void)state;
    for (size_t alignment = 4; alignment <= 1024; alignment *= 2) {
        void *between = marked(20, 1), *p = multi_heap_aligned_alloc(heap, 100, alignment);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p & (alignment - 1), 0);
        words_mark(p, 100, 2);
        void *q = multi_heap_aligned_alloc_offs(heap, 60, alignment, CH_CFG_GRANULE);
        if (q) assert_int_equal(((uintptr_t)q + CH_CFG_GRANULE) & (alignment - 1), 0);
        if (q) words_mark(q, 60, 3);
        void *grown = multi_heap_realloc(heap, p, 400); /* the alignment is kept, whether it moves or not */
        assert_int_equal((uintptr_t)grown & (alignment - 1), 0);
        assert_true(words_are_marked(grown, 100, 2));
        if (q) give_back(q, 60, 3);
        multi_heap_free(heap, grown);
        give_back(between, 20, 1);
    }
}

static void the_deprecated_aligned_free_frees(void **state) {
    (void)state;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    multi_heap_aligned_free(heap, multi_heap_aligned_alloc(heap, 100, 64));
#pragma GCC diagnostic pop
}

static void realloc_grows_and_shrinks_in_place(void **state) {
    (void)state;
    void *p = marked(400, 1);
    assert_ptr_equal(multi_heap_realloc(heap, p, 3000), p);
    assert_true(words_are_marked(p, 400, 1));
    words_mark(p, 3000, 2);
    assert_ptr_equal(multi_heap_realloc(heap, p, 1000), p);
    give_back(p, 1000, 2);
}

static void realloc_moves_what_cannot_grow(void **state) {
    (void)state;
    void *p = marked(129, 1), *wall = marked(16, 2), *moved = multi_heap_realloc(heap, p, 700);
    assert_ptr_not_equal(moved, p);
    give_back(moved, 128, 1);
    give_back(wall, 16, 2);
}

static void realloc_slides_down_where_nothing_else_is_free(void **state) {
    (void)state;
    void *hole = marked(600, 1), *p = marked(800, 2), *rest = multi_heap_malloc(heap, multi_heap_free_size(heap));
    assert_non_null(rest);
    give_back(hole, 600, 1);
    void *slid = multi_heap_realloc(heap, p, 1300);
    assert_ptr_equal(slid, hole);
    multi_heap_free(heap, rest);
    give_back(slid, 800, 2);
}

static void realloc_moves_what_shrinks_into_a_tighter_hole(void **state) {
    (void)state;
    void *hole = marked(48, 1), *wall = marked(16, 2), *p = marked(240, 3), *behind = marked(16, 4);
    give_back(hole, 48, 1);
    void *moved = multi_heap_realloc(heap, p, 40);
    assert_ptr_equal(moved, CH_CFG_SHRINK_MOVE >= 48 ? hole : p);
    give_back(moved, 40, 3);
    give_back(wall, 16, 2);
    give_back(behind, 16, 4);
}

static void realloc_of_null_and_to_zero(void **state) {
    (void)state;
    void *p = multi_heap_realloc(heap, NULL, 100);
    assert_true(is_word_only(p));
    assert_null(multi_heap_realloc(heap, p, 0));
}

static void a_full_heap_says_no_and_loses_nothing(void **state) {
    (void)state;
    void *p = marked(1000, 1), *all = multi_heap_malloc(heap, multi_heap_free_size(heap));
    assert_non_null(all);
    assert_int_equal(multi_heap_free_size(heap), 0);
    assert_null(multi_heap_malloc(heap, 1));
    assert_null(multi_heap_aligned_alloc(heap, 1, 64));
    assert_null(multi_heap_realloc(heap, p, 2000));
    multi_heap_free(heap, all);
    give_back(p, 1000, 1);
}

static void questions_about_blocks_and_totals(void **state) {
    (void)state;
    multi_heap_info_t info;
    void *p = marked(700, 1), *q = marked(20, 2);
    assert_in_range(multi_heap_get_allocated_size(heap, p), 700, 716);
    assert_in_range(multi_heap_get_full_block_size(heap, p), 700, 716);
    assert_ptr_equal(multi_heap_find_containing_block(heap, (char *)p + 333), p);
    multi_heap_get_info(heap, &info);
    assert_int_equal(info.allocated_blocks, 2);
    assert_int_equal(info.total_free_bytes, multi_heap_free_size(heap));
    assert_true(info.minimum_free_bytes <= info.total_free_bytes);
    size_t minimum = multi_heap_reset_minimum_free_bytes(heap);
    give_back(q, 20, 2);
    multi_heap_restore_minimum_free_bytes(heap, minimum);
    assert_int_equal(multi_heap_minimum_free_size(heap), minimum);
    give_back(p, 700, 1);
}

static bool count_blocks(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    (void)block_size;
    assert_true(is_word_only(block_ptr));
    ((unsigned *)user_data)[block_used != 0]++;
    return true;
}

static void walk_check_and_dump(void **state) {
    unsigned count[2] = {0, 0}, by_handle[2] = {0, 0};
    void *p[9];
    (void)state;
    for (unsigned i = 0; i < 9; i++) p[i] = marked(40 + 100 * i, i);
    for (unsigned i = 1; i < 9; i += 2) give_back(p[i], 40 + 100 * i, i);
    multi_heap_walk(heap, count_blocks, count);
    assert_int_equal(count[1], 5);
    multi_heap_internal_lock(heap);
    multi_heap_block_handle_t b = multi_heap_get_first_block(heap);
    for (; b; b = multi_heap_get_next_block(heap, b)) {
        by_handle[!multi_heap_is_free(b)]++;
        assert_true(is_word_only(multi_heap_get_block_address(b)));
    }
    multi_heap_internal_unlock(heap);
    assert_int_equal(by_handle[0], count[0]);
    assert_int_equal(by_handle[1], count[1]);
    assert_true(multi_heap_check(heap, true));
    multi_heap_dump(heap);
    assert_non_null(strstr(ch_test_output(), "Showing data for heap"));
    for (unsigned i = 0; i < 9; i += 2) give_back(p[i], 40 + 100 * i, i);
}

static void fills_of_the_debugging_levels(void **state) {
    (void)state;
    unsigned char *p = marked(100, 1);
    multi_heap_internal_poison_fill_region(p, 100, false);
    assert_true(words_are(p, 100, 0xCECECECEu));
    multi_heap_internal_poison_fill_region(p + 4, 92, true);
    assert_true(words_are(p + 4, 92, 0xFEFEFEFEu));
    assert_true(multi_heap_internal_check_block_poisoning(p + 4, 92, true, true));
    multi_heap_free(heap, p);
}

/* A double free is found by reading the heap; the report walks it. */
static void bad_pointers_are_reported(void **state) {
    (void)state;
    char *p = marked(100, 1), *wall = marked(8, 2);
    CH_EXPECT_FATAL(multi_heap_free(heap, p + 32));
    multi_heap_free(heap, p);
    CH_EXPECT_FATAL(multi_heap_free(heap, p));
    CH_EXPECT_FATAL((void)multi_heap_realloc(heap, p, 8));
    CH_EXPECT_FATAL((void)multi_heap_get_allocated_size(heap, p));
    assert_non_null(strstr(ch_test_output(), "already marked as free"));
    multi_heap_free(heap, wall);
}

/* A heap that is damaged, a word at a time, is checked without any other access. */
static void damage_is_found_by_words_too(void **state) {
    (void)state;
    volatile uint32_t *p = marked(100, 1), *wall = marked(16, 2);
    multi_heap_free(heap, (void *)(uintptr_t)p);
    for (unsigned i = 0; i < 4; i++) {
        uint32_t was = p[i];
        p[i] = was ^ 0x5A5A5A58u;
        (void)multi_heap_check(heap, true);
        p[i] = was;
    }
    assert_non_null(strstr(ch_test_output(), "CORRUPT HEAP"));
    assert_true(multi_heap_check(heap, true));
    multi_heap_free(heap, (void *)(uintptr_t)wall);
}

#define HEAP_TEST(f) cmocka_unit_test_setup_teardown(f, make_heap, all_came_back)

int main(void) {
    const struct CMUnitTest tests[] = {
        HEAP_TEST(blocks_of_all_sizes_come_and_go_in_any_order),
        HEAP_TEST(aligned_blocks_lie_as_asked),
        HEAP_TEST(the_deprecated_aligned_free_frees),
        HEAP_TEST(realloc_grows_and_shrinks_in_place),
        HEAP_TEST(realloc_moves_what_cannot_grow),
        HEAP_TEST(realloc_slides_down_where_nothing_else_is_free),
        HEAP_TEST(realloc_moves_what_shrinks_into_a_tighter_hole),
        HEAP_TEST(realloc_of_null_and_to_zero),
        HEAP_TEST(a_full_heap_says_no_and_loses_nothing),
        HEAP_TEST(questions_about_blocks_and_totals),
        HEAP_TEST(walk_check_and_dump),
        HEAP_TEST(fills_of_the_debugging_levels),
        HEAP_TEST(bad_pointers_are_reported),
        HEAP_TEST(damage_is_found_by_words_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
