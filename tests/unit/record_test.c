/* SPDX-License-Identifier: MIT */
/* The record of an alignment in a block's last word (heap.h): kept by realloc, and contents that look like one are not lost. */
#include "ch_test.h"

#include <string.h>

#include "heap/heap.h"

static multi_heap_handle_t make(size_t size) {
    multi_heap_handle_t heap = multi_heap_register(ch_test_span(size), size);
    assert_non_null(heap);
    return heap;
}

static void any_sequence_of_reallocs_keeps_the_alignment(void **state) {
    (void)state;
    multi_heap_handle_t heap = make(65536);
    uint32_t draw = ch_test_seed() | 1;
    for (size_t alignment = 2 * CH_G; alignment <= 1024; alignment *= 2) {
        unsigned char *p = multi_heap_aligned_alloc(heap, 50, alignment);
        size_t size = 50;
        memset(p, 0x11, size);
        for (int i = 0; i < 300; i++) {
            void *wall = multi_heap_malloc(heap, 20 + (size_t)i % 90);
            draw = draw * 1664525u + 1013904223u;
            size_t wanted = 1 + (draw >> 8) % 2000, kept = size < wanted ? size : wanted;
            p = multi_heap_realloc(heap, p, wanted);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p & (alignment - 1), 0);
            assert_true(multi_heap_get_allocated_size(heap, p) >= wanted);
            for (size_t k = 0; k < kept; k++) assert_int_equal(p[k], 0x11);
            memset(p, 0x11, wanted);
            size = wanted;
            multi_heap_free(heap, wall);
        }
        multi_heap_free(heap, p);
    }
    assert_true(multi_heap_check(heap, true));
}

/* A block without a record whose user writes, by chance, what a record would be, moves with all of its words. */
static void contents_that_look_like_a_record_move_with_the_block(void **state) {
    (void)state;
    if (CH_GUARDED) skip(); /* the user's words are none of the last, then */
    multi_heap_handle_t heap = make(65536);
    ch_engine_t *e = ch_heap_engine(heap);
    const size_t size = 8 * CH_G;
    unsigned moved = 0;
    for (int i = 0; i < 40; i++) {
        unsigned char *p = multi_heap_malloc(heap, size), *wall = multi_heap_malloc(heap, (size_t)(2 + (i & 1)) * CH_G);
        uint32_t offset = (uint32_t)ch_heap_offset(e, p), alignment = 2 * CH_G;
        if ((uintptr_t)p & (alignment - 1)) continue; /* a record would not fit here */
        memset(p, 0x22, size);
        ch_record_set(e, offset, (uint32_t)(size / CH_G), alignment);
        uint32_t forged, kept;
        memcpy(&forged, p + size - 4, 4);
        assert_int_equal(ch_record_get(e, offset, (uint32_t)(size / CH_G)), alignment);
        p = multi_heap_realloc(heap, p, 3 * size);
        memcpy(&kept, p + size - 4, 4);
        assert_int_equal(kept, forged);
        for (size_t k = 0; k < size - 4; k++) assert_int_equal(p[k], 0x22);
        moved += p < wall ? 0 : 1;
    }
    assert_true(moved > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sequence_of_reallocs_keeps_the_alignment),
        cmocka_unit_test(contents_that_look_like_a_record_move_with_the_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
