/* SPDX-License-Identifier: MIT */
/*
 * ESP32-C3: the rules for all tables, and the heaps that ESP-IDF's tables give for the symbols of facts/esp32c3.json, made
 * up within the limits of its linker script.
 */
#include "common.h"

#include "esp_heap_caps.h"

static void heaps_are_those_of_the_worked_example(void **state) {
    (void)state;
    static const chip_heap_t heaps[] = {
        {0x3fc95000, 0x2b000, "RAM", false},
        {0x3fcc0000, 0x1c710, "Retention RAM", false},
        {0x3fcdc710, 0x2950, "Retention RAM", true},
        {0x50000010, 0x1fd8, "RTCRAM", false},
    };
    chip_expect_heaps(heaps, sizeof(heaps) / sizeof(heaps[0]));
}

static void memory_protection_leaves_no_executable_heap(void **state) {
    (void)state;
    const uint32_t exec = 1u << 0;
    assert_string_equal(ch_chip.name, "esp32c3");
    for (size_t t = 0; t < soc_memory_type_count; t++) {
        const uint32_t *caps = soc_memory_types[t].caps;
        assert_int_equal((caps[0] | caps[1] | caps[2]) & exec, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHIP_COMMON_TESTS,
        cmocka_unit_test(heaps_are_those_of_the_worked_example),
        cmocka_unit_test(memory_protection_leaves_no_executable_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
