/* SPDX-License-Identifier: MIT */
/* What the hardware adds to a request, on made-up chips: with and without caches, AXI DMA, vector unit, encryption. */
#include "ch_test.h"

#include "chip_now.h"
#include "esp_heap_caps.h"
#include "esp_private/esp_cache_private.h"
#include "esp_private/heap_align_hw.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Short names: D8 is internal byte memory. */
#define D8 (MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT)
#define DMA MALLOC_CAP_DMA
#define AHB MALLOC_CAP_DMA_DESC_AHB
#define AXI MALLOC_CAP_DMA_DESC_AXI
#define CACHE MALLOC_CAP_CACHE_ALIGNED
#define SIMD MALLOC_CAP_SIMD
#define SPIRAM MALLOC_CAP_SPIRAM

static const ch_chip_t plain = {.name = "plain"};
static const ch_chip_t cached = {.cache_line_internal = 64, .cache_line_external = 128};
static const ch_chip_t external_cache = {.cache_line_external = 32};
static const ch_chip_t axi = {.has_axi_dma = true};
static const ch_chip_t axi_cached = {.has_axi_dma = true, .cache_line_internal = 64};
static const ch_chip_t axi_fine_line = {.has_axi_dma = true, .cache_line_internal = 4};
static const ch_chip_t vector = {.simd_step = 16};
static const ch_chip_t vector_cached = {.simd_step = 16, .cache_line_internal = 64, .cache_line_external = 8};
static const ch_chip_t encrypted = {.encrypted_dma_step = 16};

typedef struct {
    const ch_chip_t *chip;
    size_t alignment;
    size_t size;
    uint32_t caps;
    size_t alignment_after;
    size_t size_after;
    uint32_t caps_after;
} step_t;

static void expect_steps(const step_t *steps, size_t count) {
    if (CH_CFG_PURE_RAM_APP) {
        skip();
    }
    for (size_t i = 0; i < count; i++) {
        size_t alignment = steps[i].alignment;
        size_t size = steps[i].size;
        uint32_t caps = steps[i].caps;
        chip_now = *steps[i].chip;
        esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
        assert_int_equal(alignment, steps[i].alignment_after);
        assert_int_equal(size, steps[i].size_after);
        assert_int_equal(caps, steps[i].caps_after);
    }
}

static void requests_that_do_not_concern_hardware_stay_as_they_are(void **state) {
    (void)state;
    const uint32_t others = ~(DMA | AHB | AXI | CACHE | SIMD);
    chip_now = vector_cached;
    chip_now.has_axi_dma = true;
    chip_now.encrypted_dma_step = 16;
    for (unsigned bit = 0; bit < 32; bit++) {
        size_t alignment = 4;
        size_t size = 13;
        uint32_t caps = (1u << bit) & others;
        uint32_t before = caps;
        esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
        assert_int_equal(alignment, 4);
        assert_int_equal(size, 13);
        assert_int_equal(caps, before);
    }
}

static void without_cache_the_size_is_rounded_to_the_alignment_in_force(void **state) {
    (void)state;
    const step_t steps[] = {
        {&plain, 4, 10, D8 | DMA, 4, 12, D8 | DMA},
        {&plain, 4, 12, D8 | DMA, 4, 12, D8 | DMA},
        {&plain, 32, 33, DMA, 32, 64, DMA},
        {&plain, 1, 5, DMA, 1, 5, DMA},
        {&plain, 4, 0, DMA, 4, 0, DMA},
        {&plain, 4, 10, SIMD | SPIRAM, 4, 12, SIMD | SPIRAM},
        {&plain, 4, 10, CACHE, 4, 12, 0},
    };
    expect_steps(steps, COUNT(steps));
}

static void cache_line_is_that_of_the_memory_asked_for(void **state) {
    (void)state;
    const step_t steps[] = {
        {&cached, 4, 10, D8 | DMA, 64, 64, D8 | DMA},
        {&cached, 4, 65, D8 | CACHE, 64, 128, D8},
        {&cached, 4, 10, SPIRAM | CACHE, 128, 128, SPIRAM},
        {&cached, 4, 10, D8 | SIMD, 64, 64, D8 | SIMD},
        {&cached, 256, 10, D8 | DMA, 256, 256, D8 | DMA},
        {&external_cache, 4, 10, D8 | CACHE, 4, 12, D8},
        {&external_cache, 4, 33, SPIRAM | CACHE, 32, 64, SPIRAM},
    };
    expect_steps(steps, COUNT(steps));
}

static void descriptors_become_dma_memory(void **state) {
    (void)state;
    const step_t steps[] = {
        {&plain, 4, 10, D8 | AHB, 4, 12, D8 | DMA},
        {&plain, 4, 10, D8 | AXI, 4, 12, D8 | DMA},
        {&plain, 4, 10, AHB | AXI | DMA, 4, 12, DMA},
        {&cached, 4, 10, AHB, 64, 64, DMA},
    };
    expect_steps(steps, COUNT(steps));
}

static void axi_descriptors_take_at_least_8_bytes_where_there_is_axi(void **state) {
    (void)state;
    const step_t steps[] = {
        {&axi, 4, 10, AXI, 8, 16, DMA},           {&axi, 16, 10, AXI, 16, 16, DMA},
        {&axi, 4, 10, AHB, 4, 12, DMA},           {&axi, 4, 10, DMA, 4, 12, DMA},
        {&axi_cached, 4, 10, AXI, 64, 64, DMA},   {&axi_fine_line, 4, 10, AXI, 8, 16, DMA},
        {&axi_fine_line, 4, 10, AHB, 4, 12, DMA},
    };
    expect_steps(steps, COUNT(steps));
}

static void simd_takes_the_vector_step(void **state) {
    (void)state;
    const step_t steps[] = {
        {&vector, 4, 10, D8 | SIMD, 16, 16, D8 | SIMD},
        {&vector, 32, 40, D8 | SIMD, 32, 64, D8 | SIMD},
        {&vector, 4, 10, D8 | DMA, 4, 12, D8 | DMA},
        {&vector_cached, 4, 10, SIMD, 64, 64, SIMD},
        {&vector_cached, 4, 10, SIMD | SPIRAM, 16, 16, SIMD | SPIRAM},
        {&vector_cached, 4, 10, SIMD | CACHE, 64, 64, SIMD},
    };
    expect_steps(steps, COUNT(steps));
}

static void dma_takes_the_step_of_encrypted_memory(void **state) {
    (void)state;
    const step_t steps[] = {
        {&encrypted, 4, 10, D8 | DMA, 16, 16, D8 | DMA},
        {&encrypted, 4, 10, SPIRAM | DMA, 16, 16, SPIRAM},
        {&encrypted, 64, 10, D8 | DMA, 64, 64, D8 | DMA},
        {&encrypted, 4, 10, D8 | CACHE, 4, 12, D8},
    };
    expect_steps(steps, COUNT(steps));
}

static void spiram_drops_dma(void **state) {
    (void)state;
    const step_t steps[] = {
        {&plain, 4, 10, SPIRAM | DMA, 4, 12, SPIRAM},
        {&cached, 4, 10, SPIRAM | DMA | D8, 128, 128, SPIRAM | D8},
        {&cached, 4, 10, SPIRAM | AHB, 128, 128, SPIRAM},
        {&axi, 4, 10, SPIRAM | AXI, 8, 16, SPIRAM},
        {&cached, 4, 10, SPIRAM | DMA | CACHE | SIMD, 128, 128, SPIRAM | SIMD},
    };
    expect_steps(steps, COUNT(steps));
}

static void flags_of_no_concern_are_kept(void **state) {
    (void)state;
    const uint32_t kept = MALLOC_CAP_DEFAULT | MALLOC_CAP_RETENTION | MALLOC_CAP_INVALID | (1u << 22) | (1u << 30);
    const step_t steps[] = {
        {&cached, 4, 10, kept | DMA, 64, 64, kept | DMA},
        {&cached, 4, 10, kept | AXI | CACHE, 64, 64, kept | DMA},
    };
    expect_steps(steps, COUNT(steps));
}

static void size_whose_rounding_overflows_becomes_one_that_no_heap_has(void **state) {
    (void)state;
    const step_t steps[] = {
        {&plain, 4, SIZE_MAX, DMA, 4, SIZE_MAX, DMA},
        {&plain, 4, SIZE_MAX - 2, DMA, 4, SIZE_MAX, DMA},
        {&plain, 4, SIZE_MAX - 3, DMA, 4, SIZE_MAX - 3, DMA},
        {&cached, 4, SIZE_MAX - 62, CACHE, 64, SIZE_MAX, 0},
        {&cached, 4, SIZE_MAX - 63, CACHE, 64, SIZE_MAX - 63, 0},
        {&cached, 4, SIZE_MAX - 64, CACHE, 64, SIZE_MAX - 63, 0},
        {&plain, (size_t)1 << 31, (size_t)SIZE_MAX - 5, DMA, (size_t)1 << 31, SIZE_MAX, DMA},
    };
    expect_steps(steps, COUNT(steps));
}

static void programs_in_ram_alone_cannot_have_cached_memory(void **state) {
    (void)state;
    if (!CH_CFG_PURE_RAM_APP) {
        skip();
    }
    const ch_chip_t *chips[] = {&cached, &external_cache, &plain};
    const uint32_t asked[] = {DMA, SPIRAM | DMA};
    for (size_t i = 0; i < COUNT(chips) * COUNT(asked); i++) {
        uint32_t before = asked[i % COUNT(asked)];
        uint32_t caps = before;
        size_t alignment = 4;
        size_t size = 10;
        chip_now = *chips[i / COUNT(asked)];
        esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
        bool refused = chip_now.cache_line_internal > 0 || (before & SPIRAM) != 0;
        assert_int_equal(caps, refused ? (before | MALLOC_CAP_INVALID) : before);
        assert_int_equal(alignment, 4);
        assert_int_equal(size, 10);
    }
}

static void cache_query_tells_the_line(void **state) {
    (void)state;
    size_t line = 1;
    chip_now = cached;
    assert_int_equal(esp_cache_get_alignment(0, &line), ESP_OK);
    assert_int_equal(line, 64);
    assert_int_equal(esp_cache_get_alignment(D8 | DMA, &line), ESP_OK);
    assert_int_equal(line, 64);
    assert_int_equal(esp_cache_get_alignment(SPIRAM | DMA, &line), ESP_OK);
    assert_int_equal(line, 128);
    chip_now = plain;
    assert_int_equal(esp_cache_get_alignment(SPIRAM, &line), ESP_OK);
    assert_int_equal(line, 0);
    assert_int_equal(esp_cache_get_alignment(SPIRAM, NULL), ESP_ERR_INVALID_ARG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_that_do_not_concern_hardware_stay_as_they_are),
        cmocka_unit_test(without_cache_the_size_is_rounded_to_the_alignment_in_force),
        cmocka_unit_test(cache_line_is_that_of_the_memory_asked_for),
        cmocka_unit_test(descriptors_become_dma_memory),
        cmocka_unit_test(axi_descriptors_take_at_least_8_bytes_where_there_is_axi),
        cmocka_unit_test(simd_takes_the_vector_step),
        cmocka_unit_test(dma_takes_the_step_of_encrypted_memory),
        cmocka_unit_test(spiram_drops_dma),
        cmocka_unit_test(flags_of_no_concern_are_kept),
        cmocka_unit_test(size_whose_rounding_overflows_becomes_one_that_no_heap_has),
        cmocka_unit_test(programs_in_ram_alone_cannot_have_cached_memory),
        cmocka_unit_test(cache_query_tells_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
