/* SPDX-License-Identifier: MIT */
/*
 * External RAM where ESP-IDF's component esp_psram is not in the program: what a driver found, and which of ESP-IDF's options
 * say how it is used.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capheap/chip.h"
#include "esp_err.h"
#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

/** External RAM as it is mapped; {0, 0} for what there is none of. All multiples of 4. */
typedef struct {
    ch_window_t bytes;       /**< takes any access */
    ch_window_t words;       /**< takes aligned 32-bit accesses only */
    ch_window_t unencrypted; /**< not encrypted, in a program whose external RAM is; any access */
    ch_window_t gaps[2];     /**< what alignment to pages left over before and behind; any access */
} ch_psram_t;

/**
 * What the driver found; the driver supplies this function. The weak one here has found nothing. Constant once the heap starts.
 */
const ch_psram_t *ch_psram_found(void);

/**
 * Makes heaps of the external RAM, the first time that it is called. They are asked before those of the chip's table.
 *
 * @return ESP_OK, also where there is none; ESP_ERR_INVALID_STATE the second time; else what heap_caps_add_region_with_caps()
 *         said
 */
esp_err_t esp_psram_extram_add_to_heap_allocator(void);

/**
 * Keeps internal memory for requests with DMA | INTERNAL: takes size bytes of it in as few blocks as there are and makes each a
 * heap of its own, which plain malloc() comes to last.
 *
 * @return ESP_OK, also for 0; ESP_ERR_NO_MEM where there is less than size, and nothing is kept
 */
esp_err_t esp_psram_extram_reserve_dma_pool(size_t size);

/** Whether p is in mapped external RAM, encrypted or not. Any context. */
bool esp_psram_check_ptr_addr(const void *p);

/** Whether p is in external RAM that is not encrypted. Any context. */
bool esp_psram_ptr_is_no_enc(const void *p);

/* CH_SPIRAM_HEAP: external RAM becomes heaps. CH_SPIRAM_MALLOC: malloc() may use it, CH_SPIRAM_ALWAYSINTERNAL: for sizes above
 * this, CH_SPIRAM_RESERVE: bytes of internal memory that are kept from malloc(). */
#if defined CONFIG_SPIRAM && !defined CONFIG_SPIRAM_USE_MEMMAP
#define CH_SPIRAM_HEAP 1
#else
#define CH_SPIRAM_HEAP 0
#endif
#ifdef CONFIG_SPIRAM_USE_MALLOC
#define CH_SPIRAM_MALLOC 1
#define CH_SPIRAM_ALWAYSINTERNAL CONFIG_SPIRAM_MALLOC_ALWAYSINTERNAL
#define CH_SPIRAM_RESERVE CONFIG_SPIRAM_MALLOC_RESERVE_INTERNAL
#else
#define CH_SPIRAM_MALLOC 0
#define CH_SPIRAM_ALWAYSINTERNAL 0
#define CH_SPIRAM_RESERVE 0
#endif

#ifdef __cplusplus
}
#endif
