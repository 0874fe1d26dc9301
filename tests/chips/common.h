/* SPDX-License-Identifier: MIT */
/*
 * What every chip's table must fulfil, and the comparison of the heaps that come out of it with a list. It is a header, as only
 * the chip_*.c of this folder are linked with a chip. Ranges are compared with code of its own here, so that it cannot share a
 * mistake with src/soc.
 */
#pragma once

#include "ch_test.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "capheap/chip.h"
#include "esp_heap_caps.h"
#include "esp_memory_utils.h"
#include "heap_memory_layout.h"
#include "soc/layout.h"

#define MAX_REGIONS 96

/* A heap that must come out at boot. */
typedef struct {
    uintptr_t start;
    size_t size;
    const char *type;
    bool after_startup;
} chip_heap_t;

extern const soc_reserved_region_t soc_reserved_memory_region_start[];
extern const soc_reserved_region_t soc_reserved_memory_region_end[];

static size_t reserved_count(void) {
    uintptr_t bytes = (uintptr_t)soc_reserved_memory_region_end - (uintptr_t)soc_reserved_memory_region_start;
    assert_int_equal(bytes % sizeof(soc_reserved_region_t), 0);
    return bytes / sizeof(soc_reserved_region_t);
}

static size_t available(soc_memory_region_t regions[MAX_REGIONS]) {
    assert_true(soc_get_available_memory_region_max_count() <= MAX_REGIONS);
    size_t count = soc_get_available_memory_regions(regions);
    assert_true(count <= soc_get_available_memory_region_max_count());
    return count;
}

static uint32_t all_caps(size_t type) {
    const uint32_t *caps = soc_memory_types[type].caps;
    return caps[0] | caps[1] | caps[2];
}

static bool is_word_only(size_t type) { return ((ch_chip.word_only_types >> type) & 1u) != 0; }

static uintptr_t first_of(const soc_memory_region_t *region) { return (uintptr_t)region->start; }

static uintptr_t last_of(const soc_memory_region_t *region) { return (uintptr_t)region->start + (region->size - 1); }

/* Options of a chip take rows away by a size of 0. */
static bool exists(const soc_memory_region_t *row) { return row->size != 0; }

static bool is_power_of_two_or_zero(uint32_t n) { return (n & (n - 1)) == 0; }

static void types_are_named_and_consistent(void **state) {
    (void)state;
    const uint32_t requests_only =
        MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_DMA_DESC_AXI | MALLOC_CAP_CACHE_ALIGNED | MALLOC_CAP_INVALID;
    assert_true(soc_memory_type_count > 0 && soc_memory_type_count <= 32);
    assert_true(((uint64_t)ch_chip.word_only_types >> soc_memory_type_count) == 0);
    for (size_t t = 0; t < soc_memory_type_count; t++) {
        assert_non_null(soc_memory_types[t].name);
        assert_true(soc_memory_types[t].name[0] != '\0');
        for (size_t other = 0; other < t; other++) {
            assert_true(strcmp(soc_memory_types[t].name, soc_memory_types[other].name) != 0);
        }
        uint32_t caps = all_caps(t);
        assert_true((caps & MALLOC_CAP_32BIT) != 0);
        assert_int_equal(caps & requests_only, 0);
        bool internal = (caps & MALLOC_CAP_INTERNAL) != 0;
        bool external = (caps & MALLOC_CAP_SPIRAM) != 0;
        assert_true(internal != external);
        bool bytes = (caps & (MALLOC_CAP_8BIT | MALLOC_CAP_IRAM_8BIT)) != 0;
        assert_true(bytes != is_word_only(t));
    }
}

static void regions_are_sorted_disjoint_and_word_aligned(void **state) {
    (void)state;
    const soc_memory_region_t *previous = NULL;
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        const soc_memory_region_t *region = &soc_memory_regions[i];
        if (!exists(region)) {
            continue;
        }
        assert_true(region->type < soc_memory_type_count);
        assert_true(region->size > 16);
        assert_int_equal(first_of(region) % 4, 0);
        assert_int_equal(region->size % 4, 0);
        assert_true(last_of(region) > first_of(region));
        assert_true(last_of(region) <= UINT32_MAX);
        assert_true(previous == NULL || first_of(region) > last_of(previous));
        previous = region;
    }
    assert_non_null(previous);
}

typedef bool (*address_test_t)(const void *p);

static void expect_both_ends(const soc_memory_region_t *region, address_test_t test, bool expected) {
    assert_int_equal(test((const void *)first_of(region)), expected);
    assert_int_equal(test((const void *)last_of(region)), expected);
}

static bool is_executable_here_or_by_alias(const void *p) {
    if (!esp_dram_match_iram() && esp_ptr_in_diram_dram(p)) {
        return true;
    }
    return esp_ptr_in_rtc_dram_fast(p) || esp_ptr_executable(p);
}

/* Looks at what can be a heap only: caches of ESP32 are in its table, but reserved, and outside of the windows. */
static void regions_lie_in_the_windows_of_their_capabilities(void **state) {
    (void)state;
    const uint32_t exec = 1u << 0; /* bit of MALLOC_CAP_EXEC, which not every build defines */
    soc_memory_region_t regions[MAX_REGIONS];
    size_t count = available(regions);
    for (size_t i = 0; i < count; i++) {
        const soc_memory_region_t *region = &regions[i];
        uint32_t caps = all_caps(region->type);
        expect_both_ends(region, esp_ptr_byte_accessible, (caps & MALLOC_CAP_8BIT) != 0);
        expect_both_ends(region, esp_ptr_internal, (caps & MALLOC_CAP_INTERNAL) != 0);
        expect_both_ends(region, esp_ptr_external_ram, (caps & MALLOC_CAP_SPIRAM) != 0);
        if (caps & MALLOC_CAP_DMA) {
            expect_both_ends(region, caps & MALLOC_CAP_SPIRAM ? esp_ptr_dma_ext_capable : esp_ptr_dma_capable, true);
        }
        if (caps & MALLOC_CAP_SPM) {
            expect_both_ends(region, esp_ptr_in_spm, true);
        }
        if (caps & MALLOC_CAP_RTCRAM) {
            expect_both_ends(region, esp_ptr_in_rtc_dram_fast, true);
        }
        if ((caps & exec) || region->iram_address != 0) {
            expect_both_ends(region, is_executable_here_or_by_alias, true);
        }
    }
}

/* Low-power RAM: in the same order on both buses. */
static void expect_rtc_alias(const soc_memory_region_t *region, uintptr_t alias) {
    assert_true(esp_ptr_in_rtc_iram_fast((const void *)alias));
    assert_true(esp_ptr_in_rtc_iram_fast((const void *)(alias + (region->size - 1))));
    assert_int_equal((uintptr_t)esp_ptr_rtc_dram_to_iram((const void *)first_of(region)), alias);
    assert_int_equal((uintptr_t)esp_ptr_rtc_iram_to_dram((const void *)alias), first_of(region));
}

/* The lowest address of the alias is that of the first word, or of the last where the order is inverted. */
static void expect_diram_alias(const soc_memory_region_t *region, uintptr_t alias) {
    uintptr_t lowest = ch_chip.diram_inverted ? last_of(region) - 3 : first_of(region);
    expect_both_ends(region, esp_ptr_in_diram_dram, true);
    assert_true(esp_ptr_in_diram_iram((const void *)alias));
    assert_true(esp_ptr_in_diram_iram((const void *)(alias + (region->size - 1))));
    assert_int_equal((uintptr_t)esp_ptr_diram_dram_to_iram((const void *)lowest), alias);
    assert_int_equal((uintptr_t)esp_ptr_diram_iram_to_dram((const void *)alias), lowest);
}

static void aliases_agree_with_the_windows(void **state) {
    (void)state;
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        const soc_memory_region_t *region = &soc_memory_regions[i];
        uintptr_t alias = (uintptr_t)region->iram_address;
        if (!exists(region) || alias == 0) {
            continue;
        }
        assert_int_equal(alias % 4, 0);
        assert_true(alias + (region->size - 1) > alias);
        if (alias == first_of(region)) { /* named twice, but one */
            assert_false(esp_ptr_in_diram_iram((const void *)alias));
        } else if (esp_ptr_in_rtc_dram_fast((const void *)first_of(region))) {
            expect_rtc_alias(region, alias);
        } else {
            expect_diram_alias(region, alias);
        }
    }
}

static void facts_beside_the_table_are_plausible(void **state) {
    (void)state;
    const ch_window_t *windows[] = {&ch_chip.dram,         &ch_chip.iram,     &ch_chip.diram_dram,     &ch_chip.diram_iram,
                                    &ch_chip.rtc_dram,     &ch_chip.rtc_iram, &ch_chip.rtc_slow,       &ch_chip.spm,
                                    &ch_chip.spm2,         &ch_chip.apart,    &ch_chip.external,       &ch_chip.dma,
                                    &ch_chip.dma_external, &ch_chip.internal, &ch_chip.byte_accessible};
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        bool is_none = windows[i]->low == 0 && windows[i]->high == 0;
        assert_true(is_none || windows[i]->low < windows[i]->high);
        assert_int_equal(windows[i]->low % 4 + windows[i]->high % 4, 0);
    }
    assert_int_equal(ch_chip.diram_dram.high - ch_chip.diram_dram.low, ch_chip.diram_iram.high - ch_chip.diram_iram.low);
    assert_int_equal(ch_chip.rtc_dram.high - ch_chip.rtc_dram.low, ch_chip.rtc_iram.high - ch_chip.rtc_iram.low);
    assert_true(is_power_of_two_or_zero(ch_chip.cache_line_internal));
    assert_true(is_power_of_two_or_zero(ch_chip.cache_line_external));
    assert_true(is_power_of_two_or_zero(ch_chip.simd_step));
    assert_true(is_power_of_two_or_zero(ch_chip.encrypted_dma_step));
    assert_non_null(ch_chip.name);
    assert_true(ch_chip.cores >= 1);
    assert_int_equal(ch_chip.late != NULL, ch_chip.late_count != 0);

    soc_memory_region_t regions[MAX_REGIONS];
    size_t count = ch_layout_coalesce(regions, available(regions));
    for (size_t i = 0; i < count; i++) {
        assert_true(regions[i].size <= ch_chip.max_request);
    }
}

/* The row that contains an address; NULL: none. */
static const soc_memory_region_t *row_of(uintptr_t address) {
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        if (exists(&soc_memory_regions[i]) && address >= first_of(&soc_memory_regions[i]) &&
            address <= last_of(&soc_memory_regions[i])) {
            return &soc_memory_regions[i];
        }
    }
    return NULL;
}

static void available_regions_lie_in_regions_of_their_type(void **state) {
    (void)state;
    soc_memory_region_t regions[MAX_REGIONS];
    size_t count = available(regions);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        const soc_memory_region_t *row = row_of(first_of(&regions[i]));
        assert_non_null(row);
        assert_true(row == row_of(last_of(&regions[i])));
        assert_int_equal(regions[i].type, row->type);
        assert_int_equal(regions[i].startup_stack, row->startup_stack);
        assert_int_equal(regions[i].iram_address, row->iram_address);
        assert_true(regions[i].size > 16);
        assert_int_equal(first_of(&regions[i]) % 4, 0);
        assert_int_equal(regions[i].size % 4, 0);
        assert_true(i == 0 || first_of(&regions[i]) > last_of(&regions[i - 1]));
    }
}

/* The last word that is reserved together with this one; 0: it is not reserved. */
static uintptr_t reserved_up_to(uintptr_t word) {
    for (size_t i = 0; i < reserved_count(); i++) {
        const soc_reserved_region_t *range = &soc_reserved_memory_region_start[i];
        if (word + 3 >= (uintptr_t)range->start && word < (uintptr_t)range->end) {
            return ((uintptr_t)range->end - 1) & ~(uintptr_t)3;
        }
    }
    return 0;
}

static void available_regions_spare_what_is_reserved(void **state) {
    (void)state;
    assert_true(reserved_count() > 0);
    soc_memory_region_t regions[MAX_REGIONS];
    size_t count = available(regions);
    for (size_t i = 0; i < reserved_count(); i++) {
        uintptr_t start = (uintptr_t)soc_reserved_memory_region_start[i].start;
        uintptr_t end = (uintptr_t)soc_reserved_memory_region_start[i].end;
        for (size_t r = 0; r < count && start < end; r++) {
            assert_true(last_of(&regions[r]) < start || first_of(&regions[r]) >= end);
        }
    }
}

/* Every word of a row is available or reserved, but for scraps of at most 16 bytes in a row. */
static void available_regions_lack_nothing_but_what_is_reserved(void **state) {
    (void)state;
    soc_memory_region_t regions[MAX_REGIONS];
    size_t count = available(regions);
    size_t next = 0;
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        uintptr_t from = first_of(&soc_memory_regions[i]);
        uintptr_t to = from + soc_memory_regions[i].size;
        size_t run = 0; /* bytes in a row that are neither available nor reserved */
        for (uintptr_t word = from; word < to; word += 4) {
            if (next < count && word == first_of(&regions[next])) {
                word = last_of(&regions[next]) - 3;
                next++;
                run = 0;
            } else {
                uintptr_t last_word = reserved_up_to(word);
                run = last_word ? 0 : run + 4;
                word = last_word ? last_word : word;
            }
            assert_true(run <= 16);
        }
    }
    assert_int_equal(next, count);
}

/* Available regions, joined, are exactly these, in order. */
static inline void chip_expect_heaps(const chip_heap_t *expected, size_t count) {
    soc_memory_region_t regions[MAX_REGIONS];
    size_t heaps = ch_layout_coalesce(regions, available(regions));
    assert_int_equal(heaps, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(first_of(&regions[i]), expected[i].start);
        assert_int_equal(regions[i].size, expected[i].size);
        assert_string_equal(soc_memory_types[regions[i].type].name, expected[i].type);
        assert_int_equal(regions[i].startup_stack, expected[i].after_startup);
    }
}

#define CHIP_COMMON_TESTS                                                                                                        \
    cmocka_unit_test(types_are_named_and_consistent), cmocka_unit_test(regions_are_sorted_disjoint_and_word_aligned),            \
        cmocka_unit_test(regions_lie_in_the_windows_of_their_capabilities), cmocka_unit_test(aliases_agree_with_the_windows),    \
        cmocka_unit_test(facts_beside_the_table_are_plausible),                                                                  \
        cmocka_unit_test(available_regions_lie_in_regions_of_their_type),                                                        \
        cmocka_unit_test(available_regions_spare_what_is_reserved),                                                              \
        cmocka_unit_test(available_regions_lack_nothing_but_what_is_reserved)
