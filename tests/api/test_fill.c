/* SPDX-License-Identifier: MIT */
/*
 * Fills at level `comprehensive` and above (API.md 7.1 to 7.5), by multi_heap: fresh memory is 0xCE, free memory 0xFE, and
 * whoever writes to a free block is found by a check and when the block is handed out; whoever writes to the control block by the
 * next call. Skipped at the levels below.
 */
#include "capheap/port.h"
#include "multi_heap_setup.h"

#define HEAP 4096u

static unsigned char *end_of_walk;
static size_t words_of_ours; /* free words that are not 0xFE: the heap's own */
static size_t free_seen;

static bool count_own(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    (void)user_data;
    end_of_walk = (unsigned char *)block_ptr + block_size;
    if (block_used) return true;
    const unsigned char *p = block_ptr;
    free_seen++;
    for (size_t i = 0; i < block_size; i += 4) words_of_ours += memcmp(p + i, "\xFE\xFE\xFE\xFE", 4) != 0;
    return true;
}

/* Free memory is filled but for a few words a block. */
static void expect_filled(multi_heap_handle_t heap) {
    words_of_ours = free_seen = 0;
    multi_heap_walk(heap, count_own, NULL);
    assert_true(words_of_ours <= 5 * free_seen);
    mh_expect_consistent(heap);
}

static bool is_all(const unsigned char *p, size_t size, int byte) {
    for (size_t i = 0; i < size; i++) {
        if (p[i] != byte) return false;
    }
    return true;
}

static void fresh_memory_is_0xce(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    for (size_t size = 1; size < 400; size += size < 70 ? 1 : 33) {
        unsigned char *p = multi_heap_malloc(heap, size), *q = multi_heap_aligned_alloc(heap, size, 64);
        assert_true(is_all(p, size, 0xCE));
        assert_true(is_all(q, size, 0xCE));
        memset(p, 0, size), memset(q, 1, size);
        multi_heap_free(heap, p);
        multi_heap_free(heap, q);
        p = multi_heap_malloc(heap, size); /* the same place */
        assert_true(is_all(p, size, 0xCE));
        multi_heap_free(heap, p);
        expect_filled(heap);
    }
}

static void a_fresh_heap_is_filled_to_its_end(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    expect_filled(heap);
    assert_int_equal(words_of_ours <= 5, 1);
    assert_true(is_all(end_of_walk, (size_t)(mh_span() + HEAP - end_of_walk), 0xFE));
}

/* Whatever becomes of blocks, no word of the heap's is left in free or fresh memory. */
static void free_memory_is_0xfe_whatever_was_there(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    static unsigned char *held[24];
    static size_t sizes[24];
    uint32_t draw = ch_test_seed() | 1;
    memset(held, 0, sizeof held);
    for (int i = 0; i < (ch_test_on_host() ? 20000 : 1500); i++) {
        draw = draw * 1664525u + 1013904223u;
        size_t k = draw >> 8 & 15, size = 1 + (draw >> 16) % 300;
        if (held[k] && draw & 32) {
            unsigned char *p = multi_heap_realloc(heap, held[k], size);
            if (!p) continue;
            held[k] = p;
            if (size > sizes[k]) assert_true(is_all(p + sizes[k], size - sizes[k], 0xCE));
        } else if (held[k]) {
            multi_heap_free(heap, held[k]);
            held[k] = NULL;
        } else {
            held[k] = draw & 64 ? multi_heap_malloc(heap, size) : multi_heap_aligned_alloc(heap, size, 32);
            if (held[k]) assert_true(is_all(held[k], size, 0xCE));
        }
        if (held[k]) memset(held[k], (int)(draw >> 24), size);
        sizes[k] = size;
        if (i % 64 == 0) expect_filled(heap);
    }
    for (size_t k = 0; k < 24; k++) multi_heap_free(heap, held[k]);
    expect_filled(heap);
    assert_int_equal(free_seen, 1);
}

static void expect_byte_line(const unsigned char *at, unsigned got) {
    char wanted[120];
    snprintf(wanted, sizeof wanted, "CORRUPT HEAP: Invalid data at %p. Expected 0xfe got 0x%02x\n", (const void *)at, got);
    if (mh_count_lines("CORRUPT HEAP: ") != 1 || !strstr(ch_test_output(), wanted))
        fail_msg("expected '%s', got: %s", wanted, ch_test_output());
    ch_test_output_clear();
}

/* A hole of some length before a wall; the bytes from `first` to `last` of it belong to the fill. */
static unsigned char *make_hole(multi_heap_handle_t heap, size_t size, size_t *first, size_t *last) {
    unsigned char *p = multi_heap_malloc(heap, size);
    assert_non_null(multi_heap_malloc(heap, 10));
    size_t bytes = multi_heap_get_full_block_size(heap, p);
    multi_heap_free(heap, p);
    p -= FRAME_HEAD;
    *first = 8, *last = bytes; /* behind the links */
    while (*first < 16 && memcmp(p + *first, "\xFE\xFE\xFE\xFE", 4) != 0) *first += 4;
    while (memcmp(p + *last - 4, "\xFE\xFE\xFE\xFE", 4) != 0) *last -= 4;
    return p;
}

static void each_byte_written_to_a_free_block_is_found_by_a_check(void **state) {
    (void)state;
    static const size_t sizes[] = {20, 21, 60, 200, 333};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        multi_heap_handle_t heap = mh_make(HEAP);
        size_t first, last;
        unsigned char *p = make_hole(heap, sizes[i], &first, &last);
        assert_true(first <= 16 && last > first);
        ch_test_output_clear();
        for (size_t at = first; at < last; at++) {
            p[at] ^= 0x10;
            assert_false(multi_heap_check(heap, false));
            assert_string_equal(ch_test_output(), "");
            assert_false(multi_heap_check(heap, true));
            expect_byte_line(p + at, 0xFE ^ 0x10);
            p[at] ^= 0x10;
        }
        memset(p + first, 0x21, 4);
        assert_false(multi_heap_check(heap, true));
        assert_int_equal(mh_count_lines("CORRUPT HEAP: Invalid data at "), 1);
        assert_non_null(strstr(ch_test_output(), "Expected 0xfefefefe got 0x21212121"));
        memset(p + first, 0xFE, 4);
        ch_test_output_clear();
        mh_expect_consistent(heap);
    }
}

static void each_byte_written_to_a_free_block_is_found_when_it_is_handed_out(void **state) {
    (void)state;
    for (size_t at = 0;; at++) {
        multi_heap_handle_t heap = mh_make(HEAP);
        size_t first, last;
        void *other = multi_heap_malloc(heap, 5);
        unsigned char *p = make_hole(heap, 61, &first, &last);
        if (first + at >= last) break;
        p[first + at] ^= 0x01;
        ch_test_output_clear();
        if (at % 3 == 2)
            CH_EXPECT_FATAL(multi_heap_realloc(heap, other, 61));
        else
            CH_EXPECT_FATAL(multi_heap_malloc(heap, 61 - at % 3));
        expect_byte_line(p + first + at, 0xFF);
    }
}

static void realloc_always_moves(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    unsigned char *p = multi_heap_malloc(heap, 100), *q;
    mh_fill(p, 100, 3);
    static const size_t sizes[] = {200, 100, 100, 37, 1, 500};
    size_t had = 100;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++, p = q) {
        q = multi_heap_realloc(heap, p, sizes[i]);
        assert_ptr_not_equal(q, p);
        assert_true(mh_holds(q, had < sizes[i] ? had : sizes[i], 3));
        if (had < sizes[i]) assert_true(is_all(q + had, sizes[i] - had, 0xCE));
        had = sizes[i];
        mh_fill(q, had, 3);
        CH_EXPECT_FATAL(multi_heap_free(heap, p)); /* the old one is gone */
        ch_test_output_clear();
        expect_filled(heap);
    }
}

/* ---- the control block ---- */

static void each_word_of_the_control_block_is_sealed(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(4096);
    void *p = multi_heap_malloc(heap, 100);
    uint32_t *words = (uint32_t *)(void *)heap;
    static ch_port_lock_t lock = CH_PORT_LOCK_INIT;
    multi_heap_set_lock(heap, &lock);
    for (unsigned word = 0; word < 17; word++) { /* up to the bins */
        for (unsigned bit = 0; bit < 32; bit += 5) {
            words[word] ^= 1u << bit;
            CH_EXPECT_FATAL(multi_heap_malloc(heap, 20));
            CH_EXPECT_FATAL(multi_heap_free(heap, p));
            CH_EXPECT_FATAL(multi_heap_realloc(heap, p, 200));
            assert_false(multi_heap_check(heap, true));
            words[word] ^= 1u << bit;
            ch_test_output_clear();
        }
    }
    multi_heap_free(heap, p);
    mh_expect_consistent(heap);
}

static void an_older_control_block_is_none(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(4096), other = mh_make_at(8192, 4096);
    uint32_t kept[17];
    memcpy(kept, heap, sizeof kept);
    memcpy(heap, other, sizeof kept); /* another's of the same shape */
    CH_EXPECT_FATAL(multi_heap_malloc(heap, 20));
    memcpy(heap, kept, sizeof kept);
    ch_test_output_clear();
    mh_expect_consistent(heap);
}

static void not_at_this_level(void **state) {
    (void)state;
    skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_memory_is_0xce),
        cmocka_unit_test(a_fresh_heap_is_filled_to_its_end),
        cmocka_unit_test(free_memory_is_0xfe_whatever_was_there),
        cmocka_unit_test(each_byte_written_to_a_free_block_is_found_by_a_check),
        cmocka_unit_test(each_byte_written_to_a_free_block_is_found_when_it_is_handed_out),
        cmocka_unit_test(realloc_always_moves),
        cmocka_unit_test(each_word_of_the_control_block_is_sealed),
        cmocka_unit_test(an_older_control_block_is_none),
    };
    const struct CMUnitTest none[] = {cmocka_unit_test(not_at_this_level)};
    if (!(FRAME_FILLS)) return cmocka_run_group_tests(none, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
