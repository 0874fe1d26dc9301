/* SPDX-License-Identifier: MIT */
/*
 * What kind of memory is at an address; for platforms that bring no esp_memory_utils.h. Tests of [low, high) against the chip's
 * windows (capheap/chip.h). Any context, constant time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

bool esp_dram_match_iram(void);         /**< data and instruction views of internal RAM are one range */
bool esp_rtc_dram_match_rtc_iram(void); /**< the same of low-power fast RAM; false where there is none */

bool esp_ptr_in_iram(const void *p);
bool esp_ptr_in_dram(const void *p);
bool esp_ptr_in_diram_dram(const void *p);
bool esp_ptr_in_diram_iram(const void *p); /**< false where both views start at one address */
bool esp_ptr_in_rtc_iram_fast(const void *p);
bool esp_ptr_in_rtc_dram_fast(const void *p);
bool esp_ptr_in_rtc_slow(const void *p);
bool esp_ptr_in_spm(const void *p);
bool esp_ptr_dma_capable(const void *p);
bool esp_ptr_dma_ext_capable(const void *p); /**< external RAM that DMA reaches */
bool esp_ptr_word_aligned(const void *p);
bool esp_ptr_executable(const void *p);
bool esp_ptr_byte_accessible(const void *p);
bool esp_ptr_internal(const void *p);
bool esp_ptr_external_ram(const void *p);

/** Instruction-bus address of a word-aligned data-bus address in D/IRAM. */
void *esp_ptr_diram_dram_to_iram(const void *p);
/** Data-bus address of a word-aligned instruction-bus address in D/IRAM. */
void *esp_ptr_diram_iram_to_dram(const void *p);
/** Instruction-bus address of a data-bus address in low-power fast RAM; p itself where both views are one. */
void *esp_ptr_rtc_dram_to_iram(const void *p);
/** Data-bus address of an instruction-bus address in low-power fast RAM; p itself where both views are one. */
void *esp_ptr_rtc_iram_to_dram(const void *p);

#ifdef __cplusplus
}
#endif
