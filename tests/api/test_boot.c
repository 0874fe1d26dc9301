/* SPDX-License-Identifier: MIT */
/* Start-up: the boot log, what is active before and after the start-up stacks are given up, minimum sizes. */
#include "api_setup.h"

#include <stdio.h>
#include <string.h>

#define MAX_REGIONS 128

static soc_memory_region_t regions[MAX_REGIONS];
static size_t region_count; /* joined, as heaps are made of them */

static bool can_join(const soc_memory_region_t *a, const soc_memory_region_t *b) {
    return (uintptr_t)a->start + a->size == (uintptr_t)b->start && a->type == b->type && a->startup_stack == b->startup_stack;
}

/* The available regions, joined by the rule of API.md 6.3. */
static void join_regions(void) {
    assert_true(soc_get_available_memory_region_max_count() <= MAX_REGIONS);
    size_t count = soc_get_available_memory_regions(regions);
    assert_true(count > 0);
    region_count = 1;
    for (size_t i = 1; i < count; i++) {
        if (can_join(&regions[region_count - 1], &regions[i])) {
            regions[region_count - 1].size += regions[i].size;
        } else {
            regions[region_count++] = regions[i];
        }
    }
}

static void boot_log_has_a_line_for_each_region_by_address(void **state) {
    (void)state;
    char line[120];
    const char *text = strstr(api_boot_text(), "Initializing. RAM available for dynamic allocation:\n");
    assert_non_null(text);
    for (size_t i = 0; i < region_count; i++) {
        snprintf(line, sizeof(line), "At %08lX len %08lX (%lu KiB): %s\n", (unsigned long)(uintptr_t)regions[i].start,
                 (unsigned long)regions[i].size, (unsigned long)(regions[i].size / 1024), soc_memory_types[regions[i].type].name);
        text = strstr(text, line);
        if (text == NULL) {
            fail_msg("missing or out of order: %s in: %s", line, api_boot_text());
        }
        text += strlen(line);
    }
    assert_null(strstr(text, "At "));
}

static void available_regions_are_ascending_and_inside_the_table(void **state) {
    (void)state;
    for (size_t i = 0; i < region_count; i++) {
        uintptr_t start = (uintptr_t)regions[i].start;
        assert_true(regions[i].size > 16);
        assert_int_equal(start % 4, 0);
        assert_true(i == 0 || start >= (uintptr_t)regions[i - 1].start + regions[i - 1].size);
        bool inside = false;
        for (size_t r = 0; r < soc_memory_region_count; r++) {
            const soc_memory_region_t *row = &soc_memory_regions[r];
            inside = inside || (start >= (uintptr_t)row->start && start - (uintptr_t)row->start < row->size);
        }
        assert_true(inside);
    }
}

static const soc_memory_region_t *region_of(const api_heap_t *heap) {
    for (size_t i = 0; i < region_count; i++) {
        if ((uintptr_t)regions[i].start == heap->start) {
            return &regions[i];
        }
    }
    return NULL;
}

static void start_up_stacks_take_no_part_at_first(void **state) {
    (void)state;
    api_heap_t heaps[API_MAX_HEAPS];
    size_t count = api_list_heaps(heaps, API_MAX_HEAPS);
    size_t expected = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < region_count; i++) {
        bool active = !regions[i].startup_stack;
        expected += active ? 1u : 0u;
        bytes += active ? regions[i].size : 0;
    }
    assert_int_equal(count, expected);
    assert_int_equal(heap_caps_get_total_size(0), bytes);
    for (size_t i = 0; i < count; i++) {
        const soc_memory_region_t *region = region_of(&heaps[i]);
        assert_non_null(region);
        assert_int_equal(heaps[i].end - heaps[i].start, region->size);
        assert_false(region->startup_stack);
        assert_true(i == 0 || heaps[i].end - heaps[i].start >= heaps[i - 1].end - heaps[i - 1].start);
    }
    assert_true(heap_caps_check_integrity_all(true));
}

static void a_heap_added_during_start_up_has_a_minimum(void **state) {
    (void)state;
    api_add_heap(api_span(2048), 2048, API_CAP_USER_A, 0, 0);
    assert_int_equal(heap_caps_get_minimum_free_size(API_CAP_USER_A), heap_caps_get_free_size(API_CAP_USER_A));
    assert_true(heap_caps_get_minimum_free_size(API_CAP_USER_A) > 0);
}

static void boot_heaps_start_with_minimum_equal_to_free(void **state) {
    (void)state;
    assert_true(heap_caps_get_minimum_free_size(0) > 0);
    assert_true(heap_caps_get_minimum_free_size(0) <= heap_caps_get_free_size(0));
}

static void expect_not_ours(intptr_t address) {
    assert_false(heap_caps_check_integrity_addr(address, true));
    CH_EXPECT_FATAL(heap_caps_free((void *)address));
    ch_test_output_clear();
}

static void an_inactive_stack_owns_no_address(void **state) {
    (void)state;
    for (size_t i = 0; i < region_count; i++) {
        if (!regions[i].startup_stack) {
            continue;
        }
        expect_not_ours(regions[i].start);
        expect_not_ours(regions[i].start + 64);
    }
}

static void a_range_inside_an_inactive_stack_may_not_straddle_it(void **state) {
    (void)state;
    const uint32_t caps[3] = {API_CAP_USER_B, 0, 0};
    for (size_t i = 0; i < region_count; i++) {
        intptr_t start = regions[i].start;
        intptr_t end = start + (intptr_t)regions[i].size;
        if (regions[i].startup_stack) {
            assert_int_equal(heap_caps_add_region_with_caps(caps, start, end), ESP_FAIL);
        }
    }
}

static void enabling_makes_the_stacks_serve(void **state) {
    (void)state;
    size_t before = heap_caps_get_total_size(0);
    size_t stacks = 0;
    for (size_t i = 0; i < region_count; i++) {
        stacks += regions[i].startup_stack ? regions[i].size : 0;
    }
    api_enable_stacks();
    assert_int_equal(heap_caps_get_total_size(0), before + stacks);
    assert_true(heap_caps_check_integrity_all(true));
    for (size_t i = 0; i < region_count; i++) {
        if (regions[i].startup_stack) {
            assert_true(heap_caps_check_integrity_addr(regions[i].start, true));
        }
    }
    api_mark(NULL);
}

static void a_heap_added_after_start_up_has_minimum_zero(void **state) {
    (void)state;
    api_add_heap(api_span(2048), 2048, API_CAP_USER_C, 0, 0);
    assert_int_equal(heap_caps_get_minimum_free_size(API_CAP_USER_C), 0);
    assert_true(heap_caps_get_free_size(API_CAP_USER_C) > 0);
    assert_int_equal(heap_caps_get_minimum_free_size(API_CAP_USER_A), heap_caps_get_free_size(API_CAP_USER_A));
}

static int boot(void **state) {
    (void)state;
    api_boot();
    join_regions();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(boot_log_has_a_line_for_each_region_by_address),
        API_TEST(available_regions_are_ascending_and_inside_the_table),
        API_TEST(start_up_stacks_take_no_part_at_first),
        API_TEST(boot_heaps_start_with_minimum_equal_to_free),
        API_TEST(a_heap_added_during_start_up_has_a_minimum),
        API_TEST(an_inactive_stack_owns_no_address),
        API_TEST(a_range_inside_an_inactive_stack_may_not_straddle_it),
        API_TEST(enabling_makes_the_stacks_serve),
        API_TEST(a_heap_added_after_start_up_has_minimum_zero),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
