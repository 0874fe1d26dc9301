/* SPDX-License-Identifier: MIT */
/* mps2-an385: the rules for all tables, and the heaps for the symbols of facts/mps2_an385.json. */
#include "common.h"

#include "esp_memory_utils.h"

static void heaps_are_the_four_rams_less_program_and_stack(void **state) {
    (void)state;
    static const chip_heap_t heaps[] = {
        {0x0002a5c4, 0x3d5a3c, "SSRAM1", false},
        {0x01000000, 0x4000, "BRAM", false},
        {0x20000000, 0x3f8000, "SSRAM23", false},
        {0x21000000, 0x1000000, "PSRAM", false},
    };
    chip_expect_heaps(heaps, sizeof(heaps) / sizeof(heaps[0]));
}

static void code_runs_under_the_address_of_its_data(void **state) {
    (void)state;
    assert_string_equal(ch_chip.name, "mps2_an385");
    assert_true(esp_dram_match_iram());
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        assert_false(esp_ptr_in_diram_iram((const void *)soc_memory_regions[i].start));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHIP_COMMON_TESTS,
        cmocka_unit_test(heaps_are_the_four_rams_less_program_and_stack),
        cmocka_unit_test(code_runs_under_the_address_of_its_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
