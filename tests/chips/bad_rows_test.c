/* SPDX-License-Identifier: MIT */
/* Tables that no chip may have: boot refuses rows that overlap, and one that is larger than a heap may be. */
#include "ch_test.h"

#include "chip_now.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "heap_memory_layout.h"

static unsigned char ram[0x4000] __attribute__((aligned(64)));

const soc_memory_type_desc_t soc_memory_types[] = {{"plain", {MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL, 0, 0}}};
const size_t soc_memory_type_count = 1;

const soc_memory_region_t soc_memory_regions[] = {
    {(intptr_t)ram, 0x2000, 0, 0, false},
    {(intptr_t)(ram + 0x1ffc), 0x2004, 0, 0, true},
};
const size_t soc_memory_region_count = 2;

static void row_larger_than_a_heap_may_be_is_fatal(void **state) {
    (void)state;
    chip_now = (ch_chip_t){.name = "too large", .max_request = 0x1ffc};
    CH_EXPECT_FATAL(heap_caps_init());
    assert_string_equal(ch_test_fatal_reason(), "heap_caps_init: a region is larger than a heap may be");
    assert_ptr_equal(ch_test_fatal_address(), ram);
}

static void rows_that_overlap_are_fatal(void **state) {
    (void)state;
    chip_now = (ch_chip_t){.name = "overlapping", .max_request = 0x4000};
    CH_EXPECT_FATAL(heap_caps_init());
    assert_string_equal(ch_test_fatal_reason(), "heap_caps_init: regions overlap, or are not ascending");
    assert_ptr_equal(ch_test_fatal_address(), ram + 0x1ffc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_larger_than_a_heap_may_be_is_fatal), /* nothing is on the list after it */
        cmocka_unit_test(rows_that_overlap_are_fatal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
