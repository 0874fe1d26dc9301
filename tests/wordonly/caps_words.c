/* SPDX-License-Identifier: MIT */
/*
 * Every function of esp_heap_caps.h, esp_heap_caps_init.h and the base level on blocks in word-only memory: into it, within it,
 * out of it. That they work there is what the asserts say; that they touch it by aligned words only is what the QEMU plugin says.
 */
#include "word_memory.h"

#include <string.h>

#include "caps/caps_base.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"

#define BYTES (MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL)
#define NOBODY (1u << 29)
#define INSIDE (1u << 24)

static uint32_t words; /* capabilities that word-only memory alone has */
static multi_heap_info_t before;
static unsigned failures;

static void count_failure(size_t size, uint32_t caps, const char *name) {
    (void)size, (void)caps, (void)name;
    failures++;
}

static int boot(void **state) {
    const uint32_t *caps = soc_memory_types[word_region()->type].caps;
    (void)state;
    heap_caps_init();
    heap_caps_enable_nonos_stack_heaps();
    words = caps[0] | caps[1] | caps[2];
    heap_caps_register_failed_alloc_callback(count_failure);
    return 0;
}

static int note(void **state) {
    (void)state;
    failures = 0;
    heap_caps_get_info(&before, 0);
    return 0;
}

static int all_came_back(void **state) {
    multi_heap_info_t now;
    (void)state;
    heap_caps_get_info(&now, 0);
    assert_int_equal(now.total_free_bytes, before.total_free_bytes);
    assert_int_equal(now.total_blocks, before.total_blocks);
    assert_true(heap_caps_check_integrity_all(true));
    return 0;
}

/* A block that the call must have put into word-only memory, marked. */
static void *marked(void *p, size_t size, uint32_t tag) {
    assert_true(is_word_only(p));
    words_mark(p, size, tag);
    return p;
}

static void *block(size_t size, uint32_t tag) { return marked(heap_caps_malloc(size, words), size, tag); }

static void give_back(void *p, size_t size, uint32_t tag) {
    assert_true(words_are_marked(p, size, tag));
    heap_caps_free(p);
}

static void allocate_and_free_in_all_sizes(void **state) {
    enum { COUNT = 14 };
    void *p[COUNT];
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) p[i] = block(3u + (1u << i), i);
    for (unsigned i = 0; i < COUNT; i += 2) give_back(p[i], 3u + (1u << i), i);
    for (unsigned i = 1; i < COUNT; i += 2) give_back(p[i], 3u + (1u << i), i);
}

static void calloc_clears(void **state) {
    (void)state;
    for (size_t size = 1; size < 90; size += 7) {
        heap_caps_free(block(4 * size + 8, 1));
        void *p = heap_caps_calloc(4, size, words), *q = heap_caps_aligned_calloc(64, 4, size, words);
        void *r = heap_caps_calloc_prefer(4, size, 2, words | NOBODY, words), *s = heap_caps_calloc_base(4, size, words);
        assert_true(is_word_only(p) && is_word_only(q) && is_word_only(r) && is_word_only(s));
        assert_true(words_are(p, 4 * size, 0) && words_are(q, 4 * size, 0) && words_are(r, 4 * size, 0) &&
                    words_are(s, 4 * size, 0));
        heap_caps_free(p), heap_caps_free(q), heap_caps_free(r), heap_caps_free(s);
    }
}

static void aligned_blocks_keep_their_alignment_when_they_move(void **state) {
    (void)state;
    for (size_t alignment = 8; alignment <= 512; alignment *= 2) {
        void *p = marked(heap_caps_aligned_alloc(alignment, 100, words), 100, 1), *wall = block(20, 2);
        void *q = marked(heap_caps_aligned_alloc_base(alignment, 100, words), 100, 3);
        p = heap_caps_realloc(p, 900, words);
        assert_int_equal(((uintptr_t)p | (uintptr_t)q) & (alignment - 1), 0);
        give_back(p, 100, 1), give_back(wall, 20, 2), give_back(q, 100, 3);
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    heap_caps_aligned_free(marked(heap_caps_aligned_alloc(256, 60, words), 60, 4));
#pragma GCC diagnostic pop
}

static void realloc_in_place_and_by_move(void **state) {
    (void)state;
    void *p = block(400, 1), *grown = heap_caps_realloc(p, 1200, words), *wall = block(20, 2);
    assert_ptr_equal(grown, p);
    assert_ptr_equal(heap_caps_realloc(p, 333, words), p);
    void *moved = heap_caps_realloc(p, 5000, words);
    assert_ptr_not_equal(moved, p);
    give_back(moved, 332, 1), give_back(wall, 20, 2);
    assert_null(heap_caps_realloc(heap_caps_realloc(NULL, 8, words), 0, words));
}

static void realloc_into_and_out_of_byte_memory(void **state) {
    (void)state;
    for (size_t size = 4; size < 700; size += 33) {
        void *p = heap_caps_malloc(size, BYTES);
        words_mark(p, size, 1);
        p = heap_caps_realloc(p, size + 5, words);
        assert_true(is_word_only(p));
        p = heap_caps_realloc_base(p, size + 2, BYTES);
        assert_false(is_word_only(p));
        p = heap_caps_realloc_prefer(p, size, 3, words | NOBODY, words, BYTES);
        assert_true(is_word_only(p));
        p = heap_caps_realloc_default(p, size); /* plain memory takes bytes */
        assert_false(is_word_only(p));
        give_back(p, size, 1);
    }
}

static void realloc_that_fails_leaves_the_block(void **state) {
    (void)state;
    void *p = block(100, 1);
    assert_null(heap_caps_realloc(p, 200, words | NOBODY));
    assert_null(heap_caps_realloc(p, ch_chip.max_request, words));
    assert_int_equal(failures, 2);
    give_back(p, 100, 1);
}

static void the_other_ways_to_allocate(void **state) {
    (void)state;
    void *p = marked(heap_caps_malloc_prefer(100, 2, words | NOBODY, words), 100, 1);
    void *q = marked(heap_caps_malloc_base(100, words), 100, 2);
    heap_caps_malloc_extmem_enable(64); /* malloc() and its kin never come here */
    void *plain = heap_caps_malloc_default(100), *aligned = heap_caps_aligned_alloc_default(64, 100);
    heap_caps_malloc_extmem_enable(SIZE_MAX);
    assert_false(is_word_only(plain) || is_word_only(aligned));
    heap_caps_free(plain), heap_caps_free(aligned);
    give_back(p, 100, 1), give_back(q, 100, 2);
}

static bool count_block(walker_heap_into_t heap_info, walker_block_info_t block_info, void *user_data) {
    (void)heap_info;
    *(unsigned *)user_data += block_info.used;
    return true;
}

static void questions_walk_check_and_dump(void **state) {
    unsigned seen = 0, seen_in_all = 0;
    multi_heap_info_t info;
    (void)state;
    heap_caps_walk(words, count_block, &seen);
    unsigned at_first = seen;
    char *p = block(700, 1), *q = block(40, 2), *elsewhere = heap_caps_malloc(40, BYTES);
    assert_non_null(elsewhere);
    assert_in_range(heap_caps_get_allocated_size(p), 700, 716);
    assert_in_range(heap_caps_get_containing_block_size(p + 555), 700, 716);
    heap_caps_walk(words, count_block, &seen);
    heap_caps_walk_all(count_block, &seen_in_all);
    assert_int_equal(seen, 2 * at_first + 2);
    assert_true(seen_in_all > seen - at_first);
    assert_true(heap_caps_check_integrity(words, true));
    assert_true(heap_caps_check_integrity_addr((intptr_t)p, true));
    assert_true(heap_caps_check_integrity_all(true));
    heap_caps_get_info(&info, words);
    assert_int_equal(info.total_free_bytes, heap_caps_get_free_size(words));
    assert_int_equal(info.minimum_free_bytes, heap_caps_get_minimum_free_size(words));
    assert_true(heap_caps_get_largest_free_block(words) <= heap_caps_get_total_size(words));
    heap_caps_dump(words);
    assert_non_null(strstr(ch_test_output(), "Showing data for heap"));
    ch_test_output_clear();
    heap_caps_dump_all();
    heap_caps_print_heap_info(words);
    give_back(p, 700, 1), give_back(q, 40, 2);
    heap_caps_free(elsewhere);
}

static void the_monitor_of_low_watermarks(void **state) {
    (void)state;
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK);
    size_t minimum = heap_caps_get_minimum_free_size(words);
    void *p = block(1000, 1);
    assert_true(heap_caps_get_minimum_free_size(words) < minimum);
    give_back(p, 1000, 1);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_stop(), ESP_OK);
}

static void bad_pointers_are_reported(void **state) {
    (void)state;
    char *p = block(100, 1), *wall = block(8, 2);
    CH_EXPECT_FATAL(heap_caps_free(p + 32));
    heap_caps_free(p);
    CH_EXPECT_FATAL(heap_caps_free(p));
    CH_EXPECT_FATAL((void)heap_caps_realloc(p, 8, words));
    assert_int_not_equal(strlen(ch_test_output()), 0);
    heap_caps_free(wall);
}

/* The last one: its heaps stay. Both kinds of add_region, in blocks of word-only heaps; odd ends on purpose. */
static void regions_are_added_in_word_only_memory(void **state) {
    enum { SIZE = 4096 };
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {INSIDE | MALLOC_CAP_32BIT, 0, 0};
    (void)state;
    char *host = heap_caps_malloc(SIZE, words), *second = heap_caps_malloc(SIZE, words);
    assert_true(is_word_only(host) && is_word_only(second));
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)host, (intptr_t)host + SIZE - 3), ESP_OK);
    assert_int_equal(heap_caps_add_region((intptr_t)second, (intptr_t)second + SIZE), ESP_OK);
    void *p = marked(heap_caps_malloc(500, INSIDE), 500, 1), *wall = marked(heap_caps_calloc(3, 5, INSIDE), 12, 2);
    assert_in_range((uintptr_t)p, (uintptr_t)host, (uintptr_t)host + SIZE);
    p = heap_caps_realloc(p, 1000, INSIDE);
    give_back(p, 500, 1), give_back(wall, 12, 2);
    assert_true(heap_caps_check_integrity_all(true));
    note(NULL);
}

#define CAPS_TEST(f) cmocka_unit_test_setup_teardown(f, note, all_came_back)

int main(void) {
    const struct CMUnitTest tests[] = {
        CAPS_TEST(allocate_and_free_in_all_sizes),
        CAPS_TEST(calloc_clears),
        CAPS_TEST(aligned_blocks_keep_their_alignment_when_they_move),
        CAPS_TEST(realloc_in_place_and_by_move),
        CAPS_TEST(realloc_into_and_out_of_byte_memory),
        CAPS_TEST(realloc_that_fails_leaves_the_block),
        CAPS_TEST(the_other_ways_to_allocate),
        CAPS_TEST(questions_walk_check_and_dump),
        CAPS_TEST(the_monitor_of_low_watermarks),
        CAPS_TEST(bad_pointers_are_reported),
        CAPS_TEST(regions_are_added_in_word_only_memory),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
