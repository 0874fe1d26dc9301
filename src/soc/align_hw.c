/* SPDX-License-Identifier: MIT */
/* What the hardware adds to a request: the steps of caches, DMA engines and vector units. Weak: a platform may have its own. */
#include "base/compiler.h"
#include "capheap/chip.h"
#include "capheap/config.h"
#include "esp_heap_caps.h"
#include "esp_private/esp_cache_private.h"
#include "esp_private/heap_align_hw.h"

#define CAPS_DMA_DESC (MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_DMA_DESC_AXI)
#define CAPS_ABOUT_HARDWARE (MALLOC_CAP_DMA | CAPS_DMA_DESC | MALLOC_CAP_CACHE_ALIGNED | MALLOC_CAP_SIMD)
#define AXI_DESCRIPTOR_STEP 8u

static inline size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* Size in whole steps; SIZE_MAX, which no heap has, where that is beyond the range of size_t. */
static inline size_t round_up(size_t size, size_t step) {
    size_t rounded = (size + step - 1) & ~(step - 1);
    return rounded < size ? SIZE_MAX : rounded;
}

/* The caps that heaps know: descriptors are DMA memory, and the flags that only asked for alignment are done. */
static inline uint32_t caps_for_search(uint32_t caps) {
    uint32_t known = caps & ~(CAPS_DMA_DESC | MALLOC_CAP_CACHE_ALIGNED);
    if (caps & CAPS_DMA_DESC) {
        known |= MALLOC_CAP_DMA;
    }
    if (caps & MALLOC_CAP_SPIRAM) {
        known &= ~MALLOC_CAP_DMA; /* no table offers both */
    }
    return known;
}

CH_WEAK HEAP_IRAM_ATTR void esp_heap_adjust_alignment_to_hw(size_t *p_alignment, size_t *p_size, uint32_t *p_caps) {
    uint32_t caps = *p_caps;
    if ((caps & CAPS_ABOUT_HARDWARE) == 0) {
        return;
    }
    if (CH_CFG_PURE_RAM_APP) {
        if (ch_chip.cache_line_internal > 0 || (caps & MALLOC_CAP_SPIRAM)) {
            *p_caps = caps | MALLOC_CAP_INVALID;
        }
        return;
    }
    size_t line;
    if (esp_cache_get_alignment(caps, &line) != ESP_OK) {
        *p_caps = caps | MALLOC_CAP_INVALID;
        return;
    }
    size_t alignment = larger(*p_alignment, line);
    if ((caps & MALLOC_CAP_DMA_DESC_AXI) && ch_chip.has_axi_dma) {
        alignment = larger(alignment, AXI_DESCRIPTOR_STEP);
    }
    if (caps & MALLOC_CAP_SIMD) {
        alignment = larger(alignment, ch_chip.simd_step);
    }
    if (caps & MALLOC_CAP_DMA) {
        alignment = larger(alignment, ch_chip.encrypted_dma_step);
    }
    *p_alignment = alignment;
    *p_size = round_up(*p_size, alignment);
    *p_caps = caps_for_search(caps);
}
