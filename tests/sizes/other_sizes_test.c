/* SPDX-License-Identifier: MIT */
/* What takes masks, sizes and addresses but does not allocate by them: queries, checks, walks, predicates, regions, the
 * hardware's rounding. */
#include "sizes.h"

#include <string.h>

#include "esp_heap_trace.h"
#include "frame_bytes.h"
#include "multi_heap_internal.h"

static api_heap_t heaps[API_MAX_HEAPS];
static size_t heap_count;

static size_t matching(uint32_t caps) {
    size_t count = 0;
    for (size_t i = 0; i < heap_count; i++) count += (heaps[i].all & caps) == caps;
    return count;
}

typedef struct {
    uint32_t caps;
    size_t blocks, bytes, used;
    bool wrong;
} walked_t;

static bool count_block(walker_heap_into_t heap, walker_block_info_t block, void *user_data) {
    walked_t *w = user_data;
    const api_heap_t *h = heaps;
    while (h < heaps + heap_count && h->start != (uintptr_t)heap.start) h++;
    w->wrong |= h == heaps + heap_count || (h->all & w->caps) != w->caps;
    w->blocks++;
    w->bytes += block.used ? block.size - FRAME_BYTES : block.size;
    w->used += block.used;
    return true;
}

static void queries_of_every_mask(void **state) {
    (void)state;
    masks_t masks = sizes_masks();
    for (size_t m = 0; m < masks.count; m++) {
        uint32_t caps = masks.list[m];
        multi_heap_info_t info;
        walked_t w = {.caps = caps};
        heap_caps_get_info(&info, caps);
        assert_int_equal(info.total_free_bytes, heap_caps_get_free_size(caps));
        assert_int_equal(info.minimum_free_bytes, heap_caps_get_minimum_free_size(caps));
        assert_true(heap_caps_get_total_size(caps) >= info.total_free_bytes + info.total_allocated_bytes);
        assert_int_equal(heap_caps_get_total_size(caps) != 0, matching(caps) != 0);
        assert_true(heap_caps_check_integrity(caps, true));
        if (caps & MALLOC_CAP_INVALID) continue; /* selects every heap where blocks are shown */
        heap_caps_walk(caps, count_block, &w);
        assert_false(w.wrong);
        assert_int_equal(w.blocks, info.total_blocks);
        assert_int_equal(w.used, info.allocated_blocks);
        size_t bytes = info.total_free_bytes + info.total_allocated_bytes; /* and of each heap what a frame needs, at most */
        assert_true(w.bytes >= bytes && w.bytes <= bytes + heap_count * FRAME_BYTES);
    }
}

/* The largest block is to be had, one byte more is not. */
static void the_largest_block_of_every_mask(void **state) {
    (void)state;
    if (CH_CFG_ABORT_ON_FAIL) skip();
    masks_t masks = sizes_masks();
    for (size_t m = 0; m < masks.count; m++) {
        uint32_t caps = masks.list[m];
        size_t largest = heap_caps_get_largest_free_block(caps);
        void *p = heap_caps_malloc(largest, caps);
        assert_int_equal(p != NULL, largest != 0 && caps != 0);
        heap_caps_free(p);
        assert_null(heap_caps_malloc(largest + 1, caps));
    }
    api_failures_clear();
}

/* An integer of any value as an address: of what heap, and sound? */
static void addresses_of_every_value(void **state) {
    (void)state;
    sizes_t values = sizes_wide();
    for (size_t i = 0; i < values.count; i++) {
        uintptr_t p = values.list[i];
        bool inside = false;
        for (size_t h = 0; h < heap_count; h++) inside |= p >= heaps[h].start && p < heaps[h].end;
        assert_int_equal(heap_caps_check_integrity_addr((intptr_t)p, true), inside);
    }
    for (size_t h = 0; h < heap_count; h++) {
        assert_true(heap_caps_check_integrity_addr((intptr_t)heaps[h].start, true));
        assert_true(heap_caps_check_integrity_addr((intptr_t)heaps[h].end - 1, true));
    }
}

static void predicates_of(uintptr_t value) {
    const void *p = (const void *)value;
    bool any = esp_ptr_in_iram(p) | esp_ptr_in_dram(p) | esp_ptr_in_rtc_slow(p) | esp_ptr_in_spm(p) | esp_ptr_dma_capable(p) |
               esp_ptr_dma_ext_capable(p) | esp_ptr_executable(p) | esp_ptr_byte_accessible(p) | esp_ptr_internal(p) |
               esp_ptr_external_ram(p) | esp_ptr_in_drom(p) | esp_ptr_in_rom(p) | esp_stack_ptr_in_dram((uint32_t)value) |
               esp_stack_ptr_in_extram((uint32_t)value) | esp_stack_ptr_is_sane((uint32_t)value);
    assert_true(any || !any); /* they come back */
    assert_int_equal(esp_ptr_word_aligned(p), value % 4 == 0);
    if (value % 4 != 0) return;
    if (esp_ptr_in_diram_dram(p) && !esp_dram_match_iram() && esp_ptr_in_diram_iram(esp_ptr_diram_dram_to_iram(p)))
        assert_ptr_equal(esp_ptr_diram_iram_to_dram(esp_ptr_diram_dram_to_iram(p)), p);
    if (esp_ptr_in_rtc_iram_fast(p)) assert_ptr_equal(esp_ptr_rtc_dram_to_iram(esp_ptr_rtc_iram_to_dram(p)), p);
}

static void predicates_of_every_value(void **state) {
    (void)state;
    const ch_window_t *windows = &ch_chip.dram;
    sizes_t values = sizes_wide();
    for (size_t i = 0; i < values.count; i++) predicates_of(values.list[i]);
    for (; windows <= &ch_chip.flash_data; windows = windows == &ch_chip.iram         ? &ch_chip.diram_dram
                                                     : windows == &ch_chip.diram_iram ? &ch_chip.rtc_dram
                                                                                      : windows + 1) {
        for (uintptr_t step = 0; step <= 128; step++) {
            predicates_of(windows->low - 64 + step);
            predicates_of(windows->high - 64 + step);
        }
    }
}

/* No range that is empty, inverted, the whole of a heap or across one's border becomes a region. */
static void regions_that_may_not_be(void **state) {
    (void)state;
    static const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {API_CAP_USER_A, 0, 0};
    multi_heap_info_t before, now;
    heap_caps_get_info(&before, 0);
    for (size_t h = 0; h < heap_count; h++) {
        intptr_t start = (intptr_t)heaps[h].start, end = (intptr_t)heaps[h].end;
        assert_int_equal(heap_caps_add_region_with_caps(caps, start, end), ESP_FAIL);
        for (intptr_t step = 1; step <= 64; step++) {
            assert_int_equal(heap_caps_add_region_with_caps(caps, start - step, end), ESP_FAIL);
            assert_int_equal(heap_caps_add_region_with_caps(caps, start - step, start + step), ESP_FAIL);
            assert_int_equal(heap_caps_add_region_with_caps(caps, end - step, end + step), ESP_FAIL);
            assert_int_equal(heap_caps_add_region_with_caps(caps, start, end + step), ESP_FAIL);
            assert_int_equal(heap_caps_add_region_with_caps(caps, start, start - step), ESP_ERR_INVALID_ARG);
            assert_int_equal(heap_caps_add_region(start, start - step), ESP_ERR_INVALID_ARG);
        }
    }
    sizes_t values = sizes_wide();
    for (size_t i = 0; i < values.count; i++) {
        intptr_t value = (intptr_t)values.list[i];
        assert_int_equal(heap_caps_add_region_with_caps(caps, value, value), ESP_ERR_INVALID_ARG);
        assert_int_equal(heap_caps_add_region_with_caps(caps, value, 0), ESP_ERR_INVALID_ARG);
        assert_int_equal(heap_caps_add_region_with_caps(caps, 0, value), ESP_ERR_INVALID_ARG);
        assert_int_equal(heap_caps_add_region_with_caps(NULL, value, (intptr_t)(values.list[i] + 4096)), ESP_ERR_INVALID_ARG);
    }
    heap_caps_get_info(&now, 0);
    assert_memory_equal(&before, &now, sizeof now);
}

/* Rounded up, never down and never round the wrap. */
static void rounding_of_the_hardware(void **state) {
    (void)state;
    sizes_t sizes = sizes_narrow(), alignments = sizes_alignments();
    masks_t masks = sizes_masks();
    size_t stride = sizes_many() == SIZES_ALL ? 1 : 23, next = 0;
    for (size_t m = 0; m < masks.count; m++) {
        for (size_t i = next; i < sizes.count; i += stride, next = (next + 1) % stride) {
            size_t alignment = alignments.list[(i + m) % alignments.count], size = sizes.list[i];
            uint32_t caps = masks.list[m];
            if (alignment == 0 || (alignment & (alignment - 1)) != 0) continue; /* may not be asked */
            size_t before = alignment;
            esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
            assert_true(size >= sizes.list[i]);
            assert_true(alignment >= before && (alignment & (alignment - 1)) == 0);
            assert_true((caps & masks.list[m] & ~(uint32_t)MALLOC_CAP_DMA & 0xffffu) ==
                        (masks.list[m] & ~(uint32_t)MALLOC_CAP_DMA & 0xffffu));
        }
    }
}

static void fills_of_every_length(void **state) {
    (void)state;
    static unsigned char buffer[400];
    for (size_t size = 0; size <= 300; size++) {
        for (size_t shift = 0; shift < 5; shift++) {
            memset(buffer, 0x42, sizeof buffer);
            multi_heap_internal_poison_fill_region(buffer + 64 + shift, size, size % 2);
            for (size_t i = 0; i < 64 + shift; i++) assert_int_equal(buffer[i], 0x42);
            for (size_t i = 64 + shift + size; i < sizeof buffer; i++) assert_int_equal(buffer[i], 0x42);
            for (size_t i = 0; i < size; i++) assert_int_equal(buffer[64 + shift + i], size % 2 ? 0xFE : 0xCE);
            if (!FRAME_IS_THERE)
                assert_true(multi_heap_internal_check_block_poisoning(buffer + 64 + shift, size, size % 2, true));
        }
    }
}

static void traces_that_nobody_records(void **state) {
    (void)state;
    heap_trace_record_t record;
    heap_trace_summary_t summary;
    sizes_t values = sizes_narrow();
    bool standalone = CH_CFG_TRACE == CH_TRACE_STANDALONE;
    esp_err_t refused = standalone ? ESP_ERR_INVALID_ARG : ESP_ERR_NOT_SUPPORTED;
    for (size_t i = 0; i < values.count; i++) assert_int_equal(heap_trace_get(values.list[i], &record), refused);
    assert_int_equal(heap_trace_init_standalone(NULL, SIZE_MAX), refused);
    assert_int_equal(heap_trace_summary(&summary), standalone ? ESP_OK : ESP_ERR_NOT_SUPPORTED);
    assert_true(!standalone || (summary.count == 0 && summary.capacity == 0));
    assert_int_equal(heap_trace_get_count(), 0);
    heap_trace_dump_caps(0xffffffffu);
}

/* The limit of malloc() is any number. */
static void limits_of_every_size(void **state) {
    (void)state;
    sizes_t sizes = sizes_narrow();
    for (size_t i = 0; i < sizes.count; i++) {
        judge_allow_external(sizes.list[i]);
        judge(&sizes_entries[sizes_entry_count - 1], &(ask_t){100, 4, 0, NULL});
    }
}

static int begin(void **state) {
    judge_begin(state);
    heap_count = api_list_heaps(heaps, API_MAX_HEAPS);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(queries_of_every_mask),     API_TEST(the_largest_block_of_every_mask), API_TEST(addresses_of_every_value),
        API_TEST(predicates_of_every_value), API_TEST(regions_that_may_not_be),         API_TEST(rounding_of_the_hardware),
        API_TEST(fills_of_every_length),     API_TEST(traces_that_nobody_records),      API_TEST(limits_of_every_size),
    };
    return cmocka_run_group_tests(tests, begin, judge_end);
}
