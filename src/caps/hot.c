/* SPDX-License-Identifier: MIT */
/*
 * The calls that everything waits for: one table look-up, one lock, the engine inline.
 *
 * Each is a chain of functions that end in tail calls: the frequent case first, what is rarer behind it. So none of them needs a
 * stack frame, and the frequent case does not pay for the registers that the rare ones use. The lock is taken in the first
 * function of a chain and opened in the last. What is passed on from function to function stays in the registers that it arrives
 * in: `route` begins with the heap that is asked, and `caps` has the call's number in two bits that no capability has.
 *
 *      heap_caps_malloc ─► malloc_cut | malloc_long | malloc_large ─► malloc_found
 *                       ─► (another mask) ch_caps_malloc_slow ─► ch_caps_malloc_by
 *                       ─► (no room there) malloc_elsewhere ─► heap_caps_malloc
 *                       ─► (no heap left) ch_caps_malloc_last: the complete search
 *      heap_caps_free ─► (free neighbours, or more than an exact bin's) free_before | free_behind | free_alone
 *                     ─► (end not in sight) free_far ─► free_listed
 *                     ─► (level light: long, or a guard that is not sound) free_guarded
 *                     ─► (not a recent heap) free_elsewhere ─► (NULL, alias, ...) ch_caps_free_slow
 *                     ─► (bad pointer) free_bad ─► ch_caps_free_slow, which reports it
 *
 * At level light malloc writes the guard before it opens the lock, and free looks at it behind the same lock. From comprehensive
 * on, and built for size, there are no chains: multi_heap.c does everything.
 */
#include "caps/hot.h"

#include "capheap/chip.h"
#include "caps/caps_base.h"
#include "caps/registry.h"
#include "esp_heap_caps.h"
#include "event.h"
#include "heap/guard.h"

CH_INLINE uint32_t ch_caps_of(uint32_t caps) { return caps & ~CH_CALL_MASK; }

CH_INLINE ch_call_t ch_call_of(uint32_t caps) { return (ch_call_t)(caps >> CH_CALL_SHIFT & CH_CALLS); }

/** Ends an allocation: opens the lock, tells who watches. */
CH_INLINE void *handed_out(ch_engine_t *e, uint32_t offset, ch_port_state_t state, size_t size, uint32_t caps) {
    void *p = ch_at(e, offset + CH_FRAME_HEAD);
    ch_heap_note_minimum(e);
    if (CH_GUARDED) ch_guard_write(p, (uint32_t)size);
    if (CH_OWNER_WORDS > 0) ch_owner_begin(e, offset);
    ch_port_unlock(ch_heap_lock_still(e), state);
    if (CH_CFG_TASK_TRACKING) ch_tasks_allocated((multi_heap_handle_t)(void *)e, p);
    ch_hook_allocated(p, size, ch_caps_of(caps));
    return p;
}

static void *malloc_elsewhere(size_t size, uint32_t caps, const ch_route_t *route, ch_engine_t *e, uint32_t n,
                              ch_port_state_t state);

/** Hands out what a cut yields; nothing, of a block that is damaged. */
CH_INLINE void *cut_out(ch_engine_t *e, uint32_t offset, ch_port_state_t state, size_t size, uint32_t caps,
                        const ch_route_t *route, uint32_t n) {
    if (CH_CFG_NDEBUG && CH_UNLIKELY(!offset)) return malloc_elsewhere(size, caps, route, e, n, state);
    return handed_out(e, offset, state, size, caps);
}

/**
 * Cuts a long block that was found. Apart, and with the arguments of the search where they were, so that neither moves registers.
 */
static CH_AS_IT_IS HEAP_IRAM_ATTR void *malloc_found(size_t size, uint32_t caps, const ch_route_t *route, ch_engine_t *e,
                                                     uint32_t n, ch_port_state_t state, uint32_t slot, uint32_t offset) {
    const ch_found_t found = {slot, offset, ch_size_of(ch_at(e, offset)[CH_SIZE])};
    if (slot < ch_slot_of_bin(CH_EXACT_BINS)) __builtin_unreachable();
    return cut_out(e, ch_cut(e, found, n), state, size, caps, route, n);
}

/** No block of the very size: cuts one. The heap's lock is held. */
static CH_NOINLINE HEAP_IRAM_ATTR void *malloc_cut(size_t size, uint32_t caps, const ch_route_t *route, ch_engine_t *e,
                                                   uint32_t n, ch_port_state_t state) {
    if (!ch_is_exact(n)) __builtin_unreachable();
    ch_found_t found = ch_bin_best_short(e, n);
    if (CH_UNLIKELY(found.offset == 0)) return malloc_elsewhere(size, caps, route, e, n, state);
    if (found.slot >= ch_slot_of_bin(CH_EXACT_BINS))
        return malloc_found(size, caps, route, e, n, state, found.slot, found.offset);
    if (found.f <= n || found.f >= 2 + CH_EXACT_BINS) __builtin_unreachable(); /* the search began behind n */
    return cut_out(e, ch_cut(e, found, n), state, size, caps, route, n);
}

/**
 * Looks for a long block, in its own bin first. Eight instructions are saved by leaving in their registers what is only passed
 * on.
 */
CH_INLINE void *find_long(size_t size, uint32_t caps, const ch_route_t *route, ch_engine_t *e, uint32_t n,
                          ch_port_state_t state) {
    register size_t size_ CH_ARGUMENT(0) = size;
    register uint32_t caps_ CH_ARGUMENT(1) = caps;
    register const ch_route_t *route_ CH_ARGUMENT(2) = route;
    register ch_engine_t *e_ CH_ARGUMENT(3) = e;
    register uint32_t n_ CH_ARGUMENT(4) = n;
    register ch_port_state_t state_ CH_ARGUMENT(5) = state;
    CH_STAY(size_, caps_, route_, e_, n_, state_);
    if ((n_ < CH_LARGE) != (n < CH_LARGE)) __builtin_unreachable();
    ch_found_t found = ch_bin_best_long(e_, n_);
    if (CH_UNLIKELY(found.offset == 0)) return malloc_elsewhere(size_, caps_, route_, e_, n_, state_);
    return malloc_found(size_, caps_, route_, e_, n_, state_, found.slot, found.offset);
}

/** A size beyond the table of bins. The heap's lock is held. */
static CH_NOINLINE HEAP_IRAM_ATTR void *malloc_large(size_t size, uint32_t caps, const ch_route_t *route, ch_engine_t *e,
                                                     uint32_t n, ch_port_state_t state) {
    if (n < CH_LARGE) __builtin_unreachable();
    if (CH_UNLIKELY(size > ch_chip.max_request)) {
        ch_port_unlock(ch_heap_lock_still(e), state);
        return ch_caps_malloc_last(size, ch_caps_of(caps), ch_call_of(caps));
    }
    return find_long(size, caps, route, e, n, state);
}

/** A long size within it. No chip's largest request is so small. */
static CH_NOINLINE HEAP_IRAM_ATTR void *malloc_long(size_t size, uint32_t caps, const ch_route_t *route, ch_engine_t *e,
                                                    uint32_t n, ch_port_state_t state) {
    if (ch_is_exact(n)) __builtin_unreachable();
    if (CH_UNLIKELY(n >= CH_LARGE)) return malloc_large(size, caps, route, e, n, state);
    return find_long(size, caps, route, e, n, state);
}

/** Allocates n granules from a heap. */
CH_INLINE void *allocate_in(ch_engine_t *e, uint32_t n, size_t size, uint32_t caps, const ch_route_t *route) {
    ch_port_state_t state = ch_port_lock(ch_heap_lock_sure(e));
    if (CH_FOR_SIZE) {
        uint32_t taken = size <= ch_chip.max_request ? ch_engine_alloc_below(e, n, ~0u) : 0;
        return taken ? handed_out(e, taken, state, size, caps) : malloc_elsewhere(size, caps, route, e, n, state);
    }
    if (!ch_is_exact(n)) return malloc_long(size, caps, route, e, n, state);
    uint32_t link = e->bins[n - 2];
    if (!link) return malloc_cut(size, caps, route, e, n, state);
    return cut_out(e, ch_take_exact(e, n, link), state, size, caps, route, n);
}

/** Asks the heaps of a route for the granules up to number `last`. */
CH_INLINE void *ask(const ch_route_t *route, size_t last, size_t size, uint32_t caps) {
    for (;; route = ch_route_rest(route)) {
        ch_engine_t *e = CH_LOAD_LINK(route->heaps[0]);
        if (CH_UNLIKELY(!e)) return ch_caps_malloc_last(size, ch_caps_of(caps), ch_call_of(caps));
        if (last < CH_LOAD_RELAXED(e->limit)) return allocate_in(e, (uint32_t)last + 1, size, caps, route);
    }
}

/** This heap can't serve at once: `limit` says so from now on, and the next ones are asked. */
static CH_NOINLINE HEAP_IRAM_ATTR void *malloc_elsewhere(size_t size, uint32_t caps, const ch_route_t *route, ch_engine_t *e,
                                                         uint32_t n, ch_port_state_t state) {
    CH_STORE_RELAXED(e->limit, n - 1);
    ch_port_unlock(ch_heap_lock_still(e), state);
    return ask(ch_route_rest(route), n - 1, size, caps);
}

/** The start of the chain, inline for its callers: asks the heaps of a route, which `checked` is known to be for the mask. */
CH_INLINE void *allocate(const ch_route_t *route, bool checked, size_t size, uint32_t caps, ch_call_t call) {
    size_t last = ch_last_granule_framed(size);
    if (!checked && CH_UNLIKELY(CH_CFG_WRAPPABLE || CH_LOAD_RELAXED(route->caps) != caps))
        return ch_caps_malloc_slow(size, caps, call);
    return ask(route, last, size, caps | (uint32_t)call << CH_CALL_SHIFT);
}

HEAP_IRAM_ATTR void *ch_caps_malloc_from(ch_engine_t *e, uint32_t n, size_t size, uint32_t caps, ch_call_t call) {
    const ch_route_t *route = CH_LOAD_RELAXED(ch_route_latest);
    if (CH_UNLIKELY(n > CH_LOAD_RELAXED(e->limit) || CH_LOAD_RELAXED(route->caps) != caps))
        return ch_caps_malloc(size, caps, call);
    return allocate_in(e, n, size, caps | (uint32_t)call << CH_CALL_SHIFT, route);
}

HEAP_IRAM_ATTR void *ch_caps_malloc_by(const ch_route_t *route, size_t size, uint32_t caps, ch_call_t call) {
    return allocate(route, true, size, caps, call);
}

HEAP_IRAM_ATTR void *CH_UNTOLD(heap_caps_malloc)(size_t size, uint32_t caps) {
    void *p = allocate(CH_LOAD_RELAXED(ch_route_latest), false, size, caps, CH_MALLOC);
    return ch_kasan_allocated_by(p, CH_KASAN_PC);
}

HEAP_IRAM_ATTR void *ch_caps_malloc(size_t size, uint32_t caps, ch_call_t call) {
    return allocate(CH_LOAD_RELAXED(ch_route_latest), false, size, caps, call);
}

/**
 * Opens the lock; the pointer is no block of this heap, as the bits say. It can still be one of a heap that lies inside a block
 * of this one, if that heap was added while this one was becoming the first to be tried.
 */
static CH_NOINLINE HEAP_IRAM_ATTR void free_bad(ch_engine_t *e, uint32_t offset, ch_port_state_t state) {
    ch_port_unlock(ch_heap_lock_still(e), state);
    ch_caps_free_slow(ch_at(e, offset + CH_FRAME_HEAD));
}

/** The long way, for a block that has a guard; or had. */
static CH_NOINLINE HEAP_IRAM_ATTR void free_guarded(ch_engine_t *e, uint32_t offset, ch_port_state_t state) {
    ch_port_unlock(ch_heap_lock_still(e), state);
    multi_heap_free((multi_heap_handle_t)(void *)e, ch_at(e, offset + CH_FRAME_HEAD));
}

/** Frees the near block v, whose neighbours are known, and opens the lock. */
CH_INLINE void released(ch_engine_t *e, uint32_t offset, ch_view_t v, ch_around_t a, ch_port_state_t state) {
    if (!CH_CAREFUL) ch_bits_merge_near(v, offset, a);
    ch_release(e, offset, a);
    if (CH_CAREFUL) ch_bits_merge_near(v, offset, a); /* links were looked up in them */
    ch_port_unlock(ch_heap_lock_still(e), state);
}

/*
 * The cases are kept apart so that each is compiled without the questions of the others. The parts of a view come one by one, in
 * the registers where heap_caps_free() has them.
 */

/** A block of more than an exact bin's, between used ones. */
static CH_AS_IT_IS HEAP_IRAM_ATTR void free_alone(void *ptr, uint32_t offset, uint32_t window, uint32_t beyond,
                                                  ch_port_state_t state,
                                                  uint32_t *w, /* NOLINT(readability-non-const-parameter): written through v */
                                                  uint32_t low, ch_engine_t *e) {
    const ch_view_t v = {w, low, window, beyond};
    (void)ptr;
    released(e, offset, v, ch_around_alone(v), state);
}

/** A block with a free neighbour on its right alone, of which `right` shows the bits from the second on. */
static CH_AS_IT_IS HEAP_IRAM_ATTR void free_before(void *ptr, uint32_t offset, uint32_t right, uint32_t beyond,
                                                   ch_port_state_t state,
                                                   uint32_t *w, /* NOLINT(readability-non-const-parameter): written through v */
                                                   uint32_t low, ch_engine_t *e) {
    const ch_view_t v = {w, low, 0, beyond};
    (void)ptr;
    ch_around_t a = ch_around_alone(v);
    ch_look_right(&a, e, ch_offset_behind(offset, v), right);
    released(e, offset, v, a, state);
}

/** A block with a free neighbour on its left. */
static CH_AS_IT_IS HEAP_IRAM_ATTR void free_behind(void *ptr, uint32_t offset, uint32_t window, uint32_t beyond,
                                                   ch_port_state_t state,
                                                   uint32_t *w, /* NOLINT(readability-non-const-parameter): written through v */
                                                   uint32_t low, ch_engine_t *e) {
    const ch_view_t v = {w, low, window, beyond};
    (void)ptr;
    ch_around_t a = ch_around_alone(v);
    if (CH_UNLIKELY(!ch_look_left(&a, e, offset, window))) {
        free_bad(e, offset, state);
    } else if (ch_shows_right(v)) {
        ch_look_right(&a, e, ch_offset_behind(offset, v), ch_right_shown(v));
        released(e, offset, v, a, state);
    } else {
        released(e, offset, v, a, state);
    }
}

/** The lists' part of a release whose bits are flipped. Apart, so that free_far() needs no stack. */
static CH_AS_IT_IS HEAP_IRAM_ATTR void free_listed(uint32_t left, uint32_t offset, uint32_t n, uint32_t right,
                                                   ch_port_state_t state,
                                                   uint32_t *w, /* NOLINT(readability-non-const-parameter): as above */
                                                   uint32_t low, ch_engine_t *e) {
    (void)w, (void)low;
    if (left && right) {
        ch_release(e, offset, (ch_around_t){n, left, right, CH_FRONT_MORE, CH_EDGE_MORE});
    } else if (left) {
        ch_release(e, offset, (ch_around_t){n, left, 0, CH_FRONT_MORE, CH_EDGE_ALONE});
    } else if (right) {
        ch_release(e, offset, (ch_around_t){n, 0, right, CH_FRONT_ALONE, CH_EDGE_MORE});
    } else {
        ch_release(e, offset, (ch_around_t){n, 0, 0, CH_FRONT_ALONE, CH_EDGE_ALONE});
    }
    ch_port_unlock(ch_heap_lock_still(e), state);
}

/** A block whose end, or whose right neighbour, the window does not show. */
static CH_AS_IT_IS HEAP_IRAM_ATTR void free_far(void *ptr, uint32_t offset, uint32_t window, uint32_t beyond,
                                                ch_port_state_t state,
                                                uint32_t *w, /* NOLINT(readability-non-const-parameter): written through v */
                                                uint32_t low, ch_engine_t *e) {
    const ch_view_t v = {w, low, window, beyond};
    (void)ptr;
    uint32_t i = offset >> CH_G_SHIFT;
    ch_around_t a = {0, 0, 0, CH_FRONT_ALONE, CH_EDGE_ALONE};
    if (!(window & 4) || ch_look_left(&a, e, offset, window)) a.n = ch_used_size_take(e, i, v);
    if (CH_UNLIKELY(a.n == 0)) {
        free_bad(e, offset, state);
        return;
    }
    ch_bits_merge_far(e, i, v, &a);
    free_listed(a.left, offset, a.n, a.right, state, w, low, e);
}

/**
 * Whether the used block of which a view was begun can be freed in this section: a short one with a sound guard. All others take
 * the long way, where who looks at the guard does it in another section than who frees the block.
 */
CH_INLINE bool is_guarded(const ch_engine_t *e, uint32_t offset, ch_view_t v) {
    v = ch_view_end(v, CH_MARK);
    return v.window && ch_is_near(v) && ch_is_outside(e, offset, v.window) && ch_guard_is_whole(e, offset, v.beyond + 2);
}

/** Frees what lies at a place of a heap. */
CH_INLINE void free_in(ch_engine_t *e, uint32_t offset) {
    if (CH_FOR_SIZE) {
        if (CH_GUARDED)
            multi_heap_free((multi_heap_handle_t)(void *)e, ch_at(e, offset + CH_FRAME_HEAD));
        else if (!ch_heap_give(e, offset))
            ch_caps_free_slow(ch_at(e, offset + CH_FRAME_HEAD));
        return;
    }
    ch_port_state_t state = ch_port_lock(ch_heap_lock_sure(e));
    uint32_t mark = ch_in_register(CH_MARK);
    ch_view_t v = ch_view_begin(e, offset, mark);
    void *ptr = ch_at(e, offset);
    if (CH_GUARDED && CH_UNLIKELY(!is_guarded(e, offset, v))) {
        if (ch_view_end(v, mark).window)
            free_guarded(e, offset, state);
        else
            free_bad(e, offset, state);
        return;
    }
    if (CH_UNLIKELY((v.window & 0x1C) !=
                    0x08)) { /* one comparison for both questions: is it used, and nothing free in front of it */
        v = ch_view_end(v, mark);
        if (v.window == 0)
            free_bad(e, offset, state);
        else if (ch_is_near(v))
            free_behind(ptr, offset, v.window, v.beyond, state, v.w, v.low, e);
        else
            free_far(ptr, offset, v.window, v.beyond, state, v.w, v.low, e);
        return;
    }
    v = ch_view_used(v, mark);
    if (CH_LIKELY(ch_is_simple(v))) {
        ch_release_simple(e, offset, v);
        ch_port_unlock(ch_heap_lock_still(e), state);
    } else if (v.window == 0) {
        free_bad(e, offset, state);
    } else if (CH_UNLIKELY(!ch_is_near(v))) {
        free_far(ptr, offset, v.window, v.beyond, state, v.w, v.low, e);
    } else if (ch_shows_right(v)) {
        free_before(ptr, offset, ch_right_shown(v), v.beyond, state, v.w, v.low, e);
    } else {
        free_alone(ptr, offset, v.window, v.beyond, state, v.w, v.low, e);
    }
}

HEAP_IRAM_ATTR void ch_caps_free_in(ch_engine_t *e, uint32_t offset) { free_in(e, offset); }

/** Looks for the heap that ptr lies in; it is the first to be tried from then on. */
static CH_NOINLINE HEAP_IRAM_ATTR void free_elsewhere(void *ptr) {
    ch_region_t *r = ch_registry_first();
    while (r && (uintptr_t)ptr - r->start >= r->end - r->start) r = r->next;
    ch_engine_t *e = r ? ch_heap_engine(ch_region_heap(r)) : NULL;
    if (CH_FOR_SIZE || CH_UNLIKELY(!e || CH_LOAD_RELAXED(r->hosts) || CH_HAS_FREE_HOOK ||
                                   !ch_heap_is_place(e, ch_heap_offset(e, ptr) - CH_FRAME_HEAD))) {
        ch_caps_free_slow(ptr);
        return;
    }
    ch_region_remember(r, e);
    free_in(e, (uint32_t)(ch_heap_offset(e, ptr) - CH_FRAME_HEAD));
}

HEAP_IRAM_ATTR void CH_UNTOLD(heap_caps_free)(void *ptr) {
    ch_engine_t *e = CH_CFG_KASAN ? NULL : ch_heap_recent_for(ptr);
    uintptr_t place = ch_heap_offset(e, ptr) - CH_FRAME_HEAD;
    if (CH_CFG_KASAN || CH_FILLED) {
        if (e && !CH_HAS_FREE_HOOK && ch_heap_is_place(e, place))
            multi_heap_free((multi_heap_handle_t)(void *)e, ptr); /* no heap lies inside of a recent one */
        else if (ch_kasan_checks_free(ptr, CH_KASAN_PC))
            ch_caps_free_slow(ptr);
    } else if (CH_UNLIKELY(!ch_heap_is_place(e, place) || CH_HAS_FREE_HOOK)) {
        free_elsewhere(ptr);
    } else {
        free_in(e, (uint32_t)place);
    }
}
