/* SPDX-License-Identifier: MIT */
/*
 * What kind of memory is at an address, and the second addresses of RAM that both buses see; from the windows of ch_chip.
 *
 * Second addresses (w: words of the RAM in the order of data-bus addresses):
 *
 *   data bus               diram_dram.low | w0 | w1 | ... | wn |
 *   instruction bus        diram_iram.low | w0 | w1 | ... | wn |
 *   the same, inverted     diram_iram.low | wn | ... | w1 | w0 |
 *
 * The heap asks these functions when blocks are freed: they run in interrupt handlers and while the flash cache is off.
 */
#include "esp_memory_utils.h"

#include "capheap/chip.h"
#include "esp_heap_caps.h"

#define WORD_BYTES 4u

static inline bool window_contains(const ch_window_t *window, const void *p) {
    return (uintptr_t)p >= window->low && (uintptr_t)p < window->high;
}

static inline bool windows_equal(const ch_window_t *a, const ch_window_t *b) { return a->low == b->low && a->high == b->high; }

HEAP_IRAM_ATTR bool esp_dram_match_iram(void) { return windows_equal(&ch_chip.dram, &ch_chip.iram); }

HEAP_IRAM_ATTR bool esp_rtc_dram_match_rtc_iram(void) {
    return ch_chip.rtc_dram.high != 0 && windows_equal(&ch_chip.rtc_dram, &ch_chip.rtc_iram);
}

HEAP_IRAM_ATTR bool esp_ptr_in_iram(const void *p) { return window_contains(&ch_chip.iram, p); }

HEAP_IRAM_ATTR bool esp_ptr_in_dram(const void *p) { return window_contains(&ch_chip.dram, p); }

HEAP_IRAM_ATTR bool esp_ptr_in_diram_dram(const void *p) { return window_contains(&ch_chip.diram_dram, p); }

HEAP_IRAM_ATTR bool esp_ptr_in_diram_iram(const void *p) {
    return ch_chip.diram_dram.low != ch_chip.diram_iram.low && window_contains(&ch_chip.diram_iram, p);
}

HEAP_IRAM_ATTR bool esp_ptr_in_rtc_iram_fast(const void *p) { return window_contains(&ch_chip.rtc_iram, p); }

HEAP_IRAM_ATTR bool esp_ptr_in_rtc_dram_fast(const void *p) { return window_contains(&ch_chip.rtc_dram, p); }

HEAP_IRAM_ATTR bool esp_ptr_in_rtc_slow(const void *p) { return window_contains(&ch_chip.rtc_slow, p); }

HEAP_IRAM_ATTR bool esp_ptr_in_spm(const void *p) {
    return window_contains(&ch_chip.spm, p) || window_contains(&ch_chip.spm2, p);
}

HEAP_IRAM_ATTR bool esp_ptr_dma_capable(const void *p) {
    return window_contains(&ch_chip.dma, p) || window_contains(&ch_chip.apart, p);
}

HEAP_IRAM_ATTR bool esp_ptr_dma_ext_capable(const void *p) { return window_contains(&ch_chip.dma_external, p); }

HEAP_IRAM_ATTR bool esp_ptr_word_aligned(const void *p) { return (uintptr_t)p % WORD_BYTES == 0; }

/* Flash and mask ROM execute too, but no heap lies there and the chip rows do not name them. */
HEAP_IRAM_ATTR bool esp_ptr_executable(const void *p) {
    return window_contains(&ch_chip.iram, p) || window_contains(&ch_chip.diram_iram, p) ||
           window_contains(&ch_chip.rtc_iram, p) || window_contains(&ch_chip.external, p);
}

HEAP_IRAM_ATTR bool esp_ptr_byte_accessible(const void *p) {
    return window_contains(&ch_chip.byte_accessible, p) || window_contains(&ch_chip.apart, p) || esp_ptr_in_spm(p) ||
           window_contains(&ch_chip.external, p) || window_contains(&ch_chip.rtc_dram, p);
}

HEAP_IRAM_ATTR bool esp_ptr_internal(const void *p) {
    return window_contains(&ch_chip.internal, p) || window_contains(&ch_chip.apart, p) || esp_ptr_in_spm(p) ||
           window_contains(&ch_chip.rtc_slow, p) || window_contains(&ch_chip.rtc_dram, p);
}

HEAP_IRAM_ATTR bool esp_ptr_external_ram(const void *p) { return window_contains(&ch_chip.external, p); }

/* The address in `to` of the word at p in `from`. */
static inline void *translate(const ch_window_t *from, const ch_window_t *to, bool inverted, const void *p) {
    uintptr_t offset = inverted ? from->high - (uintptr_t)p - WORD_BYTES : (uintptr_t)p - from->low;
    return (void *)(to->low + offset);
}

HEAP_IRAM_ATTR void *esp_ptr_diram_dram_to_iram(const void *p) {
    return translate(&ch_chip.diram_dram, &ch_chip.diram_iram, ch_chip.diram_inverted, p);
}

HEAP_IRAM_ATTR void *esp_ptr_diram_iram_to_dram(const void *p) {
    return translate(&ch_chip.diram_iram, &ch_chip.diram_dram, ch_chip.diram_inverted, p);
}

HEAP_IRAM_ATTR void *esp_ptr_rtc_dram_to_iram(const void *p) { return translate(&ch_chip.rtc_dram, &ch_chip.rtc_iram, false, p); }

HEAP_IRAM_ATTR void *esp_ptr_rtc_iram_to_dram(const void *p) { return translate(&ch_chip.rtc_iram, &ch_chip.rtc_dram, false, p); }
