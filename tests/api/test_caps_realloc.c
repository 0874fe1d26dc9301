/* SPDX-License-Identifier: MIT */
/* heap_caps_realloc and heap_caps_realloc_prefer: in place, within a heap, across heaps and capabilities, and when they fail. */
#include "api_setup.h"
#include "frame_bytes.h"

#define HEAP_SIZE 6144u

/* Two heaps of this file's own, so that moves between them can be forced. */
static unsigned char *heap_a;
static unsigned char *heap_b;

static bool is_in(const void *p, const unsigned char *heap) {
    return (uintptr_t)p >= (uintptr_t)heap && (uintptr_t)p < (uintptr_t)heap + HEAP_SIZE;
}

static void realloc_of_null_allocates(void **state) {
    (void)state;
    void *p = heap_caps_realloc(NULL, 100, API_CAP_USER_A);
    assert_true(is_in(p, heap_a));
    heap_caps_free(p);
    assert_null(heap_caps_realloc(NULL, 0, API_CAP_USER_A));
    api_expect_no_failure();
    assert_null(heap_caps_realloc(NULL, HEAP_SIZE, API_CAP_USER_A));
    assert_int_equal(api_failures()->count, 1);
    assert_int_equal(api_failures()->size, HEAP_SIZE);
    api_failures_clear();
}

static void realloc_to_zero_frees_without_callback(void **state) {
    (void)state;
    assert_null(heap_caps_realloc(heap_caps_malloc(100, API_CAP_USER_A), 0, API_CAP_USER_A));
    assert_null(heap_caps_realloc(heap_caps_malloc(100, API_CAP_USER_A), 0, API_CAP_NOBODY));
    api_expect_no_failure();
}

static void contents_survive_any_change_of_size(void **state) {
    (void)state;
    static const size_t sizes[] = {4, 8, 20, 100, 256, 400, 508, 512, 516, 800, 1500, 2500};
    const size_t n = sizeof(sizes) / sizeof(sizes[0]);
    for (size_t i = 0; i < n * n; i++) {
        size_t from = sizes[i / n];
        size_t to = sizes[i % n];
        void *p = heap_caps_malloc(from, API_CAP_USER_A);
        void *wall = i % 2 == 0 ? heap_caps_malloc(64, API_CAP_USER_A) : NULL;
        api_fill_words(p, from, (uint32_t)i);
        p = heap_caps_realloc(p, to, API_CAP_USER_A);
        assert_true(is_in(p, heap_a));
        assert_true(heap_caps_get_allocated_size(p) >= to);
        assert_true(api_words_hold(p, from < to ? from : to, (uint32_t)i));
        heap_caps_free(p);
        heap_caps_free(wall);
    }
    api_expect_no_failure();
}

static void growing_stays_in_place_where_the_next_block_is_free(void **state) {
    (void)state;
    if (FRAME_FILLS) skip(); /* realloc always moves */
    void *p = heap_caps_malloc(1024, API_CAP_USER_A);
    assert_ptr_equal(heap_caps_realloc(p, 3000, API_CAP_USER_A), p);
    heap_caps_free(p);
}

static void a_block_moves_to_a_heap_that_has_the_caps(void **state) {
    (void)state;
    for (size_t size = 12; size <= 2400; size = size * 2 + 4) {
        size_t before = heap_caps_get_free_size(API_CAP_USER_A);
        void *p = heap_caps_malloc(size, API_CAP_USER_A);
        api_fill_words(p, size, 77);
        p = heap_caps_realloc(p, size, API_CAP_USER_B); /* the same size, other caps */
        assert_true(is_in(p, heap_b));
        assert_true(api_words_hold(p, size, 77));
        assert_int_equal(heap_caps_get_free_size(API_CAP_USER_A), before);
        p = heap_caps_realloc(p, size * 2, API_CAP_USER_A);
        assert_true(is_in(p, heap_a));
        assert_true(api_words_hold(p, size, 77));
        p = heap_caps_realloc(p, 8, API_CAP_USER_B);
        assert_true(is_in(p, heap_b));
        assert_true(api_words_hold(p, 8, 77));
        heap_caps_free(p);
    }
    api_expect_no_failure();
}

static void a_block_leaves_a_heap_that_is_too_full(void **state) {
    (void)state;
    const uint32_t both = API_CAP_USER_C;
    void *p = heap_caps_malloc(2000, both);
    bool in_a = is_in(p, heap_a);
    void *plug = heap_caps_malloc(heap_caps_get_largest_free_block(in_a ? API_CAP_USER_A : API_CAP_USER_B),
                                  in_a ? API_CAP_USER_A : API_CAP_USER_B);
    assert_non_null(plug);
    api_fill_words(p, 2000, 5);
    p = heap_caps_realloc(p, 4000, both);
    assert_true(is_in(p, in_a ? heap_b : heap_a));
    assert_true(api_words_hold(p, 2000, 5));
    heap_caps_free(p);
    heap_caps_free(plug);
}

static void expect_realloc_fails(void *p, size_t size, uint32_t caps) {
    size_t held = heap_caps_get_allocated_size(p);
    size_t free_bytes = heap_caps_get_free_size(0);
    assert_null(heap_caps_realloc(p, size, caps));
    api_expect_failure(size, caps, "heap_caps_realloc");
    assert_int_equal(heap_caps_get_allocated_size(p), held);
    assert_int_equal(heap_caps_get_free_size(0), free_bytes);
    assert_true(api_words_hold(p, 500, 21));
}

static void failed_realloc_keeps_the_block_and_calls_back_once(void **state) {
    (void)state;
    void *p = heap_caps_malloc(500, API_CAP_USER_A);
    api_fill_words(p, 500, 21);
    expect_realloc_fails(p, HEAP_SIZE, API_CAP_USER_A);
    expect_realloc_fails(p, 100, API_CAP_NOBODY);
    expect_realloc_fails(p, 500, MALLOC_CAP_INVALID);
    expect_realloc_fails(p, 100, MALLOC_CAP_INVALID | API_CAP_USER_A);
    expect_realloc_fails(p, HEAP_SIZE, 0);
    for (size_t i = 0; i <= 64; i++) {
        expect_realloc_fails(p, SIZE_MAX - i, API_CAP_USER_A);
    }
    heap_caps_free(p);
}

static void realloc_without_caps_stays_in_its_heap(void **state) {
    (void)state;
    void *p = heap_caps_malloc(500, API_CAP_USER_A);
    api_fill_words(p, 500, 22);
    p = heap_caps_realloc(p, 1000, 0);
    assert_true(is_in(p, heap_a));
    assert_true(api_words_hold(p, 500, 22));
    p = heap_caps_realloc(p, 100, 0);
    assert_true(is_in(p, heap_a));
    heap_caps_free(p);
    api_expect_no_failure();
}

static void an_aligned_block_stays_aligned_through_every_realloc(void **state) {
    (void)state;
    for (size_t alignment = 8; alignment <= 1024; alignment *= 2) {
        void *p = heap_caps_aligned_alloc(alignment, 40, API_CAP_USER_A);
        void *wall = heap_caps_malloc(16, API_CAP_USER_A); /* makes the block move */
        assert_int_equal((uintptr_t)p % alignment, 0);
        static const size_t sizes[] = {80, 200, 60, 700, 24, 1200, 12};
        api_fill_words(p, 40, 4);
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            uint32_t caps = i % 3 == 2 ? API_CAP_USER_B : API_CAP_USER_A;
            p = heap_caps_realloc(p, sizes[i], caps);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignment, 0);
            assert_true(api_words_hold(p, 12, 4));
        }
        heap_caps_free(p);
        heap_caps_free(wall);
    }
}

static void realloc_prefer_takes_the_first_mask_that_serves(void **state) {
    (void)state;
    void *p = heap_caps_realloc_prefer(NULL, 100, 2, API_CAP_NOBODY, API_CAP_USER_A);
    assert_true(is_in(p, heap_a));
    api_fill_words(p, 100, 8);
    p = heap_caps_realloc_prefer(p, 200, 3, API_CAP_NOBODY, API_CAP_USER_B, API_CAP_USER_A);
    assert_true(is_in(p, heap_b));
    assert_true(api_words_hold(p, 100, 8));
    p = heap_caps_realloc_prefer(p, 300, 1, API_CAP_USER_A);
    assert_true(is_in(p, heap_a));
    assert_true(api_words_hold(p, 100, 8));
    api_expect_no_failure();
    assert_null(heap_caps_realloc_prefer(p, HEAP_SIZE, 2, API_CAP_USER_A, API_CAP_USER_B));
    api_expect_failure(HEAP_SIZE, API_CAP_USER_B, "heap_caps_realloc_prefer");
    assert_true(api_words_hold(p, 100, 8));
    heap_caps_free(p);
}

static void realloc_prefer_to_zero_frees_once_also_without_masks(void **state) {
    (void)state;
    void *p = heap_caps_malloc(100, API_CAP_USER_A);
    assert_null(heap_caps_realloc_prefer(p, 0, 2, API_CAP_USER_A, API_CAP_USER_B));
    p = heap_caps_malloc(100, API_CAP_USER_A);
    assert_null(heap_caps_realloc_prefer(p, 0, 0));
    api_expect_no_failure();
    p = heap_caps_malloc(100, API_CAP_USER_A);
    assert_null(heap_caps_realloc_prefer(p, 200, 0));
    api_expect_failure(200, MALLOC_CAP_DEFAULT, "heap_caps_realloc_prefer");
    heap_caps_free(p); /* was kept */
}

static void blocks_move_into_and_out_of_word_only_memory_unchanged(void **state) {
    (void)state;
    api_heap_t heaps[API_MAX_HEAPS];
    size_t count = api_list_heaps(heaps, API_MAX_HEAPS);
    const api_heap_t *word_only = NULL;
    for (size_t i = 0; i < count && word_only == NULL; i++) {
        const api_heap_t *named = heaps[i].word_only ? api_expected_heap(heaps[i].caps[0]) : NULL;
        word_only = named != NULL && named->start == heaps[i].start ? &heaps[i] : NULL;
    }
    if (word_only == NULL) {
        skip();
    }
    const uint32_t caps = word_only->caps[0];
    for (size_t size = 4; size < 600; size += 36) {
        void *p = heap_caps_malloc(size, API_CAP_USER_A);
        api_fill_words(p, size, 13);
        p = heap_caps_realloc(p, size + 7, caps);
        assert_int_equal(api_heap_of(p)->start, word_only->start);
        assert_true(api_words_hold(p, size, 13));
        p = heap_caps_realloc(p, size + 300, caps);
        assert_true(api_words_hold(p, size, 13));
        p = heap_caps_realloc(p, size, API_CAP_USER_B);
        assert_true(is_in(p, heap_b));
        assert_true(api_words_hold(p, size, 13));
        heap_caps_free(p);
    }
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    heap_a = api_span(HEAP_SIZE);
    heap_b = api_span(HEAP_SIZE);
    api_add_heap(heap_a, HEAP_SIZE, API_CAP_USER_A | API_CAP_USER_C, 0, 0);
    api_add_heap(heap_b, HEAP_SIZE, API_CAP_USER_B | API_CAP_USER_C, 0, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(realloc_of_null_allocates),
        API_TEST(realloc_to_zero_frees_without_callback),
        API_TEST(contents_survive_any_change_of_size),
        API_TEST(growing_stays_in_place_where_the_next_block_is_free),
        API_TEST(a_block_moves_to_a_heap_that_has_the_caps),
        API_TEST(a_block_leaves_a_heap_that_is_too_full),
        API_TEST(failed_realloc_keeps_the_block_and_calls_back_once),
        API_TEST(realloc_without_caps_stays_in_its_heap),
        API_TEST(an_aligned_block_stays_aligned_through_every_realloc),
        API_TEST(realloc_prefer_takes_the_first_mask_that_serves),
        API_TEST(realloc_prefer_to_zero_frees_once_also_without_masks),
        API_TEST(blocks_move_into_and_out_of_word_only_memory_unchanged),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
