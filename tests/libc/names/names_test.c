/* SPDX-License-Identifier: MIT */
/*
 * The names of the C library, as ESP-IDF has them (src/libc/malloc.c, newlib.c): size 0 is NULL without a callback, a failed
 * request leaves errno alone and calls the failure callback once, blocks of both interfaces are the same.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "../../api/api_setup.h"

/* Not declared by every C library. */
void cfree(void *ptr);
void *reallocarray(void *ptr, size_t n, size_t size);
void *memalign(size_t alignment, size_t size);
int posix_memalign(void **out, size_t alignment, size_t size);
void *valloc(size_t size);
void *pvalloc(size_t size);
size_t malloc_usable_size(void *ptr);
int malloc_trim(size_t pad);
int mallopt(int parameter, int value);
void malloc_stats(void);
void esp_libc_include_heap_impl(void);

struct _reent;
void *_malloc_r(struct _reent *state, size_t size);
void *_calloc_r(struct _reent *state, size_t n, size_t size);
void *_realloc_r(struct _reent *state, void *ptr, size_t size);
void *_reallocf_r(struct _reent *state, void *ptr, size_t size);
void *_memalign_r(struct _reent *state, size_t alignment, size_t size);
void *_valloc_r(struct _reent *state, size_t size);
void *_pvalloc_r(struct _reent *state, size_t size);
void _free_r(struct _reent *state, void *ptr);
void _cfree_r(struct _reent *state, void *ptr);
size_t _malloc_usable_size_r(struct _reent *state, void *ptr);
int _malloc_trim_r(struct _reent *state, size_t pad);
int _mallopt_r(struct _reent *state, int parameter, int value);
void _malloc_stats_r(struct _reent *state);
struct mallinfo _mallinfo_r(struct _reent *state);

/* Volatile: the compiler would warn. */
static volatile size_t huge[] = {SIZE_MAX, SIZE_MAX - 64, SIZE_MAX / 2 + 1};
static volatile size_t two = 2, many = SIZE_MAX / 2 + 1;

static void blocks_of_both_interfaces_are_the_same(void **state) {
    (void)state;
    const uintptr_t start = api_expected_heap(API_CAPS_MALLOC)->start;
    void *p = malloc(100), *q = heap_caps_malloc(100, MALLOC_CAP_8BIT), *r = calloc(10, 10), *s = malloc(1);
    assert_int_equal(api_heap_of(p)->start, start);
    assert_int_equal(api_heap_of(r)->start, start);
    assert_true(api_words_zero(r, 100));
    p = heap_caps_realloc(p, 1000, MALLOC_CAP_8BIT);
    q = realloc(q, 1000);
    assert_non_null(p);
    assert_non_null(q);
    heap_caps_free(p);
    free(q);
    cfree(r);
    free(s);
    free(NULL);
    cfree(NULL);
    api_expect_no_failure();
}

static void nothing_is_null_without_a_callback(void **state) {
    (void)state;
    volatile size_t nothing = 0;
    void *out = &out;
    assert_null(malloc(nothing));
    assert_null(calloc(nothing, 4));
    assert_null(calloc(4, nothing));
    assert_null(realloc(NULL, nothing));
    assert_null(reallocarray(NULL, nothing, 4));
    assert_null(aligned_alloc(64, nothing));
    assert_null(memalign(64, nothing));
    assert_null(valloc(nothing));
    assert_null(pvalloc(nothing));
    assert_int_equal(posix_memalign(&out, 64, nothing), 0);
    assert_null(out);
    assert_int_equal(malloc_usable_size(NULL), 0);
    api_expect_no_failure();
}

static void realloc_to_nothing_frees(void **state) {
    (void)state;
    volatile size_t nothing = 0;
    assert_null(realloc(malloc(100), nothing));
    assert_null(reallocarray(malloc(100), nothing, 8));
    assert_null(_realloc_r(NULL, malloc(100), nothing));
    assert_null(_reallocf_r(NULL, malloc(100), nothing));
    api_expect_no_failure(); /* and the end of the test proves that nothing is left */
}

static void a_failed_request_calls_back_once_and_leaves_errno(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
        errno = 77;
        assert_null(malloc(huge[i]));
        api_expect_failure(huge[i], API_CAPS_MALLOC, "heap_caps_malloc");
        assert_null(calloc(1, huge[i]));
        api_expect_failure(huge[i], API_CAPS_MALLOC, "heap_caps_malloc");
        assert_null(memalign(64, huge[i]));
        api_expect_failure(huge[i], API_CAPS_MALLOC, "heap_caps_aligned_alloc");
        assert_null(valloc(huge[i]));
        api_expect_failure(huge[i], API_CAPS_MALLOC, "heap_caps_malloc");
        void *out = &out;
        assert_int_equal(posix_memalign(&out, 64, huge[i]), ENOMEM);
        assert_ptr_equal(out, &out);
        assert_int_equal(errno, 77);
        api_failures_clear();
    }
    assert_null(calloc(many, two));
    api_expect_failure(SIZE_MAX, API_CAPS_MALLOC, "heap_caps_malloc");
    assert_int_equal(errno, 77);
}

static void a_failed_realloc_keeps_the_block(void **state) {
    (void)state;
    void *volatile p = malloc(100); /* used after a realloc that fails, as the compiler can't know */
    api_fill_words(p, 100, 5);
    errno = 77;
    assert_null(realloc(p, huge[0]));
    api_expect_failure(huge[0], API_CAPS_MALLOC, "heap_caps_realloc");
    assert_null(reallocarray(p, many, two));
    api_expect_failure(SIZE_MAX, API_CAPS_MALLOC, "heap_caps_realloc");
    assert_int_equal(errno, 77);
    assert_true(api_words_hold(p, 100, 5));
    p = reallocarray(p, 50, 4);
    assert_true(api_words_hold(p, 100, 5));
    assert_null(_reallocf_r(NULL, p, huge[0])); /* this one frees it */
    api_failures_clear();
}

static void alignments_hold_and_wrong_ones_are_refused(void **state) {
    (void)state;
    for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        void *p = aligned_alloc(alignment, 33), *q = memalign(alignment, 33), *r = NULL;
        assert_int_equal(posix_memalign(&r, alignment, 33), 0);
        assert_true(p && q && r);
        assert_int_equal(((uintptr_t)p | (uintptr_t)q | (uintptr_t)r) & (alignment - 1), 0);
        p = realloc(p, 500);
        assert_int_equal((uintptr_t)p & (alignment - 1), 0);
        assert_true(malloc_usable_size(p) >= 500);
        free(p), free(q), free(r);
    }
    volatile size_t wrong = 48, none = 0;
    void *out = &out;
    assert_null(aligned_alloc(wrong, 10));
    assert_null(memalign(none, 10));
    assert_int_equal(posix_memalign(&out, wrong, 10), EINVAL);
    assert_int_equal(posix_memalign(&out, none, 10), EINVAL);
    assert_ptr_equal(out, &out);
    api_expect_no_failure();
}

static void the_usable_size_can_be_used(void **state) {
    (void)state;
    for (size_t size = 1; size < 700; size += 37) {
        char *p = malloc(size), *q = valloc(size), *r = pvalloc(size);
        size_t usable = malloc_usable_size(p);
        assert_true(usable >= size && malloc_usable_size(q) >= size && malloc_usable_size(r) >= size);
        assert_int_equal(usable, heap_caps_get_allocated_size(p));
        memset(p, 0xA5, usable);
        free(p), free(q), free(r);
    }
}

static void a_bad_pointer_is_reported(void **state) {
    (void)state;
    static char local[64];
    char *volatile p = malloc(100);
    CH_EXPECT_FATAL(free(p + 32));
    api_expect_report(p + 32);
    CH_EXPECT_FATAL(free(local + 16));
    api_expect_report(local + 16);
    free(p);
    CH_EXPECT_FATAL(free(p));
    api_expect_report(p);
}

static void settings_and_reports_do_nothing(void **state) {
    (void)state;
    assert_int_equal(malloc_trim(0), 0);
    assert_int_equal(mallopt(1, 1), 0);
    malloc_stats();
    esp_libc_include_heap_impl();
    assert_int_equal(_malloc_trim_r(NULL, 0), 0);
    assert_int_equal(_mallopt_r(NULL, 1, 1), 0);
    _malloc_stats_r(NULL);
    assert_string_equal(ch_test_output(), "");
    multi_heap_info_t all;
    heap_caps_get_info(&all, MALLOC_CAP_DEFAULT);
    assert_int_equal((size_t)_mallinfo_r(NULL).uordblks, all.total_allocated_bytes);
    assert_int_equal((size_t)_mallinfo_r(NULL).fordblks, all.total_free_bytes);
}

static void reentrant_names_do_the_same(void **state) {
    (void)state;
    const uintptr_t start = api_expected_heap(API_CAPS_MALLOC)->start;
    void *a = _malloc_r(NULL, 100), *b = _calloc_r(NULL, 10, 10), *c = _memalign_r(NULL, 256, 100), *d = _valloc_r(NULL, 100);
    void *e = _pvalloc_r(NULL, 100);
    assert_true(a && b && c && d && e);
    assert_int_equal(api_heap_of(a)->start, start);
    assert_true(api_words_zero(b, 100));
    assert_int_equal((uintptr_t)c % 256, 0);
    assert_true(_malloc_usable_size_r(NULL, a) >= 100);
    a = _realloc_r(NULL, a, 1000);
    b = _reallocf_r(NULL, b, 1000);
    assert_true(a && b && api_words_zero(b, 100));
    _free_r(NULL, a), _free_r(NULL, b), free(c), _cfree_r(NULL, d), _free_r(NULL, e);
    _free_r(NULL, NULL);
    errno = 77;
    assert_null(_malloc_r(NULL, huge[0]));
    api_expect_failure(huge[0], API_CAPS_MALLOC, "heap_caps_malloc");
    assert_null(_calloc_r(NULL, many, two));
    api_expect_failure(SIZE_MAX, API_CAPS_MALLOC, "heap_caps_malloc");
    assert_int_equal(errno, 77);
}

/* Before heap_caps_init() there is no heap. It comes before stdio, whose streams some libraries allocate. */
static bool was_null_before_boot;

static void boot(void) {
    void *volatile early = malloc(10);
    was_null_before_boot = early == NULL;
    api_boot();
}

static void before_boot_there_is_no_memory(void **state) {
    (void)state;
    assert_true(was_null_before_boot);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(before_boot_there_is_no_memory),
        API_TEST(blocks_of_both_interfaces_are_the_same),
        API_TEST(nothing_is_null_without_a_callback),
        API_TEST(realloc_to_nothing_frees),
        API_TEST(a_failed_request_calls_back_once_and_leaves_errno),
        API_TEST(a_failed_realloc_keeps_the_block),
        API_TEST(alignments_hold_and_wrong_ones_are_refused),
        API_TEST(the_usable_size_can_be_used),
        API_TEST(a_bad_pointer_is_reported),
        API_TEST(settings_and_reports_do_nothing),
        API_TEST(reentrant_names_do_the_same),
    };
    boot();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
