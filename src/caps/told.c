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

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_malloc)(size_t size, uint32_t caps) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_malloc)(size, caps), size, caps, CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void CH_TOLD(heap_caps_free)(void *ptr) { CH_UNTOLD(heap_caps_free)(ch_event_freed(ptr, CH_CALLER)); }

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_realloc)(void *ptr, size_t size, uint32_t caps) {
    ch_moving_t moving = ch_event_leaves(ptr, size, CH_CALLER);
    return ch_event_moved(moving, ptr, CH_UNTOLD(heap_caps_realloc)(ptr, size, caps), size, caps, CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_calloc)(size_t n, size_t size, uint32_t caps) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_calloc)(n, size, caps), ch_size_mul(n, size), caps, CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_aligned_alloc)(size_t alignment, size_t size, uint32_t caps) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_aligned_alloc)(alignment, size, caps), size, caps, CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_aligned_calloc)(size_t alignment, size_t n, size_t size, uint32_t caps) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_aligned_calloc)(alignment, n, size, caps), ch_size_mul(n, size), caps,
                              CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void CH_TOLD(heap_caps_aligned_free)(void *ptr) {
    CH_UNTOLD(heap_caps_free)(ch_event_freed(ptr, CH_CALLER));
}

/* ---- the base level ---- */

CH_TOLD_ONLY CH_IRAM void *CH_TOLD(heap_caps_aligned_alloc_base)(size_t alignment, size_t size, uint32_t caps) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_aligned_alloc_base)(alignment, size, caps), size, caps, CH_CALLER);
}

CH_TOLD_ONLY CH_IRAM void *CH_TOLD(heap_caps_malloc_base)(size_t size, uint32_t caps) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_malloc_base)(size, caps), size, caps, CH_CALLER);
}

CH_TOLD_ONLY CH_IRAM void *CH_TOLD(heap_caps_realloc_base)(void *ptr, size_t size, uint32_t caps) {
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
    ch_moving_t moving = ch_event_leaves(ptr, size, CH_CALLER);
    return ch_event_moved(moving, ptr, CH_UNTOLD(heap_caps_realloc_default)(ptr, size), size, MALLOC_CAP_DEFAULT, CH_CALLER);
}

CH_TOLD_ONLY HEAP_IRAM_ATTR void *CH_TOLD(heap_caps_aligned_alloc_default)(size_t alignment, size_t size) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_aligned_alloc_default)(alignment, size), size, MALLOC_CAP_DEFAULT, CH_CALLER);
}
