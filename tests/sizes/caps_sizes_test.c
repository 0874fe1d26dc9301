/* SPDX-License-Identifier: MIT */
/*
 * All that allocates by capability, with all sizes, alignments and masks that are odd: no crash, no wrong success, no failure
 * that leaves a trace. The known refusals, one by one and with their reasons, are in tests/api/test_bad_input.c.
 */
#include "sizes.h"

static void every_size(void **state) {
    (void)state;
    static const uint32_t kinds[] = {MALLOC_CAP_DEFAULT, MALLOC_CAP_32BIT, MALLOC_CAP_DMA};
    sizes_t sizes = sizes_wide();
    for (size_t e = 0; e < sizes_entry_count; e++) {
        size_t kind_count = sizes_entries[e].takes & TAKES_CAPS ? sizeof kinds / sizeof kinds[0] : 1;
        size_t step = sizes_many() == SIZES_FEW ? kind_count : 1; /* a kind for each size, or each for all */
        for (size_t i = e % step; i < sizes.count * kind_count; i += step) {
            judge(&sizes_entries[e],
                  &(ask_t){sizes.list[i / kind_count], i % 2 ? 64 : 4, kinds[(i + i / kind_count) % kind_count], NULL});
        }
    }
}

static void every_alignment(void **state) {
    (void)state;
    sizes_t sizes = sizes_narrow(), alignments = sizes_alignments();
    size_t stride = sizes_many() == SIZES_ALL ? 1 : sizes_many() == SIZES_SOME ? 7 : 61, next = 0;
    for (size_t e = 0; e < sizes_entry_count; e++) {
        if (!(sizes_entries[e].takes & TAKES_ALIGNMENT)) continue;
        for (size_t a = 0; a < alignments.count; a++, next = (next + 1) % stride) {
            for (size_t i = next; i < sizes.count; i += stride)
                judge(&sizes_entries[e], &(ask_t){sizes.list[i], alignments.list[a], MALLOC_CAP_8BIT, NULL});
        }
    }
}

static void every_mask(void **state) {
    (void)state;
    sizes_t sizes = sizes_handful();
    masks_t masks = sizes_masks();
    size_t stride = sizes_many() == SIZES_ALL ? 1 : 5, next = 0;
    for (size_t e = 0; e < sizes_entry_count; e++) {
        if (!(sizes_entries[e].takes & TAKES_CAPS)) continue;
        for (size_t m = 0; m < masks.count; m++, next = (next + 1) % stride) {
            for (size_t i = next; i < sizes.count; i += stride)
                judge(&sizes_entries[e], &(ask_t){sizes.list[i], m % 3 ? 32 : 4, masks.list[m], NULL});
        }
    }
}

/* The malloc family again, with external memory allowed: from all sizes on, from some size on, from none on. */
static void malloc_with_external_memory(void **state) {
    (void)state;
    static const size_t limits[] = {0, 1000, SIZE_MAX};
    sizes_t sizes = sizes_narrow();
    for (size_t l = 0; l < sizeof limits / sizeof limits[0]; l++) {
        judge_allow_external(limits[l]);
        for (size_t e = 0; e < sizes_entry_count; e++) {
            for (size_t i = l; i < sizes.count && sizes_entries[e].takes & OF_LIBC; i += 3)
                judge(&sizes_entries[e], &(ask_t){sizes.list[i], (size_t)8 << i % 4, 0, NULL});
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(every_size),
        API_TEST(every_alignment),
        API_TEST(every_mask),
        API_TEST(malloc_with_external_memory),
    };
    return cmocka_run_group_tests(tests, judge_begin, judge_end);
}
