/* SPDX-License-Identifier: MIT */
/* Regions added at run time (API.md 4): every error in the order of the checks, the overlap rule, nesting, high addresses. */
#include "api_setup.h"

#include <string.h>

#include "capheap/regions.h"

#if defined __unix__
#include "posix_ram.h"
#endif

#define SIZE 2048u

int heap_caps_check_add_region_allowed(intptr_t heap_start, intptr_t heap_end, intptr_t start, intptr_t end);

static const uint32_t user_a[SOC_MEMORY_TYPE_NO_PRIOS] = {API_CAP_USER_A, 0, 0};
static unsigned char *base; /* a heap of SIZE bytes at base + SIZE, free memory on both sides */

static intptr_t at(size_t offset) { return (intptr_t)(base + offset); }

static void invalid_arguments_come_first(void **state) {
    (void)state;
    assert_int_equal(heap_caps_add_region_with_caps(NULL, at(0), at(SIZE)), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(user_a, 0, at(SIZE)), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(user_a, at(0), 0), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(user_a, at(SIZE), at(SIZE)), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(user_a, at(SIZE), at(SIZE) - 1), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(user_a, at(2 * SIZE), at(SIZE)), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(NULL, at(SIZE), at(2 * SIZE)), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region(0, at(SIZE)), ESP_ERR_INVALID_ARG);
}

static void a_range_that_wraps_is_an_invalid_argument(void **state) {
    (void)state;
    assert_int_equal(heap_caps_add_region_with_caps(user_a, at(0), 16), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(user_a, -4096, 4096), ESP_ERR_INVALID_ARG);
    assert_int_equal(heap_caps_add_region_with_caps(user_a, INTPTR_MIN, INTPTR_MAX), ESP_ERR_INVALID_ARG);
}

static void an_address_of_no_region_of_the_chip_is_not_found(void **state) {
    (void)state;
    /* One byte in front of the first region and one behind the last: no row contains them. */
    intptr_t first = soc_memory_regions[0].start;
    const soc_memory_region_t *last = &soc_memory_regions[soc_memory_region_count - 1];
    intptr_t behind = (intptr_t)((uintptr_t)last->start + last->size);
    assert_int_equal(heap_caps_add_region(behind, behind + 4096), ESP_ERR_NOT_FOUND);
    if ((uintptr_t)first > 4096) {
        assert_int_equal(heap_caps_add_region(first - 4096, first), ESP_ERR_NOT_FOUND);
    }
}

static void a_region_that_is_a_heap_already_is_refused(void **state) {
    (void)state;
    api_heap_t heaps[API_MAX_HEAPS];
    size_t count = api_list_heaps(heaps, API_MAX_HEAPS);
    for (size_t i = 0; i < count; i++) {
        intptr_t start = (intptr_t)heaps[i].start;
        intptr_t end = (intptr_t)heaps[i].end;
        assert_int_equal(heap_caps_add_region_with_caps(user_a, start, end), ESP_FAIL);
        if (!heaps[i].added) {
            assert_int_equal(heap_caps_add_region(start, end), ESP_FAIL);
        }
        assert_int_equal(heap_caps_add_region_with_caps(user_a, start, end + 64), ESP_FAIL);
        assert_int_equal(heap_caps_add_region_with_caps(user_a, end - 512, end + 512), ESP_FAIL);
        if (heaps[i].start > 1024) {
            assert_int_equal(heap_caps_add_region_with_caps(user_a, start - 512, start + 512), ESP_FAIL);
            assert_int_equal(heap_caps_add_region_with_caps(user_a, start - 512, end), ESP_FAIL);
            assert_int_equal(heap_caps_add_region_with_caps(user_a, start - 512, end + 512), ESP_FAIL);
        }
    }
}

/* The rule of API.md 4.2 as it stands there. */
static bool refused(uintptr_t hs, uintptr_t he, uintptr_t s, uintptr_t e) {
    return (s < hs && e > hs) || (s < he && e > he) || (s == hs && e == he);
}

static void the_overlap_rule_holds_for_all_positions(void **state) {
    (void)state;
    static const uintptr_t bases[] = {0x1000, 0x7ffffff8, 0x80000000u, 0xfffff000u};
    for (size_t b = 0; b < sizeof(bases) / sizeof(bases[0]); b++) {
        uintptr_t hs = bases[b] + 12;
        uintptr_t he = hs + 20;
        for (uintptr_t s = bases[b]; s < bases[b] + 48; s += 4) {
            for (uintptr_t e = s + 4; e < bases[b] + 52; e += 4) {
                int allowed = heap_caps_check_add_region_allowed((intptr_t)hs, (intptr_t)he, (intptr_t)s, (intptr_t)e);
                assert_int_equal(allowed != 0, !refused(hs, he, s, e));
            }
        }
    }
}

static void too_small_or_misaligned_is_an_invalid_size(void **state) {
    (void)state;
    unsigned char *span = api_span(1024);
    for (size_t size = 1; size <= 32; size++) {
        assert_int_equal(heap_caps_add_region_with_caps(user_a, (intptr_t)span, (intptr_t)(span + size)), ESP_ERR_INVALID_SIZE);
    }
    for (int shift = 1; shift < 4; shift++) {
        assert_int_equal(heap_caps_add_region_with_caps(user_a, (intptr_t)(span + shift), (intptr_t)(span + 1024)),
                         ESP_ERR_INVALID_SIZE);
    }
}

static void no_memory_for_the_descriptor_is_told(void **state) {
    (void)state;
    static void *held[512];
    size_t count = 0;
    unsigned char *span = api_span(1024);
    while (count < 512) {
        size_t largest = heap_caps_get_largest_free_block(API_CAPS_DESCRIPTOR);
        if (largest == 0) {
            break;
        }
        held[count++] = heap_caps_malloc(largest, API_CAPS_DESCRIPTOR);
    }
    esp_err_t result = heap_caps_add_region_with_caps(user_a, (intptr_t)span, (intptr_t)(span + 1024));
    esp_err_t straddling = heap_caps_add_region_with_caps(user_a, at(SIZE / 2), at(SIZE + SIZE / 2));
    while (count > 0) {
        heap_caps_free(held[--count]);
    }
    assert_int_equal(result, ESP_ERR_NO_MEM);
    assert_int_equal(straddling, ESP_FAIL); /* the overlap is checked before */
}

static void caps_are_copied_and_neighbours_may_touch(void **state) {
    (void)state;
    uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {API_CAP_USER_B, 0, API_CAP_USER_C};
    assert_int_equal(heap_caps_add_region_with_caps(caps, at(0), at(SIZE)), ESP_OK);
    caps[0] = API_CAP_NOBODY;
    caps[2] = 0;
    api_mark(NULL);
    void *p = heap_caps_malloc(100, API_CAP_USER_B | API_CAP_USER_C);
    assert_in_range((uintptr_t)p, (uintptr_t)base, (uintptr_t)base + SIZE - 1);
    assert_null(heap_caps_malloc(100, API_CAP_NOBODY));
    heap_caps_free(p);
    assert_int_equal(heap_caps_add_region_with_caps(user_a, at(2 * SIZE), at(3 * SIZE)), ESP_OK);
    api_mark(NULL);
    assert_int_equal(heap_caps_add_region_with_caps(user_a, at(2 * SIZE), at(3 * SIZE)), ESP_FAIL);
    assert_int_equal(heap_caps_add_region_with_caps(user_a, at(0), at(3 * SIZE)), ESP_FAIL);
}

static void a_used_block_can_become_a_heap_of_its_own(void **state) {
    (void)state;
    const uint32_t flag = 1u << 26;
    unsigned char *host = heap_caps_malloc(1024, API_CAP_USER_A);
    unsigned char *start = (unsigned char *)(((uintptr_t)host + 15u) & ~(uintptr_t)15u);
    api_add_heap(start, 900, flag, 0, 0);
    void *p = heap_caps_malloc(64, flag);
    assert_in_range((uintptr_t)p, (uintptr_t)start, (uintptr_t)start + 899);
    assert_int_equal(heap_caps_get_containing_block_size(p), heap_caps_get_allocated_size(p));
    p = heap_caps_realloc(p, 128, flag);
    assert_in_range((uintptr_t)p, (uintptr_t)start, (uintptr_t)start + 899);
    heap_caps_free(p); /* goes back to the nested heap, not to the host's */
    assert_int_equal(heap_caps_get_total_size(flag), 900);
    assert_true(heap_caps_check_integrity(flag, true));
}

static void an_added_region_of_the_chip_takes_the_columns_of_its_row(void **state) {
    (void)state;
    const api_heap_t found = *api_expected_heap(API_CAPS_MALLOC);
    unsigned char *host = heap_caps_malloc(1500, API_CAPS_MALLOC);
    const api_heap_t *in = api_heap_of(host);
    uint32_t all = in->all;
    uint32_t before = (uint32_t)heap_caps_get_total_size(all);
    unsigned char *start = (unsigned char *)(((uintptr_t)host + 15u) & ~(uintptr_t)15u);
    assert_int_equal(heap_caps_add_region((intptr_t)start, (intptr_t)(start + 1200)), ESP_OK);
    api_mark(NULL);
    assert_int_equal(heap_caps_get_total_size(all), before + 1200);
    void *p = heap_caps_malloc(64, API_CAPS_MALLOC); /* the newest of equal merit comes first */
    assert_int_equal(api_heap_of(p)->caps[0], found.caps[0]);
    heap_caps_free(p);
}

static void regions_at_and_across_0x80000000_work(void **state) {
    (void)state;
#if defined __unix__
    const uintptr_t start = 0x80000000u - 8192u;
    const uint32_t low[SOC_MEMORY_TYPE_NO_PRIOS] = {1u << 27, 0, 0};
    const uint32_t high[SOC_MEMORY_TYPE_NO_PRIOS] = {1u << 28, 0, 0};
    if (posix_ram_map(start, 32768) == NULL) {
        skip();
    }
    assert_int_equal(heap_caps_add_region_with_caps(low, (intptr_t)start, (intptr_t)(start + 16384)), ESP_OK);
    assert_int_equal(heap_caps_add_region_with_caps(high, (intptr_t)(start + 16384), (intptr_t)(start + 32768)), ESP_OK);
    api_mark(NULL);
    assert_int_equal(heap_caps_add_region_with_caps(low, (intptr_t)start, (intptr_t)(start + 16384)), ESP_FAIL);
    assert_int_equal(heap_caps_add_region_with_caps(low, (intptr_t)(start + 4096), (intptr_t)(start + 20480)), ESP_FAIL);
    assert_int_equal(heap_caps_add_region_with_caps(low, (intptr_t)(start + 16384), (intptr_t)start), ESP_ERR_INVALID_ARG);
    for (int i = 0; i < 2; i++) {
        uint32_t flag = i == 0 ? low[0] : high[0];
        void *all = heap_caps_malloc(heap_caps_get_largest_free_block(flag), flag);
        assert_non_null(all);
        memset(all, 0xA5, heap_caps_get_allocated_size(all));
        assert_int_equal(heap_caps_get_containing_block_size((unsigned char *)all + 9000), heap_caps_get_allocated_size(all));
        assert_true(heap_caps_check_integrity_addr((intptr_t)all + 9000, true));
        assert_true(heap_caps_check_integrity(flag, true));
        heap_caps_free(all);
        void *p = heap_caps_aligned_alloc(4096, 100, flag);
        assert_int_equal((uintptr_t)p % 4096, 0);
        p = heap_caps_realloc(p, 5000, flag);
        assert_non_null(p);
        p = heap_caps_realloc(p, 200, i == 0 ? high[0] : low[0]); /* from one side to the other */
        assert_non_null(p);
        heap_caps_free(p);
    }
#else
    if ((uintptr_t)base < 0x80000000u) {
        skip(); /* no RAM up there */
    }
    void *p = heap_caps_malloc(100, API_CAP_USER_A); /* the whole board lives above */
    assert_true((uintptr_t)p >= 0x80000000u);
    heap_caps_free(p);
#endif
}

/* HEAP_SIZE_MAX limits a request even where a heap added at run time has more. */
static void no_request_is_larger_than_the_chip_allows(void **state) {
    (void)state;
#if defined __unix__
    const uint32_t flag = 1u << 29;
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {flag, 0, 0};
    const uintptr_t start = 0x60000000u;
    const size_t size = 2 * ch_chip.max_request + 65536;
    if (posix_ram_map(start, size) == NULL) {
        skip();
    }
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)start, (intptr_t)(start + size)), ESP_OK);
    api_mark(NULL);
    for (int round = 0; round < 2; round++) { /* the second time after the flag has been served once */
        assert_null(heap_caps_malloc(ch_chip.max_request + 1, flag));
        api_expect_failure(ch_chip.max_request + 1, flag, "heap_caps_malloc");
        assert_null(heap_caps_calloc(1, ch_chip.max_request + 1, flag));
        api_expect_failure(ch_chip.max_request + 1, flag, "heap_caps_calloc");
        assert_null(heap_caps_aligned_alloc(4096, ch_chip.max_request + 1, flag));
        api_expect_failure(ch_chip.max_request + 1, flag, "heap_caps_aligned_alloc");
        void *p = heap_caps_malloc(ch_chip.max_request, flag);
        assert_non_null(p);
        heap_caps_free(p);
    }
    assert_int_equal(heap_caps_get_largest_free_block(flag), ch_chip.max_request);
#else
    skip(); /* no RAM to spare */
#endif
}

/* As the stream tells a workstation. */
static void regions_are_told_with_their_names(void **state) {
    (void)state;
    static api_heap_t list[API_MAX_HEAPS];
    ch_region_state_t region;
    unsigned count = 0, custom = 0;
    for (; ch_region_state(count, &region); count++) {
        assert_true(region.size > 0 && region.free <= region.size && region.largest <= region.free);
        assert_true(region.minimum <= region.free);
        custom += strcmp(region.name, "custom") == 0;
    }
    assert_int_equal(count, api_list_heaps(list, API_MAX_HEAPS));
    assert_true(custom >= 1);
}

static int boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    base = api_span(3 * SIZE);
    api_add_heap(base + SIZE, SIZE, API_CAP_USER_A, 0, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(invalid_arguments_come_first),
        API_TEST(a_range_that_wraps_is_an_invalid_argument),
        API_TEST(an_address_of_no_region_of_the_chip_is_not_found),
        API_TEST(a_region_that_is_a_heap_already_is_refused),
        API_TEST(the_overlap_rule_holds_for_all_positions),
        API_TEST(too_small_or_misaligned_is_an_invalid_size),
        API_TEST(no_memory_for_the_descriptor_is_told),
        API_TEST(caps_are_copied_and_neighbours_may_touch),
        API_TEST(a_used_block_can_become_a_heap_of_its_own),
        API_TEST(an_added_region_of_the_chip_takes_the_columns_of_its_row),
        API_TEST(regions_at_and_across_0x80000000_work),
        API_TEST(no_request_is_larger_than_the_chip_allows),
        API_TEST(regions_are_told_with_their_names),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
