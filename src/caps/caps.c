/* SPDX-License-Identifier: MIT */
/* The public calls that allocate and free, less the two of hot.c. */
#include "base/words.h"
#include "capheap/chip.h"
#include "caps/alias.h"
#include "caps/caps_base.h"
#include "caps/hot.h"
#include "caps/outside.h"
#include "caps/request.h"
#include "esp_heap_caps.h"
#include "event.h"

HEAP_IRAM_ATTR void *ch_caps_malloc_last(size_t size, uint32_t caps, ch_call_t call) {
    static const char *const names[] = {"heap_caps_malloc", "heap_caps_calloc", "heap_caps_realloc"};
    void *p = CH_UNTOLD(heap_caps_malloc_base)(size, caps);
    return p || size == 0 ? p : ch_caps_failed(size, caps, names[call]);
}

HEAP_IRAM_ATTR void *ch_caps_malloc_slow(size_t size, uint32_t caps, ch_call_t call) {
    const ch_route_t *route = NULL;
    if (!CH_CFG_WRAPPABLE && ch_request_is_plain(caps) && !(caps & CH_CALL_MASK)) route = ch_route_learn(ch_registry.plain, caps);
    if (!route) return ch_caps_malloc_last(size, caps, call);
    CH_STORE_RELAXED(ch_route_latest, route);
    return ch_caps_malloc_by(route, size, caps, call); /* not by `latest`: other cores may have changed it */
}

/** A region that lies inside the block at p, which was a caller's before it became a heap: NULL if there is none. */
static const ch_region_t *heap_inside(const ch_region_t *host, const void *p) {
    const ch_region_t *r = ch_registry_first();
    uintptr_t end = (uintptr_t)p + ch_heap_size(ch_region_heap(host), p, NULL);
    while (r && (r == host || r->start < (uintptr_t)p || r->start >= end)) r = r->next;
    return r;
}

HEAP_IRAM_ATTR void ch_caps_free_slow(void *ptr) {
    if (!ptr) return;
    ch_claim_t c = ch_alias_claim(ptr);
    if (!c.r) {
        if (!CH_CFG_NDEBUG)
            ch_caps_report_outside(ptr, "free", "free() target pointer is outside heap areas", __builtin_return_address(0));
        return;
    }
    multi_heap_handle_t heap = ch_region_heap(c.r);
    if (c.size == 0 || (CH_LOAD_RELAXED(c.r->hosts) && heap_inside(c.r, c.block))) {
        ch_heap_bad_pointer(heap, c.block, "free");
        return;
    }
    if (CH_HAS_FREE_HOOK && !ch_heap_verify(heap, c.block, "free")) return;
    if (CH_CFG_TASK_TRACKING) ch_tasks_freed(heap, c.block, ptr);
    ch_hook_freed(ptr);
    multi_heap_free(heap, c.block);
}

HEAP_IRAM_ATTR void CH_UNTOLD(heap_caps_aligned_free)(void *ptr) { CH_UNTOLD(heap_caps_free)(ptr); }

/** Clears a new block: all of what was asked, and what rounding added. */
static void clear(void *p, size_t bytes) {
    ch_words_t words = ch_alias_words(p);
    size_t count = (bytes + 3) / 4;
    if (CH_GUARDED && words.step > 0) {
        ch_words_fill_exact(words.first, 0, bytes);
        return;
    }
    if (words.step < 0) words.first -= count - 1;
    ch_words_fill(words.first, 0, count);
}

/** The block of bytes for n * size that caps and alignment ask for, cleared. */
static HEAP_IRAM_ATTR void *cleared(size_t alignment, size_t bytes, uint32_t caps) {
    ch_request_t q = {bytes, alignment, caps};
    if (!ch_request_prepare(&q)) return NULL;
    void *p = ch_request_serve(&q);
    if (!p) return NULL;
    clear(p, q.size);
    if (CH_CFG_TASK_TRACKING) ch_tasks_allocated_at(p);
    ch_hook_allocated(p, q.size, q.caps);
    return p;
}

HEAP_IRAM_ATTR void *CH_UNTOLD(heap_caps_calloc_base)(size_t n, size_t size, uint32_t caps) {
    return cleared(4, ch_size_mul(n, size), caps);
}

HEAP_IRAM_ATTR void *CH_UNTOLD(heap_caps_calloc)(size_t n, size_t size, uint32_t caps) {
    size_t bytes = ch_size_mul(n, size);
    if (CH_LIKELY(!CH_CFG_WRAPPABLE && ch_request_is_plain(caps) && !CH_HAS_ALLOC_HOOK)) {
        if (size == 0) return NULL;
        void *p = bytes ? ch_caps_malloc(bytes, caps, CH_CALLOC) : ch_caps_failed(0, caps, "heap_caps_calloc");
        if (p && CH_GUARDED)
            ch_words_fill_exact(p, 0, bytes);
        else if (p)
            ch_words_fill(p, 0, (bytes + 3) / 4);
        return p;
    }
    void *p = ch_kasan_allocated_by(CH_UNTOLD(heap_caps_calloc_base)(n, size, caps), CH_KASAN_PC);
    return p || size == 0 ? p : ch_caps_failed(bytes, caps, "heap_caps_calloc");
}

HEAP_IRAM_ATTR void *CH_UNTOLD(heap_caps_aligned_calloc)(size_t alignment, size_t n, size_t size, uint32_t caps) {
    size_t bytes = ch_size_mul(n, size);
    if (!ch_is_power_of_two(alignment) || bytes == 0) return NULL;
    void *p = ch_kasan_allocated_by(cleared(alignment < 4 ? 4 : alignment, bytes, caps), CH_KASAN_PC);
    return p ? p : ch_caps_failed(bytes, caps, "heap_caps_aligned_calloc");
}
