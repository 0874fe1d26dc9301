/* SPDX-License-Identifier: MIT */
/*
 * The calls that everything waits for: one table look-up, one lock, the engine inline.
 *
 * Each is a chain of functions that end in tail calls: the frequent case first, what is rarer behind it. So none of them needs a
 * stack frame, and the frequent case does not pay for the registers that the rare ones use. The lock is taken in the first
 * function of a chain and opened in the last.
 *
 *      heap_caps_malloc ─► malloc_cut | malloc_long ─► (two tree places change) malloc_refile
 *                                     malloc_long ─► (nothing found at once) malloc_hidden
 *                       ─► (another mask) ch_caps_malloc_slow ─► ch_caps_malloc_by
 *                       ─► (no room there) malloc_elsewhere ─► heap_caps_malloc
 *                       ─► (no heap left) ch_caps_malloc_last: the complete search
 *      heap_caps_free ─► (free neighbours, or a tree for a bin) free_near ─► free_refile | free_in_steps
 *                     ─► (long) free_far ─► free_in_steps
 *                     ─► (another heap) free_elsewhere ─► the same
 *                                                      ─► (NULL, alias, ...) ch_caps_free_slow
 *                     ─► (bad pointer) free_bad ─► ch_caps_free_slow, which reports it
 *
 * Built for size there are no chains: the steps of the heap layer (steps.c) do everything.
 */
#include "caps/hot.h"

#include "capheap/chip.h"
#include "caps/registry.h"
#include "esp_heap_caps.h"
#include "event.h"

/** Ends an allocation: opens the lock, tells who watches. */
CH_INLINE void *handed_out(ch_engine_t *e, uint32_t offset, ch_port_state_t state, size_t size, uint32_t caps) {
    ch_heap_note_minimum(e);
    ch_port_unlock(ch_heap_lock_of(e), state);
    void *p = ch_at(e, offset);
    ch_event_allocated(p, size, caps);
    return p;
}

/** This heap can't serve: opens the lock and goes on with the others. */
static CH_NOINLINE HEAP_IRAM_ATTR void *malloc_elsewhere(size_t size, uint32_t caps, const char *name, ch_engine_t *e,
                                                         ch_port_state_t state) {
    ch_port_unlock(ch_heap_lock_of(e), state);
    if (size > ch_chip.max_request || ch_granules(ch_frame_outer(size)) <= CH_LOAD_RELAXED(e->limit))
        return ch_caps_malloc_last(size, caps, name);
    return ch_caps_malloc(size, caps, name); /* the heap's limit is lower now, so this ends */
}

/** The long kind of a cut: in a critical section of its own, so that the search before is not part of it. */
static CH_NOINLINE HEAP_IRAM_ATTR void *malloc_refile(size_t size, uint32_t caps, const char *name, ch_engine_t *e,
                                                      uint32_t offset, uint32_t f, uint32_t n, ch_port_state_t state) {
    ch_cut_t c = {offset, f, n};
    ch_port_unlock(ch_heap_lock_of(e), state);
    state = ch_port_lock(ch_heap_lock_of(e));
    if (CH_UNLIKELY(!ch_cut_is_there(e, c))) {
        ch_port_unlock(ch_heap_lock_of(e), state);
        return ch_caps_malloc_last(size, caps, name);
    }
    ch_cut_refile(e, c);
    return handed_out(e, offset, state, size, caps);
}

/** Makes the cut that was found. */
CH_INLINE void *cut(size_t size, uint32_t caps, const char *name, ch_engine_t *e, ch_cut_t c, ch_port_state_t state) {
    if (CH_UNLIKELY(!ch_cut_take(e, c))) return malloc_refile(size, caps, name, e, c.offset, c.f, c.n, state);
    return handed_out(e, c.offset, state, size, caps);
}

/** No block of the very size: cuts one. The heap's lock is held. */
static CH_NOINLINE HEAP_IRAM_ATTR void *malloc_cut(size_t size, uint32_t caps, const char *name, ch_engine_t *e, uint32_t n,
                                                   ch_port_state_t state) {
    ch_cut_t c = ch_find_cut_short(e, n);
    if (CH_UNLIKELY(c.offset == 0)) return malloc_elsewhere(size, caps, name, e, state);
    return cut(size, caps, name, e, c, state);
}

/** Nothing was found at once: the last resort, or else the other heaps. The heap's lock is held. */
static CH_NOINLINE HEAP_IRAM_ATTR void *malloc_hidden(size_t size, uint32_t caps, const char *name, ch_engine_t *e, uint32_t n,
                                                      ch_port_state_t state) {
    ch_cut_t c = {0, 0, n};
    if (CH_LIKELY(size <= ch_chip.max_request)) c = ch_find_cut_hidden(e, n);
    if (CH_LIKELY(c.offset == 0)) return malloc_elsewhere(size, caps, name, e, state);
    return cut(size, caps, name, e, c, state);
}

/** A size of the trees: looks for the tightest block. */
static CH_NOINLINE HEAP_IRAM_ATTR void *malloc_long(size_t size, uint32_t caps, const char *name, ch_engine_t *e, uint32_t n,
                                                    ch_port_state_t state) {
    ch_cut_t c = {0, 0, n};
    if (CH_LIKELY(size <= ch_chip.max_request)) c = ch_find_cut_long(e, n);
    if (CH_UNLIKELY(c.offset == 0)) return malloc_hidden(size, caps, name, e, n, state);
    return cut(size, caps, name, e, c, state);
}

/** Instead of the chain where code is to be small. */
CH_INLINE void *take(size_t size, uint32_t caps, const char *name, ch_engine_t *e, uint32_t n) {
    uint32_t offset = size <= ch_chip.max_request ? ch_heap_take(e, n, UINT32_MAX) : 0;
    if (!offset) return ch_caps_malloc_last(size, caps, name);
    void *p = ch_at(e, offset);
    ch_event_allocated(p, size, caps);
    return p;
}

/** The start of the chain, inline for its callers: asks the heaps of a route, which `checked` is known to be for the mask. */
CH_INLINE void *allocate(const ch_route_t *route, bool checked, size_t size, uint32_t caps, const char *name) {
    ch_engine_t *const *heap = route->heaps, *e;
    size_t n = ch_granules(ch_frame_outer(size));
    if (!checked && CH_UNLIKELY(CH_CFG_WRAPPABLE || CH_LOAD_RELAXED(route->caps) != caps))
        return ch_caps_malloc_slow(size, caps, name);
    do {
        e = CH_LOAD_LINK(*heap);
        heap++;
        if (CH_UNLIKELY(!e)) return ch_caps_malloc_last(size, caps, name);
    } while (n > CH_LOAD_RELAXED(e->limit));
    if (CH_FOR_SIZE) return take(size, caps, name, e, (uint32_t)n);
    ch_port_state_t state = ch_port_lock(ch_heap_lock_of(e));
    if (!ch_is_exact((uint32_t)n)) return malloc_long(size, caps, name, e, (uint32_t)n, state);
    uint32_t offset = ch_take_exact(e, (uint32_t)n);
    if (!offset) return malloc_cut(size, caps, name, e, (uint32_t)n, state);
    return handed_out(e, offset, state, size, caps);
}

HEAP_IRAM_ATTR void *ch_caps_malloc_by(const ch_route_t *route, size_t size, uint32_t caps, const char *name) {
    return allocate(route, true, size, caps, name);
}

HEAP_IRAM_ATTR void *heap_caps_malloc(size_t size, uint32_t caps) {
    void *p = allocate(CH_LOAD_RELAXED(ch_registry.latest), false, size, caps, "heap_caps_malloc");
    return ch_kasan_allocated_by(p, CH_KASAN_PC);
}

HEAP_IRAM_ATTR void *ch_caps_malloc(size_t size, uint32_t caps, const char *name) {
    return allocate(CH_LOAD_RELAXED(ch_registry.latest), false, size, caps, name);
}

/**
 * Opens the lock; the pointer is no block of this heap, as the bits say. It can still be one of a heap that lies inside a block of this
 * one, if that heap was added while this one was becoming the first to be tried.
 */
static CH_NOINLINE HEAP_IRAM_ATTR void free_bad(ch_engine_t *e, uint32_t offset, ch_port_state_t state) {
    ch_port_unlock(ch_heap_lock_of(e), state);
    ch_caps_free_slow(ch_at(e, offset));
}

/** What takes long: in steps, between which the lock is open. */
static CH_NOINLINE HEAP_IRAM_ATTR void free_in_steps(ch_engine_t *e, uint32_t offset, uint32_t n, ch_port_state_t state) {
    ch_port_unlock(ch_heap_lock_of(e), state);
    if (!ch_heap_give(e, offset, n)) ch_caps_free_slow(ch_at(e, offset));
}

/** What takes longer, but is near, and marked already: has its one free neighbour leave its place in a tree. */
static CH_NOINLINE HEAP_IRAM_ATTR void free_refile(ch_engine_t *e, uint32_t offset, uint32_t n, uint32_t left, uint32_t right,
                                                   ch_port_state_t state) {
    ch_around_t a = {n, left, right};
    ch_release_beside(e, offset, a);
    ch_port_unlock(ch_heap_lock_of(e), state);
}

/** Frees the near block v, whose neighbours are known, and opens the lock. */
CH_INLINE void released(ch_engine_t *e, uint32_t offset, ch_view_t v, uint32_t left, uint32_t right, ch_port_state_t state) {
    ch_around_t a = {v.beyond + 2, left, right};
    if (!left || !right) ch_bits_merge_near(v, offset, a);
    if (CH_LIKELY(ch_release_quick(e, offset, a))) {
        if (left && right) ch_bits_merge_near(v, offset, a);
        ch_port_unlock(ch_heap_lock_of(e), state);
    } else if (left && right) {
        free_in_steps(e, offset, a.n, state);
    } else {
        free_refile(e, offset, a.n, left, right, state);
    }
}

/**
 * A block with a free neighbour, or a tree for a bin. The parts of its view come one by one, to stay in registers. The cases are kept
 * apart so that each is compiled without the questions of the others.
 */
static CH_NOINLINE HEAP_IRAM_ATTR void free_near(ch_engine_t *e, uint32_t offset, uint32_t window, uint32_t beyond,
                                                 ch_port_state_t state,
                                                 uint32_t *w, /* NOLINT(readability-non-const-parameter): written through v */
                                                 uint32_t low) {
    ch_view_t v = {w, low, window, beyond};
    ch_around_t a = ch_around_near(e, offset, v);
    if (CH_UNLIKELY(a.n == 0))
        free_bad(e, offset, state);
    else if (!a.left && !a.right)
        released(e, offset, v, 0, 0, state);
    else if (!a.left)
        released(e, offset, v, 0, a.right, state);
    else if (!a.right)
        released(e, offset, v, a.left, 0, state);
    else
        released(e, offset, v, a.left, a.right, state);
}

/** A block too long for one window: its length, and what is done with it, are two critical sections. */
static CH_NOINLINE HEAP_IRAM_ATTR void free_far(ch_engine_t *e, uint32_t offset, uint32_t beyond, ch_port_state_t state) {
    uint32_t n = beyond < 32 ? beyond + 2 : ch_used_size_far(e, offset >> CH_G_SHIFT);
    ch_port_unlock(ch_heap_lock_of(e), state);
    state = ch_port_lock(ch_heap_lock_of(e));
    ch_around_t a = {0, 0, 0};
    if (CH_LIKELY(n)) a = ch_around_of(e, offset, n);
    if (CH_UNLIKELY(a.n == 0)) {
        free_bad(e, offset, state);
    } else if (!a.left || !a.right) {
        ch_release_beside(e, offset, a);
        ch_bits_merge(e, offset >> CH_G_SHIFT, a);
        ch_port_unlock(ch_heap_lock_of(e), state);
    } else if (ch_release_quick(e, offset, a)) {
        ch_bits_merge(e, offset >> CH_G_SHIFT, a);
        ch_port_unlock(ch_heap_lock_of(e), state);
    } else {
        free_in_steps(e, offset, n, state);
    }
}

/** Frees what lies at a place of a heap. */
CH_INLINE void free_in(ch_engine_t *e, uint32_t offset) {
    if (CH_FOR_SIZE) {
        if (!ch_heap_give(e, offset, 0)) ch_caps_free_slow(ch_at(e, offset));
        return;
    }
    ch_port_state_t state = ch_port_lock(ch_heap_lock_of(e));
    ch_view_t v = ch_view(e, offset);
    if (CH_UNLIKELY(!ch_is_near(v))) {
        if (v.window == 0)
            free_bad(e, offset, state);
        else
            free_far(e, offset, v.beyond, state);
    } else if (!ch_is_simple(v)) {
        free_near(e, offset, v.window, v.beyond, state, v.w, v.low);
    } else {
        ch_release_simple(e, offset, v);
        ch_port_unlock(ch_heap_lock_of(e), state);
    }
}

/** Looks for the heap that ptr lies in; it is the first to be tried from then on. */
static CH_NOINLINE HEAP_IRAM_ATTR void free_elsewhere(void *ptr) {
    uintptr_t at = (uintptr_t)ptr;
    for (ch_region_t *r = ch_registry_first(); r; r = r->next) {
        if (at - r->start >= r->end - r->start) continue;
        ch_engine_t *e = ch_heap_engine(ch_region_heap(r));
        if (!e) continue;
        if (CH_UNLIKELY(CH_LOAD_RELAXED(r->hosts) || CH_HAS_FREE_HOOK || !ch_heap_is_place(e, ch_heap_offset(e, ptr)))) break;
        ch_port_state_t state = ch_port_lock(&ch_registry.lock); /* a region may be added inside this one at this moment (R5) */
        if (!r->hosts) CH_STORE_LINK(ch_registry.recent, e);
        ch_port_unlock(&ch_registry.lock, state);
        free_in(e, (uint32_t)ch_heap_offset(e, ptr));
        return;
    }
    ch_caps_free_slow(ptr);
}

HEAP_IRAM_ATTR void heap_caps_free(void *ptr) {
    if (CH_CFG_KASAN) {
        if (ch_kasan_checks_free(ptr, CH_KASAN_PC)) ch_caps_free_slow(ptr);
        return;
    }
    ch_engine_t *e = CH_LOAD_LINK(ch_registry.recent);
    uintptr_t place = ch_heap_offset(e, ptr);
    if (CH_UNLIKELY(!ch_heap_is_place(e, place) || CH_HAS_FREE_HOOK)) {
        free_elsewhere(ptr);
        return;
    }
    free_in(e, (uint32_t)place);
}

void ch_caps_free(void *ptr) __attribute__((alias("heap_caps_free")));
