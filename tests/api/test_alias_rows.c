/* SPDX-License-Identifier: MIT */
/*
 * Second addresses on a made-up chip: D/IRAM, and low-power fast RAM that the instruction bus sees elsewhere; pointers there that
 * lead to no block, and hidden words that were overwritten. As in tests/chips/made_up_chip_test.c nothing is behind the
 * instruction bus.
 */
#include "ch_test.h"

#include "caps/alias.h"
#include "chips/chip_now.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_memory_utils.h"

enum { PLAIN, DIRAM, FAST, SIZE = 0x2000 };

#define CODE_LOW 0xE0000000u
#define FAST_LOW 0xE8000000u
#define CAPS_CODE (MALLOC_CAP_DEFAULT | (CH_CFG_HAS_EXEC_HEAP ? 1u : 0u))
#define CAP_FAST (1u << 22)
#define CAP_SAME (1u << 23)
#define CAPS_FAST_CODE (CAP_FAST | (CH_CFG_HAS_EXEC_HEAP ? 1u : 0u))

static unsigned char ram[3 * SIZE + 64] __attribute__((aligned(64)));

const soc_memory_type_desc_t soc_memory_types[] = {
    [PLAIN] = {"plain", {MALLOC_CAP_8BIT, MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT, CAP_SAME | 1u}},
    [DIRAM] = {"diram", {0, MALLOC_CAP_DEFAULT, MALLOC_CAP_32BIT | 1u}},
    [FAST] = {"fast", {CAP_FAST, 0, MALLOC_CAP_32BIT | 1u}},
};
const size_t soc_memory_type_count = 3;
const soc_memory_region_t soc_memory_regions[] = {
    {(intptr_t)ram, SIZE, PLAIN, 0, false},
    {(intptr_t)(ram + SIZE), SIZE, DIRAM, 0, false},
    {(intptr_t)(ram + 2 * SIZE), SIZE, FAST, 0, false},
};
const size_t soc_memory_region_count = 3;

/* The hidden word has 32 bits. */
static bool runs(void) { return CH_CFG_HAS_EXEC_HEAP && (uintptr_t)ram <= UINT32_MAX; }

static uint32_t *word_before(const void *p) {
    return esp_ptr_in_diram_iram(p) ? (uint32_t *)esp_ptr_diram_iram_to_dram((const char *)p - 4)
                                    : (uint32_t *)esp_ptr_rtc_iram_to_dram((const char *)p - 4);
}

/* The data-bus address of the block that p was handed out for, as either address; NULL: there is none. */
static void *block_of(const void *p) {
    ch_claim_t claim = ch_alias_claim(p);
    return claim.size ? claim.block : NULL;
}

static void code_in_low_power_ram_has_its_own_address(void **state) {
    (void)state;
    if (!runs()) skip();
    for (size_t alignment = 4; alignment <= 64; alignment *= 2) {
        chip_now.diram_inverted = alignment & 8; /* of no concern to low-power RAM */
        char *p = heap_caps_aligned_alloc(alignment, 60, CAPS_FAST_CODE);
        assert_true(esp_ptr_in_rtc_iram_fast(p));
        assert_int_equal((uintptr_t)p % alignment, 0);
        assert_true(heap_caps_get_allocated_size(p) >= 60);
        assert_int_equal(heap_caps_get_containing_block_size(p + 20), heap_caps_get_allocated_size(p));
        p = heap_caps_realloc(p, 200, CAPS_FAST_CODE);
        assert_true(esp_ptr_in_rtc_iram_fast(p));
        heap_caps_free(p);
    }
    chip_now.diram_inverted = false;
    assert_true(heap_caps_check_integrity_all(true));
}

static void ram_with_one_address_for_both_buses_needs_none(void **state) {
    (void)state;
    if (!runs()) skip();
    void *p = heap_caps_malloc(60, CAP_SAME | 1u);
    assert_true((unsigned char *)p >= ram && (unsigned char *)p < ram + SIZE);
    p = heap_caps_realloc(p, 90, CAP_SAME | 1u);
    assert_true((unsigned char *)p >= ram && (unsigned char *)p < ram + SIZE);
    heap_caps_free(p);
    ch_window_t kept = chip_now.rtc_iram;
    chip_now.rtc_iram = chip_now.rtc_dram; /* a chip whose buses agree on low-power RAM */
    p = heap_caps_malloc(60, CAPS_FAST_CODE);
    assert_true(esp_ptr_in_rtc_dram_fast(p));
    heap_caps_free(p);
    chip_now.rtc_iram.low = chip_now.rtc_dram.low, chip_now.rtc_iram.high = chip_now.rtc_dram.high - 64; /* nearly */
    p = heap_caps_malloc(60, CAPS_FAST_CODE);
    assert_true(esp_ptr_in_rtc_dram_fast(p));
    heap_caps_free(p);
    chip_now.rtc_iram = kept;
    kept = chip_now.diram_iram;
    chip_now.diram_iram = chip_now.diram_dram;
    p = heap_caps_malloc(60, CAPS_CODE);
    assert_true(esp_ptr_in_diram_dram(p));
    heap_caps_free(p);
    chip_now.diram_iram = kept;
}

static void data_becomes_code_by_a_move(void **state) {
    (void)state;
    if (!runs()) skip();
    char *p = heap_caps_malloc(60, MALLOC_CAP_DEFAULT);
    assert_true(esp_ptr_in_diram_dram(p));
    p = heap_caps_realloc(p, 60, CAPS_CODE);
    assert_true(esp_ptr_in_diram_iram(p));
    heap_caps_free(p);
}

static void pointers_that_were_never_handed_out_lead_to_no_block(void **state) {
    (void)state;
    if (!runs()) skip();
    char *p = heap_caps_malloc(60, CAPS_CODE);
    const void *wrong[] = {ram + 100, p + 1, p + 8, (void *)(uintptr_t)CODE_LOW, (void *)(uintptr_t)(FAST_LOW + SIZE + 16)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(block_of(wrong[i]));
    }
    if (!CH_CFG_NDEBUG) CH_EXPECT_FATAL(heap_caps_realloc(p + 8, 20, CAPS_CODE));
    assert_non_null(block_of(p));
    heap_caps_free(p);
}

/* The hidden word says where the block lies, the one before it how it is aligned: neither is believed. */
static void overwritten_hidden_words_lead_to_no_block(void **state) {
    (void)state;
    if (!runs()) skip();
    for (int inverted = 0; inverted < 2; inverted++) {
        chip_now.diram_inverted = inverted;
        char *p = heap_caps_aligned_alloc(64, 100, CAPS_CODE), *other = heap_caps_malloc(40, CAPS_CODE);
        uint32_t *hidden = word_before(p), *alignment = inverted ? hidden + 1 : hidden - 1, kept = *hidden, asked = *alignment;
        uint32_t forged[] = {0, kept + CH_G, kept - CH_G, (uint32_t)(uintptr_t)ram, *word_before(other)};
        for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
            *hidden = forged[i];
            assert_null(block_of(p));
        }
        *hidden = kept;
        uint32_t bad[] = {3, 96, 128u << 20, 0x80000000u};
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            *alignment = bad[i];
            assert_null(block_of(p));
        }
        *alignment = asked;
        assert_non_null(block_of(p));
        heap_caps_free(other);
        heap_caps_free(p);
    }
    chip_now.diram_inverted = false;
}

/* Within a block a word that looks like its hidden word stands in the wrong place. */
static void hidden_words_count_in_their_place_only(void **state) {
    (void)state;
    if (!runs()) skip();
    for (int inverted = 0; inverted < 2; inverted++) {
        chip_now.diram_inverted = inverted;
        char *p = heap_caps_calloc(1, 100, CAPS_CODE);
        uint32_t hidden = *word_before(p);
        for (size_t at = 8; at < 96; at += 4) {
            *word_before(p + at) = hidden;
            assert_null(block_of(p + at));
            *word_before(p + at) = 0;
        }
        heap_caps_free(p);
    }
    chip_now.diram_inverted = false;
}

static void blocks_that_are_no_code_have_no_second_address(void **state) {
    (void)state;
    if (!runs()) skip();
    for (int inverted = 0; inverted < 2; inverted++) {
        chip_now.diram_inverted = inverted;
        char *p = heap_caps_calloc(1, 2 * CH_G, MALLOC_CAP_DEFAULT), *q = heap_caps_calloc(1, 100, MALLOC_CAP_DEFAULT);
        assert_int_equal(heap_caps_get_containing_block_size(esp_ptr_diram_dram_to_iram(p + 4)), 2 * CH_G);
        assert_int_equal(heap_caps_get_containing_block_size(esp_ptr_diram_dram_to_iram(q + 4)), heap_caps_get_allocated_size(q));
        heap_caps_free(p);
        heap_caps_free(q);
        assert_null(ch_alias_user(ch_registry_find(ram + 100), ram + 100)); /* RAM without a second address */
    }
    chip_now.diram_inverted = false;
}

static void no_request_for_code_wraps(void **state) {
    (void)state;
    if (!runs()) skip();
    const ch_region_t *r = ch_registry_find(ram + SIZE + 100);
    for (size_t less = 0; less < 2 * CH_ALIAS_HEAD; less++) assert_null(ch_alias_alloc(r, SIZE_MAX - less, 4));
    assert_true(heap_caps_check_integrity_all(true));
}

static void a_chip_s_largest_request_is_none_of_its_heaps(void **state) {
    (void)state;
    size_t kept = chip_now.max_request;
    chip_now.max_request = 3000;
    assert_null(heap_caps_malloc(3001, MALLOC_CAP_8BIT));
    void *p = heap_caps_malloc(3000, MALLOC_CAP_8BIT);
    assert_non_null(p);
    assert_null(heap_caps_malloc(3001, MALLOC_CAP_8BIT)); /* the mask is known now */
    assert_null(heap_caps_aligned_alloc(64, 3001, MALLOC_CAP_8BIT));
    assert_null(heap_caps_aligned_alloc(64, 0, MALLOC_CAP_8BIT));
    heap_caps_free(p);
    p = heap_caps_aligned_alloc(64, 3000, MALLOC_CAP_8BIT);
    assert_non_null(p);
    heap_caps_free(p);
    chip_now.max_request = kept;
}

static int begin(void **state) {
    (void)state;
    chip_now = (ch_chip_t){
        .name = "made up",
        .max_request = 0x100000,

        .diram_dram = {(uintptr_t)ram + SIZE, (uintptr_t)ram + 2 * SIZE},
        .diram_iram = {CODE_LOW, CODE_LOW + SIZE},
        /* Longer than the heap in it: there are second addresses of no heap at all. */
        .rtc_dram = {(uintptr_t)ram + 2 * SIZE, (uintptr_t)ram + 3 * SIZE + 64},
        .rtc_iram = {FAST_LOW, FAST_LOW + SIZE + 64},
    };
    heap_caps_init();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_in_low_power_ram_has_its_own_address),
        cmocka_unit_test(ram_with_one_address_for_both_buses_needs_none),
        cmocka_unit_test(data_becomes_code_by_a_move),
        cmocka_unit_test(pointers_that_were_never_handed_out_lead_to_no_block),
        cmocka_unit_test(overwritten_hidden_words_lead_to_no_block),
        cmocka_unit_test(hidden_words_count_in_their_place_only),
        cmocka_unit_test(blocks_that_are_no_code_have_no_second_address),
        cmocka_unit_test(no_request_for_code_wraps),
        cmocka_unit_test(a_chip_s_largest_request_is_none_of_its_heaps),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
