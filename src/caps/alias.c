/* SPDX-License-Identifier: MIT */
/* Second addresses of D/IRAM and low-power fast RAM. Pictures: alias.h. */
#include "caps/alias.h"

#include "capheap/chip.h"
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
    if (esp_ptr_in_diram_iram(p)) return esp_ptr_diram_iram_to_dram(p);
    return (uint32_t *)((uintptr_t)p - ch_chip.rtc_iram.low + ch_chip.rtc_dram.low); /* ESP-IDF has no function for it */
}

static uintptr_t to_code(const void *p) {
    return (uintptr_t)(in_split_diram(p) ? esp_ptr_diram_dram_to_iram(p) : esp_ptr_rtc_dram_to_iram(p));
}

static bool is_inverted(const void *data) { return ch_chip.diram_inverted && in_split_diram(data); }

/** User address of the block at d that was asked with `bytes` in all, `head` of them ours. */
static uintptr_t user_of(const void *d, size_t bytes, size_t head) {
    uintptr_t lowest = is_inverted(d) ? to_code((const char *)d + bytes - 4) : to_code(d);
    return lowest + head;
}

/** The word of the block d of `bytes` bytes that holds its alignment; NULL if the block has none. */
static uint32_t *alignment_word(uint32_t *hidden, const void *d, size_t bytes) {
    uint32_t *word = is_inverted(d) ? hidden + 1 : hidden - 1;
    return (uintptr_t)word - (uintptr_t)d < bytes ? word : NULL;
}

/** Writes what stands before the user's bytes of the block d. */
static void write_head(const ch_region_t *r, uint32_t *p, void *d, uint32_t alignment) {
    uint32_t *hidden = to_data(p - 1), *word = alignment_word(hidden, d, ch_heap_size(ch_region_heap(r), d, NULL));
    *hidden = (uint32_t)(uintptr_t)d;
    if (word) *word = alignment;
}

CH_IRAM void *ch_alias_alloc(const ch_region_t *r, size_t size, uint32_t alignment) {
    bool aligned = alignment > CH_G;
    size_t head = aligned ? CH_ALIAS_HEAD_ALIGNED : CH_ALIAS_HEAD, bytes = ch_size_round_up(ch_size_add(size, head), CH_G);
    if (bytes == SIZE_MAX) return NULL;
    /* The user's address moves with d, up or down, so its distance to a multiple of the alignment is the same for every d. */
    const char *base = (const char *)(r->start & ~(uintptr_t)3);
    uintptr_t user = user_of(base, bytes, head), shift = is_inverted(base) ? 0 - user - (uintptr_t)base : user - (uintptr_t)base;
    shift &= alignment - 1;
    /* Not 0, as that would have the heap record an alignment that is not the user's. */
    void *d = aligned ? ch_heap_aligned_alloc(ch_region_heap(r), bytes, alignment, shift ? (uint32_t)shift : alignment)
                      : multi_heap_malloc(ch_region_heap(r), bytes);
    if (!d) return NULL;
    uint32_t *p = (uint32_t *)user_of(d, bytes, head);
    write_head(r, p, d, aligned ? alignment : 0);
    return p;
}

/** A block as its hidden word tells it. */
typedef struct {
    void *d;            /* NULL: there is no such block */
    size_t size;        /* user bytes */
    uint32_t alignment; /* 0: the granule's */
} told_t;

/** What is handed out as p. Believes nothing that is read: neither the hidden word nor the alignment. */
static told_t told_by(const void *p) {
    const told_t none = {NULL, 0, 0};
    if (!ch_alias_is(p) || (uintptr_t)p & 3 || !ch_alias_is((const uint32_t *)p - 1)) return none;
    uint32_t *hidden = to_data((const uint32_t *)p - 1);
    const ch_region_t *r = ch_registry_find(hidden);
    if (!r) return none;
    told_t t = {(void *)(uintptr_t)*hidden, 0, 0};
    size_t bytes = ch_registry_find(t.d) == r ? ch_heap_size(ch_region_heap(r), t.d, NULL) : 0,
           at = (uintptr_t)hidden - (uintptr_t)t.d;
    if (bytes == 0 || (uintptr_t)hidden < (uintptr_t)t.d || at >= bytes) return none;
    const uint32_t *word = alignment_word(hidden, t.d, bytes);
    if (word && *word > CH_G && !(*word & (*word - 1)) && !((uintptr_t)p & (*word - 1))) t.alignment = *word;
    if (word && *word && !t.alignment) return none;
    size_t head = t.alignment ? CH_ALIAS_HEAD_ALIGNED : CH_ALIAS_HEAD;
    /* The head is the first granules of the block; inverted, it ends where the request did, at most the slack before the end. */
    t.size = is_inverted(t.d) ? at : bytes - (at + 4);
    return (is_inverted(t.d) ? at + head + CH_G >= bytes : at + 4 == head) ? t : none;
}

CH_IRAM void *ch_alias_block(const void *p) { return told_by(p).d; }

CH_IRAM size_t ch_alias_size(const void *p, uint32_t *alignment) {
    told_t t = told_by(p);
    if (alignment) *alignment = t.alignment;
    return t.size;
}

const void *ch_alias_user(const ch_region_t *r, const void *d) {
    static const size_t heads[] = {CH_ALIAS_HEAD, CH_ALIAS_HEAD_ALIGNED};
    size_t bytes = ch_size_round_up(ch_heap_size(ch_region_heap(r), d, NULL), CH_G);
    for (size_t slack = 0; ch_alias_has(r) && slack <= CH_G && slack < bytes; slack += CH_G) {
        for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
            const void *user = (const void *)user_of(d, bytes - slack, heads[i]);
            if (ch_alias_block(user) == d) return user;
        }
    }
    return NULL;
}

ch_words_t ch_alias_words(const void *p) {
    if (!ch_alias_is(p)) return (ch_words_t){(uint32_t *)(uintptr_t)p, 1};
    uint32_t *data = to_data(p);
    return (ch_words_t){data, is_inverted(data) ? -1 : 1};
}
