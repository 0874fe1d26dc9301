/* SPDX-License-Identifier: MIT */
/*
 * The public calls that allocate and free. The two that everything waits for come first: one table look-up, one lock, the engine
 * inline, and tail calls for all that is rare, so that they need no stack frame.
 */
#include <stdlib.h>

#include "base/report.h"
#include "base/words.h"
#include "caps/alias.h"
#include "caps/caps_base.h"
#include "caps/request.h"
#include "esp_heap_caps.h"
#include "event.h"

/** What heap_caps_malloc() could not serve through a route: other flags, an unknown mask, or no room there. */
static CH_NOINLINE HEAP_IRAM_ATTR void *malloc_slow(size_t size, uint32_t caps) {
    if (ch_request_is_plain(caps)) ch_route_learn(ch_registry.plain, caps);
    void *p = heap_caps_malloc_base(size, caps);
    return p || size == 0 ? p : ch_caps_failed(size, caps, "heap_caps_malloc");
}

HEAP_IRAM_ATTR void *heap_caps_malloc(size_t size, uint32_t caps) {
    const ch_route_t *route = &ch_registry.plain[ch_route_slot(caps)];
    size_t n = ch_granules(ch_frame_outer(size));
    if (CH_UNLIKELY(route->caps != caps)) return malloc_slow(size, caps);
    for (ch_engine_t *const *heap = route->heaps; *heap; heap++) {
        ch_engine_t *e = *heap;
        if (n > e->limit) continue;
        ch_port_lock_t *lock = ch_heap_lock_of(e);
        ch_port_state_t state = ch_port_lock(lock);
        uint32_t offset = ch_engine_alloc_inline(e, (uint32_t)n);
        ch_heap_note_minimum(e);
        ch_port_unlock(lock, state);
        if (CH_UNLIKELY(!offset)) continue;
        void *p = ch_at(e, offset);
        ch_event_allocated(p, size, caps);
        return p;
    }
    return malloc_slow(size, caps);
}

/** A region that lies inside the block at p, which was a caller's before it became a heap: NULL if there is none. */
static const ch_region_t *heap_inside(const ch_region_t *host, const void *p, size_t size) {
    const ch_region_t *r = ch_registry.first;
    while (r && (r == host || r->start - (uintptr_t)p >= size || r->start < (uintptr_t)p)) r = r->next;
    return r;
}

/** Frees what is not in the heap found last: an alias, another heap's block, or no block at all. */
static CH_NOINLINE HEAP_IRAM_ATTR void free_slow(void *ptr) {
    void *p = ptr;
    if (!p) return;
    if (ch_alias_is(p) && (p = ch_alias_block(p)) == NULL) p = ptr;
    const ch_region_t *r = ch_registry_find(p);
    if (!r) {
        if (CH_CFG_NDEBUG) return;
        ch_report("CORRUPT HEAP: free of %p: the pointer is outside all heaps", ptr);
        ch_port_fatal("free() target pointer is outside heap areas", ptr);
    }
    size_t size = ch_heap_size(r->heap, p, NULL);
    if (size == 0 || (r->hosts && heap_inside(r, p, size))) {
        ch_heap_bad_pointer(r->heap, p, size ? "free of a block that holds a heap, block" : "free");
        return;
    }
    ch_event_freed(ptr);
    multi_heap_free(r->heap, p);
}

HEAP_IRAM_ATTR void heap_caps_free(void *ptr) {
    ch_engine_t *e = ch_registry.recent;
    uintptr_t offset = ch_heap_offset(e, ptr);
    if (CH_UNLIKELY(!e || !ch_heap_is_place(e, offset) || CH_HAS_FREE_HOOK)) {
        free_slow(ptr);
        return;
    }
    ch_port_lock_t *lock = ch_heap_lock_of(e);
    ch_port_state_t state = ch_port_lock(lock);
    uint32_t freed = ch_engine_free_inline(e, (uint32_t)offset);
    ch_port_unlock(lock, state);
    if (CH_UNLIKELY(!freed)) free_slow(ptr);
}

HEAP_IRAM_ATTR void heap_caps_aligned_free(void *ptr) { heap_caps_free(ptr); }

HEAP_IRAM_ATTR void *heap_caps_realloc(void *ptr, size_t size, uint32_t caps) {
    void *p = heap_caps_realloc_base(ptr, size, caps);
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

HEAP_IRAM_ATTR void *heap_caps_calloc_base(size_t n, size_t size, uint32_t caps) { return cleared(4, ch_size_mul(n, size), caps); }

HEAP_IRAM_ATTR void *heap_caps_calloc(size_t n, size_t size, uint32_t caps) {
    void *p = heap_caps_calloc_base(n, size, caps);
    return p || size == 0 ? p : ch_caps_failed(ch_size_mul(n, size), caps, "heap_caps_calloc");
}

static bool is_power_of_two(size_t x) { return x != 0 && (x & (x - 1)) == 0; }

HEAP_IRAM_ATTR void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps) {
    if (!is_power_of_two(alignment) || size == 0) return NULL;
    void *p = heap_caps_aligned_alloc_base(alignment, size, caps);
    return p ? p : ch_caps_failed(size, caps, "heap_caps_aligned_alloc");
}

HEAP_IRAM_ATTR void *heap_caps_aligned_calloc(size_t alignment, size_t n, size_t size, uint32_t caps) {
    size_t bytes = ch_size_mul(n, size);
    if (!is_power_of_two(alignment) || bytes == 0) return NULL;
    void *p = cleared(alignment < 4 ? 4 : alignment, bytes, caps);
    return p ? p : ch_caps_failed(bytes, caps, "heap_caps_aligned_calloc");
}
