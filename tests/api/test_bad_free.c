/* SPDX-License-Identifier: MIT */
/*
 * Pointers that are no live block, given to every function that takes one, at both layers: one line "CORRUPT HEAP: " that names
 * the pointer, then the end; found before anything is changed, so the heap goes on sound.
 */
#include <stdlib.h>

#include "api_setup.h"
#include "multi_heap_setup.h"

#define GRANULE ((size_t)CH_CFG_GRANULE)

static int never_ours; /* static memory */

/* Free, realloc and size query of a bad pointer: each is reported once and changes nothing. */
static void expect_caps_reject(void *p) {
    multi_heap_info_t before;
    multi_heap_info_t after;
    heap_caps_get_info(&before, 0);
    CH_EXPECT_FATAL(heap_caps_free(p));
    api_expect_report(p);
    CH_EXPECT_FATAL(heap_caps_realloc(p, 40, MALLOC_CAP_8BIT));
    api_expect_report(p);
    CH_EXPECT_FATAL(heap_caps_realloc(p, 0, MALLOC_CAP_8BIT));
    api_expect_report(p);
    CH_EXPECT_FATAL(heap_caps_realloc_prefer(p, 40, 1, MALLOC_CAP_8BIT));
    api_expect_report(p);
    CH_EXPECT_FATAL(heap_caps_get_allocated_size(p));
    ch_test_output_clear();
    heap_caps_get_info(&after, 0);
    assert_int_equal(after.total_free_bytes, before.total_free_bytes);
    assert_int_equal(after.allocated_blocks, before.allocated_blocks);
    assert_int_equal(after.free_blocks, before.free_blocks);
    assert_true(heap_caps_check_integrity_all(true));
    api_expect_no_failure();
}

static void double_free_is_reported(void **state) {
    (void)state;
    for (size_t size = 1; size <= 5000; size = size * 3 + 2) {
        void *p = heap_caps_malloc(size, MALLOC_CAP_8BIT);
        void *wall = heap_caps_malloc(32, MALLOC_CAP_8BIT);
        heap_caps_free(p);
        expect_caps_reject(p);
        heap_caps_free(wall);
        expect_caps_reject(p); /* merged with its neighbours now */
    }
}

static void every_interior_pointer_is_reported(void **state) {
    (void)state;
    for (size_t size = 24; size <= 3000; size = size * 5 + 1) {
        unsigned char *p = heap_caps_malloc(size, MALLOC_CAP_8BIT);
        api_fill_words(p, size, 0);
        expect_caps_reject(p + 4);
        expect_caps_reject(p + 8);
        expect_caps_reject(p + GRANULE);
        expect_caps_reject(p + 1);
        expect_caps_reject(p + size / 2);
        expect_caps_reject(p + size - 1);
        heap_caps_free(p);
    }
}

/* Contents that imitate what an allocator might keep in front of a block must not make a wrong pointer look right. */
static void interior_pointers_are_reported_whatever_the_contents(void **state) {
    (void)state;
    static const uint32_t words[] = {0, 1, 2, 3, 0xffffffffu, 0x80000000u, 0xABBA1234u, 17, 33, 0x11, 64, 65};
    uint32_t *p = heap_caps_malloc(600, MALLOC_CAP_8BIT);
    for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
        for (size_t i = 0; i < 150; i++) {
            p[i] = words[w];
        }
        for (size_t i = 1; i < 40; i++) {
            CH_EXPECT_FATAL(heap_caps_free(p + i));
            api_expect_report(p + i);
        }
    }
    heap_caps_free(p);
}

static void interior_pointers_of_a_free_block_are_reported(void **state) {
    (void)state;
    static const size_t sizes[] = {16, 40, 100, 600, 5000}; /* short to long: the bits tell by each of their ways */
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *p = heap_caps_malloc(sizes[i], MALLOC_CAP_8BIT);
        void *wall = heap_caps_malloc(32, MALLOC_CAP_8BIT);
        heap_caps_free(p);
        for (size_t at = 0; at < sizes[i] && at < 600; at += 4) {
            CH_EXPECT_FATAL(heap_caps_free(p + at));
            api_expect_report(p + at);
            CH_EXPECT_FATAL(heap_caps_realloc(p + at, 50, MALLOC_CAP_8BIT));
            api_expect_report(p + at);
        }
        heap_caps_free(wall);
    }
}

static void foreign_pointers_are_reported(void **state) {
    (void)state;
    int local[4];
    expect_caps_reject(&never_ours);
    expect_caps_reject(local);
    expect_caps_reject((void *)(uintptr_t)&expect_caps_reject);
    expect_caps_reject((void *)(UINTPTR_MAX & ~(uintptr_t)15));
    expect_caps_reject((void *)UINTPTR_MAX);
    expect_caps_reject((void *)(UINTPTR_MAX / 2));
    expect_caps_reject((void *)(UINTPTR_MAX / 2 + 1));
}

static void outside_pointers_get_the_contract_s_text(void **state) {
    (void)state;
    CH_EXPECT_FATAL(heap_caps_free(&never_ours));
    assert_string_equal(ch_test_fatal_reason(), "free() target pointer is outside heap areas");
    CH_EXPECT_FATAL(heap_caps_realloc(&never_ours, 10, MALLOC_CAP_8BIT));
    assert_string_equal(ch_test_fatal_reason(), "realloc() pointer is outside heap areas");
    ch_test_output_clear();
}

static void every_address_of_a_heap_that_is_no_block_is_reported(void **state) {
    (void)state;
    unsigned char *heap = api_span(1024);
    api_add_heap(heap, 1024, API_CAP_USER_A, 0, 0);
    unsigned char *p = heap_caps_malloc(64, API_CAP_USER_A);
    for (size_t at = 0; at < 1024; at++) {
        if (heap + at == p) {
            continue;
        }
        CH_EXPECT_FATAL(heap_caps_free(heap + at)); /* control data, bits, the block's inside, free space, the end */
        api_expect_report(heap + at);
    }
    assert_true(heap_caps_check_integrity(API_CAP_USER_A, true));
    heap_caps_free(p);
}

static void size_queries_of_no_block_are_fatal(void **state) {
    (void)state;
    unsigned char *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
    CH_EXPECT_FATAL(heap_caps_get_allocated_size(NULL));
    CH_EXPECT_FATAL(heap_caps_get_containing_block_size(NULL));
    CH_EXPECT_FATAL(heap_caps_get_allocated_size(p + GRANULE));
    CH_EXPECT_FATAL(heap_caps_get_allocated_size(&never_ours));
    CH_EXPECT_FATAL(heap_caps_get_containing_block_size(&never_ours));
    heap_caps_free(p);
    CH_EXPECT_FATAL(heap_caps_get_allocated_size(p));
    CH_EXPECT_FATAL(heap_caps_get_containing_block_size(p));
    CH_EXPECT_FATAL(heap_caps_get_containing_block_size(p + 8));
    ch_test_output_clear();
}

/* ---- the same without the capability layer ---- */

static void expect_heap_rejects(multi_heap_handle_t heap, void *p) {
    multi_heap_info_t before;
    multi_heap_get_info(heap, &before);
    CH_EXPECT_FATAL(multi_heap_free(heap, p));
    mh_expect_report(p);
    CH_EXPECT_FATAL(multi_heap_realloc(heap, p, 40));
    mh_expect_report(p);
    CH_EXPECT_FATAL(multi_heap_realloc(heap, p, 0));
    mh_expect_report(p);
    CH_EXPECT_FATAL(multi_heap_get_allocated_size(heap, p));
    CH_EXPECT_FATAL(multi_heap_get_full_block_size(heap, p));
    ch_test_output_clear();
    mh_expect_same(heap, &before);
}

static void multi_heap_reports_every_address_that_is_no_block(void **state) {
    (void)state;
    enum { HEAP = 2048 };
    static unsigned char *start;
    if (start == NULL) {
        start = api_span(HEAP);
    }
    multi_heap_handle_t heap = multi_heap_register(start, HEAP);
    void *p[6];
    static const size_t sizes[6] = {1, 40, 100, 500, 16, 200};
    for (int i = 0; i < 6; i++) {
        p[i] = multi_heap_malloc(heap, sizes[i]);
        memset(p[i], 0xFF, sizes[i]);
    }
    multi_heap_free(heap, p[1]);
    multi_heap_free(heap, p[4]);
    for (size_t at = 0; at < HEAP; at += 4) {
        unsigned char *q = start + at;
        if (q != p[0] && q != p[2] && q != p[3] && q != p[5]) {
            expect_heap_rejects(heap, q);
        }
    }
    expect_heap_rejects(heap, start - 16);
    expect_heap_rejects(heap, start + HEAP);
    expect_heap_rejects(heap, &never_ours);
    expect_heap_rejects(heap, (void *)UINTPTR_MAX);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(double_free_is_reported),
        API_TEST(every_interior_pointer_is_reported),
        API_TEST(interior_pointers_are_reported_whatever_the_contents),
        API_TEST(interior_pointers_of_a_free_block_are_reported),
        API_TEST(foreign_pointers_are_reported),
        API_TEST(outside_pointers_get_the_contract_s_text),
        API_TEST(every_address_of_a_heap_that_is_no_block_is_reported),
        API_TEST(size_queries_of_no_block_are_fatal),
        API_TEST(multi_heap_reports_every_address_that_is_no_block),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
