/* SPDX-License-Identifier: MIT */
/* The heap's own reports ask the address sanitizer who allocated and who freed a block. */
#include <string.h>

#include "capheap/origin.h"
#include "caps/registry.h"
#include "ch_test.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"

static void a_block_in_use_has_its_size_and_who_allocated_it(void **state) {
    (void)state;
    ch_origin_t origin;
    char *p = heap_caps_malloc(13, MALLOC_CAP_DEFAULT);
    assert_true(ch_origin_of(p, &origin));
    assert_int_equal(origin.size, 13);
    assert_non_null(origin.allocated.callers[0]);
    assert_null(origin.freed.callers[0]);
    assert_false(ch_origin_of(p + 4, &origin));
    heap_caps_free(p);
}

static void a_freed_block_has_who_freed_it(void **state) {
    (void)state;
    ch_origin_t origin;
    char *p = heap_caps_malloc(13, MALLOC_CAP_DEFAULT);
    heap_caps_free(p);
    assert_true(ch_origin_of(p, &origin));
    assert_non_null(origin.allocated.callers[0]);
    assert_non_null(origin.freed.callers[0]);
}

static void reports_have_it(void **state) {
    (void)state;
    char *p = heap_caps_malloc(13, MALLOC_CAP_DEFAULT);
    const ch_region_t *r = ch_registry_find(p);
    assert_non_null(r);
    CH_EXPECT_FATAL(ch_heap_bad_pointer(ch_region_heap(r), p + 4, "test"));
    assert_non_null(strstr(ch_test_output(), "  allocated: 13 bytes, task "));
    assert_non_null(strstr(ch_test_output(), " allocated=0x"));
    heap_caps_free(p);
}

static int boot(void **state) {
    (void)state;
    heap_caps_init();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_in_use_has_its_size_and_who_allocated_it),
        cmocka_unit_test(a_freed_block_has_who_freed_it),
        cmocka_unit_test(reports_have_it),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
