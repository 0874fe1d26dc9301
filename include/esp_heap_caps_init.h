/* SPDX-License-Identifier: MIT */
/* Start-up of the capability heap, and regions that are added later. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "heap_memory_layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes a heap of every available region of the chip and prints one line for each. Called once, on one core, before the first
 * allocation; later calls do nothing. A region that no heap fits in, or one larger than a heap may be, ends in the port's fatal
 * function.
 */
void heap_caps_init(void);

/** Lets the start-up stack regions take part. Called once, when no stack lies in them any more. */
void heap_caps_enable_nonos_stack_heaps(void);

/**
 * Makes a heap of [start, end), with the capabilities of the chip's region that contains start.
 *
 * @return ESP_ERR_INVALID_ARG for start 0, ESP_ERR_NOT_FOUND where no region contains start, else as
 *         heap_caps_add_region_with_caps().
 *
 * Task context. May not be called from an interrupt handler.
 */
esp_err_t heap_caps_add_region(intptr_t start, intptr_t end);

/**
 * Makes a heap of [start, end) with capabilities of its own; it is asked before all older heaps.
 *
 * @param caps SOC_MEMORY_TYPE_NO_PRIOS words, copied
 * @return in this order of checks:
 *         ESP_ERR_INVALID_ARG   caps NULL, start or end 0, end not above start
 *         ESP_FAIL              it is equal to or straddles an existing heap (a range inside a heap's used block is allowed)
 *         ESP_ERR_NO_MEM        no memory for the descriptor
 *         ESP_ERR_INVALID_SIZE  too small for a heap, or start not a multiple of 4
 *         ESP_OK                the heap serves at once. It cannot be removed.
 *
 * Nothing in the range is cleared. Its minimum free size counts as 0 if it is added after heap_caps_enable_nonos_stack_heaps().
 */
esp_err_t heap_caps_add_region_with_caps(const uint32_t caps[], intptr_t start, intptr_t end);

#ifdef __cplusplus
}
#endif
