/* SPDX-License-Identifier: MIT */
/* Whether a value may be a stack pointer: a multiple of 16, and at least 16 bytes from either end of RAM that takes stacks. */
#include "capheap/chip.h"
#include "esp_heap_caps.h"
#include "esp_memory_utils.h"

#define STACK_STEP ((uintptr_t)16)

static inline bool is_stack_in(const ch_window_t *window, uint32_t sp) {
    return window->high - window->low >= 2 * STACK_STEP && sp % STACK_STEP == 0 && sp >= window->low + STACK_STEP &&
           sp <= window->high - STACK_STEP;
}

HEAP_IRAM_ATTR bool esp_stack_ptr_in_dram(uint32_t sp) { return is_stack_in(&ch_chip.dram, sp); }

HEAP_IRAM_ATTR bool esp_stack_ptr_in_extram(uint32_t sp) { return is_stack_in(&ch_chip.external, sp); }

HEAP_IRAM_ATTR bool esp_stack_ptr_is_sane(uint32_t sp) {
    return esp_stack_ptr_in_dram(sp) || esp_stack_ptr_in_extram(sp) || is_stack_in(&ch_chip.rtc_dram, sp) ||
           is_stack_in(&ch_chip.spm, sp);
}

HEAP_IRAM_ATTR bool esp_task_stack_is_sane_cache_disabled(void) {
    const void *sp = __builtin_frame_address(0);
    return (uintptr_t)sp - ch_chip.external.low >= ch_chip.external.high - ch_chip.external.low;
}
