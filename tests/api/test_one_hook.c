/* SPDX-License-Identifier: MIT */
/* The hooks' option with the hook for frees alone (variant ndebug). Other builds have both hooks, or none. */
#include "api_setup.h"

static unsigned frees;

void esp_heap_trace_free_hook(void *ptr);

void esp_heap_trace_free_hook(void *ptr) { frees += ptr != NULL; }

static void a_hook_for_frees_alone_is_called(void **state) {
    (void)state;
    if (!CH_CFG_USE_HOOKS) skip();
    frees = 0;
    char *p = heap_caps_calloc(3, 10, MALLOC_CAP_8BIT), *q = heap_caps_aligned_alloc(64, 10, MALLOC_CAP_8BIT);
    p = heap_caps_realloc(p, 40, MALLOC_CAP_8BIT);
    heap_caps_free(q);
    heap_caps_free(p);
    assert_int_equal(frees, 2);
}

static int begin(void **state) {
    (void)state;
    api_boot();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(a_hook_for_frees_alone_is_called),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
