/* SPDX-License-Identifier: MIT */
/* The hooks' option with the hook for frees alone (variant ndebug). Other builds have both hooks, or none. */
#include "api_setup.h"
#include "frame_bytes.h"

static unsigned frees;

void esp_heap_trace_free_hook(void *ptr);

void esp_heap_trace_free_hook(void *ptr) { frees += ptr != NULL; }

/** What is held back counts as used: lets it out. */
static void drain(void) {
    if (!FRAME_HOLDS_BACK) return;
    void *p = heap_caps_malloc(heap_caps_get_total_size(MALLOC_CAP_8BIT), MALLOC_CAP_8BIT); /* no heap has so much */
    assert_null(p);
    api_failures_clear();
}

static void a_hook_for_frees_alone_is_called(void **state) {
    (void)state;
    if (!CH_CFG_USE_HOOKS) skip();
    frees = 0;
    char *p = heap_caps_calloc(3, 10, MALLOC_CAP_8BIT), *q = heap_caps_aligned_alloc(64, 10, MALLOC_CAP_8BIT);
    p = heap_caps_realloc(p, 40, MALLOC_CAP_8BIT);
    heap_caps_free(q);
    heap_caps_free(p);
    assert_true(frees >= 2); /* one more where realloc moves */
    assert_true(frees <= 2 + FRAME_FILLS);
    drain();
}

static void it_does_not_see_what_is_not_freed(void **state) {
    (void)state;
    if (!CH_CFG_USE_HOOKS || !CH_CFG_NDEBUG || !FRAME_IS_THERE) skip();
    char *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    frees = 0;
    p[100] ^= 1;
    heap_caps_free(p);
    assert_int_equal(frees, 0);
    p[100] ^= 1;
    heap_caps_free(p);
    assert_int_equal(frees, 1);
    drain();
}

static int begin(void **state) {
    (void)state;
    api_boot();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(a_hook_for_frees_alone_is_called),
        API_TEST(it_does_not_see_what_is_not_freed),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
