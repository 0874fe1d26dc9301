/* SPDX-License-Identifier: MIT */
/*
 * The guard around blocks at level `light` and above (API.md 7.1 to 7.5), by multi_heap: canaries and sizes, what finds that they
 * were written to, and what is said then. Skipped at level none. Fills: test_fill.c.
 */
#include "multi_heap_internal.h"
#include "multi_heap_setup.h"

#define HEAP 8192u

/* Where the guard's words lie before the user's bytes: owner words are between, and counted in the size. */
enum { OWNER = FRAME_IS_THERE ? 4 * FRAME_WORDS - 8 : 0, LENGTH = OWNER + 4, CANARY = OWNER + 8 };

static bool is_keyed(void) { return CH_CFG_DETECTION >= CH_DETECT_HARDENED; }

static uint32_t word_at(const void *at) {
    uint32_t word;
    memcpy(&word, at, 4);
    return word;
}

/* The last line that was printed and begins so, without its newline; the test fails if there is not exactly one. */
static const char *only_line(const char *prefix) {
    static char line[200];
    const char *at = strstr(ch_test_output(), prefix);
    if (mh_count_lines(prefix) != 1) fail_msg("expected one line '%s', got: %s", prefix, ch_test_output());
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

static void expect_line(const char *what, const void *at, uint32_t expected, uint32_t got) {
    char wanted[200];
    snprintf(wanted, sizeof wanted, "CORRUPT HEAP: %s at %p. Expected 0x%08x got 0x%08x", what, at, (unsigned)expected,
             (unsigned)got);
    assert_string_equal(only_line("CORRUPT HEAP: "), wanted);
    ch_test_output_clear();
}

/* Every call that must notice does, says one line, and changes nothing. */
static void expect_noticed(multi_heap_handle_t heap, void *p, const char *line) {
    size_t free_before = multi_heap_free_size(heap);
    ch_test_output_clear();
    assert_false(multi_heap_check(heap, false));
    assert_string_equal(ch_test_output(), "");
    assert_false(multi_heap_check(heap, true));
    only_line(line);
    for (int call = 0; call < 4; call++) {
        ch_test_output_clear();
        switch (call) {
        case 0: CH_EXPECT_FATAL(multi_heap_free(heap, p)); break;
        case 1: CH_EXPECT_FATAL(multi_heap_realloc(heap, p, 300)); break;
        case 2: CH_EXPECT_FATAL(multi_heap_get_allocated_size(heap, p)); break;
        default: CH_EXPECT_FATAL(multi_heap_get_full_block_size(heap, p)); break;
        }
        only_line(line);
    }
    ch_test_output_clear();
    assert_int_equal(multi_heap_free_size(heap), free_before);
}

static void the_frame_lies_where_the_contract_has_it(void **state) {
    (void)state;
    static const unsigned char head[] = {0x34, 0x12, 0xBA, 0xAB}, tail[] = {0x78, 0x56, 0xAD, 0xBA};
    multi_heap_handle_t heap = mh_make(HEAP);
    for (size_t size = 1; size < 70; size++) {
        unsigned char *p = multi_heap_malloc(heap, size);
        memset(p, 0x11, size);
        if (is_keyed()) {
            assert_memory_not_equal(p - CANARY, head, 4);
            assert_memory_not_equal(p + size, tail, 4);
            assert_int_not_equal(word_at(p - LENGTH), size + OWNER);
        } else {
            assert_memory_equal(p - CANARY, head, 4);
            assert_memory_equal(p + size, tail, 4);
            assert_int_equal(word_at(p - LENGTH), size + OWNER);
        }
        mh_expect_consistent(heap);
        multi_heap_free(heap, p);
    }
}

static void the_user_s_bytes_are_what_was_asked(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    for (size_t size = 1; size < 600; size += size < 70 ? 1 : 31) {
        unsigned char *p = size & 1 ? multi_heap_malloc(heap, size) : multi_heap_aligned_alloc(heap, size, 64);
        assert_int_equal(multi_heap_get_allocated_size(heap, p), size);
        assert_true(multi_heap_get_full_block_size(heap, p) >= size + FRAME_BYTES);
        memset(p, 0xFF, size);
        assert_ptr_equal(multi_heap_find_containing_block(heap, p + size - 1), p);
        multi_heap_free(heap, p);
    }
    mh_expect_consistent(heap);
}

static bool show_first(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    if (block_used) *(uint32_t *)user_data = word_at(block_ptr);
    return block_size == 0;
}

static void a_walk_shows_the_block_with_its_head(void **state) {
    (void)state;
    if (is_keyed() || FRAME_HEAD > 4 * FRAME_WORDS) skip(); /* it begins with what rounds it up */
    multi_heap_handle_t heap = mh_make(HEAP);
    uint32_t first = 0;
    assert_non_null(multi_heap_malloc(heap, 100));
    multi_heap_walk(heap, show_first, &first);
    assert_int_equal(first, 0xABBA1234);
}

/* Each bit of head, size and tail, at sizes with every alignment of the tail. */
static void each_flipped_bit_of_the_frame_is_noticed(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    for (size_t size = 13; size <= 40; size += 9) {
        unsigned char *p = multi_heap_malloc(heap, size), *wall = multi_heap_malloc(heap, 5);
        for (unsigned bit = 0; bit < 8 * 12; bit++) {
            unsigned char *at = bit < 64 ? p - CANARY + bit / 8 : p + size + (bit - 64) / 8;
            *at ^= (unsigned char)(1u << bit % 8);
            expect_noticed(heap, p, "CORRUPT HEAP: ");
            *at ^= (unsigned char)(1u << bit % 8);
        }
        mh_expect_consistent(heap);
        multi_heap_free(heap, p);
        multi_heap_free(heap, wall);
    }
}

/* Writing on in either direction, by any number of bytes that are not what was there. */
static void over_and_underflows_are_noticed_from_one_byte_on(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    unsigned char saved[32];
    for (size_t size = 1; size <= 64; size++) {
        unsigned char *front = multi_heap_malloc(heap, 64), *p = multi_heap_malloc(heap, size),
                      *wall = multi_heap_malloc(heap, 64);
        for (size_t n = 1; n <= 16; n = n < 4 ? n + 1 : n * 2) {
            memcpy(saved, p + size, n);
            for (size_t i = 0; i < n; i++) p[size + i] ^= 0x41;
            CH_EXPECT_FATAL(multi_heap_free(heap, p));
            assert_false(multi_heap_check(heap, false));
            memcpy(p + size, saved, n);
            unsigned char *before = p - OWNER - n; /* owner words tell nothing by themselves */
            memcpy(saved, before, n);
            for (size_t i = 0; i < n; i++) before[i] ^= 0x41;
            CH_EXPECT_FATAL(multi_heap_free(heap, p));
            assert_false(multi_heap_check(heap, false));
            memcpy(before, saved, n);
        }
        ch_test_output_clear();
        mh_expect_consistent(heap);
        multi_heap_free(heap, front);
        multi_heap_free(heap, p);
        multi_heap_free(heap, wall);
    }
}

static void reports_say_where_what_and_what_instead(void **state) {
    (void)state;
    if (is_keyed()) skip(); /* what is expected differs from run to run */
    multi_heap_handle_t heap = mh_make(HEAP);
    unsigned char *p = multi_heap_malloc(heap, 13);
    size_t full = multi_heap_get_full_block_size(heap, p);
    uint32_t word = 0x55555555u, size = 13 + OWNER;
    ch_test_output_clear();
    memcpy(p - CANARY, &word, 4);
    CH_EXPECT_FATAL(multi_heap_free(heap, p));
    expect_line("Bad head", p - CANARY, 0xABBA1234u, word);
    word = 0xABBA1234u;
    memcpy(p - CANARY, &word, 4);
    p[13] = 0x99;
    CH_EXPECT_FATAL(multi_heap_free(heap, p));
    expect_line("Bad tail", p + 13, 0xBAAD5678u, 0xBAAD5699u);
    p[13] = 0x78;
    /* Believing it would read far outside the heap. */
    static const uint32_t sizes[] = {0xffffffffu, 0x80000000u, 0x7fffffffu, 100000, 64};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char wanted[200];
        memcpy(p - LENGTH, &sizes[i], 4);
        CH_EXPECT_FATAL(multi_heap_free(heap, p));
        snprintf(wanted, sizeof wanted, "CORRUPT HEAP: Size at %p expected <=0x%08x got 0x%08x", (void *)(p - LENGTH),
                 (unsigned)(full - FRAME_BYTES + OWNER), (unsigned)sizes[i]);
        assert_string_equal(only_line("CORRUPT HEAP: "), wanted);
        ch_test_output_clear();
    }
    memcpy(p - LENGTH, &size, 4);
    multi_heap_free(heap, p);
    mh_expect_consistent(heap);
}

static bool check_shown(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    bool sound = multi_heap_internal_check_block_poisoning(block_ptr, block_size, !block_used, true);
    size_t printed = strlen(ch_test_output());
    assert_int_equal(multi_heap_internal_check_block_poisoning(block_ptr, block_size, !block_used, false), sound);
    assert_int_equal(strlen(ch_test_output()), printed); /* nobody was to be told */
    if (!sound) ++*(unsigned *)user_data;
    return true;
}

static void blocks_are_checked_one_by_one_too(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    unsigned char *p = multi_heap_malloc(heap, 50), *hole = multi_heap_malloc(heap, 200);
    unsigned bad = 0;
    assert_non_null(multi_heap_malloc(heap, 10));
    multi_heap_free(heap, hole);
    multi_heap_walk(heap, check_shown, &bad);
    assert_int_equal(bad, 0);
    p[50] ^= 1, hole[30] ^= 1;
    ch_test_output_clear();
    multi_heap_walk(heap, check_shown, &bad);
    assert_int_equal(bad, FRAME_FILLS ? 2 : 1);
    assert_int_equal(mh_count_lines("CORRUPT HEAP: Bad tail at "), 1);
    assert_int_equal(mh_count_lines("CORRUPT HEAP: Invalid data at "), FRAME_FILLS);
    ch_test_output_clear();
    p[50] ^= 1, hole[30] ^= 1;
    mh_expect_consistent(heap);
}

static void a_damaged_size_is_never_followed(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    unsigned char *p = multi_heap_malloc(heap, 300);
    uint32_t right = word_at(p - LENGTH), draw = ch_test_seed() | 1;
    for (int i = 0; i < 200; i++) {
        draw = draw * 1664525u + 1013904223u;
        uint32_t wrong = i < 32 ? right ^ 1u << i : draw;
        if (wrong == right) continue;
        memcpy(p - LENGTH, &wrong, 4);
        expect_noticed(heap, p, "CORRUPT HEAP: ");
    }
    memcpy(p - LENGTH, &right, 4);
    multi_heap_free(heap, p);
    mh_expect_consistent(heap);
}

static void the_first_bad_block_does_not_end_a_check(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    unsigned char *p[5];
    for (size_t i = 0; i < 5; i++) p[i] = multi_heap_malloc(heap, 30 + i);
    p[1][31] ^= 1, p[3][33] ^= 1;
    ch_test_output_clear();
    assert_false(multi_heap_check(heap, true));
    assert_int_equal(mh_count_lines("CORRUPT HEAP: Bad tail"), 2);
    ch_test_output_clear();
}

static void a_block_that_changed_its_size_is_guarded_at_its_new_end(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    unsigned char *p = multi_heap_malloc(heap, 20);
    mh_fill(p, 20, 4);
    static const size_t sizes[] = {21, 22, 23, 24, 25, 40, 39, 100, 600, 601, 599, 80, 77, 3, 2, 1, 4, 1000, 7};
    for (size_t i = 0, had = 20; i < sizeof sizes / sizeof sizes[0]; had = sizes[i++]) {
        p = multi_heap_realloc(heap, p, sizes[i]);
        assert_true(mh_holds(p, had < sizes[i] ? had : sizes[i], 4));
        mh_fill(p, sizes[i], 4);
        assert_int_equal(multi_heap_get_allocated_size(heap, p), sizes[i]);
        mh_expect_consistent(heap);
        p[sizes[i]] ^= 1;
        CH_EXPECT_FATAL(multi_heap_free(heap, p));
        p[sizes[i]] ^= 1;
        ch_test_output_clear();
    }
    multi_heap_free(heap, p);
    mh_expect_consistent(heap);
}

static void one_frame_less_is_free(void **state) {
    (void)state;
    multi_heap_handle_t heap = mh_make(HEAP);
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    assert_int_equal(info.largest_free_block, info.total_free_bytes);
    void *all = multi_heap_malloc(heap, info.total_free_bytes);
    assert_non_null(all);
    assert_int_equal(multi_heap_free_size(heap), 0);
    assert_null(multi_heap_malloc(heap, 1));
    multi_heap_get_info(heap, &info);
    assert_int_equal(info.total_allocated_bytes, multi_heap_get_allocated_size(heap, all));
    multi_heap_free(heap, all);
    assert_null(multi_heap_malloc(heap, multi_heap_free_size(heap) + 1));
}

/* Words that stood in one block's frame are worth nothing in another's. */
static void frames_are_another_s_everywhere(void **state) {
    (void)state;
    if (!is_keyed()) skip();
    multi_heap_handle_t heap = mh_make(HEAP);
    unsigned char *p = multi_heap_malloc(heap, 40), *q = multi_heap_malloc(heap, 40), frame[12];
    memcpy(frame, q - CANARY, 8), memcpy(frame + 8, q + 40, 4);
    for (unsigned parts = 1; parts < 8; parts++) {
        if (parts & 1) memcpy(q - CANARY, p - CANARY, 4);
        if (parts & 2) memcpy(q - LENGTH, p - LENGTH, 4);
        if (parts & 4) memcpy(q + 40, p + 40, 4);
        expect_noticed(heap, q, "CORRUPT HEAP: ");
        memcpy(q - CANARY, frame, 8), memcpy(q + 40, frame + 8, 4);
    }
    multi_heap_free(heap, q);
    mh_expect_consistent(heap);
}

static void not_at_this_level(void **state) {
    (void)state;
    skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frame_lies_where_the_contract_has_it),
        cmocka_unit_test(the_user_s_bytes_are_what_was_asked),
        cmocka_unit_test(a_walk_shows_the_block_with_its_head),
        cmocka_unit_test(each_flipped_bit_of_the_frame_is_noticed),
        cmocka_unit_test(over_and_underflows_are_noticed_from_one_byte_on),
        cmocka_unit_test(reports_say_where_what_and_what_instead),
        cmocka_unit_test(blocks_are_checked_one_by_one_too),
        cmocka_unit_test(a_damaged_size_is_never_followed),
        cmocka_unit_test(the_first_bad_block_does_not_end_a_check),
        cmocka_unit_test(a_block_that_changed_its_size_is_guarded_at_its_new_end),
        cmocka_unit_test(one_frame_less_is_free),
        cmocka_unit_test(frames_are_another_s_everywhere),
    };
    const struct CMUnitTest none[] = {cmocka_unit_test(not_at_this_level)};
    if (!(FRAME_IS_THERE)) return cmocka_run_group_tests(none, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
