/* SPDX-License-Identifier: MIT */
/* Task tracking: the walk over blocks with owners in damaged heaps, and what is asked of no block. */
#include "api_tasks.h"

#include <string.h>

#include "caps/owned.h"
#include "heap/owner.h"
#include "multi_heap.h"

enum { SPAN = 2048 };

static uint32_t span[SPAN / 4] __attribute__((aligned(16)));

/** Walks to the end, which comes; returns the number of blocks. */
static unsigned walk(multi_heap_handle_t heap) {
    ch_owned_t block;
    unsigned count = 0;
    for (uint32_t at = 0; ch_heap_next_owned(heap, &at, &block) && at; count++) assert_true(count < SPAN);
    return count;
}

static void a_walk_ends_in_a_damaged_heap(void **state) {
    (void)state;
    static const uint32_t damage[] = {0, 0xFFFFFFFF, 0x55555555, 0x12345678};
    multi_heap_handle_t heap = multi_heap_register(span, SPAN);
    assert_non_null(heap);
    void *p[8];
    for (unsigned i = 0; i < 8; i++) p[i] = multi_heap_malloc(heap, i == 3 ? 700 : 20 + 8 * i);
    multi_heap_free(heap, p[2]);
    unsigned sound = walk(heap);
    assert_true(sound >= 6);
    for (unsigned i = 0; i < SPAN / 4; i++) {
        uint32_t word = span[i];
        for (unsigned d = 0; d < sizeof damage / sizeof damage[0]; d++) {
            span[i] = damage[d];
            walk(heap);
        }
        span[i] = word;
    }
    assert_int_equal(walk(heap), sound);
}

static void what_is_no_block_has_no_bytes_and_is_not_given_back(void **state) {
    (void)state;
    size_t before = heap_caps_get_free_size(MALLOC_CAP_8BIT);
    ch_owned_return(span);
    assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_8BIT), before);
    multi_heap_handle_t heap = multi_heap_register(span, SPAN);
    assert_int_equal(ch_heap_bytes_at(heap, (char *)span + SPAN), 0);
    assert_int_equal(ch_heap_bytes_at(heap, &heap), 0);
}

int main(void) {
    const struct CMUnitTest all[] = {
        TASK_TEST(a_walk_ends_in_a_damaged_heap),
        TASK_TEST(what_is_no_block_has_no_bytes_and_is_not_given_back),
    };
    return cmocka_run_group_tests(all, api_tasks_boot, NULL);
}
