/* SPDX-License-Identifier: MIT */
/*
 * What every chip must fulfil in every variant: the rules for tables (common.h), then a boot on the workstation, with memory at
 * the chip's own addresses. tests/chips/check_facts links it with each table in turn.
 */
#include "chips/common.h"

#include <errno.h>

#include "esp_heap_caps_init.h"
#include "posix_ram.h"

#define LOWEST 0x10000u     /* below it a process has no memory */
#define EXEC_FLAG (1u << 0) /* of MALLOC_CAP_EXEC, which not every build defines */
#define WORTH_A_HEAP 0x400u /* reserved ranges of this size become heaps in a test */
#define LATE_SIZE 0x10000u  /* of the external RAM that is found */

static soc_memory_region_t heaps[MAX_REGIONS];
static size_t heap_count;
static bool booted;

static uintptr_t up(uintptr_t n, uintptr_t step) { return (n + step - 1) & ~(step - 1); }

static uintptr_t down(uintptr_t n, uintptr_t step) { return n & ~(step - 1); }

static const soc_memory_region_t *heap_of(const void *p) {
    for (size_t i = 0; i < heap_count; i++) {
        if ((uintptr_t)p - first_of(&heaps[i]) < heaps[i].size) {
            return &heaps[i];
        }
    }
    return NULL;
}

/* Descriptors need a heap with 8BIT and INTERNAL from the start; a chip with external RAM only has none. */
static bool can_boot(void) {
    for (size_t i = 0; i < heap_count; i++) {
        uint32_t caps = all_caps(heaps[i].type);
        if (!heaps[i].startup_stack && (caps & MALLOC_CAP_8BIT) && (caps & MALLOC_CAP_INTERNAL)) {
            return true;
        }
    }
    return false;
}

static void boot_makes_the_heaps_of_the_table(void **state) {
    (void)state;
    heap_count = ch_layout_coalesce(heaps, available(heaps));
    if (!can_boot()) {
        skip();
    }
    assert_true(posix_ram_map_chip());
    heap_caps_init();
    size_t early = 0, late = 0;
    for (size_t i = 0; i < heap_count; i++) {
        *(heaps[i].startup_stack ? &late : &early) += heaps[i].size;
    }
    assert_int_equal(heap_caps_get_total_size(0), early);
    heap_caps_enable_nonos_stack_heaps();
    assert_int_equal(heap_caps_get_total_size(0), early + late);
    assert_true(heap_caps_check_integrity_all(true));
    booted = true;
}

/* Asks for all that a type offers to data. */
static void expect_data_block(uint32_t caps) {
    void *p = heap_caps_malloc(64, caps);
    assert_non_null(p);
    assert_non_null(heap_of(p));
    assert_int_equal(all_caps(heap_of(p)->type) & caps, caps);
    memset(p, 0x5a, 64);
    heap_caps_free(p);
}

/* Asks for all that a type offers to code; the block has an address of the instruction bus. */
static void expect_code_block(uint32_t caps) {
    void *p = heap_caps_malloc(64, caps);
    assert_non_null(p);
    assert_true(esp_ptr_executable(p));
    const soc_memory_region_t *heap = heap_of(p);
    if (esp_ptr_in_diram_iram(p)) {
        heap = heap_of(esp_ptr_diram_iram_to_dram(p));
    } else if (esp_ptr_in_rtc_iram_fast(p)) {
        heap = heap_of(esp_ptr_rtc_iram_to_dram(p));
    }
    assert_non_null(heap);
    assert_int_equal(all_caps(heap->type) & caps, caps);
    assert_true(heap_caps_get_allocated_size(p) >= 64);
    heap_caps_free(p);
}

static void every_heap_offers_what_its_type_says(void **state) {
    (void)state;
    if (!booted) {
        skip();
    }
    size_t before = heap_caps_get_free_size(0);
    for (size_t i = 0; i < heap_count; i++) {
        uint32_t caps = all_caps(heaps[i].type);
        if (caps & MALLOC_CAP_8BIT) {
            expect_data_block(caps & ~EXEC_FLAG);
        }
        if (caps & EXEC_FLAG) {
            expect_code_block(caps & ~(MALLOC_CAP_8BIT | MALLOC_CAP_DMA));
        }
    }
    assert_int_equal(heap_caps_get_free_size(0), before);
    assert_true(heap_caps_check_integrity_all(true));
}

/* What the program no longer needs becomes a heap with the capabilities of its row. */
static void reserved_ranges_of_rows_can_be_added(void **state) {
    (void)state;
    if (!booted) {
        skip();
    }
    for (size_t i = 0; i < reserved_count(); i++) {
        const soc_reserved_region_t *range = &soc_reserved_memory_region_start[i];
        uintptr_t start = up((uintptr_t)range->start, 16), end = down((uintptr_t)range->end, 16);
        const soc_memory_region_t *row = row_of(start);
        if (row == NULL || start < LOWEST || end - 1 > last_of(row) || end < start + WORTH_A_HEAP) {
            continue;
        }
        uint32_t caps = all_caps(row->type);
        if (caps & MALLOC_CAP_SPIRAM) {
            continue; /* a window; what is behind it is found later */
        }
        size_t before = heap_caps_get_total_size(caps);
        assert_int_equal(heap_caps_add_region((intptr_t)start, (intptr_t)end), ESP_OK);
        assert_int_equal(heap_caps_get_total_size(caps), before + (end - start));
        assert_int_equal(heap_caps_add_region((intptr_t)start, (intptr_t)end), ESP_FAIL);
    }
    assert_int_equal(heap_caps_add_region((intptr_t)0xe0000000u, (intptr_t)0xe0001000u), ESP_ERR_NOT_FOUND); /* no chip's RAM */
    assert_true(heap_caps_check_integrity_all(true));
}

static void external_ram_found_later_serves_its_columns(void **state) {
    (void)state;
    if (!booted || ch_chip.late_count == 0) {
        skip();
    }
    for (size_t i = 0; i < ch_chip.late_count; i++) {
        const ch_late_region_t *late = &ch_chip.late[i];
        uintptr_t start = ch_chip.external.high - (i + 1) * LATE_SIZE;
        assert_true(late->max_size <= ch_chip.max_request);
        assert_true(posix_ram_map(start, LATE_SIZE) != NULL || errno == EEXIST);
        esp_err_t added = heap_caps_add_region_with_caps(late->caps, (intptr_t)start, (intptr_t)(start + LATE_SIZE));
        assert_int_equal(added, ESP_OK);
        uint32_t caps = late->caps[0] | late->caps[1] | late->caps[2];
        void *p = heap_caps_malloc(64, caps);
        assert_true((uintptr_t)p - start < LATE_SIZE);
        assert_true(esp_ptr_external_ram(p));
        heap_caps_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHIP_COMMON_TESTS,
        cmocka_unit_test(boot_makes_the_heaps_of_the_table),
        cmocka_unit_test(every_heap_offers_what_its_type_says),
        cmocka_unit_test(reserved_ranges_of_rows_can_be_added),
        cmocka_unit_test(external_ram_found_later_serves_its_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
