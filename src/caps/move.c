/* SPDX-License-Identifier: MIT */
/*
 * realloc: where a block may stay, it is resized in its heap; else it is allocated by caps, copied and freed.
 *
 *      stays     its heap is active and has all of caps, and it is not handed out by an instruction-bus address
 *      moves     otherwise, and where its heap has no room. The copy goes word by word through the data bus.
 */
#include "base/report.h"
#include "base/words.h"
#include "capheap/chip.h"
#include "caps/alias.h"
#include "caps/caps_base.h"
#include "caps/request.h"
#include "esp_heap_caps.h"
#include "event.h"

/** A block as the caller holds it. */
typedef struct {
    void *ptr;            /* the caller's pointer */
    void *block;          /* its data-bus address */
    const ch_region_t *r; /* where it lies */
    size_t size;          /* user bytes */
    uint32_t alignment;   /* that it was asked with, 0: the granule's */
} held_t;

/** What a pointer holds; reports one that holds nothing. size 0: it was ignored (NDEBUG). */
static held_t held(void *ptr) {
    held_t h = {ptr, ptr, NULL, 0, 0};
    if (ch_alias_is(ptr) && (h.block = ch_alias_block(ptr)) == NULL) h.block = ptr;
    h.r = ch_registry_find(h.block);
    if (!h.r) {
        if (CH_CFG_NDEBUG) return h;
        ch_report("CORRUPT HEAP: realloc of %p: the pointer is outside all heaps", ptr);
        ch_port_fatal("realloc() pointer is outside heap areas", ptr);
    }
    h.size = h.block != ptr ? ch_alias_size(ptr, &h.alignment) : ch_heap_size(ch_region_heap(h.r), h.block, &h.alignment);
    if (h.size == 0) ch_heap_bad_pointer(ch_region_heap(h.r), h.block, "realloc");
    return h;
}

static void copy(void *to, const void *from, size_t bytes) {
    ch_words_t t = ch_alias_words(to), f = ch_alias_words(from);
    size_t count = (bytes + 3) / 4;
    if (t.step == 1 && f.step == 1) {
        ch_words_copy(t.first, f.first, count);
        return;
    }
    for (size_t k = 0; k < count; k++, t.first += t.step, f.first += f.step) {
        *(volatile uint32_t *)t.first = *(volatile uint32_t *)f.first;
    }
}

/** Whether a block may stay in its heap for these caps: an EXEC block of aliased RAM must be one handed out for EXEC. */
static bool may_stay(const held_t *h, uint32_t caps) {
    if (h->block != h->ptr || !ch_region_matches(h->r, caps)) return false;
    return !(caps & CH_CAP_EXEC) || !ch_alias_has(h->r);
}

CH_IRAM void *heap_caps_realloc_base(void *ptr, size_t size, uint32_t caps) {
    if (!ptr) return heap_caps_malloc_base(size, caps);
    if (size == 0) {
        heap_caps_free(ptr);
        return NULL;
    }
    if (!ch_kasan_checks_free(ptr, CH_KASAN_PC)) return NULL;
    held_t h = held(ptr);
    if (h.size == 0 || caps & MALLOC_CAP_INVALID) return NULL;
    ch_request_t q = {size, 4, caps};
    ch_request_adjust(&q);
    if (h.alignment > q.alignment) q.alignment = h.alignment;
    uint32_t alignment = q.alignment > CH_LEAST_ALIGNMENT ? (uint32_t)q.alignment : 0;
    bool bad = false;
    void *p = NULL;
    if (may_stay(&h, q.caps) && q.size <= ch_chip.max_request)
        p = ch_heap_resize(ch_region_heap(h.r), h.block, q.size, alignment, &bad);
    if (p) {
        ch_event_moved(ptr, p, q.size, q.caps, true);
        return p;
    }
    if (!ch_request_prepare(&q) || (p = ch_request_serve(&q)) == NULL) return NULL;
    copy(p, ptr, h.size < size ? h.size : size);
    ch_event_moved(ptr, p, q.size, q.caps, false);
    multi_heap_free(ch_region_heap(h.r), h.block);
    return p;
}
