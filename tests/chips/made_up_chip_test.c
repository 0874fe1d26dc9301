/* SPDX-License-Identifier: MIT */
/*
 * A chip that no manual describes, booted once: RAM that the instruction bus sees at other addresses, in the same or the opposite
 * order (the tests switch), three start-up stacks of one type, a scrap too small for a heap, and a row that an option has taken
 * away. The instruction bus is made of addresses only: nothing is behind them, so any access that does not go through the data
 * bus ends the test.
 */
#include "ch_test.h"

#include <string.h>

#include "capheap/config.h"
#include "chip_now.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_memory_utils.h"
#include "heap_memory_layout.h"

#define G ((size_t)CH_CFG_GRANULE)
#define DIRAM_SIZE 0x4000u
#define CODE_LOW 0xE0000000u
#define CAP_STACK (1u << 22)
#define CAP_SCRAP (1u << 23)
#define CAP_FEW (1u << 24)
#define CAPS_CODE ((CH_CFG_HAS_EXEC_HEAP ? 1u << 0 : 0u) | MALLOC_CAP_DEFAULT)

static unsigned char ram[0x4000 + DIRAM_SIZE + 0x2000] __attribute__((aligned(64)));
#define AT(offset) ((intptr_t)(ram + (offset)))

enum { PLAIN, DIRAM, STACK, SCRAP };

const soc_memory_type_desc_t soc_memory_types[] = {
    [PLAIN] = {"plain", {MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT, 0}},
    [DIRAM] = {"diram", {0, CAP_FEW, CAPS_CODE | MALLOC_CAP_32BIT | MALLOC_CAP_SIMD}},
    [STACK] = {"stack", {CAP_STACK, 0, 0}},
    [SCRAP] = {"scrap", {CAP_SCRAP, 0, 0}},
};
const size_t soc_memory_type_count = 4;

const soc_memory_region_t soc_memory_regions[] = {
    {0, 0, STACK, 0, true},
    {AT(0), 0x3F00, PLAIN, 0, false},
    {AT(0x3F80), 0x40, SCRAP, 0, false},
    {AT(0x4000), DIRAM_SIZE, DIRAM, 0, false},
    {AT(0x8000), 0x600, STACK, 0, true},
    {AT(0x8700), 0x500, STACK, 0, true},
    {AT(0x8D00), 0x700, STACK, 0, true},
};
const size_t soc_memory_region_count = sizeof soc_memory_regions / sizeof soc_memory_regions[0];

static bool has_exec(void) { return CH_CFG_HAS_EXEC_HEAP && (uintptr_t)ram <= UINT32_MAX; /* the hidden word has 32 bits */ }

static void order_of_words(bool inverted) { chip_now.diram_inverted = inverted; }

/* Word i of a block, through the data bus. */
static uint32_t *word_of(const void *p, size_t i) {
    const void *at = (const char *)p + 4 * i;
    return esp_ptr_in_diram_iram(at) ? esp_ptr_diram_iram_to_dram(at) : (uint32_t *)(uintptr_t)at;
}

static void fill(const void *p, size_t size, uint32_t tag) {
    for (size_t i = 0; i < size / 4; i++) {
        *word_of(p, i) = tag + (uint32_t)i * 2654435761u;
    }
}

static bool holds(const void *p, size_t size, uint32_t tag) {
    for (size_t i = 0; i < size / 4; i++) {
        if (*word_of(p, i) != tag + (uint32_t)i * 2654435761u) {
            return false;
        }
    }
    return true;
}

static size_t used_blocks(void) {
    multi_heap_info_t info;
    heap_caps_get_info(&info, 0);
    return info.allocated_blocks;
}

static void scrap_too_small_for_a_heap_is_listed_and_left_alone(void **state) {
    (void)state;
    assert_non_null(strstr(ch_test_output(), "scrap"));
    assert_int_equal(heap_caps_get_total_size(CAP_SCRAP), 0);
    assert_null(heap_caps_malloc(4, CAP_SCRAP));
    for (size_t i = 0; i < 0x40; i++) {
        assert_int_equal(ram[0x3F80 + i], 0);
    }
}

/* Blocks of the mask until its heaps are full; checks that regions come smallest first. */
static void expect_order_by_size(uint32_t caps) {
    static const size_t offsets[] = {0x8700, 0x8000, 0x8D00};
    void *held[64];
    size_t count = 0, heap = 0;
    while (count < 64 && (held[count] = heap_caps_malloc(200, caps)) != NULL) {
        uintptr_t place = (uintptr_t)held[count++] - (uintptr_t)ram;
        while (heap < 3 && (place < offsets[heap] || place >= offsets[heap] + 0x700)) {
            heap++;
        }
        assert_true(heap < 3);
    }
    assert_int_equal(heap, 2);
    while (count > 0) {
        heap_caps_free(held[--count]);
    }
}

static void start_up_stacks_are_asked_in_list_order_also_by_masks_known_before(void **state) {
    (void)state;
    assert_null(heap_caps_malloc(100, CAP_STACK)); /* the mask is known from now on */
    heap_caps_enable_nonos_stack_heaps();
    expect_order_by_size(CAP_STACK);
}

static void code_blocks_keep_contents_and_alignment(bool inverted) {
    order_of_words(inverted);
    size_t before = used_blocks();
    for (size_t alignment = 4; alignment <= 256; alignment *= 2) {
        for (size_t size = 4; size <= 200; size += 28) {
            void *p = heap_caps_aligned_alloc(alignment, size, CAPS_CODE), *wall = heap_caps_malloc(4, CAPS_CODE);
            assert_true(esp_ptr_in_diram_iram(p) && esp_ptr_in_diram_iram(wall));
            assert_int_equal((uintptr_t)p % alignment, 0);
            size_t usable = heap_caps_get_allocated_size(p);
            assert_true(usable >= size);
            assert_int_equal(heap_caps_get_containing_block_size((char *)p + size - 4), usable);
            fill(p, size, 7);
            /* Code that grows, moves to plain memory, grows, moves back, shrinks. */
            static const uint32_t steps[] = {CAPS_CODE, MALLOC_CAP_8BIT, MALLOC_CAP_8BIT, CAPS_CODE, CAPS_CODE};
            static const size_t sizes[] = {300, 240, 400, 500, 0};
            for (size_t k = 0; k < 5; k++) {
                p = heap_caps_realloc(p, sizes[k] ? sizes[k] : size, steps[k]);
                assert_non_null(p);
                assert_int_equal((uintptr_t)p % alignment, 0);
                assert_int_equal(esp_ptr_in_diram_iram(p), steps[k] == CAPS_CODE);
                assert_true(holds(p, size, 7));
            }
            assert_true(heap_caps_check_integrity_all(true));
            heap_caps_free(p);
            heap_caps_free(wall);
        }
    }
    assert_int_equal(used_blocks(), before);
}

static void code_blocks_in_the_same_order_keep_contents_and_alignment(void **state) {
    (void)state;
    if (!has_exec()) {
        skip();
    }
    code_blocks_keep_contents_and_alignment(false);
}

static void code_blocks_in_opposite_order_keep_contents_and_alignment(void **state) {
    (void)state;
    if (!has_exec()) {
        skip();
    }
    code_blocks_keep_contents_and_alignment(true);
}

/* A hole one granule longer than what is asked for stays whole; its owner must not be told to use what lies before the block. */
static void all_that_a_code_block_offers_is_its_own(bool inverted, size_t alignment) {
    order_of_words(inverted);
    void *a = heap_caps_aligned_alloc(alignment, 64, CAPS_CODE), *hole = heap_caps_aligned_alloc(alignment, 64, CAPS_CODE);
    void *c = heap_caps_aligned_alloc(alignment, 64, CAPS_CODE);
    heap_caps_free(hole);
    void *p = heap_caps_aligned_alloc(alignment, 64 - G, CAPS_CODE);
    void *all[] = {a, p, c};
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(all[i]);
        assert_true(heap_caps_get_allocated_size(all[i]) >= (i == 1 ? 64 - G : 64));
        fill(all[i], heap_caps_get_allocated_size(all[i]), (uint32_t)i * 1000);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_true(holds(all[i], heap_caps_get_allocated_size(all[i]), (uint32_t)i * 1000));
        heap_caps_free(all[i]);
    }
    assert_true(heap_caps_check_integrity_all(true));
}

static void all_that_code_blocks_offer_is_their_own(void **state) {
    (void)state;
    if (!has_exec()) {
        skip();
    }
    for (size_t alignment = 4; alignment <= 64; alignment *= 2) {
        all_that_a_code_block_offers_is_its_own(false, alignment);
        all_that_a_code_block_offers_is_its_own(true, alignment);
    }
}

static void pointers_into_code_blocks_are_reported(void **state) {
    (void)state;
    if (!has_exec()) {
        skip();
    }
    for (int k = 0; k < 4; k++) {
        order_of_words(k & 1);
        char *p = heap_caps_aligned_alloc(k & 2 ? 64 : 4, 80, CAPS_CODE);
        uint32_t hidden = *word_of(p - 4, 0);
        for (size_t i = 0; i < 20; i++) {
            *word_of(p, i) = hidden;
        }
        for (size_t at = 4; at < 80; at += 4) {
            CH_EXPECT_FATAL(heap_caps_free(p + at));
        }
        assert_true(heap_caps_check_integrity_all(true));
        heap_caps_free(p);
    }
}

static void largest_request_for_code_succeeds(void **state) {
    (void)state;
    if (!has_exec()) {
        skip();
    }
    static const uint32_t masks[] = {CAPS_CODE, CAPS_CODE | MALLOC_CAP_SIMD, CAPS_CODE | MALLOC_CAP_CACHE_ALIGNED};
    for (int inverted = 0; inverted < 2; inverted++) {
        order_of_words(inverted);
        for (size_t i = 0; i < 3; i++) {
            size_t largest = heap_caps_get_largest_free_block(masks[i]);
            void *p = heap_caps_malloc(largest, masks[i]);
            assert_non_null(p);
            heap_caps_free(p);
            assert_true(largest > DIRAM_SIZE - 1000);
        }
        size_t largest = heap_caps_get_largest_free_block(CAPS_CODE);
        assert_null(heap_caps_malloc(largest + 1, CAPS_CODE));
    }
}

static void growing_beyond_the_largest_request_fails(void **state) {
    (void)state;
    void *p = heap_caps_malloc(100, CAP_FEW);
    chip_now.max_request = 4096;
    assert_null(heap_caps_malloc(4097, CAP_FEW));
    void *grown = heap_caps_realloc(p, 4097, CAP_FEW);
    chip_now.max_request = 0x100000;
    assert_null(grown);
    heap_caps_free(p);
}

/* Setup of the first test, which looks at what it prints. */
static int boot(void **state) {
    (void)state;
    chip_now = (ch_chip_t){
        .name = "made up",
        .max_request = 0x100000,
        .diram_dram = {(uintptr_t)ram + 0x4000, (uintptr_t)ram + 0x4000 + DIRAM_SIZE},
        .diram_iram = {CODE_LOW, CODE_LOW + DIRAM_SIZE},
        .cache_line_internal = 32,
        .simd_step = 16,
    };
    heap_caps_init();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(scrap_too_small_for_a_heap_is_listed_and_left_alone, boot),
        cmocka_unit_test(start_up_stacks_are_asked_in_list_order_also_by_masks_known_before),
        cmocka_unit_test(code_blocks_in_the_same_order_keep_contents_and_alignment),
        cmocka_unit_test(code_blocks_in_opposite_order_keep_contents_and_alignment),
        cmocka_unit_test(all_that_code_blocks_offer_is_their_own),
        cmocka_unit_test(pointers_into_code_blocks_are_reported),
        cmocka_unit_test(largest_request_for_code_succeeds),
        cmocka_unit_test(growing_beyond_the_largest_request_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
