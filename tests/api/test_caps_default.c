/* SPDX-License-Identifier: MIT */
/*
 * The base and default functions (API.md 3.3): what the C library and linker wraps call, and what changes for good when external
 * memory is enabled. They are in no public header; callers declare them themselves, as here.
 */
#include "api_setup.h"

void *heap_caps_aligned_alloc_base(size_t alignment, size_t size, uint32_t caps);
void *heap_caps_malloc_base(size_t size, uint32_t caps);
void *heap_caps_realloc_base(void *ptr, size_t size, uint32_t caps);
void *heap_caps_calloc_base(size_t n, size_t size, uint32_t caps);
void *heap_caps_malloc_default(size_t size);
void *heap_caps_realloc_default(void *ptr, size_t size);
void *heap_caps_aligned_alloc_default(size_t alignment, size_t size);

#define LIMIT 1000u
#define CAPS_EXTERNAL (MALLOC_CAP_DEFAULT | MALLOC_CAP_SPIRAM)

static void base_functions_allocate_by_caps(void **state) {
    (void)state;
    const uintptr_t start = api_expected_heap(MALLOC_CAP_8BIT)->start;
    void *p = heap_caps_malloc_base(100, MALLOC_CAP_8BIT);
    assert_int_equal(api_heap_of(p)->start, start);
    p = heap_caps_realloc_base(p, 200, MALLOC_CAP_8BIT);
    assert_non_null(p);
    void *q = heap_caps_calloc_base(10, 10, MALLOC_CAP_8BIT);
    assert_true(api_words_zero(q, 100));
    void *r = heap_caps_aligned_alloc_base(256, 100, MALLOC_CAP_8BIT);
    assert_int_equal((uintptr_t)r % 256, 0);
    assert_null(heap_caps_realloc_base(p, 0, MALLOC_CAP_8BIT));
    heap_caps_free(q);
    heap_caps_free(r);
}

static void base_functions_never_call_the_failure_callback(void **state) {
    (void)state;
    void *p = heap_caps_malloc_base(100, MALLOC_CAP_8BIT);
    assert_null(heap_caps_malloc_base(SIZE_MAX, MALLOC_CAP_8BIT));
    assert_null(heap_caps_malloc_base(16, API_CAP_NOBODY));
    assert_null(heap_caps_malloc_base(0, MALLOC_CAP_8BIT));
    assert_null(heap_caps_aligned_alloc_base(64, SIZE_MAX - 8, MALLOC_CAP_8BIT));
    assert_null(heap_caps_calloc_base(SIZE_MAX / 2 + 1, 2, MALLOC_CAP_8BIT));
    assert_null(heap_caps_calloc_base(16, 16, API_CAP_NOBODY));
    assert_null(heap_caps_realloc_base(p, SIZE_MAX, MALLOC_CAP_8BIT));
    api_expect_no_failure();
    heap_caps_free(p);
}

static void default_functions_are_internal_only_at_first(void **state) {
    (void)state;
    uintptr_t start = api_expected_heap(API_CAPS_MALLOC)->start;
    void *p = heap_caps_malloc_default(64);
    assert_int_equal(api_heap_of(p)->start, start);
    p = heap_caps_realloc_default(p, 2000);
    assert_true((api_heap_of(p)->all & API_CAPS_MALLOC) == API_CAPS_MALLOC);
    void *q = heap_caps_aligned_alloc_default(512, 64);
    assert_int_equal((uintptr_t)q % 512, 0);
    assert_null(heap_caps_realloc_default(p, 0));
    heap_caps_free(q);
    p = heap_caps_realloc_default(NULL, 10);
    assert_non_null(p);
    heap_caps_free(p);
    api_expect_no_failure();
}

static void default_functions_report_under_the_public_names_at_first(void **state) {
    (void)state;
    void *p = heap_caps_malloc_default(64);
    assert_null(heap_caps_malloc_default(SIZE_MAX - 100));
    api_expect_failure(SIZE_MAX - 100, API_CAPS_MALLOC, "heap_caps_malloc");
    assert_null(heap_caps_realloc_default(p, SIZE_MAX - 100));
    api_expect_failure(SIZE_MAX - 100, API_CAPS_MALLOC, "heap_caps_realloc");
    assert_null(heap_caps_aligned_alloc_default(64, SIZE_MAX - 100));
    api_expect_failure(SIZE_MAX - 100, API_CAPS_MALLOC, "heap_caps_aligned_alloc");
    assert_null(heap_caps_malloc_default(0));
    assert_null(heap_caps_aligned_alloc_default(3, 64));
    assert_null(heap_caps_aligned_alloc_default(0, 64));
    assert_null(heap_caps_aligned_alloc_default(64, 0));
    api_expect_no_failure();
    heap_caps_free(p);
}

/* From here on external memory is enabled: it cannot be switched off again. */
static void large_requests_go_to_external_memory_once_enabled(void **state) {
    (void)state;
    api_add_heap(api_span(8192), 8192, MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT, 0, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT);
    heap_caps_malloc_extmem_enable(LIMIT);
    void *small = heap_caps_malloc_default(LIMIT);
    void *large = heap_caps_malloc_default(LIMIT + 1);
    void *aligned = heap_caps_aligned_alloc_default(64, LIMIT + 1);
    assert_true((api_heap_of(small)->all & MALLOC_CAP_INTERNAL) != 0);
    assert_true((api_heap_of(large)->all & MALLOC_CAP_SPIRAM) != 0);
    assert_true((api_heap_of(aligned)->all & MALLOC_CAP_SPIRAM) != 0);
    assert_int_equal((uintptr_t)aligned % 64, 0);
    small = heap_caps_realloc_default(small, LIMIT + 1);
    assert_true((api_heap_of(small)->all & MALLOC_CAP_SPIRAM) != 0);
    large = heap_caps_realloc_default(large, 10);
    assert_true((api_heap_of(large)->all & MALLOC_CAP_INTERNAL) != 0);
    heap_caps_free(small);
    heap_caps_free(large);
    heap_caps_free(aligned);
    api_expect_no_failure();
}

static void enabled_default_functions_fall_back_to_any_default_memory(void **state) {
    (void)state;
    size_t external = heap_caps_get_largest_free_block(CAPS_EXTERNAL);
    size_t internal = heap_caps_get_largest_free_block(API_CAPS_MALLOC);
    size_t more = external > internal ? external : internal;
    size_t less = external > internal ? internal : external;
    assert_true(more > less);
    if (external < internal) { /* too large for external memory: internal serves it */
        void *p = heap_caps_malloc_default(external + 1);
        assert_true((api_heap_of(p)->all & MALLOC_CAP_INTERNAL) != 0);
        heap_caps_free(p);
    } else { /* below the limit but too large for internal memory: external serves it */
        heap_caps_malloc_extmem_enable(SIZE_MAX);
        void *p = heap_caps_malloc_default(internal + 1);
        assert_true((api_heap_of(p)->all & MALLOC_CAP_SPIRAM) != 0);
        heap_caps_free(p);
        heap_caps_malloc_extmem_enable(LIMIT);
    }
    api_expect_no_failure();
}

static void enabled_default_functions_report_under_their_own_names(void **state) {
    (void)state;
    void *p = heap_caps_malloc_default(64);
    assert_null(heap_caps_malloc_default(SIZE_MAX - 100));
    api_expect_failure(SIZE_MAX - 100, MALLOC_CAP_DEFAULT, "heap_caps_malloc_default");
    assert_null(heap_caps_realloc_default(p, SIZE_MAX - 100));
    api_expect_failure(SIZE_MAX - 100, MALLOC_CAP_DEFAULT, "heap_caps_realloc_default");
    assert_null(heap_caps_aligned_alloc_default(64, SIZE_MAX - 100));
    api_expect_failure(SIZE_MAX - 100, MALLOC_CAP_DEFAULT, "heap_caps_aligned_alloc_default");
    assert_null(heap_caps_malloc_default(0));
    assert_null(heap_caps_aligned_alloc_default(3, 64));
    assert_null(heap_caps_aligned_alloc_default(64, 0));
    assert_null(heap_caps_realloc_default(p, 0));
    assert_null(heap_caps_realloc_default(NULL, 0));
    api_expect_no_failure();
}

static void a_limit_of_size_max_means_internal_first_always(void **state) {
    (void)state;
    heap_caps_malloc_extmem_enable(SIZE_MAX);
    void *p = heap_caps_malloc_default(LIMIT * 2);
    assert_true((api_heap_of(p)->all & MALLOC_CAP_INTERNAL) != 0);
    heap_caps_free(p);
    heap_caps_malloc_extmem_enable(0); /* and 0: external first always */
    p = heap_caps_malloc_default(1);
    assert_true((api_heap_of(p)->all & MALLOC_CAP_SPIRAM) != 0);
    heap_caps_free(p);
    assert_null(heap_caps_malloc_default(SIZE_MAX));
    api_expect_failure(SIZE_MAX, MALLOC_CAP_DEFAULT, "heap_caps_malloc_default");
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(base_functions_allocate_by_caps),
        API_TEST(base_functions_never_call_the_failure_callback),
        API_TEST(default_functions_are_internal_only_at_first),
        API_TEST(default_functions_report_under_the_public_names_at_first),
        API_TEST(large_requests_go_to_external_memory_once_enabled),
        API_TEST(enabled_default_functions_fall_back_to_any_default_memory),
        API_TEST(enabled_default_functions_report_under_their_own_names),
        API_TEST(a_limit_of_size_max_means_internal_first_always),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
