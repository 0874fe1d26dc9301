/* SPDX-License-Identifier: MIT */
/*
 * A chip without a region that could hold the descriptors. Boot says so and stops; with NDEBUG (variant ndebug) there are no
 * heaps then.
 */
#include "ch_test.h"

#include "capheap/config.h"
#include "chip_now.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "heap_memory_layout.h"

static unsigned char ram[0x1000] __attribute__((aligned(64)));

/* Internal, but not for bytes. */
const soc_memory_type_desc_t soc_memory_types[] = {{"words", {MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL, 0, 0}}};
const size_t soc_memory_type_count = 1;

const soc_memory_region_t soc_memory_regions[] = {{(intptr_t)ram, sizeof ram, 0, 0, false}};
const size_t soc_memory_region_count = 1;

static void without_room_for_descriptors_there_are_no_heaps(void **state) {
    (void)state;
    chip_now = (ch_chip_t){.name = "no room", .max_request = 0x1000};
    if (CH_CFG_NDEBUG)
        heap_caps_init();
    else
        CH_EXPECT_FATAL(heap_caps_init());
    assert_int_equal(heap_caps_get_total_size(MALLOC_CAP_32BIT), 0);
    assert_null(heap_caps_malloc(4, MALLOC_CAP_32BIT));
    assert_true(heap_caps_check_integrity_all(true));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_room_for_descriptors_there_are_no_heaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
