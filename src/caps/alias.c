/* SPDX-License-Identifier: MIT */
/* Second addresses of D/IRAM and low-power fast RAM. Pictures: alias.h. */
#include "caps/alias.h"

#include "capheap/chip.h"

/**
 * A word as the other bus sees it: its address, and 1 or -1 as the words behind it follow there upwards or downwards; 0: nowhere.
 */
typedef struct {
    uintptr_t at;
    int step;
} other_t;

/** Of p on the instruction bus, or on the data bus. */
static other_t other_of(uintptr_t p, bool is_code) {
    for (const ch_twin_t *twin = ch_chip.twins; twin != ch_chip.twins + 2; twin++) {
        const ch_window_t *from = is_code ? &twin->code : &twin->data, *to = is_code ? &twin->data : &twin->code;
        if (from->low == to->low || p < from->low || p >= from->high) continue;
        if (twin->inverted) return (other_t){to->low + (from->high - 4 - p), -1};
        return (other_t){to->low + (p - from->low), 1};
    }
    return (other_t){0, 0};
}

static other_t to_data(const void *p) { return other_of((uintptr_t)p, true); }

static other_t to_code(uintptr_t p) { return other_of(p, false); }

bool ch_alias_has(const ch_region_t *r) { return to_code(r->start).step != 0; }

bool ch_alias_is(const void *p) { return to_data(p).step != 0; }

ch_words_t ch_alias_words(const void *p) {
    other_t data = to_data(p);
    return data.step ? (ch_words_t){(uint32_t *)data.at, data.step} : (ch_words_t){(uint32_t *)(uintptr_t)p, 1};
}

/** User address of a block that was asked with `bytes` in all, and whose data-bus address is seen as `code`. */
static uintptr_t user_of(other_t code, size_t bytes) { return (code.step < 0 ? code.at - (bytes - 4) : code.at) + CH_ALIAS_HEAD; }

static size_t round_up(size_t bytes) { return (bytes + (CH_G - 1)) & ~(size_t)(CH_G - 1); }

CH_IRAM void *ch_alias_alloc(const ch_region_t *r, size_t size, uint32_t alignment) {
    multi_heap_handle_t heap = ch_region_heap(r);
    size_t bytes = round_up(size + CH_ALIAS_HEAD);
    if (bytes < size) return NULL;
    /* The user's address moves with d, up or down, so its distance to a multiple of the alignment is the same for every d. */
    uintptr_t start = r->start & ~(uintptr_t)3;
    other_t code = to_code(start);
    uintptr_t step = (uintptr_t)code.step, user = user_of(code, bytes);
    /* From 1 to alignment: not 0, as that would have the heap record an alignment that is not the user's. */
    uint32_t shift = (((uint32_t)(user * step - start) - 1) & (alignment - 1)) + 1;
    char *d = alignment > CH_G ? ch_heap_aligned_alloc(heap, bytes, alignment, shift) : ch_heap_malloc(heap, bytes);
    if (!d) return NULL;
    uint32_t *head = (uint32_t *)(void *)(d + (code.step < 0 ? bytes - CH_ALIAS_HEAD : CH_ALIAS_HEAD - 4));
    head[0] = (uint32_t)(uintptr_t)d;
    head[-code.step] = alignment;
    return (void *)(user + ((uintptr_t)d - start) * step);
}

/**
 * User bytes of the block handed out as the instruction-bus address p, its data-bus address and its alignment; 0 if p is none.
 * Believes neither word of the head.
 */
static size_t find(const void *p, void **block, uint32_t *alignment) {
    other_t data = to_data(p);
    if (data.step == 0 || (uintptr_t)p & 3) return 0;
    const uint32_t *head = (uint32_t *)data.at - data.step;
    const ch_region_t *r = ch_registry_find(head);
    if (!r) return 0;
    char *d = (char *)(uintptr_t)*head;
    size_t bytes = round_up(ch_heap_size(ch_region_heap(r), d, NULL)), at = (size_t)((const char *)head - d);
    if (bytes <= CH_ALIAS_HEAD) return 0;
    size_t size = data.step < 0 ? at : bytes - CH_ALIAS_HEAD,
           slack = data.step < 0 ? bytes - CH_ALIAS_HEAD - at : at - (CH_ALIAS_HEAD - 4);
    /* The head is the first granules of the block; inverted, it ends where the request did, at most the slack before the end. */
    if (slack != 0 && (slack != CH_G || data.step > 0)) return 0;
    uint32_t asked = head[-data.step];
    if (((uintptr_t)p | asked) & (asked - 1)) return 0;
    *block = d, *alignment = asked;
    return size;
}

CH_IRAM ch_claim_t ch_alias_claim(const void *p) {
    ch_claim_t c = {NULL, (void *)(uintptr_t)p, 0, 0};
    c.size = find(p, &c.block, &c.alignment);
    c.r = ch_registry_find(c.block);
    if (c.r && c.size == 0) c.size = ch_heap_size(ch_region_heap(c.r), c.block, &c.alignment);
    return c;
}

const void *ch_alias_user(const ch_region_t *r, const void *d) {
    size_t bytes = round_up(ch_heap_size(ch_region_heap(r), d, NULL));
    other_t code = to_code((uintptr_t)d);
    for (size_t slack = 0; code.step != 0 && slack <= CH_G && slack < bytes; slack += CH_G) {
        const void *user = (const void *)user_of(code, bytes - slack);
        if (ch_alias_claim(user).block == d) return user;
    }
    return NULL;
}
