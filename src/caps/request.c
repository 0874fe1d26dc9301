/* SPDX-License-Identifier: MIT */
/*
 * The complete search. heap_caps_malloc() takes a short cut through the routes for plain requests; whatever it can't serve comes
 * here.
 */
#include "caps/request.h"

#include "capheap/chip.h"
#include "caps/alias.h"
#include "caps/caps_base.h"
#include "esp_heap_caps.h"
#include "esp_private/heap_align_hw.h"
#include "event.h"

CH_IRAM void ch_request_adjust(ch_request_t *q) {
    if (q->caps & CH_CAPS_THAT_ALIGN) esp_heap_adjust_alignment_to_hw(&q->alignment, &q->size, &q->caps);
}

CH_IRAM bool ch_request_prepare(ch_request_t *q) {
    ch_request_adjust(q);
    if (q->size == 0 || q->size > ch_chip.max_request || q->caps == 0 || q->caps & MALLOC_CAP_INVALID) return false;
    if (q->caps & CH_CAP_EXEC) {
        if (q->caps & (MALLOC_CAP_8BIT | MALLOC_CAP_DMA)) return false;
        q->caps |= MALLOC_CAP_32BIT;
    }
    if (q->caps & MALLOC_CAP_32BIT) q->size = (q->size + 3) & ~(size_t)3; /* what wraps to 0 no heap serves */
    return q->alignment <= 1u << 31;
}

static void *ask_heap(multi_heap_handle_t heap, const ch_request_t *q) {
    if (q->alignment > CH_LEAST_ALIGNMENT) return ch_heap_aligned_alloc(heap, q->size, (uint32_t)q->alignment, 0);
    return ch_heap_malloc(heap, q->size);
}

static void *ask_region(const ch_region_t *r, const ch_request_t *q) {
    if (q->caps & CH_CAP_EXEC && ch_alias_has(r)) return ch_alias_alloc(r, q->size, (uint32_t)q->alignment);
    return ask_heap(ch_region_heap(r), q);
}

/** The route of a mask. NULL: none is kept, or EXEC is asked for, where it matters which region a heap is of. */
static const ch_route_t *route_of(uint32_t caps) {
    const ch_route_t *route = CH_LOAD_RELAXED(ch_route_latest); /* a plain mask with an alignment, mostly */
    if (CH_LOAD_RELAXED(route->caps) == caps) return route;
    return caps & CH_CAP_EXEC ? NULL : ch_route_learn(ch_registry.other, caps);
}

static void *ask_route(const ch_route_t *route, const ch_request_t *q) {
    void *p = NULL;
    ch_engine_t *const *heap = route->heaps, *e;
    for (; (e = CH_LOAD_LINK(*heap)) != NULL && !p; heap++) {
        if (CH_GUARDED && ch_granules(ch_frame_outer(q->size)) > CH_LOAD_RELAXED(e->limit)) continue; /* as in hot.c */
        p = ask_heap((multi_heap_handle_t)(void *)e, q);
    }
    return p;
}

CH_INLINE void *serve(const ch_request_t *q) {
    const ch_route_t *route = route_of(q->caps);
    void *p = route ? ask_route(route, q) : NULL;
    /* A route may leave heaps out (R4). */
    ch_region_t *r = NULL;
    while (!p && (r = ch_registry_ask(r, q->caps)) != NULL) p = ask_region(r, q);
    return p;
}

CH_IRAM void *ch_request_serve(const ch_request_t *q) {
    void *p = serve(q);
    while (CH_HOLDS_BACK && !p && ch_heap_let_out(true)) p = serve(q);
    return p;
}

CH_IRAM void *CH_UNTOLD(heap_caps_aligned_alloc_base)(size_t alignment, size_t size, uint32_t caps) {
    ch_request_t q = {size, alignment < 4 ? 4 : alignment, caps};
    if (!ch_request_prepare(&q)) return NULL;
    void *p = ch_request_serve(&q);
    if (CH_CFG_TASK_TRACKING && p) ch_tasks_allocated_at(p);
    if (p) ch_hook_allocated(p, q.size, q.caps);
    return p;
}

CH_IRAM void *CH_UNTOLD(heap_caps_malloc_base)(size_t size, uint32_t caps) {
    return CH_UNTOLD(heap_caps_aligned_alloc_base)(4, size, caps);
}
