/* SPDX-License-Identifier: MIT */
/* The failed-allocation callback: API.md 3.1's table, row by row: who calls it, with which size, caps and name, exactly once. */
#include "api_setup.h"

#define HUGE_SIZE ((size_t)0x7ffffff0)

typedef struct {
    unsigned count;
    size_t size;
} second_t;

static second_t second;

static void malloc_reports_size_and_caps_as_asked(void **state) {
    (void)state;
    assert_null(heap_caps_malloc(HUGE_SIZE, MALLOC_CAP_8BIT));
    api_expect_failure(HUGE_SIZE, MALLOC_CAP_8BIT, "heap_caps_malloc");
    assert_null(heap_caps_malloc(HUGE_SIZE + 5, MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_INTERNAL));
    api_expect_failure(HUGE_SIZE + 5, MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_INTERNAL, "heap_caps_malloc");
    assert_null(heap_caps_malloc(1, API_CAP_NOBODY));
    api_expect_failure(1, API_CAP_NOBODY, "heap_caps_malloc");
    assert_null(heap_caps_malloc(1, 0));
    api_expect_failure(1, 0, "heap_caps_malloc");
}

static void realloc_reports_its_own_name(void **state) {
    (void)state;
    void *p = heap_caps_malloc(64, MALLOC_CAP_8BIT);
    assert_null(heap_caps_realloc(p, HUGE_SIZE, MALLOC_CAP_8BIT));
    api_expect_failure(HUGE_SIZE, MALLOC_CAP_8BIT, "heap_caps_realloc");
    assert_null(heap_caps_realloc(p, 64, API_CAP_NOBODY));
    api_expect_failure(64, API_CAP_NOBODY, "heap_caps_realloc");
    heap_caps_free(p);
}

static void calloc_reports_the_product_or_size_max(void **state) {
    (void)state;
    assert_null(heap_caps_calloc(3, 100, API_CAP_NOBODY));
    api_expect_failure(300, API_CAP_NOBODY, "heap_caps_calloc");
    assert_null(heap_caps_calloc(0, 100, MALLOC_CAP_8BIT));
    api_expect_failure(0, MALLOC_CAP_8BIT, "heap_caps_calloc");
    assert_null(heap_caps_calloc(SIZE_MAX / 2 + 1, 2, MALLOC_CAP_8BIT));
    api_expect_failure(SIZE_MAX, MALLOC_CAP_8BIT, "heap_caps_calloc");
    assert_null(heap_caps_calloc(SIZE_MAX, SIZE_MAX, MALLOC_CAP_8BIT));
    api_expect_failure(SIZE_MAX, MALLOC_CAP_8BIT, "heap_caps_calloc");
    assert_null(heap_caps_calloc(100, 0, API_CAP_NOBODY));
    api_expect_no_failure();
}

static void aligned_alloc_reports_only_valid_requests(void **state) {
    (void)state;
    assert_null(heap_caps_aligned_alloc(64, HUGE_SIZE, MALLOC_CAP_8BIT));
    api_expect_failure(HUGE_SIZE, MALLOC_CAP_8BIT, "heap_caps_aligned_alloc");
    assert_null(heap_caps_aligned_alloc(1, HUGE_SIZE, MALLOC_CAP_8BIT));
    api_expect_failure(HUGE_SIZE, MALLOC_CAP_8BIT, "heap_caps_aligned_alloc");
    assert_null(heap_caps_aligned_alloc(64, 16, API_CAP_NOBODY));
    api_expect_failure(16, API_CAP_NOBODY, "heap_caps_aligned_alloc");
    assert_null(heap_caps_aligned_alloc((size_t)1 << 31, 16, MALLOC_CAP_INTERNAL));
    api_expect_failure(16, MALLOC_CAP_INTERNAL, "heap_caps_aligned_alloc");
    assert_null(heap_caps_aligned_alloc(0, 16, API_CAP_NOBODY));
    assert_null(heap_caps_aligned_alloc(24, 16, API_CAP_NOBODY));
    assert_null(heap_caps_aligned_alloc(64, 0, API_CAP_NOBODY));
    api_expect_no_failure();
}

static void aligned_calloc_reports_its_own_name_and_overflow(void **state) {
    (void)state;
    assert_null(heap_caps_aligned_calloc(64, 3, 100, API_CAP_NOBODY));
    api_expect_failure(300, API_CAP_NOBODY, "heap_caps_aligned_calloc");
    assert_null(heap_caps_aligned_calloc(64, SIZE_MAX / 4 + 1, 4, MALLOC_CAP_8BIT));
    api_expect_failure(SIZE_MAX, MALLOC_CAP_8BIT, "heap_caps_aligned_calloc");
    assert_null(heap_caps_aligned_calloc(0, 3, 100, API_CAP_NOBODY));
    assert_null(heap_caps_aligned_calloc(3, 3, 100, API_CAP_NOBODY));
    assert_null(heap_caps_aligned_calloc(64, 3, 0, API_CAP_NOBODY));
    api_expect_no_failure();
}

static void malloc_prefer_reports_once_with_the_last_mask(void **state) {
    (void)state;
    assert_null(heap_caps_malloc_prefer(HUGE_SIZE, 3, MALLOC_CAP_8BIT, MALLOC_CAP_DEFAULT, MALLOC_CAP_32BIT));
    api_expect_failure(HUGE_SIZE, MALLOC_CAP_32BIT, "heap_caps_malloc_prefer");
    assert_null(heap_caps_malloc_prefer(64, 1, API_CAP_NOBODY));
    api_expect_failure(64, API_CAP_NOBODY, "heap_caps_malloc_prefer");
    assert_null(heap_caps_malloc_prefer(64, 0));
    api_expect_failure(64, MALLOC_CAP_DEFAULT, "heap_caps_malloc_prefer");
    assert_null(heap_caps_malloc_prefer(0, 1, API_CAP_NOBODY));
    api_expect_no_failure();
}

static void realloc_prefer_reports_once_and_keeps_the_block(void **state) {
    (void)state;
    void *p = heap_caps_malloc(64, MALLOC_CAP_8BIT);
    api_fill_words(p, 64, 2);
    assert_null(heap_caps_realloc_prefer(p, HUGE_SIZE, 2, MALLOC_CAP_8BIT, MALLOC_CAP_DEFAULT));
    api_expect_failure(HUGE_SIZE, MALLOC_CAP_DEFAULT, "heap_caps_realloc_prefer");
    assert_null(heap_caps_realloc_prefer(p, 100, 0));
    api_expect_failure(100, MALLOC_CAP_DEFAULT, "heap_caps_realloc_prefer");
    assert_true(api_words_hold(p, 64, 2));
    assert_null(heap_caps_realloc_prefer(p, 0, 2, API_CAP_NOBODY, API_CAP_NOBODY));
    api_expect_no_failure();
}

static void calloc_prefer_reports_the_product(void **state) {
    (void)state;
    assert_null(heap_caps_calloc_prefer(3, 100, 2, API_CAP_NOBODY, API_CAP_NOBODY | MALLOC_CAP_8BIT));
    api_expect_failure(300, API_CAP_NOBODY | MALLOC_CAP_8BIT, "heap_caps_calloc_prefer");
    assert_null(heap_caps_calloc_prefer(SIZE_MAX / 2 + 1, 2, 2, MALLOC_CAP_8BIT, MALLOC_CAP_DEFAULT));
    api_expect_failure(SIZE_MAX, MALLOC_CAP_DEFAULT, "heap_caps_calloc_prefer");
    assert_null(heap_caps_calloc_prefer(0, 100, 2, MALLOC_CAP_8BIT, MALLOC_CAP_DEFAULT));
    assert_int_equal(api_failures()->count, 1);
    assert_int_equal(api_failures()->size, 0);
    api_failures_clear();
    assert_null(heap_caps_calloc_prefer(3, 100, 0));
    assert_int_equal(api_failures()->count, 1);
    assert_int_equal(api_failures()->caps, MALLOC_CAP_DEFAULT);
    api_failures_clear();
}

static void success_reports_nothing(void **state) {
    (void)state;
    void *p = heap_caps_malloc(64, MALLOC_CAP_8BIT);
    p = heap_caps_realloc(p, 128, MALLOC_CAP_8BIT);
    heap_caps_free(p);
    heap_caps_free(heap_caps_calloc(4, 4, MALLOC_CAP_8BIT));
    heap_caps_free(heap_caps_aligned_alloc(64, 4, MALLOC_CAP_8BIT));
    heap_caps_free(heap_caps_malloc_prefer(4, 2, API_CAP_NOBODY, MALLOC_CAP_8BIT));
    api_expect_no_failure();
}

static void sizes_within_64_of_the_wrap_are_reported_as_asked(void **state) {
    (void)state;
    for (size_t i = 0; i <= 64; i++) {
        assert_null(heap_caps_malloc(SIZE_MAX - i, MALLOC_CAP_32BIT));
        api_expect_failure(SIZE_MAX - i, MALLOC_CAP_32BIT, "heap_caps_malloc");
        assert_null(heap_caps_aligned_alloc(32, SIZE_MAX - i, MALLOC_CAP_8BIT));
        api_expect_failure(SIZE_MAX - i, MALLOC_CAP_8BIT, "heap_caps_aligned_alloc");
        assert_null(heap_caps_calloc(1, SIZE_MAX - i, MALLOC_CAP_8BIT));
        api_expect_failure(SIZE_MAX - i, MALLOC_CAP_8BIT, "heap_caps_calloc");
    }
}

static void other_callback(size_t size, uint32_t caps, const char *name) {
    (void)caps, (void)name;
    second.count++;
    second.size = size;
}

/* Runs last: there is no way back to the recorder but to register it again, which only api_setup.c can. */
static void registering_replaces_and_null_is_refused(void **state) {
    (void)state;
    assert_int_equal(heap_caps_register_failed_alloc_callback(NULL), ESP_ERR_INVALID_ARG);
    assert_null(heap_caps_malloc(5, API_CAP_NOBODY));
    api_expect_failure(5, API_CAP_NOBODY, "heap_caps_malloc");
    assert_int_equal(heap_caps_register_failed_alloc_callback(other_callback), ESP_OK);
    assert_null(heap_caps_malloc(7, API_CAP_NOBODY));
    api_expect_no_failure();
    assert_int_equal(second.count, 1);
    assert_int_equal(second.size, 7);
    assert_int_equal(heap_caps_register_failed_alloc_callback(NULL), ESP_ERR_INVALID_ARG);
    assert_null(heap_caps_malloc(8, API_CAP_NOBODY));
    assert_int_equal(second.count, 2);
}

static void *from_callback;

static void allocating_callback(size_t size, uint32_t caps, const char *name) {
    (void)size, (void)caps, (void)name;
    from_callback = heap_caps_malloc(32, MALLOC_CAP_8BIT);
}

static void the_callback_may_allocate(void **state) {
    (void)state;
    assert_int_equal(heap_caps_register_failed_alloc_callback(allocating_callback), ESP_OK);
    assert_null(heap_caps_malloc(HUGE_SIZE, MALLOC_CAP_8BIT));
    assert_non_null(from_callback);
    heap_caps_free(from_callback);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(malloc_reports_size_and_caps_as_asked),
        API_TEST(realloc_reports_its_own_name),
        API_TEST(calloc_reports_the_product_or_size_max),
        API_TEST(aligned_alloc_reports_only_valid_requests),
        API_TEST(aligned_calloc_reports_its_own_name_and_overflow),
        API_TEST(malloc_prefer_reports_once_with_the_last_mask),
        API_TEST(realloc_prefer_reports_once_and_keeps_the_block),
        API_TEST(calloc_prefer_reports_the_product),
        API_TEST(success_reports_nothing),
        API_TEST(sizes_within_64_of_the_wrap_are_reported_as_asked),
        API_TEST(registering_replaces_and_null_is_refused),
        API_TEST(the_callback_may_allocate),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
