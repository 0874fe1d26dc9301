/* SPDX-License-Identifier: MIT */
/*
 * The ring of freed blocks by itself (heap/quarantine.h): what fits in, in which order it comes out, that what is another heap's
 * by now is forgotten, and that a block is not believed when it comes out. What callers see of it: tests/api/test_quarantine.c.
 */
#include <string.h>

#include "capheap/origin.h"
#include "ch_test.h"
#include "heap/guard.h"
#include "heap/quarantine.h"
#include "heap/seal.h"

enum { SIZE = 8192, BLOCKS = CH_CFG_QUARANTINE_BLOCKS };

static uint32_t spans[2][SIZE / 4] __attribute__((aligned(16)));

/** What firmware with records of its own defines. */
bool ch_origin_of(const void *user, ch_origin_t *origin) {
    (void)user;
    *origin = (ch_origin_t){.freed = {.task = (void *)0x77}};
    return true;
}

/** A heap that holds blocks back, as those of the system do. */
static multi_heap_handle_t make(int k) {
    multi_heap_handle_t heap = multi_heap_register(spans[k], SIZE);
    assert_non_null(heap);
    ch_heap_engine(heap)->above[3] = 1;
    ch_seal_all(ch_heap_engine(heap));
    return heap;
}

static uint32_t offset_of(multi_heap_handle_t heap, const void *p) {
    return (uint32_t)ch_heap_offset(ch_heap_engine(heap), p) - CH_FRAME_HEAD;
}

static uint32_t granules_at(multi_heap_handle_t heap, uint32_t offset) { return ch_engine_size(ch_heap_engine(heap), offset); }

/** Makes a block what one that is freed has become when it is held back. */
static uint32_t bare(multi_heap_handle_t heap, void *p) {
    ch_engine_t *e = ch_heap_engine(heap);
    uint32_t offset = offset_of(heap, p), n = granules_at(heap, offset), size = ch_guard_size(ch_guard_user(e, offset));
    ch_guard_erase(e, offset);
    ch_guard_undress(e, offset, n, size);
    return n;
}

static size_t used_in(multi_heap_handle_t heap) {
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    return info.allocated_blocks;
}

static void drain(void) {
    while (ch_heap_let_out(true)) continue;
}

static void what_does_not_fit_is_not_taken(void **state) {
    (void)state;
    multi_heap_handle_t heap = make(0), other = make(1);
    uint32_t offsets[BLOCKS + 2], n = 0;
    for (int i = 0; i < BLOCKS + 2; i++) {
        void *p = multi_heap_malloc(heap, 40);
        offsets[i] = offset_of(heap, p);
        n = bare(heap, p);
        /* One more than the option says, as it is for who puts it in to let the oldest out. */
        assert_int_equal(ch_quarantine_put(ch_heap_engine(heap), offsets[i], n), i <= BLOCKS);
    }
    for (int i = 0; i < BLOCKS + 2; i++) {
        assert_int_equal(ch_quarantine_has(ch_heap_engine(heap), offsets[i]), i <= BLOCKS ? n : 0);
        assert_int_equal(ch_quarantine_has(ch_heap_engine(other), offsets[i]), 0);
    }
    assert_true(ch_heap_let_out(false));
    assert_false(ch_heap_let_out(false)); /* as many as may be */
    assert_int_equal(ch_quarantine_has(ch_heap_engine(heap), offsets[0]), 0);
    assert_int_equal(ch_quarantine_has(ch_heap_engine(heap), offsets[1]), n);
    drain();
    assert_int_equal(used_in(heap), 1);
    assert_true(ch_engine_free(ch_heap_engine(heap), offsets[BLOCKS + 1]));
    ch_seal_all(ch_heap_engine(heap));
    assert_true(multi_heap_check(heap, true));
}

static void what_is_held_back_is_no_longer_than_the_option_says(void **state) {
    (void)state;
    multi_heap_handle_t heap = make(0);
    enum { LONG = CH_CFG_QUARANTINE_BYTES / 3 + 1 };
    void *p[3];
    for (int i = 0; i < 3; i++) p[i] = multi_heap_malloc(heap, LONG);
    for (int i = 0; i < 3; i++) multi_heap_free(heap, p[i]);
    assert_int_equal(used_in(heap), 2);
    assert_int_equal(ch_quarantine_has(ch_heap_engine(heap), offset_of(heap, p[0])), 0);
    assert_true(multi_heap_check(heap, true));
    drain();
    assert_int_equal(used_in(heap), 0);
}

static void who_needs_the_memory_gets_it(void **state) {
    (void)state;
    multi_heap_handle_t heap = make(0);
    size_t all = ch_heap_largest(heap, 0);
    for (int i = 0; i < 10; i++) multi_heap_free(heap, multi_heap_malloc(heap, 100));
    assert_true(used_in(heap) > 0);
    void *p = multi_heap_malloc(heap, all);
    assert_non_null(p);
    assert_null(multi_heap_malloc(heap, 1)); /* nothing is left to let out */
    assert_null(multi_heap_malloc(NULL, 1));
    multi_heap_free(heap, p);
    assert_int_equal(used_in(heap), 0);
    assert_true(multi_heap_check(heap, true));
}

static void memory_that_becomes_a_heap_anew_is_forgotten(void **state) {
    (void)state;
    multi_heap_handle_t heap = make(0), other = make(1);
    void *p = multi_heap_malloc(heap, 40), *q = multi_heap_malloc(other, 40);
    multi_heap_free(heap, p);
    multi_heap_free(other, q);
    assert_int_equal(used_in(heap), 1);
    heap = make(0);
    assert_ptr_equal(multi_heap_malloc(heap, 40), p);
    assert_int_equal(ch_quarantine_has(ch_heap_engine(heap), offset_of(heap, p)), 0);
    assert_true(ch_quarantine_has(ch_heap_engine(other), offset_of(other, q)) > 0);
    drain();
    assert_int_equal(used_in(heap), 1); /* that one is the new heap's */
    assert_int_equal(used_in(other), 0);
    assert_true(multi_heap_check(heap, true) && multi_heap_check(other, true));
}

/** The bits say that a block goes on in the one behind it. */
static void a_block_of_another_length_stays_where_it_is(void **state) {
    (void)state;
    multi_heap_handle_t heap = make(0);
    ch_engine_t *e = ch_heap_engine(heap);
    void *p = multi_heap_malloc(heap, 40), *behind = multi_heap_malloc(heap, 40);
    uint32_t i = offset_of(heap, behind) >> CH_G_SHIFT;
    assert_non_null(multi_heap_malloc(heap, 40));
    multi_heap_free(heap, p);
    multi_heap_free(heap, behind);
    assert_true(multi_heap_check(heap, true));
    ch_flip_one(e, i);
    ch_test_output_clear();
    assert_false(multi_heap_check(heap, true));
    assert_non_null(strstr(ch_test_output(), "(bad block size)"));
    ch_test_output_clear();
    if (CH_CFG_NDEBUG)
        assert_true(ch_heap_let_out(true));
    else
        CH_EXPECT_FATAL(ch_heap_let_out(true));
    assert_non_null(strstr(ch_test_output(), "(bad block size)"));
    ch_flip_one(e, i);
    drain();
    assert_int_equal(used_in(heap), 2);          /* it is lost */
    assert_false(multi_heap_check(heap, false)); /* and bare, but in nobody's books */
}

/** By any address in it. */
static void a_pointer_into_a_block_held_back_is_one_freed_twice(void **state) {
    (void)state;
    if (CH_CFG_NDEBUG) skip();
    multi_heap_handle_t heap = make(0);
    char *p = multi_heap_malloc(heap, 100);
    multi_heap_free(heap, p);
    for (size_t at = CH_G; at < 100; at += CH_G) {
        ch_test_output_clear();
        CH_EXPECT_FATAL(multi_heap_free(heap, p + at));
        assert_string_equal(ch_test_fatal_reason(), "block already marked as free");
        assert_non_null(strstr(ch_test_output(), "block already marked as free, it is held back:"));
        assert_non_null(strstr(ch_test_output(), "\n  freed: task 0x77\n")); /* ch_origin_of() below says so */
    }
    drain();
}

/** Behind a block that is held back: nobody can have written beyond its end who has it. */
static void a_block_held_back_did_not_overflow(void **state) {
    (void)state;
    multi_heap_handle_t heap = make(0);
    void *p = multi_heap_malloc(heap, 40);
    uint32_t *behind = multi_heap_malloc(heap, 40), was = behind[-2];
    multi_heap_free(heap, p);
    ch_test_output_clear();
    behind[-2] = ~was;
    assert_false(multi_heap_check(heap, true));
    assert_non_null(strstr(ch_test_output(), "CORRUPT HEAP: Bad head at "));
    if (CH_CFG_REPORT) assert_non_null(strstr(ch_test_output(), "\n  cause: a write through a stray pointer\n"));
    behind[-2] = was;
    drain();
    assert_true(multi_heap_check(heap, true));
}

/** One core lets a block out and gets no further: its heap is damaged. The others go on, with a place less each time. */
static void who_gets_stuck_keeps_nobody_from_going_on(void **state) {
    (void)state;
    if (CH_CFG_NDEBUG) skip();
    multi_heap_handle_t heap = make(0), other = make(1);
    for (int i = 0; i < BLOCKS + 3; i++) {
        heap = make(0);
        void *hole = multi_heap_malloc(heap, 200), *p = multi_heap_malloc(heap, 40), *q = multi_heap_malloc(other, 40);
        uint32_t *block = ch_at(ch_heap_engine(heap), offset_of(heap, hole));
        multi_heap_free(heap, hole);
        drain();
        block[CH_SIZE] ^= 64;
        /* It merges with the hole when it comes out, or at once where no place is left. */
        CH_EXPECT_FATAL((multi_heap_free(heap, p), drain()));
        multi_heap_free(other, q);
        drain();
        assert_int_equal(used_in(other), 0);
        assert_true(multi_heap_check(other, true));
    }
}

static void not_at_this_level(void **state) {
    (void)state;
    skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_is_not_taken),
        cmocka_unit_test(what_is_held_back_is_no_longer_than_the_option_says),
        cmocka_unit_test(who_needs_the_memory_gets_it),
        cmocka_unit_test(memory_that_becomes_a_heap_anew_is_forgotten),
        cmocka_unit_test(a_block_of_another_length_stays_where_it_is),
        cmocka_unit_test(a_pointer_into_a_block_held_back_is_one_freed_twice),
        cmocka_unit_test(a_block_held_back_did_not_overflow),
        cmocka_unit_test(who_gets_stuck_keeps_nobody_from_going_on),
    };
    const struct CMUnitTest none[] = {cmocka_unit_test(not_at_this_level)};
    if (!(CH_KEYED && CH_CFG_QUARANTINE_BLOCKS)) return cmocka_run_group_tests(none, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
