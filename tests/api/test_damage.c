/* SPDX-License-Identifier: MIT */
/*
 * Heaps whose metadata was overwritten: check says so, and neither check nor walk crashes or runs on (API.md 7.4, 13.4.21).
 * Nothing here knows where metadata lies. Every word of a small heap is damaged in turn and put back.
 */
#include "multi_heap_setup.h"

#define HEAP 1024u
#define WORDS (HEAP / 4u)

static uint32_t sound[WORDS];

/* A heap with used blocks between free ones of several sizes; its words are kept in sound[]. */
static multi_heap_handle_t make_sound(void *used[6]) {
    multi_heap_handle_t heap = mh_make(HEAP);
    static const size_t sizes[12] = {16, 20, 40, 33, 32, 64, 100, 60, 16, 16, 48, 24};
    void *p[12];
    for (int i = 0; i < 12; i++) {
        p[i] = multi_heap_malloc(heap, sizes[i]);
        assert_non_null(p[i]);
        memset(p[i], 0x11 * i, sizes[i]);
    }
    for (int i = 0; i < 12; i += 2) {
        multi_heap_free(heap, p[i]);
        used[i / 2] = p[i + 1];
    }
    memcpy(sound, mh_span(), HEAP);
    return heap;
}

static void restore(void) { memcpy(mh_span(), sound, HEAP); }

static bool count_to_limit(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    (void)block_ptr, (void)block_size, (void)block_used;
    unsigned *calls = user_data;
    if (++*calls > 4096) {
        fail_msg("the walk does not end");
    }
    return true;
}

/* Words that may be damaged: not those that hold the lock, a plain address that nothing can validate. */
static void find_lock_words(multi_heap_handle_t heap, bool is_lock[WORDS]) {
    const uint32_t *words = (const uint32_t *)(const void *)mh_span();
    multi_heap_set_lock(heap, (void *)UINTPTR_MAX);
    for (size_t i = 0; i < WORDS; i++) {
        is_lock[i] = words[i] != sound[i];
    }
    multi_heap_set_lock(heap, NULL);
    assert_memory_equal(words, sound, HEAP);
}

static void no_damaged_word_makes_check_or_walk_crash_or_hang(void **state) {
    (void)state;
    static bool is_lock[WORDS];
    void *used[6];
    multi_heap_handle_t heap = make_sound(used);
    uint32_t *words = (uint32_t *)(void *)mh_span();
    find_lock_words(heap, is_lock);
    for (size_t i = 0; i < WORDS; i++) {
        const uint32_t wrong[] = {0,
                                  0xffffffffu,
                                  0x80000000u,
                                  0xA5A5A5A5u,
                                  0x7ffffffcu,
                                  4,
                                  sound[i] ^ 1u,
                                  sound[i] ^ 2u,
                                  sound[i] ^ 4u,
                                  sound[i] ^ 0x100u,
                                  sound[i] + 8,
                                  sound[i] - 16,
                                  ~sound[i]};
        for (size_t w = 0; w < sizeof(wrong) / sizeof(wrong[0]) && !is_lock[i]; w++) {
            unsigned calls = 0;
            words[i] = wrong[w];
            multi_heap_check(heap, true);
            multi_heap_check(heap, false);
            multi_heap_walk(heap, count_to_limit, &calls);
            ch_test_output_clear();
            restore();
        }
    }
    mh_expect_consistent(heap);
    mh_expect_guards_at(0, HEAP);
}

static void a_written_free_block_is_found_and_reported(void **state) {
    (void)state;
    static const int patterns[] = {0xFF, 0xA5, 0x42, 0x01};
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        multi_heap_handle_t heap = mh_make(HEAP);
        void *p = multi_heap_malloc(heap, 100);
        assert_non_null(multi_heap_malloc(heap, 32));
        multi_heap_free(heap, p);
        memset((char *)p - FRAME_HEAD, patterns[i], 100); /* use after free */
        ch_test_output_clear();
        assert_false(multi_heap_check(heap, false));
        assert_string_equal(ch_test_output(), "");
        assert_false(multi_heap_check(heap, true));
        assert_true(mh_count_lines("CORRUPT HEAP: ") >= 1);
        ch_test_output_clear();
    }
}

static void links_of_small_free_blocks_are_checked_too(void **state) {
    (void)state;
    for (size_t size = 1; size <= 64; size += 3) {
        multi_heap_handle_t heap = mh_make(HEAP);
        uint32_t *p = multi_heap_malloc(heap, size);
        assert_non_null(multi_heap_malloc(heap, 32));
        void *first = multi_heap_malloc(heap, size); /* of the list: it has no link back */
        assert_non_null(multi_heap_malloc(heap, 32));
        multi_heap_free(heap, p);
        multi_heap_free(heap, first);
        p -= FRAME_HEAD / 4;
        uint32_t link = p[0];
        p[0] = 0xffffffffu;
        assert_false(multi_heap_check(heap, false));
        p[0] = link;
        link = p[1];
        p[1] = 0xfffffff0u;
        assert_false(multi_heap_check(heap, false));
        p[1] = link;
        mh_expect_consistent(heap);
    }
}

static void contents_of_used_blocks_are_nobody_s_business(void **state) {
    (void)state;
    void *used[6];
    multi_heap_handle_t heap = make_sound(used);
    for (int i = 0; i < 6; i++) {
        for (int pattern = 0; pattern < 256; pattern += 17) {
            memset(used[i], pattern, multi_heap_get_allocated_size(heap, used[i]));
            assert_true(multi_heap_check(heap, true));
        }
    }
    for (int i = 0; i < 6; i++) {
        multi_heap_free(heap, used[i]);
    }
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    assert_int_equal(info.free_blocks, 1);
    assert_string_equal(ch_test_output(), "");
}

static void most_damage_to_metadata_is_found(void **state) {
    (void)state;
    static bool is_lock[WORDS];
    void *used[6];
    multi_heap_handle_t heap = make_sound(used);
    uint32_t *words = (uint32_t *)(void *)mh_span();
    find_lock_words(heap, is_lock);
    unsigned found = 0;
    for (size_t i = 0; i < WORDS; i++) {
        if (!is_lock[i]) {
            words[i] = ~sound[i];
            found += multi_heap_check(heap, false) ? 0u : 1u;
            restore();
        }
    }
    assert_true(found >= 20); /* six free blocks have two links each, and bits, bins and totals come on top */
    mh_expect_consistent(heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_damaged_word_makes_check_or_walk_crash_or_hang),
        cmocka_unit_test(a_written_free_block_is_found_and_reported),
        cmocka_unit_test(links_of_small_free_blocks_are_checked_too),
        cmocka_unit_test(contents_of_used_blocks_are_nobody_s_business),
        cmocka_unit_test(most_damage_to_metadata_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
