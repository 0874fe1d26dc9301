/* SPDX-License-Identifier: MIT */
/*
 * Where the heap meets the address sanitizer's runtime, way by way: each entry that takes a pointer refuses a wrong one, in
 * memory with and without shadow memory; a request that fails has let out of quarantine what it could; what is held back is not
 * believed when it comes out. Reports do not end the program here (CONFIG_KASAN_NO_HALT).
 */
#include <string.h>

#include "boot.h"
#include "capheap/config.h"
#include "caps/caps_base.h"
#include "ch_test.h"
#include "esp_heap_caps.h"
#include "esp_kasan.h"
#include "heap/culprit.h"
#include "heap/heap.h"

/** Whether a call reports a wrong access or free. */
#define REPORTS(call) ((bool)(kasan_reset_error_count(), (void)(call), kasan_get_error_count() != 0))

enum { ROOM = 8192, HELD = CH_CFG_KASAN_QUARANTINE };

/** A heap in covered memory: what was held back there is forgotten. */
static multi_heap_handle_t covered(size_t size) {
    static char *room;
    if (!room) room = heap_caps_malloc(ROOM, MALLOC_CAP_DEFAULT);
    multi_heap_handle_t heap = multi_heap_register(room, size);
    assert_non_null(heap);
    return heap;
}

/** One that no shadow memory tells of. */
static multi_heap_handle_t uncovered(size_t size) {
    multi_heap_handle_t heap = multi_heap_register(ch_test_span(size), size);
    assert_non_null(heap);
    return heap;
}

static size_t blocks_of(multi_heap_handle_t heap) {
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    return info.allocated_blocks;
}

static void every_entry_refuses_a_wrong_pointer(void **state) {
    (void)state;
    multi_heap_handle_t heap = covered(ROOM);
    char *p = heap_caps_malloc(60, MALLOC_CAP_DEFAULT), *q = multi_heap_malloc(heap, 60);
    ch_test_output_drop(true);
    assert_true(REPORTS(heap_caps_free(p + 8)));
    assert_true(REPORTS(heap_caps_realloc(p + 8, 20, MALLOC_CAP_DEFAULT)));
    assert_true(REPORTS(heap_caps_realloc(p + 8, 0, MALLOC_CAP_DEFAULT)));
    assert_true(REPORTS(heap_caps_realloc_base(p + 8, 20, MALLOC_CAP_DEFAULT)));
    assert_true(REPORTS(heap_caps_realloc_default(p + 8, 20)));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    assert_true(REPORTS(heap_caps_aligned_free(p + 8)));
#pragma GCC diagnostic pop
    assert_true(REPORTS(multi_heap_free(heap, q + 8)));
    assert_true(REPORTS(multi_heap_realloc(heap, q + 8, 20)));
    ch_test_output_drop(false);
    assert_null(heap_caps_realloc_base(p, 20, MALLOC_CAP_INVALID));
    assert_int_equal(multi_heap_get_allocated_size(heap, q), 60);
    multi_heap_free(heap, q);
    assert_null(heap_caps_realloc(p, 0, MALLOC_CAP_DEFAULT));
    ch_test_output_drop(true);
    assert_true(REPORTS(heap_caps_free(p)));
    ch_test_output_drop(false);
}

static void without_shadow_memory_the_bits_tell(void **state) {
    (void)state;
    multi_heap_handle_t heap = uncovered(ROOM);
    char *p = multi_heap_malloc(heap, 100);
    CH_EXPECT_FATAL(multi_heap_free(heap, p + 8));
    CH_EXPECT_FATAL(multi_heap_free(heap, p + 2));
    CH_EXPECT_FATAL(multi_heap_realloc(heap, p + 8, 10));
    CH_EXPECT_FATAL(multi_heap_free(heap, (char *)heap + ROOM));
    p = multi_heap_realloc(heap, p, 200);
    assert_non_null(p);
    assert_int_equal(blocks_of(heap), 1); /* nothing is held back */
    multi_heap_free(heap, p);
    CH_EXPECT_FATAL(multi_heap_free(heap, p));
    assert_int_equal(blocks_of(heap), 0);
}

static void a_block_behind_redzones_keeps_its_alignment(void **state) {
    (void)state;
    multi_heap_handle_t heap = covered(ROOM);
    unsigned char *p = multi_heap_aligned_alloc(heap, 40, 64);
    memset(p, 0x77, 40);
    ch_held_t was;
    p = ch_heap_resize(heap, p, 80, 16, &was);
    assert_int_equal(was.alignment, 64);
    assert_int_equal((uintptr_t)p % 64, 0);
    p = ch_heap_resize(heap, p, 30, 128, &was);
    assert_int_equal((uintptr_t)p % 128, 0);
    for (size_t i = 0; i < 30; i++) assert_int_equal(p[i], 0x77);
    assert_null(multi_heap_realloc(heap, p, 2 * ROOM));
    multi_heap_free(heap, p);
    p = heap_caps_aligned_alloc(64, 40, MALLOC_CAP_DEFAULT);
    assert_true(strstr(ch_test_output(), "KASAN") == NULL && (uintptr_t)p % 64 == 0);
    heap_caps_free(p);
    assert_null(heap_caps_aligned_alloc(64, 1u << 30, MALLOC_CAP_DEFAULT));
}

static void what_is_held_back_serves_a_block_that_grows(void **state) {
    (void)state;
    multi_heap_handle_t heap = covered(2048);
    char *keep = multi_heap_malloc(heap, 100), *gone[3];
    for (int i = 0; i < 3; i++) gone[i] = multi_heap_malloc(heap, 400);
    for (int i = 0; i < 3; i++) multi_heap_free(heap, gone[i]);
    assert_int_equal(blocks_of(heap), 4);
    keep = multi_heap_realloc(heap, keep, 1000);
    assert_non_null(keep);
    assert_null(multi_heap_realloc(heap, keep, 4000));
    assert_int_equal(multi_heap_get_allocated_size(heap, keep), 1000);
    multi_heap_free(heap, keep);
    assert_true(multi_heap_check(heap, true));
}

/* All heaps are full but for what is held back. */
static void what_is_held_back_serves_any_request(void **state) {
    (void)state;
    static void *all[4000];
    size_t n = 0, size = HELD / 4;
    while (n < 4000 && (all[n] = heap_caps_malloc(size, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT))) n++;
    assert_true(n > 10);
    assert_null(heap_caps_malloc_base(size, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT));
    heap_caps_free(all[--n]);
    void *again = heap_caps_malloc_base(size, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    assert_ptr_equal(again, all[n]);
    heap_caps_free(again);
    while (n) heap_caps_free(all[--n]);
    assert_true(heap_caps_check_integrity_all(true));
}

/* Whoever held it back is not to blame: its bits were overwritten meanwhile. */
static void a_block_that_is_none_any_more_is_reported_when_it_comes_out(void **state) {
    (void)state;
    multi_heap_handle_t heap = covered(2048);
    ch_engine_t *e = ch_heap_engine(heap);
    char *p = multi_heap_malloc(heap, 100);
    uint32_t i = (uint32_t)(ch_heap_offset(e, p) - CH_FRAME_HEAD) >> CH_G_SHIFT;
    multi_heap_free(heap, p);
    ch_flip_one(e, i);
    CH_EXPECT_FATAL(multi_heap_malloc(heap, 4000));
    assert_non_null(strstr(ch_test_output(), "quarantine"));
    covered(2048);
}

static bool see(void *block, size_t size, int used, void *seen) {
    void **expected = seen; /* the used block, its size; where the free one begins, its size */
    if (used) {
        assert_ptr_equal(block, expected[0]);
        assert_true(size >= (size_t)expected[1] && size < (size_t)expected[1] + 2 * CH_G);
    } else {
        assert_int_equal(size, (size_t)expected[3]);
    }
    expected[2] = (void *)((uintptr_t)expected[2] + 1);
    return true;
}

static void a_walk_shows_users_bytes_and_whole_holes(void **state) {
    (void)state;
    multi_heap_handle_t heap = uncovered(ROOM);
    char *p = multi_heap_malloc(heap, 100);
    void *seen[] = {p, (void *)100, NULL, (void *)(size_t)(ch_heap_engine(heap)->free * CH_G)};
    multi_heap_walk(heap, see, seen);
    assert_int_equal((uintptr_t)seen[2], 2);
    multi_heap_free(heap, p);
}

/** Stray bits make a block of it that has no room for its redzones. */
static void a_report_of_a_block_shorter_than_its_redzones_gives_it_no_bytes(void **state) {
    (void)state;
    multi_heap_handle_t heap = uncovered(ROOM);
    ch_engine_t *e = ch_heap_engine(heap);
    char *p = multi_heap_malloc(heap, 100);
    uint32_t offset = (uint32_t)(ch_heap_offset(e, p) - CH_FRAME_HEAD);
    ch_flip_one(e, (offset >> CH_G_SHIFT) + 2);
    const ch_culprit_t c = {.reason = CH_REASON_FAULT, .fault = CH_BAD_BITS, .heap = heap, .where = ch_at(e, offset)};
    ch_test_output_clear();
    ch_culprit_report(&c);
    assert_non_null(strstr(ch_test_output(), " of 0 bytes, in use"));
    ch_flip_one(e, (offset >> CH_G_SHIFT) + 2);
    multi_heap_free(heap, p);
    assert_true(multi_heap_check(heap, true));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_refuses_a_wrong_pointer),
        cmocka_unit_test(without_shadow_memory_the_bits_tell),
        cmocka_unit_test(a_block_behind_redzones_keeps_its_alignment),
        cmocka_unit_test(what_is_held_back_serves_a_block_that_grows),
        cmocka_unit_test(what_is_held_back_serves_any_request),
        cmocka_unit_test(a_block_that_is_none_any_more_is_reported_when_it_comes_out),
        cmocka_unit_test(a_walk_shows_users_bytes_and_whole_holes),
        cmocka_unit_test(a_report_of_a_block_shorter_than_its_redzones_gives_it_no_bytes),
    };
    boot();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
