/* SPDX-License-Identifier: MIT */
/*
 * Executable memory, instruction-bus aliases of D/IRAM (API.md 6.7), word-only regions, and what the hardware adds to a request
 * (API.md 2.1). Words of alias blocks are looked at through the data bus, as the host has no instruction bus.
 */
#include "api_setup.h"

/* Flags that only D/IRAM can serve together with EXEC on chips whose buses see it at different addresses. */
#define CAPS_EXEC_ALIAS (API_CAP_EXEC | MALLOC_CAP_DEFAULT)

static bool has_alias_memory(void) {
    const api_heap_t *heap = API_CAP_EXEC != 0 ? api_expected_heap(CAPS_EXEC_ALIAS) : NULL;
    return heap != NULL && !esp_dram_match_iram() && esp_ptr_in_diram_dram((const void *)heap->start);
}

static void exec_with_byte_access_or_dma_is_refused_everywhere(void **state) {
    (void)state;
    static const uint32_t refused[] = {API_CAP_EXEC | MALLOC_CAP_8BIT, API_CAP_EXEC | MALLOC_CAP_DMA,
                                       API_CAP_EXEC | MALLOC_CAP_8BIT | MALLOC_CAP_DMA, API_CAP_EXEC | MALLOC_CAP_DMA_DESC_AHB};
    if (API_CAP_EXEC == 0) {
        skip();
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_null(heap_caps_malloc(64, refused[i]));
        api_expect_failure(64, refused[i], "heap_caps_malloc");
    }
}

static void exec_blocks_are_words_in_executable_memory(void **state) {
    (void)state;
    if (API_CAP_EXEC == 0 || api_expected_heap(API_CAP_EXEC) == NULL) {
        skip();
    }
    for (size_t size = 1; size <= 100; size += 3) {
        void *p = heap_caps_malloc(size, API_CAP_EXEC);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 4, 0);
        assert_true(heap_caps_get_allocated_size(p) >= ((size + 3) & ~(size_t)3));
        api_fill_words(p, (size + 3) & ~(size_t)3, 3);
        heap_caps_free(p);
    }
}

static void alias_blocks_are_addresses_of_the_instruction_bus(void **state) {
    (void)state;
    if (!has_alias_memory()) {
        skip();
    }
    void *p[8];
    for (size_t i = 0; i < 8; i++) {
        p[i] = heap_caps_malloc(20 + i * 8, CAPS_EXEC_ALIAS);
        assert_true(esp_ptr_in_diram_iram(p[i]));
        assert_int_equal((uintptr_t)p[i] % 4, 0);
        api_fill_words(p[i], 20 + i * 8, (uint32_t)i * 100);
    }
    assert_true(heap_caps_check_integrity_all(true));
    for (size_t i = 0; i < 8; i++) {
        assert_true(api_words_hold(p[i], 20 + i * 8, (uint32_t)i * 100));
        heap_caps_free(p[i]);
    }
}

static void the_hidden_word_holds_the_data_bus_address(void **state) {
    (void)state;
    if (!has_alias_memory()) {
        skip();
    }
    void *p = heap_caps_malloc(40, CAPS_EXEC_ALIAS);
    uintptr_t first = *api_word(p, -1);
    /* Normal order: it is the block's first word; inverted: its last, where the lowest instruction address is. */
    uintptr_t low = (uintptr_t)(ch_chip.diram_inverted ? api_word(p, 9) : api_word(p, -1));
    assert_true(first <= low && low - first < 16);
    assert_true(esp_ptr_in_diram_dram((const void *)first));
    heap_caps_free(p);
}

static void alias_blocks_are_aligned_as_their_user_sees_them(void **state) {
    (void)state;
    if (!has_alias_memory()) {
        skip();
    }
    for (size_t alignment = 4; alignment <= 4096; alignment *= 2) {
        for (size_t size = 4; size <= 300; size += 37) {
            void *p = heap_caps_aligned_alloc(alignment, size, CAPS_EXEC_ALIAS);
            assert_true(esp_ptr_in_diram_iram(p));
            assert_int_equal((uintptr_t)p % alignment, 0);
            assert_true(heap_caps_get_allocated_size(p) >= size);
            api_fill_words(p, size, 6);
            assert_true(heap_caps_check_integrity_all(true));
            heap_caps_free(p);
        }
    }
}

static void size_queries_take_alias_pointers(void **state) {
    (void)state;
    if (!has_alias_memory()) {
        skip();
    }
    for (size_t size = 4; size <= 400; size += 20) {
        unsigned char *p = heap_caps_malloc(size, CAPS_EXEC_ALIAS);
        size_t usable = heap_caps_get_allocated_size(p);
        assert_true(usable >= size && usable < size + 4 * CH_CFG_GRANULE);
        for (size_t at = 0; at < size; at += 4) {
            assert_int_equal(heap_caps_get_containing_block_size(p + at), usable);
        }
        heap_caps_free(p);
    }
}

static void realloc_of_an_alias_copies_in_the_order_of_its_user(void **state) {
    (void)state;
    if (!has_alias_memory()) {
        skip();
    }
    void *p = heap_caps_malloc(40, CAPS_EXEC_ALIAS);
    api_fill_words(p, 40, 31);
    p = heap_caps_realloc(p, 400, CAPS_EXEC_ALIAS);
    assert_true(esp_ptr_in_diram_iram(p));
    assert_true(api_words_hold(p, 40, 31));
    p = heap_caps_realloc(p, 24, CAPS_EXEC_ALIAS);
    assert_true(esp_ptr_in_diram_iram(p));
    assert_true(api_words_hold(p, 24, 31));
    p = heap_caps_realloc(p, 100, MALLOC_CAP_8BIT); /* out of executable memory */
    assert_false(esp_ptr_in_diram_iram(p));
    assert_true(api_words_hold(p, 24, 31));
    p = heap_caps_realloc(p, 60, CAPS_EXEC_ALIAS); /* and back */
    assert_true(esp_ptr_in_diram_iram(p));
    assert_true(api_words_hold(p, 24, 31));
    assert_null(heap_caps_realloc(p, (size_t)1 << 24, CAPS_EXEC_ALIAS));
    api_expect_failure((size_t)1 << 24, CAPS_EXEC_ALIAS, "heap_caps_realloc");
    assert_true(api_words_hold(p, 24, 31));
    assert_null(heap_caps_realloc(p, 0, CAPS_EXEC_ALIAS));
}

static void calloc_clears_alias_blocks(void **state) {
    (void)state;
    if (!has_alias_memory()) {
        skip();
    }
    for (size_t size = 1; size < 80; size += 5) {
        void *dirty = heap_caps_malloc(120, CAPS_EXEC_ALIAS);
        api_fill_words(dirty, heap_caps_get_allocated_size(dirty), 0xdeadbeef);
        heap_caps_free(dirty);
        void *p = heap_caps_calloc(1, size, CAPS_EXEC_ALIAS);
        assert_true(api_words_zero(p, (size + 3) & ~(size_t)3));
        heap_caps_free(p);
    }
}

static void a_damaged_hidden_word_is_reported_not_believed(void **state) {
    (void)state;
    if (!has_alias_memory()) {
        skip();
    }
    void *other = heap_caps_malloc(40, CAPS_EXEC_ALIAS);
    void *p = heap_caps_malloc(40, CAPS_EXEC_ALIAS);
    const uint32_t right = *api_word(p, -1);
    const uint32_t wrong[] = {0,          0xffffffffu, right + 4,           right - 4,
                              right + 64, 0x1000,      right ^ 0x80000000u, *api_word(other, -1)};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        *api_word(p, -1) = wrong[i];
        CH_EXPECT_FATAL(heap_caps_free(p));
        api_expect_report(p);
        *api_word(p, -1) = right;
        assert_true(heap_caps_check_integrity_all(true));
    }
    heap_caps_free(p);
    heap_caps_free(other);
}

/* The user's own words may look like the hidden one, also the one next to it. */
static void interior_alias_pointers_are_reported_whatever_the_contents(void **state) {
    (void)state;
    if (!has_alias_memory()) {
        skip();
    }
    unsigned char *p = heap_caps_malloc(80, CAPS_EXEC_ALIAS);
    for (ptrdiff_t i = 0; i < 20; i++) {
        *api_word(p, i) = *api_word(p, -1);
    }
    for (size_t at = 4; at < 80; at += 4) {
        CH_EXPECT_FATAL(heap_caps_free(p + at));
        api_expect_report(p + at);
    }
    assert_true(heap_caps_check_integrity_all(true));
    heap_caps_free(p);
    CH_EXPECT_FATAL(heap_caps_free(p)); /* twice */
    api_expect_report(p);
}

static void word_only_heaps_serve_whole_words(void **state) {
    (void)state;
    api_heap_t heaps[API_MAX_HEAPS];
    size_t count = api_list_heaps(heaps, API_MAX_HEAPS);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        const api_heap_t *named = heaps[i].word_only ? api_expected_heap(heaps[i].all) : NULL;
        if (named == NULL || named->start != heaps[i].start) {
            continue;
        }
        any = true;
        for (size_t size = 1; size < 64; size++) {
            void *p = heap_caps_calloc(1, size, heaps[i].all);
            assert_int_equal((uintptr_t)p % 4, 0);
            assert_true(heap_caps_get_allocated_size(p) % 4 == 0);
            assert_true(api_words_zero(p, (size + 3) & ~(size_t)3));
            heap_caps_free(p);
        }
    }
    if (!any) {
        skip();
    }
}

/* What the contract makes of alignment 4, this size and these caps on this chip. */
static void expect_adjusted(size_t size, uint32_t caps, uint32_t caps_after) {
    size_t step = (caps & MALLOC_CAP_SPIRAM) != 0 ? ch_chip.cache_line_external : ch_chip.cache_line_internal;
    if ((caps & MALLOC_CAP_DMA_DESC_AXI) != 0 && ch_chip.has_axi_dma && step < 8) {
        step = 8;
    }
    if ((caps & MALLOC_CAP_SIMD) != 0 && step < ch_chip.simd_step) {
        step = ch_chip.simd_step;
    }
    if ((caps & MALLOC_CAP_DMA) != 0 && step < ch_chip.encrypted_dma_step) {
        step = ch_chip.encrypted_dma_step;
    }
    size_t alignment = 4;
    size_t expected = step > 4 ? step : 4;
    uint32_t given = caps;
    size_t rounded = size;
    esp_heap_adjust_alignment_to_hw(&alignment, &rounded, &given);
    assert_int_equal(alignment, expected);
    assert_int_equal(rounded, (size + expected - 1) / expected * expected);
    assert_int_equal(given, caps_after);
}

static void hardware_steps_are_added_to_special_requests_only(void **state) {
    (void)state;
    size_t alignment = 1;
    size_t size = 13;
    uint32_t caps = MALLOC_CAP_8BIT | MALLOC_CAP_SPIRAM;
    esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
    assert_int_equal(alignment, 1);
    assert_int_equal(size, 13);
    assert_int_equal(caps, MALLOC_CAP_8BIT | MALLOC_CAP_SPIRAM);
    expect_adjusted(10, MALLOC_CAP_DMA, MALLOC_CAP_DMA);
    expect_adjusted(10, MALLOC_CAP_DMA_DESC_AHB, MALLOC_CAP_DMA);
    expect_adjusted(10, MALLOC_CAP_DMA_DESC_AXI, MALLOC_CAP_DMA);
    expect_adjusted(10, MALLOC_CAP_CACHE_ALIGNED | MALLOC_CAP_8BIT, MALLOC_CAP_8BIT);
    expect_adjusted(10, MALLOC_CAP_CACHE_ALIGNED | MALLOC_CAP_SPIRAM, MALLOC_CAP_SPIRAM);
    expect_adjusted(10, MALLOC_CAP_SIMD, MALLOC_CAP_SIMD);
    expect_adjusted(10, MALLOC_CAP_SPIRAM | MALLOC_CAP_DMA, MALLOC_CAP_SPIRAM);
    expect_adjusted(10, MALLOC_CAP_SPIRAM | MALLOC_CAP_DMA_DESC_AHB, MALLOC_CAP_SPIRAM);
}

static void hardware_rounding_that_overflows_ends_as_no_memory(void **state) {
    (void)state;
    for (size_t i = 0; i <= 64; i++) {
        size_t alignment = 64;
        size_t size = SIZE_MAX - i;
        uint32_t caps = MALLOC_CAP_DMA;
        esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
        assert_true(size >= SIZE_MAX - 64);
        assert_null(heap_caps_malloc(SIZE_MAX - i, MALLOC_CAP_DMA));
        api_expect_failure(SIZE_MAX - i, MALLOC_CAP_DMA, "heap_caps_malloc");
    }
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(exec_with_byte_access_or_dma_is_refused_everywhere),
        API_TEST(exec_blocks_are_words_in_executable_memory),
        API_TEST(alias_blocks_are_addresses_of_the_instruction_bus),
        API_TEST(the_hidden_word_holds_the_data_bus_address),
        API_TEST(alias_blocks_are_aligned_as_their_user_sees_them),
        API_TEST(size_queries_take_alias_pointers),
        API_TEST(realloc_of_an_alias_copies_in_the_order_of_its_user),
        API_TEST(calloc_clears_alias_blocks),
        API_TEST(a_damaged_hidden_word_is_reported_not_believed),
        API_TEST(interior_alias_pointers_are_reported_whatever_the_contents),
        API_TEST(word_only_heaps_serve_whole_words),
        API_TEST(hardware_steps_are_added_to_special_requests_only),
        API_TEST(hardware_rounding_that_overflows_ends_as_no_memory),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
