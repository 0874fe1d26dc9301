/* SPDX-License-Identifier: MIT */
/*
 * Address tests and second addresses on made-up chips of five kinds: both buses with inverted order, both buses in the same
 * order, one address for all, RAM scattered over the address space, and one that has none of it and lies above 0x80000000.
 */
#include "ch_test.h"

#include <string.h>

#include "chip_now.h"
#include "esp_heap_caps.h"
#include "esp_memory_utils.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT(address) ((const void *)(uintptr_t)(address))

static const ch_chip_t inverted = {
    .dram = {0x3ffae000, 0x40000000},
    .iram = {0x40080000, 0x400aa000},
    .diram_dram = {0x3ffe0000, 0x40000000},
    .diram_iram = {0x400a0000, 0x400c0000},
    .diram_inverted = true,
    .rtc_dram = {0x3ff80000, 0x3ff82000},
    .rtc_iram = {0x400c0000, 0x400c2000},
    .rtc_slow = {0x50000000, 0x50002000},
    .external = {0x3f800000, 0x3fc00000},
    .dma = {0x3ffae000, 0x40000000},
    .byte_accessible = {0x3ff90000, 0x40000000},
    .internal = {0x3ff90000, 0x400c2000},
};

static const ch_chip_t same_order = {
    .dram = {0x3fc80000, 0x3fce0000},
    .iram = {0x4037c000, 0x403e0000},
    .diram_dram = {0x3fc80000, 0x3fce0000},
    .diram_iram = {0x40380000, 0x403e0000},
    .rtc_dram = {0x50000000, 0x50002000},
    .rtc_iram = {0x50000000, 0x50002000},
    .dma = {0x3fc80000, 0x3fce0000},
    .byte_accessible = {0x3fc80000, 0x3fd00000},
    .internal = {0x3fc80000, 0x3fce0000},
};

static const ch_chip_t one_address = {
    .dram = {0x80000000u, 0x81000000u},
    .iram = {0x80000000u, 0x81000000u},
    .diram_dram = {0x80000000u, 0x81000000u},
    .diram_iram = {0x80000000u, 0x81000000u},
    .rtc_dram = {0x80264000u, 0x80266000u},
    .rtc_iram = {0x80264000u, 0x80266000u},
    .spm = {0x90000000u, 0x90004000u},
    .external = {0xf0000000u, 0xfffff000u},
    .dma = {0x80200000u, 0x80240000u},
    .byte_accessible = {0x80000000u, 0x80240000u},
    .internal = {0x80000000u, 0x81000000u},
};

static const ch_chip_t scattered = {
    .spm = {0x20000000, 0x20020000},
    .spm2 = {0x00000000, 0x00010000},
    .apart = {0x15000000, 0x15004000},
    .external = {0x60000000, 0x70000000},
    .dma = {0x24000000, 0x24080000},
    .dma_external = {0x60000000, 0x60800000},
    .byte_accessible = {0x24000000, 0x24080000},
    .internal = {0x24000000, 0x24080000},
    .rom = {0x1ff00000, 0x1ff20000},
    .flash_data = {0x08000000, 0x08200000},
};

static const ch_chip_t bare = {.dram = {0x7ffff000, 0x80001000u}, .iram = {0x1000, 0x2000}};

typedef bool (*address_test_t)(const void *p);

/* True from low on, up to and without high. */
static void expect_window(address_test_t test, uintptr_t low, uintptr_t high) {
    assert_false(test(AT(low - 1)));
    assert_true(test(AT(low)));
    assert_true(test(AT(low + (high - low) / 2)));
    assert_true(test(AT(high - 1)));
    assert_false(test(AT(high)));
}

static void expect_nowhere(address_test_t test) {
    const uintptr_t addresses[] = {0, 1, 0x1000, 0x3ffb0000, 0x7fffffff, 0x80000000u, 0x80001000u, 0xffffffffu, UINTPTR_MAX};
    for (size_t i = 0; i < COUNT(addresses); i++) {
        assert_false(test(AT(addresses[i])));
    }
}

static void windows_hold_their_first_byte_and_not_their_end(void **state) {
    (void)state;
    chip_now = inverted;
    expect_window(esp_ptr_in_dram, 0x3ffae000, 0x40000000);
    expect_window(esp_ptr_in_iram, 0x40080000, 0x400aa000);
    expect_window(esp_ptr_in_diram_dram, 0x3ffe0000, 0x40000000);
    expect_window(esp_ptr_in_diram_iram, 0x400a0000, 0x400c0000);
    expect_window(esp_ptr_in_rtc_dram_fast, 0x3ff80000, 0x3ff82000);
    expect_window(esp_ptr_in_rtc_iram_fast, 0x400c0000, 0x400c2000);
    expect_window(esp_ptr_in_rtc_slow, 0x50000000, 0x50002000);
    expect_window(esp_ptr_dma_capable, 0x3ffae000, 0x40000000);
    expect_window(esp_ptr_external_ram, 0x3f800000, 0x3fc00000);
}

static void windows_above_the_sign_boundary_work(void **state) {
    (void)state;
    chip_now = one_address;
    expect_window(esp_ptr_in_dram, 0x80000000u, 0x81000000u);
    expect_window(esp_ptr_dma_capable, 0x80200000u, 0x80240000u);
    expect_window(esp_ptr_external_ram, 0xf0000000u, 0xfffff000u);
    expect_window(esp_ptr_in_spm, 0x90000000u, 0x90004000u);
    chip_now = bare;
    expect_window(esp_ptr_in_dram, 0x7ffff000, 0x80001000u);
}

static void windows_that_a_chip_lacks_hold_nothing(void **state) {
    (void)state;
    chip_now = bare;
    expect_nowhere(esp_ptr_in_diram_dram);
    expect_nowhere(esp_ptr_in_diram_iram);
    expect_nowhere(esp_ptr_in_rtc_dram_fast);
    expect_nowhere(esp_ptr_in_rtc_iram_fast);
    expect_nowhere(esp_ptr_in_rtc_slow);
    expect_nowhere(esp_ptr_in_spm);
    expect_nowhere(esp_ptr_dma_capable);
    expect_nowhere(esp_ptr_dma_ext_capable);
    expect_nowhere(esp_ptr_external_ram);
    expect_nowhere(esp_ptr_byte_accessible);
    expect_nowhere(esp_ptr_internal);
}

static void views_are_one_only_where_they_are_identical(void **state) {
    (void)state;
    chip_now = inverted;
    assert_false(esp_dram_match_iram());
    assert_false(esp_rtc_dram_match_rtc_iram());
    chip_now = same_order;
    assert_false(esp_dram_match_iram());
    assert_true(esp_rtc_dram_match_rtc_iram());
    chip_now = one_address;
    assert_true(esp_dram_match_iram());
    assert_true(esp_rtc_dram_match_rtc_iram());
    chip_now = bare;
    assert_false(esp_dram_match_iram());
    assert_false(esp_rtc_dram_match_rtc_iram()); /* there is none */
    chip_now.iram = chip_now.dram;
    chip_now.iram.high -= 4;
    assert_false(esp_dram_match_iram());
}

static void instruction_view_counts_only_where_it_is_a_second_one(void **state) {
    (void)state;
    chip_now = one_address;
    expect_nowhere(esp_ptr_in_diram_iram);
    assert_false(esp_ptr_in_diram_iram(AT(0x80100000u)));
    assert_true(esp_ptr_in_diram_dram(AT(0x80100000u)));
}

static void kinds_that_several_windows_share(void **state) {
    (void)state;
    chip_now = inverted;
    expect_window(esp_ptr_byte_accessible, 0x3f800000, 0x3fc00000);
    expect_window(esp_ptr_byte_accessible, 0x3ff80000, 0x3ff82000);
    expect_window(esp_ptr_byte_accessible, 0x3ff90000, 0x40000000);
    assert_false(esp_ptr_byte_accessible(AT(0x40080000)));
    expect_window(esp_ptr_internal, 0x3ff90000, 0x400c2000);
    expect_window(esp_ptr_internal, 0x50000000, 0x50002000);
    expect_window(esp_ptr_internal, 0x3ff80000, 0x3ff82000);
    assert_false(esp_ptr_internal(AT(0x3f800000)));
    expect_window(esp_ptr_executable, 0x40080000, 0x400c2000); /* IRAM, D/IRAM and RTC RAM follow one another */
    expect_window(esp_ptr_executable, 0x3f800000, 0x3fc00000);
    assert_false(esp_ptr_executable(AT(0x3ffb0000)));

    chip_now = one_address;
    expect_window(esp_ptr_byte_accessible, 0x80264000u, 0x80266000u);
    expect_window(esp_ptr_byte_accessible, 0x90000000u, 0x90004000u);
    assert_false(esp_ptr_byte_accessible(AT(0x80240000u)));
    expect_window(esp_ptr_internal, 0x90000000u, 0x90004000u);
    assert_true(esp_ptr_executable(AT(0x80300000u)));
}

static void second_scratchpads_and_far_off_ram_count_like_the_first(void **state) {
    (void)state;
    chip_now = scattered;
    expect_window(esp_ptr_in_spm, 0x20000000, 0x20020000);
    assert_true(esp_ptr_in_spm(AT(0)) && esp_ptr_in_spm(AT(0xffff)));
    assert_false(esp_ptr_in_spm(AT(0x10000)));
    expect_window(esp_ptr_internal, 0x15000000, 0x15004000);
    expect_window(esp_ptr_byte_accessible, 0x15000000, 0x15004000);
    expect_window(esp_ptr_dma_capable, 0x15000000, 0x15004000);
    expect_window(esp_ptr_dma_capable, 0x24000000, 0x24080000);
    expect_window(esp_ptr_dma_ext_capable, 0x60000000, 0x60800000);
    assert_false(esp_ptr_dma_capable(AT(0x60000000)));
    assert_true(esp_ptr_internal(AT(0x100)) && esp_ptr_byte_accessible(AT(0x100)));
    assert_false(esp_ptr_external_ram(AT(0x15000000)));
}

static void word_alignment(void **state) {
    (void)state;
    assert_true(esp_ptr_word_aligned(NULL));
    assert_true(esp_ptr_word_aligned(AT(0xfffffffcu)));
    for (uintptr_t i = 1; i < 4; i++) {
        assert_false(esp_ptr_word_aligned(AT(0x80000000u + i)));
    }
}

static void expect_alias(uintptr_t data, uintptr_t instruction) {
    assert_int_equal((uintptr_t)esp_ptr_diram_dram_to_iram(AT(data)), instruction);
    assert_int_equal((uintptr_t)esp_ptr_diram_iram_to_dram(AT(instruction)), data);
}

static void inverted_translation_runs_backwards(void **state) {
    (void)state;
    chip_now = inverted;
    expect_alias(0x3ffe0000, 0x400bfffc);
    expect_alias(0x3ffffffc, 0x400a0000);
    expect_alias(0x3ffe4000, 0x400bbffc);
}

static void plain_translation_keeps_the_order(void **state) {
    (void)state;
    chip_now = same_order;
    expect_alias(0x3fc80000, 0x40380000);
    expect_alias(0x3fcdfffc, 0x403dfffc);
    chip_now = one_address;
    expect_alias(0x80123450u, 0x80123450u);
}

static void translation_there_and_back_ends_where_it_began(void **state) {
    (void)state;
    const ch_chip_t *chips[] = {&inverted, &same_order, &one_address};
    for (size_t i = 0; i < COUNT(chips); i++) {
        chip_now = *chips[i];
        for (uintptr_t data = chip_now.diram_dram.low; data < chip_now.diram_dram.high; data += 0x5f4) {
            void *instruction = esp_ptr_diram_dram_to_iram(AT(data));
            assert_true((uintptr_t)instruction >= chip_now.diram_iram.low && (uintptr_t)instruction < chip_now.diram_iram.high);
            assert_true(esp_ptr_word_aligned(instruction));
            assert_int_equal((uintptr_t)esp_ptr_diram_iram_to_dram(instruction), data);
        }
    }
}

static void low_power_ram_is_translated_in_order(void **state) {
    (void)state;
    chip_now = inverted;
    for (uintptr_t offset = 0; offset < 0x2000; offset += 0x1fc) {
        assert_int_equal((uintptr_t)esp_ptr_rtc_dram_to_iram(AT(0x3ff80000 + offset)), 0x400c0000 + offset);
        assert_int_equal((uintptr_t)esp_ptr_rtc_iram_to_dram(AT(0x400c0000 + offset)), 0x3ff80000 + offset);
    }
    chip_now = same_order;
    assert_int_equal((uintptr_t)esp_ptr_rtc_dram_to_iram(AT(0x50000010)), 0x50000010);
    assert_int_equal((uintptr_t)esp_ptr_rtc_iram_to_dram(AT(0x50000010)), 0x50000010);
}

static void rom_and_flash_have_windows_of_their_own(void **state) {
    (void)state;
    chip_now = scattered;
    expect_window(esp_ptr_in_rom, 0x1ff00000, 0x1ff20000);
    expect_window(esp_ptr_in_drom, 0x08000000, 0x08200000);
    chip_now = bare;
    expect_nowhere(esp_ptr_in_rom);
    expect_nowhere(esp_ptr_in_drom);
}

/* Sixteen bytes or more inside, and a multiple of 16. */
static void expect_stacks(bool (*test)(uint32_t sp), uint32_t low, uint32_t high) {
    assert_false(test(low));
    assert_false(test(low + 15));
    assert_true(test(low + 16));
    assert_false(test(low + 20));
    assert_true(test(high - 16));
    assert_false(test(high - 15));
    assert_false(test(high));
}

static void stack_pointers_lie_inside_and_in_steps(void **state) {
    (void)state;
    chip_now = inverted;
    expect_stacks(esp_stack_ptr_in_dram, 0x3ffae000, 0x40000000);
    expect_stacks(esp_stack_ptr_in_extram, 0x3f800000, 0x3fc00000);
    expect_stacks(esp_stack_ptr_is_sane, 0x3ffae000, 0x40000000);
    expect_stacks(esp_stack_ptr_is_sane, 0x3f800000, 0x3fc00000);
    expect_stacks(esp_stack_ptr_is_sane, 0x3ff80000, 0x3ff82000); /* low-power RAM */
    assert_false(esp_stack_ptr_is_sane(0x40080100));              /* word-only */
    chip_now = one_address;
    expect_stacks(esp_stack_ptr_in_dram, 0x80000000u, 0x81000000u);
    expect_stacks(esp_stack_ptr_is_sane, 0x90000000u, 0x90004000u);
    chip_now = scattered;
    assert_false(esp_stack_ptr_in_dram(0));
    assert_false(esp_stack_ptr_in_dram(16));
    assert_false(esp_stack_ptr_in_extram(0x5ffffff0));
}

static void the_stack_of_the_moment_may_lie_in_external_ram(void **state) {
    (void)state;
    uintptr_t here = (uintptr_t)&state;
    chip_now = bare;
    assert_true(esp_task_stack_is_sane_cache_disabled());
    chip_now.external = (ch_window_t){here - 0x10000, here + 0x10000};
    assert_false(esp_task_stack_is_sane_cache_disabled());
}

/* Before there are heaps. */
static void reports_know_the_windows_that_are_no_heap_s(void **state) {
    (void)state;
    if (CH_CFG_NDEBUG || !ch_test_on_host()) skip(); /* elsewhere the stack may lie there */
    chip_now = scattered;
    CH_EXPECT_FATAL(heap_caps_free((void *)0x08000010));
    assert_non_null(strstr(ch_test_output(), "\n  place: constants in flash\n"));
    ch_test_output_clear();
    CH_EXPECT_FATAL(heap_caps_free((void *)0x1ff00010));
    assert_non_null(strstr(ch_test_output(), "\n  place: mask ROM\n"));
    chip_now = bare;
    ch_test_output_clear();
    CH_EXPECT_FATAL(heap_caps_free((void *)0x1ff00010));
    assert_null(strstr(ch_test_output(), "\n  place: mask ROM\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_hold_their_first_byte_and_not_their_end),
        cmocka_unit_test(windows_above_the_sign_boundary_work),
        cmocka_unit_test(windows_that_a_chip_lacks_hold_nothing),
        cmocka_unit_test(views_are_one_only_where_they_are_identical),
        cmocka_unit_test(instruction_view_counts_only_where_it_is_a_second_one),
        cmocka_unit_test(kinds_that_several_windows_share),
        cmocka_unit_test(second_scratchpads_and_far_off_ram_count_like_the_first),
        cmocka_unit_test(word_alignment),
        cmocka_unit_test(inverted_translation_runs_backwards),
        cmocka_unit_test(plain_translation_keeps_the_order),
        cmocka_unit_test(translation_there_and_back_ends_where_it_began),
        cmocka_unit_test(low_power_ram_is_translated_in_order),
        cmocka_unit_test(rom_and_flash_have_windows_of_their_own),
        cmocka_unit_test(stack_pointers_lie_inside_and_in_steps),
        cmocka_unit_test(the_stack_of_the_moment_may_lie_in_external_ram),
        cmocka_unit_test(reports_know_the_windows_that_are_no_heap_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
