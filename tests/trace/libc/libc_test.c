/* SPDX-License-Identifier: MIT */
/*
 * The C library's functions of src/libc in a trace: each call is one record, and its caller is who called malloc(), not a
 * function of the library in between. Compiled with other names for malloc and its kind (libc_names.h), on boards too.
 */
#include "api/api_setup.h"

#include "esp_heap_trace.h"

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *ptr, size_t size);
void *reallocarray(void *ptr, size_t n, size_t size);
void free(void *ptr);
void cfree(void *ptr);
void *memalign(size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void **out, size_t alignment, size_t size);
void *valloc(size_t size);

enum { RECORDS = 4, DEPTH = CONFIG_HEAP_TRACING_STACK_DEPTH };
static heap_trace_record_t buffer[RECORDS];

/* Each call in a function of its own, and none a tail call. */
#define CALLER __attribute__((noinline, noclone)) static

static inline void *kept(void *p) {
    __asm__ volatile("" : "+r"(p));
    return p;
}

CALLER void *by_malloc(void) { return kept(malloc(21)); }
CALLER void *by_calloc(void) { return kept(calloc(3, 7)); }
CALLER void *by_realloc(void) { return kept(realloc(NULL, 21)); }
CALLER void *by_reallocarray(void) { return kept(reallocarray(NULL, 7, 3)); }
CALLER void *by_memalign(void) { return kept(memalign(32, 21)); }
CALLER void *by_aligned_alloc(void) { return kept(aligned_alloc(64, 21)); }
CALLER void *by_valloc(void) { return kept(valloc(21)); }
CALLER void *by_posix_memalign(void) {
    void *p = NULL;
    assert_int_equal(posix_memalign(&p, 32, 21), 0);
    return kept(p);
}

static void each_call_is_recorded_once_and_as_its_caller_s(void **state) {
    (void)state;
    static void *(*const ways[])(void) = {by_malloc,   by_calloc,        by_realloc, by_reallocarray,
                                          by_memalign, by_aligned_alloc, by_valloc,  by_posix_memalign};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        heap_trace_summary_t s;
        heap_trace_start(HEAP_TRACE_ALL);
        void *p = ways[i]();
        void *const *callers = buffer[0].alloced_by;
        assert_ptr_equal(buffer[0].address, p);
        assert_int_equal(buffer[0].size, 21);
        if (DEPTH > 0) {
            uintptr_t from = (uintptr_t)ways[i] & ~(uintptr_t)1, at = (uintptr_t)callers[0] & ~(uintptr_t)1;
            assert_true(at > from && at - from < 200);
        }
        if (i % 2)
            free(p);
        else
            cfree(p);
        heap_trace_summary(&s);
        assert_int_equal(s.total_allocations, 1);
        assert_int_equal(s.total_frees, 1);
        assert_true(buffer[0].freed);
    }
}

static void realloc_is_recorded_as_both(void **state) {
    (void)state;
    heap_trace_summary_t s;
    heap_trace_start(HEAP_TRACE_LEAKS);
    void *p = realloc(malloc(20), 300);
    heap_trace_summary(&s);
    assert_int_equal(s.total_allocations, 2);
    assert_int_equal(s.total_frees, 1);
    assert_int_equal(s.count, 1);
    assert_null(realloc(p, 0));
    assert_int_equal(heap_trace_get_count(), 0);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return heap_trace_init_standalone(buffer, RECORDS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(each_call_is_recorded_once_and_as_its_caller_s),
        API_TEST(realloc_is_recorded_as_both),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
