/* SPDX-License-Identifier: MIT */
/* Requests with several masks in order: the _prefer family by arguments, the _default family by the state of external memory. */
#include <stdarg.h>

#include "base/sums.h"
#include "base/words.h"
#include "caps/caps_base.h"
#include "esp_heap_caps.h"
#include "event.h"

/** Bytes up to which plain malloc asks internal memory first; on only after heap_caps_malloc_extmem_enable(). */
static size_t internal_limit;
static bool extmem_enabled;

/*
 * One loop for the three: op is called with each mask until it succeeds; the failure is told with the last. Who watches is told
 * here, as arguments without names can't be handed on.
 */
typedef struct {
    void *ptr;
    size_t size;
    bool clear;
} prefer_t;

static void *attempt(const prefer_t *w, uint32_t caps) {
    if (w->ptr) return CH_UNTOLD(heap_caps_realloc_base)(w->ptr, w->size, caps);
    return w->clear ? CH_UNTOLD(heap_caps_calloc_base)(1, w->size, caps) : CH_UNTOLD(heap_caps_malloc_base)(w->size, caps);
}

static void *prefer(const prefer_t *w, size_t num, va_list *masks, const char *function_name, ch_caller_t by) {
    uint32_t caps = MALLOC_CAP_DEFAULT;
    ch_moving_t moving = ch_event_leaves(w->ptr, w->size, by);
    for (; num; num--) {
        caps = va_arg(*masks, uint32_t);
        void *p = attempt(w, caps);
        if (p) return ch_event_moved(moving, w->ptr, p, w->size, caps, by);
    }
    return ch_caps_failed(w->size, caps, function_name);
}

HEAP_IRAM_ATTR void *heap_caps_malloc_prefer(size_t size, size_t num, ...) {
    if (size == 0) return NULL;
    va_list masks;
    va_start(masks, num);
    void *p = prefer(&(prefer_t){NULL, size, false}, num, &masks, "heap_caps_malloc_prefer", CH_CALLER);
    va_end(masks);
    return ch_kasan_allocated_by(p, CH_KASAN_PC);
}

HEAP_IRAM_ATTR void *heap_caps_realloc_prefer(void *ptr, size_t size, size_t num, ...) {
    if (size == 0) {
        CH_UNTOLD(heap_caps_free)(ch_event_freed(ptr, CH_CALLER));
        return NULL;
    }
    va_list masks;
    va_start(masks, num);
    void *p = prefer(&(prefer_t){ptr, size, false}, num, &masks, "heap_caps_realloc_prefer", CH_CALLER);
    va_end(masks);
    return ch_kasan_allocated_by(p, CH_KASAN_PC);
}

HEAP_IRAM_ATTR void *heap_caps_calloc_prefer(size_t n, size_t size, size_t num, ...) {
    if (size == 0) return NULL;
    va_list masks;
    va_start(masks, num);
    void *p = prefer(&(prefer_t){NULL, ch_size_mul(n, size), true}, num, &masks, "heap_caps_calloc_prefer", CH_CALLER);
    va_end(masks);
    return ch_kasan_allocated_by(p, CH_KASAN_PC);
}

void heap_caps_malloc_extmem_enable(size_t limit) {
    CH_STORE_RELAXED(internal_limit, limit);
    CH_STORE_RELAXED(extmem_enabled, true);
}

/** The mask that plain malloc asks first for this size. */
static uint32_t first_caps(size_t size) {
    return size <= CH_LOAD_RELAXED(internal_limit) ? MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL
                                                   : MALLOC_CAP_DEFAULT | MALLOC_CAP_SPIRAM;
}

HEAP_IRAM_ATTR void *CH_UNTOLD(heap_caps_malloc_default)(size_t size) {
    if (!CH_LOAD_RELAXED(extmem_enabled)) return CH_UNTOLD(heap_caps_malloc)(size, MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL);
    if (size == 0) return NULL;
    void *p = CH_UNTOLD(heap_caps_malloc_base)(size, first_caps(size));
    if (!p) p = CH_UNTOLD(heap_caps_malloc_base)(size, MALLOC_CAP_DEFAULT);
    return p ? p : ch_caps_failed(size, MALLOC_CAP_DEFAULT, "heap_caps_malloc_default");
}

HEAP_IRAM_ATTR void *CH_UNTOLD(heap_caps_realloc_default)(void *ptr, size_t size) {
    if (!CH_LOAD_RELAXED(extmem_enabled))
        return CH_UNTOLD(heap_caps_realloc)(ptr, size, MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL);
    void *p = CH_UNTOLD(heap_caps_realloc_base)(ptr, size, first_caps(size));
    if (size == 0) return NULL;
    if (!p) p = CH_UNTOLD(heap_caps_realloc_base)(ptr, size, MALLOC_CAP_DEFAULT);
    return p ? p : ch_caps_failed(size, MALLOC_CAP_DEFAULT, "heap_caps_realloc_default");
}

HEAP_IRAM_ATTR void *CH_UNTOLD(heap_caps_aligned_alloc_default)(size_t alignment, size_t size) {
    if (!CH_LOAD_RELAXED(extmem_enabled))
        return CH_UNTOLD(heap_caps_aligned_alloc)(alignment, size, MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL);
    if (size == 0 || alignment == 0 || alignment & (alignment - 1)) return NULL;
    void *p = CH_UNTOLD(heap_caps_aligned_alloc_base)(alignment, size, first_caps(size));
    if (!p) p = CH_UNTOLD(heap_caps_aligned_alloc_base)(alignment, size, MALLOC_CAP_DEFAULT);
    return p ? p : ch_caps_failed(size, MALLOC_CAP_DEFAULT, "heap_caps_aligned_alloc_default");
}
