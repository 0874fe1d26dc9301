/* SPDX-License-Identifier: MIT */
/*
 * ESP32: the rules for all tables, and the heaps that ESP-IDF's documentation shows for the symbols of facts/esp32.json.
 */
#include "common.h"

#include <string.h>

#include "esp_heap_caps.h"

static void heaps_are_those_of_the_published_boot_log(void **state) {
    (void)state;
    static const chip_heap_t heaps[] = {
        {0x3ffae6e0, 0x1920, "DRAM", false},   {0x3ffb2ec8, 0x2d138, "DRAM", false}, {0x3ffe0440, 0x3ae0, "D/IRAM", true},
        {0x3ffe4350, 0x1bcb0, "D/IRAM", true}, {0x4008944c, 0x16bb4, "IRAM", false},
    };
    chip_expect_heaps(heaps, sizeof(heaps) / sizeof(heaps[0]));
}

static void only_iram_takes_nothing_but_words(void **state) {
    (void)state;
    assert_string_equal(ch_chip.name, "esp32");
    for (size_t t = 0; t < soc_memory_type_count; t++) {
        bool word_only = ((ch_chip.word_only_types >> t) & 1u) != 0;
        assert_int_equal(word_only, strcmp(soc_memory_types[t].name, "IRAM") == 0);
    }
}

static void instruction_bus_sees_diram_backwards(void **state) {
    (void)state;
    assert_true(ch_chip.diram_inverted);
    size_t rows_with_alias = 0;
    for (size_t i = 1; i < soc_memory_region_count; i++) {
        const soc_memory_region_t *row = &soc_memory_regions[i];
        rows_with_alias += row->iram_address != 0;
        if (row->iram_address != 0 && row[-1].iram_address != 0) {
            assert_true(row->iram_address < row[-1].iram_address);
        }
    }
    assert_int_equal(rows_with_alias, 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHIP_COMMON_TESTS,
        cmocka_unit_test(heaps_are_those_of_the_published_boot_log),
        cmocka_unit_test(only_iram_takes_nothing_but_words),
        cmocka_unit_test(instruction_bus_sees_diram_backwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
