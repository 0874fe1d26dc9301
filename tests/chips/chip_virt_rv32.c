/* SPDX-License-Identifier: MIT */
/* QEMU virt: the rules for all tables, and its heaps. All addresses are above 0x80000000; the linker contributes none. */
#include "common.h"

#include "esp_memory_utils.h"

static void heaps_are_the_rows_of_the_table(void **state) {
    (void)state;
    static const chip_heap_t
        heaps[] =
            {
                {0x80100000, 0x80000, "RAM", false},
                {0x80180000, 0x8000, "RAM", true}, /* touches the one before, but cannot be used as early */
                {0x80200000, 0x40000, "DMARAM", false},
                {0x80240000, 0x20000, "WORDRAM", false},
                {0x80260000, 0x4000, "TCM", false},
                {0x80264000, 0x2000, "RTCRAM", false},
                {0x81000000, 0x800000, "EXT", false},
            };
    chip_expect_heaps(heaps, sizeof(heaps) / sizeof(heaps[0]));
}

static void code_runs_under_the_address_of_its_data(void **state) {
    (void)state;
    assert_string_equal(ch_chip.name, "virt_rv32");
    assert_true(esp_dram_match_iram());
    assert_true(esp_rtc_dram_match_rtc_iram());
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        assert_false(esp_ptr_in_diram_iram((const void *)soc_memory_regions[i].start));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHIP_COMMON_TESTS,
        cmocka_unit_test(heaps_are_the_rows_of_the_table),
        cmocka_unit_test(code_runs_under_the_address_of_its_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
