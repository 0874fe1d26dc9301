/* SPDX-License-Identifier: MIT */
/* Sizes, totals, the exact largest block, the local minimum monitor, and the printed summary. */
#include "api_setup.h"

#include <stdio.h>
#include <string.h>

#define HEAP_SIZE 4096u

static unsigned char *own_heap; /* has API_CAP_USER_A and nothing else */

static void total_size_is_the_sum_of_the_matching_ranges(void **state) {
    (void)state;
    static const uint32_t masks[] = {0,
                                     MALLOC_CAP_DEFAULT,
                                     MALLOC_CAP_8BIT,
                                     MALLOC_CAP_INTERNAL,
                                     MALLOC_CAP_DMA,
                                     API_CAP_USER_A,
                                     MALLOC_CAP_DEFAULT | MALLOC_CAP_DMA,
                                     MALLOC_CAP_SPIRAM,
                                     API_CAP_NOBODY,
                                     MALLOC_CAP_INVALID};
    api_heap_t heaps[API_MAX_HEAPS];
    size_t count = api_list_heaps(heaps, API_MAX_HEAPS);
    for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++) {
        size_t sum = 0;
        for (size_t i = 0; i < count; i++) {
            sum += (heaps[i].all & masks[m]) == masks[m] ? heaps[i].end - heaps[i].start : 0;
        }
        assert_int_equal(heap_caps_get_total_size(masks[m]), sum);
    }
    assert_int_equal(heap_caps_get_total_size(API_CAP_USER_A), HEAP_SIZE);
}

static void nothing_matches_invalid(void **state) {
    (void)state;
    multi_heap_info_t info;
    memset(&info, 0xFF, sizeof(info));
    assert_int_equal(heap_caps_get_total_size(MALLOC_CAP_INVALID), 0);
    assert_int_equal(heap_caps_get_free_size(MALLOC_CAP_INVALID), 0);
    assert_int_equal(heap_caps_get_minimum_free_size(MALLOC_CAP_INVALID), 0);
    assert_int_equal(heap_caps_get_largest_free_block(MALLOC_CAP_INVALID), 0);
    heap_caps_get_info(&info, MALLOC_CAP_INVALID);
    assert_int_equal(info.total_free_bytes, 0);
    assert_int_equal(info.total_allocated_bytes, 0);
    assert_int_equal(info.largest_free_block, 0);
    assert_int_equal(info.minimum_free_bytes, 0);
    assert_int_equal(info.allocated_blocks, 0);
    assert_int_equal(info.free_blocks, 0);
    assert_int_equal(info.total_blocks, 0);
}

static void info_agrees_with_the_single_getters(void **state) {
    (void)state;
    static const uint32_t masks[] = {0,
                                     MALLOC_CAP_DEFAULT,
                                     MALLOC_CAP_8BIT,
                                     MALLOC_CAP_32BIT,
                                     MALLOC_CAP_INTERNAL,
                                     MALLOC_CAP_DMA,
                                     API_CAP_USER_A,
                                     MALLOC_CAP_SPIRAM,
                                     API_CAP_NOBODY};
    for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++) {
        multi_heap_info_t info;
        heap_caps_get_info(&info, masks[m]);
        assert_int_equal(info.total_free_bytes, heap_caps_get_free_size(masks[m]));
        assert_int_equal(info.minimum_free_bytes, heap_caps_get_minimum_free_size(masks[m]));
        assert_int_equal(info.total_blocks, info.allocated_blocks + info.free_blocks);
        assert_true(info.total_free_bytes + info.total_allocated_bytes <= heap_caps_get_total_size(masks[m]));
        assert_true(info.largest_free_block <= info.total_free_bytes);
    }
}

static void allocations_move_bytes_from_free_to_allocated(void **state) {
    (void)state;
    multi_heap_info_t before;
    multi_heap_info_t after;
    heap_caps_get_info(&before, API_CAP_USER_A);
    void *p = heap_caps_malloc(64, API_CAP_USER_A);
    heap_caps_get_info(&after, API_CAP_USER_A);
    assert_int_equal(after.allocated_blocks, before.allocated_blocks + 1);
    assert_int_equal(after.total_allocated_bytes, before.total_allocated_bytes + 64);
    assert_true(before.total_free_bytes - after.total_free_bytes >= 64);
    heap_caps_free(p);
}

static void largest_free_block_is_exact_for_every_mask(void **state) {
    (void)state;
    static const uint32_t masks[] = {
        MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT, MALLOC_CAP_INTERNAL, MALLOC_CAP_DMA, API_CAP_USER_A, API_CAPS_MALLOC,
        MALLOC_CAP_SPIRAM, MALLOC_CAP_SPM, MALLOC_CAP_32BIT, MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL,
        /* flags that the request is changed for before any heap is asked */
        MALLOC_CAP_DMA_DESC_AHB, MALLOC_CAP_DMA_DESC_AXI | MALLOC_CAP_INTERNAL, MALLOC_CAP_CACHE_ALIGNED | MALLOC_CAP_8BIT,
        MALLOC_CAP_SPIRAM | MALLOC_CAP_DMA,
        /* executable memory: refused with byte access, one word less through an alias */
        API_CAP_EXEC | MALLOC_CAP_8BIT, API_CAP_EXEC | MALLOC_CAP_DEFAULT, API_CAP_EXEC | MALLOC_CAP_INTERNAL};
    for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++) {
        size_t largest = heap_caps_get_largest_free_block(masks[m]);
        if (largest == 0) {
            assert_null(heap_caps_malloc(1, masks[m]));
            continue;
        }
        api_failures_clear();
        assert_null(heap_caps_malloc(largest + 1, masks[m]));
        assert_null(heap_caps_malloc(largest + CH_CFG_GRANULE, masks[m]));
        assert_int_equal(api_failures()->count, 2);
        void *p = heap_caps_malloc(largest, masks[m]);
        assert_non_null(p);
        heap_caps_free(p);
    }
    assert_int_equal(heap_caps_get_largest_free_block(API_CAP_NOBODY), 0);
}

static void minimum_free_size_remembers_the_worst_moment(void **state) {
    (void)state;
    const uint32_t caps = MALLOC_CAP_8BIT;
    void *p = heap_caps_malloc(heap_caps_get_largest_free_block(caps), caps);
    const api_heap_t *heap = api_heap_of(p);
    assert_non_null(heap);
    size_t at_worst = heap_caps_get_free_size(caps);
    assert_true(heap_caps_get_minimum_free_size(caps) <= at_worst);
    heap_caps_free(p);
    assert_true(heap_caps_get_minimum_free_size(caps) <= at_worst);
}

static void a_heap_added_after_start_up_counts_no_minimum(void **state) {
    (void)state;
    assert_int_equal(heap_caps_get_minimum_free_size(API_CAP_USER_A), 0);
    heap_caps_free(heap_caps_malloc(100, API_CAP_USER_A));
    assert_int_equal(heap_caps_get_minimum_free_size(API_CAP_USER_A), 0);
}

static void monitor_restarts_the_minimum_and_stop_merges_it(void **state) {
    (void)state;
    const uint32_t caps = API_CAPS_MALLOC;
    void *big = heap_caps_malloc(heap_caps_get_largest_free_block(caps), caps);
    heap_caps_free(big);
    size_t all_time = heap_caps_get_minimum_free_size(caps);
    size_t free_now = heap_caps_get_free_size(caps);
    assert_true(all_time < free_now);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK);
    assert_true(heap_caps_get_minimum_free_size(caps) > all_time);
    void *p = heap_caps_malloc(512, caps);
    size_t with_p = heap_caps_get_minimum_free_size(caps);
    assert_true(with_p <= free_now - 512);
    heap_caps_free(p);
    assert_int_equal(heap_caps_get_minimum_free_size(caps), with_p);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK); /* again: restarts once more */
    assert_true(heap_caps_get_minimum_free_size(caps) > with_p);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_stop(), ESP_OK);
    size_t merged = heap_caps_get_minimum_free_size(caps);
    assert_true(merged <= all_time); /* the minima are kept by heap: p may have lowered one that big left alone */
    assert_true(merged + (free_now - with_p) >= all_time);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_stop(), ESP_FAIL);
    assert_int_equal(heap_caps_get_minimum_free_size(caps), merged);
}

static void a_lower_local_minimum_survives_the_monitor(void **state) {
    (void)state;
    const uint32_t caps = API_CAPS_MALLOC;
    size_t all_time = heap_caps_get_minimum_free_size(caps);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK);
    void *held[API_MAX_HEAPS];
    size_t count = 0;
    while (count < API_MAX_HEAPS && heap_caps_get_largest_free_block(caps) >= 1024) {
        held[count] = heap_caps_malloc(heap_caps_get_largest_free_block(caps), caps);
        count++;
    }
    size_t lowest = heap_caps_get_minimum_free_size(caps);
    while (count > 0) {
        heap_caps_free(held[--count]);
    }
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_stop(), ESP_OK);
    assert_true(heap_caps_get_minimum_free_size(caps) <= lowest);
    assert_true(heap_caps_get_minimum_free_size(caps) <= all_time);
}

static void a_region_added_while_monitoring_disturbs_no_other_minimum(void **state) {
    (void)state;
    size_t before = heap_caps_get_minimum_free_size(MALLOC_CAP_DMA);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_start(), ESP_OK);
    api_add_heap(api_span(1024), 1024, API_CAP_USER_B, 0, 0);
    assert_int_equal(heap_caps_monitor_local_minimum_free_size_stop(), ESP_OK);
    assert_int_equal(heap_caps_get_minimum_free_size(MALLOC_CAP_DMA), before);
    assert_int_equal(heap_caps_get_minimum_free_size(API_CAP_USER_B), 0);
}

static void allocated_size_covers_the_request_from_every_byte(void **state) {
    (void)state;
    for (size_t size = 1; size < 1200; size = size * 2 + 3) {
        unsigned char *p = heap_caps_malloc(size, API_CAP_USER_A);
        size_t usable = heap_caps_get_allocated_size(p);
        assert_true(usable >= size);
        assert_true(usable < size + 3 * CH_CFG_GRANULE);
        for (size_t at = 0; at < size; at += 1 + size / 50) {
            assert_int_equal(heap_caps_get_containing_block_size(p + at), usable);
        }
        heap_caps_free(p);
    }
}

/* ---- the summary ---- */

/* The lines of one heap, with the numbers of a check by hand: only its range is known here, the rest is read back. */
static const char *expect_heap_lines(const char *text, const api_heap_t *heap, long sums[4]) {
    unsigned long start = 0;
    long n[8] = {0};
    int used = 0;
    int got =
        sscanf(text, "  At 0x%08lx len %ld free %ld allocated %ld min_free %ld\n%n", &start, &n[0], &n[1], &n[2], &n[3], &used);
    assert_int_equal(got, 5);
    text += used;
    assert_int_equal(start, heap->start);
    assert_int_equal(n[0], heap->end - heap->start);
    got = sscanf(text, "    largest_free_block %ld alloc_blocks %ld free_blocks %ld total_blocks %ld\n%n", &n[4], &n[5], &n[6],
                 &n[7], &used);
    assert_int_equal(got, 4);
    assert_int_equal(n[7], n[5] + n[6]);
    sums[0] += n[1];
    sums[1] += n[2];
    sums[2] += n[3];
    sums[3] = n[4] > sums[3] ? n[4] : sums[3];
    return strchr(text, '\n') + 1;
}

static void summary_for(uint32_t caps) {
    api_heap_t heaps[API_MAX_HEAPS];
    size_t count = api_list_heaps(heaps, API_MAX_HEAPS);
    multi_heap_info_t info;
    char line[160];
    if (!api_stdout_begin()) {
        skip();
    }
    heap_caps_print_heap_info(caps);
    const char *text = api_stdout_end();
    snprintf(line, sizeof(line), "Heap summary for capabilities 0x%08lX:\n", (unsigned long)caps);
    assert_int_equal(strncmp(text, line, strlen(line)), 0);
    text = strchr(text, '\n') + 1;
    long sums[4] = {0};
    for (size_t i = 0; i < count; i++) {
        if ((heaps[i].all & caps) == caps) {
            text = expect_heap_lines(text, &heaps[i], sums);
        }
    }
    heap_caps_get_info(&info, caps);
    snprintf(line, sizeof(line), "  Totals:\n    free %ld allocated %ld min_free %ld largest_free_block %ld\n", sums[0], sums[1],
             sums[2], sums[3]);
    assert_string_equal(text, line);
    assert_int_equal(info.total_free_bytes, sums[0]);
    assert_int_equal(info.total_allocated_bytes, sums[1]);
    assert_int_equal(info.minimum_free_bytes, sums[2]);
    assert_int_equal(info.largest_free_block, sums[3]);
}

static void summary_is_printed_to_stdout_line_by_line(void **state) {
    (void)state;
    summary_for(0);
    summary_for(MALLOC_CAP_DEFAULT);
    summary_for(API_CAP_USER_A);
    summary_for(API_CAP_NOBODY);
    summary_for(MALLOC_CAP_INVALID);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    own_heap = api_span(HEAP_SIZE);
    api_add_heap(own_heap, HEAP_SIZE, API_CAP_USER_A, 0, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(total_size_is_the_sum_of_the_matching_ranges),
        API_TEST(nothing_matches_invalid),
        API_TEST(info_agrees_with_the_single_getters),
        API_TEST(allocations_move_bytes_from_free_to_allocated),
        API_TEST(largest_free_block_is_exact_for_every_mask),
        API_TEST(minimum_free_size_remembers_the_worst_moment),
        API_TEST(a_heap_added_after_start_up_counts_no_minimum),
        API_TEST(monitor_restarts_the_minimum_and_stop_merges_it),
        API_TEST(a_lower_local_minimum_survives_the_monitor),
        API_TEST(a_region_added_while_monitoring_disturbs_no_other_minimum),
        API_TEST(allocated_size_covers_the_request_from_every_byte),
        API_TEST(summary_is_printed_to_stdout_line_by_line),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
