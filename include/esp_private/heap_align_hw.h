/* SPDX-License-Identifier: MIT */
/* What the hardware adds to a request. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Turns a request into what the chip needs for it; called before any heap is tried.
 *
 * Requests without DMA, DMA_DESC_AHB, DMA_DESC_AXI, CACHE_ALIGNED and SIMD stay as they are. Otherwise the alignment is raised to
 * what the chip's caches, DMA engines and vector unit ask for, the size is rounded up to the alignment (SIZE_MAX where that
 * overflows), the two DMA_DESC flags become DMA, SPIRAM drops DMA, and CACHE_ALIGNED is removed.
 *
 * @param p_alignment in and out, a power of two
 * @param p_size      in and out, bytes
 * @param p_caps      in and out, MALLOC_CAP_*
 */
void esp_heap_adjust_alignment_to_hw(size_t *p_alignment, size_t *p_size, uint32_t *p_caps);

#ifdef __cplusplus
}
#endif
