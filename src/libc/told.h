/* SPDX-License-Identifier: MIT */
/*
 * What the C library's functions do, told to who watches (event.h) as calls of `by`: their own caller, whom they know even where
 * compilers make no tail calls. Without observers these are the default functions of the capability layer.
 */
#pragma once

#include "caps/caps_base.h"
#include "esp_heap_caps.h"
#include "event.h"

CH_INLINE void *ch_libc_malloc(size_t size, ch_caller_t by) {
    return ch_event_allocated(CH_UNTOLD(heap_caps_malloc_default)(size), size, MALLOC_CAP_DEFAULT, by);
}

CH_INLINE void *ch_libc_aligned_alloc(size_t alignment, size_t size, ch_caller_t by) {
    return ch_event_aligned(CH_UNTOLD(heap_caps_aligned_alloc_default)(alignment, size), alignment, size, MALLOC_CAP_DEFAULT, by);
}

CH_INLINE void *ch_libc_realloc(void *ptr, size_t size, ch_caller_t by) {
    ch_moving_t moving = ch_event_leaves(ptr, size, by);
    return ch_event_moved(moving, ptr, CH_UNTOLD(heap_caps_realloc_default)(ptr, size), size, MALLOC_CAP_DEFAULT, by);
}

CH_INLINE void ch_libc_free(void *ptr, ch_caller_t by) { CH_UNTOLD(heap_caps_free)(ch_event_freed(ptr, by)); }
