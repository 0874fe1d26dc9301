/* SPDX-License-Identifier: MIT */
/*
 * The public functions of builds with observers: each does its work through the function of the same name that nobody is told of,
 * and tells once what became of it, as its caller sees it (event.h). This is also where the caller is known: at deeper places the
 * library itself would be.
 *
 * Without observers this file is empty, and the functions below have their public names themselves (CH_UNTOLD, base/compiler.h).
 * The _prefer family, whose arguments can't be handed on, is in prefer.c; libc's own functions tell in src/libc.
 */
#include "base/sums.h"
#include "caps/caps_base.h"
#include "esp_heap_caps.h"
#include "event.h"

/* ---- esp_heap_caps.h ---- */

/*
 * Malloc, realloc and free have a way of their own where call sites alone are counted: who counts is called last, and finds the
 * caller where these functions found it. What they need afterwards lies on the stack, as a register would have to be saved first.
 */

static CH_NOINLINE CH_UNUSED HEAP_IRAM_ATTR void *any_malloc(size_t size, uint32_t caps) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_malloc)(size, caps), size, caps, CH_CALLER);
}

CH_TOLD_ONLY CH_TAIL_CALLS HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_malloc)(size_t size, uint32_t caps) {
    if (!CH_COUNTS_SITES_ALONE) return ch_event_allocated(CH_UNTOLD(heap_caps_malloc)(size, caps), size, caps, CH_CALLER);
    if (CH_UNLIKELY(caps & CH_EVENT_EXEC)) return any_malloc(size, caps);
    volatile size_t kept = size;
    void *p = CH_UNTOLD(heap_caps_malloc)(size, caps);
    return p ? ch_sites_allocated_here(p, kept) : NULL;
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void CH_TOLD(heap_caps_free)(void *ptr) {
    if (CH_COUNTS_SITES_ALONE && ptr)
        ch_sites_free(ptr);
    else if (ch_kasan_checks_free(ptr, CH_KASAN_PC))
        CH_UNTOLD(heap_caps_free)(ch_event_freed(ptr, CH_CALLER));
}

static CH_NOINLINE CH_UNUSED HEAP_IRAM_ATTR void *any_realloc(void *ptr, size_t size, uint32_t caps) {
    ch_moving_t moving = ch_event_leaves(ptr, size, CH_CALLER);
    return ch_event_moved(moving, ptr, CH_UNTOLD(heap_caps_realloc)(ptr, size, caps), size, caps, CH_CALLER);
}

CH_TOLD_ONLY CH_TAIL_CALLS HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_realloc)(void *ptr, size_t size, uint32_t caps) {
    if (!CH_COUNTS_SITES_ALONE) {
        if (!ch_kasan_checks_free(ptr, CH_KASAN_PC)) return NULL;
        ch_moving_t moving = ch_event_leaves(ptr, size, CH_CALLER);
        return ch_event_moved(moving, ptr, CH_UNTOLD(heap_caps_realloc)(ptr, size, caps), size, caps, CH_CALLER);
    }
    if (CH_UNLIKELY(!ptr || size == 0)) return any_realloc(ptr, size, caps);
    volatile size_t kept = size;
    void *p = CH_UNTOLD(heap_caps_realloc)(ptr, size, caps);
    return p ? ch_sites_moved_here(p, kept) : NULL;
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_calloc)(size_t n, size_t size, uint32_t caps) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_calloc)(n, size, caps), ch_size_mul(n, size), caps, CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_aligned_alloc)(size_t alignment, size_t size, uint32_t caps) {
    return ch_event_aligned(CH_UNTOLD(heap_caps_aligned_alloc)(alignment, size, caps), alignment, size, caps, CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_aligned_calloc)(size_t alignment, size_t n, size_t size, uint32_t caps) {
    return ch_event_aligned(CH_UNTOLD(heap_caps_aligned_calloc)(alignment, n, size, caps), alignment, ch_size_mul(n, size), caps,
                            CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void CH_TOLD(heap_caps_aligned_free)(void *ptr) {
    if (!ch_kasan_checks_free(ptr, CH_KASAN_PC)) return;
    CH_UNTOLD(heap_caps_free)(ch_event_freed(ptr, CH_CALLER));
}

/* ---- the base level ---- */

CH_TOLD_ONLY CH_IRAM void *CH_TOLD(heap_caps_aligned_alloc_base)(size_t alignment, size_t size, uint32_t caps) {
    return ch_event_aligned(CH_UNTOLD(heap_caps_aligned_alloc_base)(alignment, size, caps), alignment, size, caps, CH_CALLER);
}

CH_TOLD_ONLY CH_IRAM void *CH_TOLD(heap_caps_malloc_base)(size_t size, uint32_t caps) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_malloc_base)(size, caps), size, caps, CH_CALLER);
}

CH_TOLD_ONLY CH_IRAM void *CH_TOLD(heap_caps_realloc_base)(void *ptr, size_t size, uint32_t caps) {
    if (!ch_kasan_checks_free(ptr, CH_KASAN_PC)) return NULL;
    ch_moving_t moving = ch_event_leaves(ptr, size, CH_CALLER);
    return ch_event_moved(moving, ptr, CH_UNTOLD(heap_caps_realloc_base)(ptr, size, caps), size, caps, CH_CALLER);
}

CH_TOLD_ONLY CH_IRAM void *CH_TOLD(heap_caps_calloc_base)(size_t n, size_t size, uint32_t caps) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_calloc_base)(n, size, caps), ch_size_mul(n, size), caps, CH_CALLER);
}

/* ---- the default level: which mask served is not known here ---- */

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_malloc_default)(size_t size) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_malloc_default)(size), size, MALLOC_CAP_DEFAULT, CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_realloc_default)(void *ptr, size_t size) {
    if (!ch_kasan_checks_free(ptr, CH_KASAN_PC)) return NULL;
    ch_moving_t moving = ch_event_leaves(ptr, size, CH_CALLER);
    return ch_event_moved(moving, ptr, CH_UNTOLD(heap_caps_realloc_default)(ptr, size), size, MALLOC_CAP_DEFAULT, CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_aligned_alloc_default)(size_t alignment, size_t size) {
    return ch_event_aligned(CH_UNTOLD(heap_caps_aligned_alloc_default)(alignment, size), alignment, size, MALLOC_CAP_DEFAULT,
                            CH_CALLER);
}
