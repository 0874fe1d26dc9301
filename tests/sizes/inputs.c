/* SPDX-License-Identifier: MIT */
/* See sizes.h. Made once, when first asked for; the chip must have been booted. */
#include "sizes.h"

#include <stdlib.h>
#include <string.h>

#define WIDE 20000u
#define NARROW 3000u
#define ALIGNMENTS 160u
#define MASKS 700u
#define BITS (8 * sizeof(size_t))

static CH_TEST_LARGE size_t wide[WIDE];
static CH_TEST_LARGE size_t narrow[NARROW];
static size_t alignments[ALIGNMENTS];
static CH_TEST_LARGE uint32_t masks[MASKS];

sizes_many_t sizes_many(void) {
    const char *text = ch_test_argument("CH_SIZES");
    if (text && strcmp(text, "full") == 0) return SIZES_ALL;
    return ch_test_on_host() ? SIZES_SOME : SIZES_FEW;
}

static int compare(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

static size_t sorted(size_t *list, size_t count) {
    size_t unique = 0;
    qsort(list, count, sizeof *list, compare);
    for (size_t i = 0; i < count; i++) {
        if (unique == 0 || list[i] != list[unique - 1]) list[unique++] = list[i];
    }
    return unique;
}

/* What the sizes are about. */
static size_t centres(size_t list[BITS + 16]) {
    static const uint32_t asked[] = {MALLOC_CAP_DEFAULT, MALLOC_CAP_32BIT, MALLOC_CAP_DMA, MALLOC_CAP_SPIRAM, API_CAP_EXEC};
    size_t count = 0;
    for (size_t bit = 0; bit < BITS; bit++) list[count++] = (size_t)1 << bit;
    list[count++] = 0; /* 0 and SIZE_MAX */
    list[count++] = ch_chip.max_request;
    list[count++] = SIZE_MAX / 3;
    list[count++] = SIZE_MAX / 32 * 31; /* where the bits of a heap would make up for the rest */
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) list[count++] = heap_caps_get_largest_free_block(asked[i]);
    return count;
}

static size_t around(size_t *list, size_t most, const signed char *steps, size_t step_count) {
    size_t centre[BITS + 16], centre_count = centres(centre), count = 0;
    for (size_t i = 0; i < centre_count; i++) {
        for (size_t k = 0; k < step_count && count < most; k++) list[count++] = centre[i] - 64 + (unsigned char)(steps[k] + 64);
    }
    assert_true(count < most);
    return sorted(list, count);
}

sizes_t sizes_narrow(void) {
    static const signed char steps[] = {-64, -33, -16, -9, -8, -7, -4, -3, -1, 0, 1, 3, 4, 5, 8, 16, 17, 64};
    static const signed char few[] = {-64, -8, -1, 0, 1, 5, 16};
    static size_t count;
    if (count == 0 && sizes_many() == SIZES_FEW) count = around(narrow, NARROW, few, sizeof few);
    if (count == 0) count = around(narrow, NARROW, steps, sizeof steps);
    return (sizes_t){narrow, count};
}

sizes_t sizes_wide(void) {
    static size_t count;
    signed char steps[129];
    size_t step_count = 0;
    int stride = sizes_many() == SIZES_ALL ? 1 : 5;
    if (sizes_many() == SIZES_FEW) return sizes_narrow();
    for (int step = -64; step <= 64; step += stride) steps[step_count++] = (signed char)step;
    if (count == 0) count = around(wide, WIDE, steps, step_count);
    return (sizes_t){wide, count};
}

sizes_t sizes_handful(void) {
    static const size_t list[] = {0,    1,        7,           33,           100,          511,          1024,
                                  3000, 0x10000u, 0x7fffffffu, SIZE_MAX / 2, SIZE_MAX - 7, SIZE_MAX - 1, SIZE_MAX};
    return (sizes_t){list, sizeof list / sizeof list[0]};
}

sizes_t sizes_alignments(void) {
    static const size_t others[] = {0,   3,    6,           12,          24,       48,           96,
                                    100, 1000, 0x80000001u, 0xC0000000u, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2};
    static size_t count;
    if (count) return (sizes_t){alignments, count};
    memcpy(alignments, others, sizeof others);
    count = sizeof others / sizeof others[0];
    for (size_t bit = 0; bit < BITS; bit++) {
        size_t power = (size_t)1 << bit;
        alignments[count++] = power;
        if (bit % 5 == 4) alignments[count++] = power + 1;
        if (bit % 5 == 3) alignments[count++] = power - 1;
    }
    count = sorted(alignments, count);
    return (sizes_t){alignments, count};
}

masks_t sizes_masks(void) {
    static const uint32_t whole[] = {0,
                                     0xffffffffu,
                                     0x7fffffffu,
                                     0x7ffffffeu,
                                     MALLOC_CAP_INVALID | MALLOC_CAP_8BIT,
                                     API_CAP_EXEC | MALLOC_CAP_32BIT | MALLOC_CAP_INTERNAL,
                                     MALLOC_CAP_DMA | MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL,
                                     MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT | MALLOC_CAP_CACHE_ALIGNED};
    static size_t count;
    if (count) return (masks_t){masks, count};
    memcpy(masks, whole, sizeof whole);
    count = sizeof whole / sizeof whole[0];
    bool few = sizes_many() == SIZES_FEW; /* pairs of bits that mean something to every chip */
    for (unsigned a = 0; a < 32; a++) {
        masks[count++] = 1u << a;
        for (unsigned b = a + 1; b < (few ? (a < 4 ? 13 : 0) : 32u); b++) masks[count++] = 1u << a | 1u << b;
    }
    size_t region = 0;
    for (; region < soc_memory_type_count && count < MASKS; region++) {
        const uint32_t *caps = soc_memory_types[region].caps;
        masks[count++] = caps[0] | caps[1] | caps[2];
    }
    assert_true(count < MASKS);
    return (masks_t){masks, count};
}
