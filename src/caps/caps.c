/* SPDX-License-Identifier: MIT */
/* The public calls that allocate and free, less the two of hot.c. */
#include "base/report.h"
#include "base/words.h"
#include "caps/alias.h"
#include "caps/caps_base.h"
#include "caps/hot.h"
#include "caps/request.h"
#include "esp_heap_caps.h"
#include "event.h"

HEAP_IRAM_ATTR void *ch_caps_malloc_last(size_t size, uint32_t caps, const char *name) {
    void *p = heap_caps_malloc_base(size, caps);
    return p || size == 0 ? p : ch_caps_failed(size, caps, name);
}

HEAP_IRAM_ATTR void *ch_caps_malloc_slow(size_t size, uint32_t caps, const char *name) {
    const ch_route_t *route = NULL;
    if (!CH_CFG_WRAPPABLE && ch_request_is_plain(caps)) route = ch_route_learn(ch_registry.plain, caps);
    if (!route) return ch_caps_malloc_last(size, caps, name);
    CH_STORE_RELAXED(ch_registry.latest, route);
    return ch_caps_malloc_by(route, size, caps, name); /* not by `latest`: other cores may have changed it */
}

/** A region that lies inside the block at p, which was a caller's before it became a heap: NULL if there is none. */
static const ch_region_t *heap_inside(const ch_region_t *host, const void *p, size_t size) {
    const ch_region_t *r = ch_registry_first();
    while (r && (r == host || r->start - (uintptr_t)p >= size || r->start < (uintptr_t)p)) r = r->next;
    return r;
}

HEAP_IRAM_ATTR void ch_caps_free_slow(void *ptr) {
    void *p = ptr;
    if (!p) return;
    const ch_region_t *r = ch_registry_find(p);
    if (!r && ch_alias_is(ptr) && (p = ch_alias_block(ptr)) != NULL) r = ch_registry_find(p);
    if (!r) {
        if (CH_CFG_NDEBUG) return;
        ch_report("CORRUPT HEAP: free of %p: the pointer is outside all heaps", ptr);
        ch_port_fatal("free() target pointer is outside heap areas", ptr);
    }
    multi_heap_handle_t heap = ch_region_heap(r);
    size_t size = ch_heap_size(heap, p, NULL);
    if (size == 0 || (CH_LOAD_RELAXED(r->hosts) && heap_inside(r, p, size))) {
        ch_heap_bad_pointer(heap, p, size ? "free of a block that holds a heap, block" : "free");
        return;
    }
    ch_event_freed(ptr);
    multi_heap_free(heap, p);
}

HEAP_IRAM_ATTR void heap_caps_aligned_free(void *ptr) { heap_caps_free(ptr); }

HEAP_IRAM_ATTR void *heap_caps_realloc(void *ptr, size_t size, uint32_t caps) {
    if (!ch_kasan_checks_free(ptr, CH_KASAN_PC)) return NULL;
    void *p = heap_caps_realloc_base(ptr, size, caps);
    ch_kasan_reallocated_by(size ? ptr : NULL, p, CH_KASAN_PC);
    return p || size == 0 ? p : ch_caps_failed(size, caps, "heap_caps_realloc");
}

/** Clears a new block: all of what was asked, and what rounding added. */
static void clear(void *p, size_t bytes) {
    ch_words_t words = ch_alias_words(p);
    size_t count = (bytes + 3) / 4;
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
    ch_event_allocated(p, q.size, q.caps);
    return p;
}

HEAP_IRAM_ATTR void *heap_caps_calloc_base(size_t n, size_t size, uint32_t caps) {
    return cleared(4, ch_size_mul(n, size), caps);
}

HEAP_IRAM_ATTR void *heap_caps_calloc(size_t n, size_t size, uint32_t caps) {
    size_t bytes = ch_size_mul(n, size);
    if (CH_LIKELY(!CH_CFG_WRAPPABLE && !CH_CFG_KASAN && ch_request_is_plain(caps) && !CH_HAS_ALLOC_HOOK)) {
        if (size == 0) return NULL;
        void *p = bytes ? ch_caps_malloc(bytes, caps, "heap_caps_calloc") : ch_caps_failed(0, caps, "heap_caps_calloc");
        if (p) ch_words_fill(p, 0, (bytes + 3) / 4);
        return p;
    }
    void *p = ch_kasan_allocated_by(heap_caps_calloc_base(n, size, caps), CH_KASAN_PC);
    return p || size == 0 ? p : ch_caps_failed(bytes, caps, "heap_caps_calloc");
}

static bool is_power_of_two(size_t x) { return x != 0 && (x & (x - 1)) == 0; }

HEAP_IRAM_ATTR void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps) {
    if (!is_power_of_two(alignment) || size == 0) return NULL;
    void *p = ch_kasan_allocated_by(heap_caps_aligned_alloc_base(alignment, size, caps), CH_KASAN_PC);
    return p ? p : ch_caps_failed(size, caps, "heap_caps_aligned_alloc");
}

HEAP_IRAM_ATTR void *heap_caps_aligned_calloc(size_t alignment, size_t n, size_t size, uint32_t caps) {
    size_t bytes = ch_size_mul(n, size);
    if (!is_power_of_two(alignment) || bytes == 0) return NULL;
    void *p = ch_kasan_allocated_by(cleared(alignment < 4 ? 4 : alignment, bytes, caps), CH_KASAN_PC);
    return p ? p : ch_caps_failed(bytes, caps, "heap_caps_aligned_calloc");
}
