/* SPDX-License-Identifier: MIT */
/* Allocation by capability: which heap serves which flags, sizes, clearing, alignment, the _prefer forms. */
#include "api_setup.h"
#include "frame_bytes.h"

#include <string.h>

/* One request: the heap that the rules name serves it, or nobody does and the callback says so. */
static void request_follows_the_rules(uint32_t caps) {
    const api_heap_t *expected = api_expected_heap(caps);
    uintptr_t start = expected != NULL ? expected->start : 0;
    size_t alignment = 4;
    size_t size = 16;
    uint32_t adjusted = caps;
    esp_heap_adjust_alignment_to_hw(&alignment, &size, &adjusted);
    api_failures_clear();
    void *p = heap_caps_malloc(16, caps);
    if (start == 0) {
        assert_null(p);
        api_expect_failure(16, caps, "heap_caps_malloc");
        return;
    }
    if (p == NULL || api_heap_of(p) == NULL || api_heap_of(p)->start != start) {
        fail_msg("caps 0x%08lx: got %p, expected the heap at 0x%lx", (unsigned long)caps, p, (unsigned long)start);
    }
    api_expect_no_failure();
    assert_int_equal((uintptr_t)p % alignment, 0);
    assert_true(heap_caps_get_allocated_size(p) >= size);
    heap_caps_free(p);
}

static void every_combination_of_flags_goes_to_the_heap_that_the_rules_name(void **state) {
    (void)state;
    const unsigned flags = 22;
    for (unsigned i = 0; i < flags; i++) {
        for (unsigned j = i; j < flags; j++) {
            for (unsigned k = j; k < flags; k++) {
                uint32_t caps = (1u << i) | (1u << j) | (1u << k);
#if !CH_CFG_HAS_EXEC_HEAP
                caps &= ~1u;
#endif
                request_follows_the_rules(caps);
            }
        }
    }
    request_follows_the_rules(MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT);
    request_follows_the_rules(MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT | MALLOC_CAP_DMA);
}

static void no_flag_and_invalid_are_never_satisfied(void **state) {
    (void)state;
    request_follows_the_rules(0);
    request_follows_the_rules(MALLOC_CAP_INVALID);
    request_follows_the_rules(MALLOC_CAP_INVALID | MALLOC_CAP_DEFAULT);
    request_follows_the_rules(API_CAP_NOBODY);
    request_follows_the_rules(API_CAP_NOBODY | MALLOC_CAP_DEFAULT);
    request_follows_the_rules(0x7fffffffu);
    request_follows_the_rules(0xffffffffu);
}

static void user_flags_are_matched_like_any_other(void **state) {
    (void)state;
    for (unsigned bit = 22; bit <= 30; bit++) {
        request_follows_the_rules(1u << bit);
    }
    api_add_heap(api_span(1024), 1024, API_CAP_USER_B, API_CAP_USER_C, 0);
    request_follows_the_rules(API_CAP_USER_B);
    request_follows_the_rules(API_CAP_USER_C);
    request_follows_the_rules(API_CAP_USER_B | API_CAP_USER_C);
    request_follows_the_rules(API_CAP_USER_B | API_CAP_USER_A);
    request_follows_the_rules(API_CAP_USER_B | MALLOC_CAP_8BIT);
    assert_ptr_not_equal(api_expected_heap(API_CAP_USER_C), NULL);
}

static void early_columns_come_first_and_full_heaps_pass_on(void **state) {
    (void)state;
    const uint32_t flag = 1u << 26;
    unsigned char *best = api_span(1024);
    unsigned char *late = api_span(1024);
    unsigned char *last = api_span(1024);
    api_add_heap(best, 1024, flag, 0, 0); /* the oldest, and so the last of three on the list */
    api_add_heap(last, 1024, 0, 0, flag);
    api_add_heap(late, 1024, 0, flag, 0);
    unsigned char *const order[3] = {best, late, last};
    void *blocks[3];
    for (int i = 0; i < 3; i++) {
        blocks[i] = heap_caps_malloc(500, flag); /* one fits each heap */
        assert_int_equal(api_heap_of(blocks[i])->start, (uintptr_t)order[i]);
    }
    assert_null(heap_caps_malloc(500, flag));
    api_expect_failure(500, flag, "heap_caps_malloc");
    void *small = heap_caps_malloc(16, flag); /* the best heap still has room for this one */
    assert_int_equal(api_heap_of(small)->start, (uintptr_t)best);
    heap_caps_free(small);
    for (int i = 0; i < 3; i++) {
        heap_caps_free(blocks[i]);
    }
}

static void among_equals_the_newest_heap_comes_first(void **state) {
    (void)state;
    const uint32_t flag = 1u << 27;
    unsigned char *older = api_span(1024);
    unsigned char *newer = api_span(1024);
    api_add_heap(older, 1024, flag, 0, 0);
    api_add_heap(newer, 1024, flag, 0, 0);
    void *p = heap_caps_malloc(500, flag);
    void *q = heap_caps_malloc(500, flag);
    assert_int_equal(api_heap_of(p)->start, (uintptr_t)newer);
    assert_int_equal(api_heap_of(q)->start, (uintptr_t)older);
    heap_caps_free(p);
    heap_caps_free(q);
}

static void size_zero_is_null_without_callback(void **state) {
    (void)state;
    assert_null(heap_caps_malloc(0, MALLOC_CAP_DEFAULT));
    assert_null(heap_caps_malloc(0, MALLOC_CAP_INVALID));
    assert_null(heap_caps_calloc(4, 0, MALLOC_CAP_DEFAULT));
    assert_null(heap_caps_calloc(0, 0, MALLOC_CAP_DEFAULT));
    assert_null(heap_caps_aligned_alloc(64, 0, MALLOC_CAP_DEFAULT));
    assert_null(heap_caps_malloc_prefer(0, 2, MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT));
    assert_null(heap_caps_calloc_prefer(4, 0, 2, MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT));
    api_expect_no_failure();
}

/* Bytes that the caller asked for and rounding added: what calloc must clear. */
static size_t rounded_request(size_t size, size_t alignment, uint32_t caps) {
    esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
    return FRAME_IS_THERE ? size : (size + 3) & ~(size_t)3; /* else the rest of a word is not the user's */
}

/* Leaves a freed, dirty block of about this size where the next request will find it. */
static void dirty(size_t size, uint32_t caps) {
    void *p = heap_caps_malloc(size, caps);
    assert_non_null(p);
    api_fill_words(p, heap_caps_get_allocated_size(p), 0xdeadbeef);
    heap_caps_free(p);
}

static void calloc_clears_the_request_and_what_rounding_added(void **state) {
    (void)state;
    static const uint32_t kinds[] = {MALLOC_CAP_DEFAULT, MALLOC_CAP_DMA, MALLOC_CAP_32BIT, API_CAP_EXEC, MALLOC_CAP_INTERNAL};
    for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
        uint32_t caps = kinds[kind];
        if (caps == 0 || api_expected_heap(caps) == NULL) {
            continue;
        }
        for (size_t size = 1; size < 700; size += size < 70 ? 1 : 61) {
            dirty(size + 40, caps);
            unsigned char *p = heap_caps_calloc(1, size, caps);
            assert_non_null(p);
            assert_true(api_words_zero(p, rounded_request(size, 4, caps)));
            heap_caps_free(p);
            dirty(3 * size + 40, caps);
            p = heap_caps_calloc(3, size, caps);
            assert_true(heap_caps_get_allocated_size(p) >= 3 * size);
            assert_true(api_words_zero(p, rounded_request(3 * size, 4, caps)));
            heap_caps_free(p);
            p = heap_caps_aligned_calloc(64, 2, size, caps);
            assert_int_equal((uintptr_t)p % 64, 0);
            assert_true(api_words_zero(p, rounded_request(2 * size, 64, caps)));
            heap_caps_free(p);
        }
    }
}

static void aligned_alloc_gives_null_or_an_aligned_block_up_to_2_to_31(void **state) {
    (void)state;
    for (unsigned bit = 0; bit < 32; bit++) {
        size_t alignment = (size_t)1 << bit;
        for (size_t size = 1; size <= 5000; size = size * 7 + 1) {
            api_failures_clear();
            void *p = heap_caps_aligned_alloc(alignment, size, MALLOC_CAP_DEFAULT);
            if (p == NULL) {
                assert_true(alignment > 1024);
                api_expect_failure(size, MALLOC_CAP_DEFAULT, "heap_caps_aligned_alloc");
                continue;
            }
            api_expect_no_failure();
            assert_int_equal((uintptr_t)p % alignment, 0);
            assert_true(heap_caps_get_allocated_size(p) >= size);
            api_fill_words(p, size, bit);
            heap_caps_free(p);
        }
    }
}

static void aligned_alloc_refuses_what_is_no_power_of_two_silently(void **state) {
    (void)state;
    static const size_t wrong[] = {0, 3, 5, 6, 7, 12, 24, 48, 100, 0x7fffffff, 0x80000001, SIZE_MAX, SIZE_MAX - 3};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_null(heap_caps_aligned_alloc(wrong[i], 16, MALLOC_CAP_DEFAULT));
        assert_null(heap_caps_aligned_calloc(wrong[i], 2, 16, MALLOC_CAP_DEFAULT));
    }
    api_expect_no_failure();
}

static void the_deprecated_aligned_free_frees(void **state) {
    (void)state;
    void *p = heap_caps_aligned_alloc(128, 100, MALLOC_CAP_DEFAULT);
    assert_non_null(p);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    heap_caps_aligned_free(p);
#pragma GCC diagnostic pop
}

static void prefer_tries_the_masks_in_order(void **state) {
    (void)state;
    const uint32_t first = 1u << 23;
    const uint32_t second = 1u << 24;
    unsigned char *small = api_span(1024);
    unsigned char *large = api_span(4096);
    api_add_heap(small, 1024, first, 0, 0);
    api_add_heap(large, 4096, second, 0, 0);
    void *p = heap_caps_malloc_prefer(400, 2, first, second);
    void *q = heap_caps_malloc_prefer(400, 2, second, first);
    void *r = heap_caps_malloc_prefer(2000, 3, API_CAP_NOBODY, first, second);
    void *s = heap_caps_calloc_prefer(5, 100, 2, API_CAP_NOBODY, second);
    assert_int_equal(api_heap_of(p)->start, (uintptr_t)small);
    assert_int_equal(api_heap_of(q)->start, (uintptr_t)large);
    assert_int_equal(api_heap_of(r)->start, (uintptr_t)large);
    assert_int_equal(api_heap_of(s)->start, (uintptr_t)large);
    assert_true(api_words_zero(s, 500));
    api_expect_no_failure();
    heap_caps_free(p);
    heap_caps_free(q);
    heap_caps_free(r);
    heap_caps_free(s);
}

static void free_of_null_does_nothing(void **state) {
    (void)state;
    heap_caps_free(NULL);
    assert_string_equal(ch_test_output(), "");
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(every_combination_of_flags_goes_to_the_heap_that_the_rules_name),
        API_TEST(no_flag_and_invalid_are_never_satisfied),
        API_TEST(user_flags_are_matched_like_any_other),
        API_TEST(early_columns_come_first_and_full_heaps_pass_on),
        API_TEST(among_equals_the_newest_heap_comes_first),
        API_TEST(size_zero_is_null_without_callback),
        API_TEST(calloc_clears_the_request_and_what_rounding_added),
        API_TEST(aligned_alloc_gives_null_or_an_aligned_block_up_to_2_to_31),
        API_TEST(aligned_alloc_refuses_what_is_no_power_of_two_silently),
        API_TEST(the_deprecated_aligned_free_frees),
        API_TEST(prefer_tries_the_masks_in_order),
        API_TEST(free_of_null_does_nothing),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
