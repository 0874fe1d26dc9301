/* SPDX-License-Identifier: MIT */
/* A block that slides down over the hole before it, with a free block behind it too: what is too much joins that one. */
#include "ch_test.h"
#include "frame_bytes.h"

#include "multi_heap.h"

static void what_a_slide_gives_back_joins_the_free_block_behind(void **state) {
    (void)state;
    if (FRAME_FILLS) skip(); /* realloc always moves */
    multi_heap_info_t info;
    multi_heap_handle_t heap = multi_heap_register(ch_test_span(2048), 2048);
    void *before = multi_heap_malloc(heap, 400), *block = multi_heap_malloc(heap, 112), *behind = multi_heap_malloc(heap, 64);
    multi_heap_malloc(heap, 16);
    multi_heap_get_info(heap, &info);
    assert_non_null(multi_heap_malloc(heap, info.largest_free_block));
    multi_heap_free(heap, before);
    multi_heap_free(heap, behind);
    assert_ptr_equal(multi_heap_realloc(heap, block, 432), before);
    assert_true(multi_heap_check(heap, true));
    multi_heap_get_info(heap, &info);
    assert_int_equal(info.free_blocks, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_slide_gives_back_joins_the_free_block_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
