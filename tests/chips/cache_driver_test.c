/* SPDX-License-Identifier: MIT */
/*
 * A platform with a cache driver of its own, in place of the weak esp_cache_get_alignment(): one that can't tell the line of some
 * memory. And the windows that tests of other chips do not ask about.
 */
#include "ch_test.h"

#include "chip_now.h"
#include "esp_heap_caps.h"
#include "esp_memory_utils.h"
#include "esp_private/esp_cache_private.h"
#include "esp_private/heap_align_hw.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* the old names are tested too */

esp_err_t esp_cache_get_alignment(uint32_t heap_caps, size_t *out_alignment) {
    if (heap_caps & MALLOC_CAP_SPIRAM) return ESP_ERR_NOT_SUPPORTED;
    *out_alignment = 128;
    return ESP_OK;
}

static void memory_whose_line_the_driver_cannot_tell_serves_no_such_request(void **state) {
    (void)state;
    size_t alignment = 4, size = 100;
    uint32_t caps = MALLOC_CAP_SPIRAM | MALLOC_CAP_CACHE_ALIGNED;
    esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
    assert_true(caps & MALLOC_CAP_INVALID);
    assert_int_equal(alignment, 4);
    assert_int_equal(size, 100);
}

static void the_drivers_line_is_what_requests_get(void **state) {
    (void)state;
    size_t alignment = 4, size = 100;
    uint32_t caps = MALLOC_CAP_INTERNAL | MALLOC_CAP_CACHE_ALIGNED;
    esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
    assert_int_equal(alignment, 128);
    assert_int_equal(size, 128);
    assert_int_equal(caps, MALLOC_CAP_INTERNAL);
}

static void the_second_address_of_ram_is_executable(void **state) {
    (void)state;
    chip_now = (ch_chip_t){.diram_dram = {0x3000, 0x4000}, .diram_iram = {0x8000, 0x9000}, .spm = {0x10000, 0x11000}};
    assert_true(esp_ptr_executable((const void *)0x8000));
    assert_false(esp_ptr_executable((const void *)0x3000));
    assert_true(esp_ptr_in_tcm((const void *)0x10ffc));
    assert_false(esp_ptr_in_tcm((const void *)0x11000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_whose_line_the_driver_cannot_tell_serves_no_such_request),
        cmocka_unit_test(the_drivers_line_is_what_requests_get),
        cmocka_unit_test(the_second_address_of_ram_is_executable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
