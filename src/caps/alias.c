/* SPDX-License-Identifier: MIT */
/* Second addresses of D/IRAM and low-power fast RAM. Pictures: alias.h. */
#include "caps/alias.h"

#include "capheap/chip.h"
#include "esp_attr.h"
#include "esp_memory_utils.h"

static bool rtc_is_split(void) { return !esp_rtc_dram_match_rtc_iram() && ch_chip.rtc_iram.low != ch_chip.rtc_dram.low; }

static bool in_split_rtc(const void *p) { return rtc_is_split() && esp_ptr_in_rtc_dram_fast(p); }

static bool in_split_diram(const void *p) { return ch_chip.diram_dram.low != ch_chip.diram_iram.low && esp_ptr_in_diram_dram(p); }

bool ch_alias_has(const ch_region_t *r) {
    const void *p = (const void *)r->start;
    return in_split_diram(p) || in_split_rtc(p);
}

bool ch_alias_is(const void *p) {
    if (esp_ptr_in_diram_iram(p)) return true;
    return rtc_is_split() && esp_ptr_in_rtc_iram_fast(p);
}

/** Data-bus address of the word at an instruction-bus address. */
static uint32_t *to_data(const void *p) {
    return esp_ptr_in_diram_iram(p) ? esp_ptr_diram_iram_to_dram(p) : esp_ptr_rtc_iram_to_dram(p);
}

static uintptr_t to_code(const void *p) {
    return (uintptr_t)(in_split_diram(p) ? esp_ptr_diram_dram_to_iram(p) : esp_ptr_rtc_dram_to_iram(p));
}

static bool is_inverted(const void *data) { return ch_chip.diram_inverted && in_split_diram(data); }

/** User address of the block at d that was asked with `bytes` in all. */
static uintptr_t user_of(const void *d, size_t bytes) {
    uintptr_t lowest = is_inverted(d) ? to_code((const char *)d + bytes - 4) : to_code(d);
    return lowest + CH_ALIAS_HEAD;
}

IRAM_ATTR void *ch_alias_alloc(const ch_region_t *r, size_t size, uint32_t alignment) {
    size_t bytes = ch_size_round_up(ch_size_add(size, CH_ALIAS_HEAD), CH_G);
    if (bytes == SIZE_MAX) return NULL;
    /* The user's address moves with d, up or down, so its distance to a multiple of the alignment is the same for every d. */
    const char *base = (const char *)(r->start & ~(uintptr_t)3);
    uintptr_t user = user_of(base, bytes), shift = is_inverted(base) ? 0 - user - (uintptr_t)base : user - (uintptr_t)base;
    void *d = alignment <= CH_G ? multi_heap_malloc(r->heap, bytes)
                                : ch_heap_aligned_alloc(r->heap, bytes, alignment, (uint32_t)(shift & (alignment - 1)));
    if (!d) return NULL;
    uint32_t *p = (uint32_t *)user_of(d, bytes);
    *to_data(p - 1) = (uint32_t)(uintptr_t)d;
    return p;
}

IRAM_ATTR void *ch_alias_block(const void *p) {
    if (!ch_alias_is(p) || (uintptr_t)p & 3 || !ch_alias_is((const uint32_t *)p - 1)) return NULL;
    const uint32_t *hidden = to_data((const uint32_t *)p - 1);
    const ch_region_t *r = ch_registry_find(hidden);
    if (!r) return NULL;
    void *d = (void *)(uintptr_t)*hidden;
    size_t bytes = ch_registry_find(d) == r ? ch_heap_size(r->heap, d, NULL) : 0;
    if (bytes == 0 || (uintptr_t)hidden < (uintptr_t)d || (uintptr_t)hidden - (uintptr_t)d >= bytes) return NULL;
    /* The head is the first granule of the block; inverted, it ends where the request did, at most the slack before the end. */
    size_t head_end = is_inverted(d) ? (uintptr_t)hidden - (uintptr_t)d : (uintptr_t)hidden - (uintptr_t)d + 4;
    if (!is_inverted(d)) return head_end == CH_ALIAS_HEAD ? d : NULL;
    return head_end + CH_ALIAS_HEAD + CH_G >= bytes ? d : NULL;
}

ch_words_t ch_alias_words(const void *p) {
    if (!ch_alias_is(p)) return (ch_words_t){(uint32_t *)(uintptr_t)p, 1};
    uint32_t *data = to_data(p);
    return (ch_words_t){data, is_inverted(data) ? -1 : 1};
}
