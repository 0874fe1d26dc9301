/* SPDX-License-Identifier: MIT */
/*
 * A chip whose last row ends with the address space. There is no memory behind it: the row is a start-up stack that no test
 * opens, so boot describes, lists and links it, and touches nothing.
 */
#include "ch_test.h"

#include <string.h>

#include "chip_now.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "heap_memory_layout.h"

#define TOP_SIZE 0x10000u
#define TOP (UINTPTR_MAX - (TOP_SIZE - 1))
#define CAP_TOP (1u << 22)

static unsigned char ram[0x4000] __attribute__((aligned(64)));

enum { PLAIN, LAST };

const soc_memory_type_desc_t soc_memory_types[] = {
    [PLAIN] = {"plain", {MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT, 0}},
    [LAST] = {"last", {CAP_TOP, MALLOC_CAP_32BIT, 0}},
};
const size_t soc_memory_type_count = 2;

const soc_memory_region_t soc_memory_regions[] = {
    {(intptr_t)ram, sizeof(ram), PLAIN, 0, false},
    {(intptr_t)TOP, TOP_SIZE, LAST, 0, true},
};
const size_t soc_memory_region_count = 2;

static int boot(void **state) {
    (void)state;
    chip_now = (ch_chip_t){.name = "top", .max_request = 0x100000};
    heap_caps_init();
    return 0;
}

static void row_that_ends_with_the_address_space_is_listed_at_boot(void **state) {
    (void)state;
    assert_non_null(strstr(ch_test_output(), "At FFFF0000 len 0000FFFC (63 KiB): last"));
}

static void heaps_beside_it_work(void **state) {
    (void)state;
    void *p = heap_caps_malloc(100, MALLOC_CAP_DEFAULT);
    assert_true((uintptr_t)p - (uintptr_t)ram < sizeof(ram));
    assert_int_equal(heap_caps_get_total_size(0), sizeof(ram));
    assert_null(heap_caps_malloc(100, CAP_TOP));
    assert_true(heap_caps_check_integrity_all(true));
    heap_caps_free(p);
}

/* Its end is an address, so that a range at the top of the address space is seen to collide with it. */
static void ranges_that_collide_with_it_are_refused(void **state) {
    (void)state;
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {CAP_TOP, 0, 0};
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)TOP, (intptr_t)(UINTPTR_MAX - 3)), ESP_FAIL);
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)(TOP - 64), (intptr_t)(TOP + 64)), ESP_FAIL);
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)(TOP + 64), (intptr_t)(UINTPTR_MAX - 1)), ESP_FAIL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(row_that_ends_with_the_address_space_is_listed_at_boot, boot),
        cmocka_unit_test(heaps_beside_it_work),
        cmocka_unit_test(ranges_that_collide_with_it_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
