/* SPDX-License-Identifier: MIT */
/*
 * Arguments at the edge of what the capability calls take: plain malloc with external memory on, and an address in a damaged
 * heap.
 */
#include "api_setup.h"
#include "caps/caps_base.h"

static void aligned_malloc_refuses_bad_alignments_with_external_memory_on(void **state) {
    (void)state;
    for (int enabled = 0; enabled < 2; enabled++) {
        assert_null(heap_caps_aligned_alloc_default(0, 10));
        assert_null(heap_caps_aligned_alloc_default(24, 10));
        assert_null(heap_caps_aligned_alloc_default(64, 0));
        void *p = heap_caps_aligned_alloc_default(64, 10);
        assert_true(p && (uintptr_t)p % 64 == 0);
        heap_caps_free(p);
        heap_caps_malloc_extmem_enable(16);
    }
}

static void a_damaged_heap_is_named_by_any_address_in_it(void **state) {
    (void)state;
    unsigned char *span = api_span(4096);
    if (!span) skip();
    api_add_heap(span, 4096, API_CAP_USER_A, 0, 0);
    uint32_t *p = heap_caps_malloc(100, API_CAP_USER_A);
    assert_true(heap_caps_check_integrity_addr((intptr_t)p, true));
    assert_false(heap_caps_check_integrity_addr((intptr_t)(span + 4096), true));
    /* The word of bits of the first block lies below the control block, at the heap's low end: turn all of it. */
    uint32_t *words = (uint32_t *)(void *)span, kept[4];
    for (int i = 0; i < 4; i++) kept[i] = words[i], words[i] ^= 0x10101010u;
    assert_false(heap_caps_check_integrity_addr((intptr_t)p, false));
    for (int i = 0; i < 4; i++) words[i] = kept[i];
    assert_true(heap_caps_check_integrity_addr((intptr_t)p, true));
    heap_caps_free(p);
}

static int begin(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(aligned_malloc_refuses_bad_alignments_with_external_memory_on),
        API_TEST(a_damaged_heap_is_named_by_any_address_in_it),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
