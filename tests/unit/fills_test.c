/* SPDX-License-Identifier: MIT */
/*
 * Free memory that somebody wrote to, met by malloc, from level `comprehensive` on: wherever it becomes a block's, in whichever
 * words of the heap's own, and where the bits in it are wrong. With NDEBUG that is printed, and the block is handed out sound.
 * Callers' view: tests/api/test_fill.c.
 */
#include <string.h>

#include "ch_test.h"
#include "heap/guard.h"
#include "unit/room.h"

#if defined __unix__
#include <pthread.h>
#endif

enum { SIZE = 4096, LONG = 400 };

static bool told(const char *words) { return strstr(ch_test_output(), words) != NULL; }

static void begin(void) {
    room_open_framed();
    memset(room, FILL, ROOM);
    span = room + ROOM / 2, span_size = SIZE;
    heap = multi_heap_register(span, SIZE);
    e = ch_heap_engine(heap);
    ch_test_output_clear();
}

/** A free block before a used one; its offset. */
static uint32_t make_hole(size_t size) {
    void *p = multi_heap_malloc(heap, size);
    assert_non_null(multi_heap_malloc(heap, 5));
    uint32_t offset = (uint32_t)ch_heap_offset(e, p) - CH_FRAME_HEAD;
    multi_heap_free(heap, p);
    return offset;
}

static uint32_t granules_at(uint32_t offset) { return ch_engine_seek(e, offset).n; }

static void expect_clean_room(void) {
    for (unsigned char *p = room; p < room + ROOM; p++) {
        if (p == span) p += SIZE;
        assert_int_equal(*p, FILL);
    }
}

/** Whether a statement came back. */
#define CAME_BACK(statement) (setjmp(*ch_test_fatal_arm()) == 0 ? ((void)(statement), ch_test_fatal_disarm(), true) : false)

static void a_word_is_found_by_whoever_gets_it(void **state) {
    (void)state;
    volatile unsigned found = 0;
    for (volatile uint32_t k = 8; k < LONG / 4 - 8; k++) {
        begin();
        uint32_t offset = make_hole(LONG);
        ch_at(e, offset)[k] ^= 0x00FF0000u;
        volatile bool stopped = false;
        for (volatile int i = 0; i < 20 && !stopped && !told("Invalid data"); i++) {
            volatile bool came = false;
            came = CAME_BACK(i % 2 ? multi_heap_malloc(heap, 30) : multi_heap_aligned_alloc(heap, 30, 64));
            stopped = !came;
        }
        found += told("CORRUPT HEAP: Invalid data at ");
        assert_int_equal(stopped, told("CORRUPT HEAP: Invalid data at ") && !CH_CFG_NDEBUG);
        if (told("Invalid") && !stopped) assert_true(multi_heap_check(heap, true)); /* the block has its guard nevertheless */
    }
    assert_true(found > LONG / 4 / 2); /* the others became words of the heap's own */
    expect_clean_room();
}

/** A stray bit in free memory makes a block shorter than what it was taken for. */
static void a_block_that_is_too_short_for_its_guard_is_not_written_to(void **state) {
    (void)state;
    begin();
    const size_t size = ch_heap_bytes(20) - CH_FRAME_HEAD - CH_FRAME_TAIL; /* so short that no size is in the bits */
    uint32_t offset = make_hole(size), n = granules_at(offset);
    void *volatile p = NULL;
    assert_int_equal(n, 20);
    ch_flip_one(e, (offset >> CH_G_SHIFT) + 9);
    assert_false(multi_heap_check(heap, false));
    bool came = CAME_BACK(p = multi_heap_malloc(heap, size));
    assert_true(told("(bad block size)"));
    assert_int_equal(came, CH_CFG_NDEBUG);
    expect_clean_room();
}

/** Those of the heap's words in a free block that lead nowhere. */
static void each_own_word_is_looked_at_before_it_is_given_up(void **state) {
    (void)state;
    for (uint32_t n = 2; n < 2 + CH_EXACT_BINS + 4; n++) {
        size_t size = ch_heap_bytes(n) - CH_FRAME_HEAD - CH_FRAME_TAIL;
        if (ch_heap_bytes(n) <= CH_FRAME_HEAD + CH_FRAME_TAIL) continue;
        for (uint32_t k = CH_BACK; k < n * CH_G / 4; k++) {
            begin();
            uint32_t offset = make_hole(size);
            void *volatile p = NULL;
            assert_int_equal(granules_at(offset), n);
            if (!ch_is_own_word(n, k)) continue;
            ch_at(e, offset)[k] ^= 1024;
            assert_false(multi_heap_check(heap, false));
            bool came = CAME_BACK(p = multi_heap_malloc(heap, size));
            assert_true(CH_CFG_NDEBUG || !came);
        }
    }
    expect_clean_room();
}

static void a_heap_without_a_lock_is_sealed_too(void **state) {
    (void)state;
    begin();
    void *volatile p = NULL;
    e->limit ^= 4;
    CH_EXPECT_FATAL(p = multi_heap_malloc(heap, 10)); /* with NDEBUG, too: nothing can be done with it */
    e->limit ^= 4;
    assert_null(p);
    assert_non_null(multi_heap_malloc(heap, 10));
}

#if defined __unix__
static ch_port_lock_t lock = CH_PORT_LOCK_INIT;
static void *volatile theirs; /* what somebody else frees before that many sections from now */
static volatile unsigned sections;

/* In place of the C library's: nothing here has a second thread. */
int pthread_mutex_lock(pthread_mutex_t *mutex) {
    void *p = theirs;
    if (mutex != &lock.mutex || !p || --sections > 0) return 0;
    theirs = NULL;
    multi_heap_free(heap, p);
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    (void)mutex;
    return 0;
}

/** Two tasks free the same block at once: the second one comes when the first has looked at the guard. */
static void of_two_who_free_a_block_at_once_one_is_told(void **state) {
    (void)state;
    begin();
    multi_heap_set_lock(heap, &lock);
    void *p = multi_heap_malloc(heap, 40);
    size_t free_bytes = multi_heap_free_size(heap);
    sections = 2;
    theirs = p;
    bool came = CAME_BACK(multi_heap_free(heap, p));
    assert_null(theirs);
    assert_int_equal(came, CH_CFG_NDEBUG);
    if (!came) assert_string_equal(ch_test_fatal_reason(), "block already marked as free");
    assert_true(multi_heap_free_size(heap) > free_bytes);
    ch_test_output_clear();
    assert_true(multi_heap_check(heap, true));
}
#endif

static void not_at_this_level(void **state) {
    (void)state;
    skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_is_found_by_whoever_gets_it),
        cmocka_unit_test(a_block_that_is_too_short_for_its_guard_is_not_written_to),
        cmocka_unit_test(each_own_word_is_looked_at_before_it_is_given_up),
        cmocka_unit_test(a_heap_without_a_lock_is_sealed_too),
#if defined __unix__
        cmocka_unit_test(of_two_who_free_a_block_at_once_one_is_told),
#endif
    };
    const struct CMUnitTest none[] = {cmocka_unit_test(not_at_this_level)};
    if (!CH_FILLED) return cmocka_run_group_tests(none, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
