/* SPDX-License-Identifier: MIT */
/*
 * heap_caps_aligned_alloc(): the usual request, for more than the granule's alignment by the caps that were asked last, as a
 * chain like those of hot.c. It is served from a hole that is long enough wherever the alignment falls in it, as in the engine;
 * everything else goes the long way.
 *
 *      heap_caps_aligned_alloc ─► aligned_find ─► aligned_found ─► aligned_end
 *                              ─► (no such hole in this heap) aligned_elsewhere ─► aligned_find in the next one
 *                              ─► (no heap left, another mask, ...) aligned_last: the complete search
 */
#include "base/sums.h"
#include "capheap/chip.h"
#include "caps/caps_base.h"
#include "caps/request.h"
#include "esp_heap_caps.h"
#include "event.h"

/** Any other request, or one that no heap could serve at once. */
static CH_NOINLINE HEAP_IRAM_ATTR void *aligned_last(size_t alignment, size_t size, uint32_t caps) {
    if (!ch_is_power_of_two(alignment) || size == 0) return NULL;
    void *p = CH_UNTOLD(heap_caps_aligned_alloc_base)(alignment, size, caps);
    return p ? p : ch_caps_failed(size, caps, "heap_caps_aligned_alloc");
}

/** Marks n granules at `start` as used, behind `lead`, and lists the `rest` behind them; opens the lock, writes the record. */
static CH_NOINLINE HEAP_IRAM_ATTR void *aligned_end(uint32_t alignment, uint32_t start, uint32_t rest, ch_engine_t *e, uint32_t n,
                                                    ch_port_state_t state, uint32_t lead) {
    ch_bits_cut_behind(e, start >> CH_G_SHIFT, lead, n, rest);
    if (CH_LIKELY(rest)) {
        ch_bin_insert(e, start + (n << CH_G_SHIFT), rest);
        e->blocks++, e->free_blocks++;
    }
    ch_book_taken(e, n);
    ch_heap_note_minimum(e);
    ch_port_unlock(ch_heap_lock_still(e), state);
    ch_record_set(e, start, n, alignment);
    return ch_at(e, start);
}

/** Cuts what `enough` was for out of the block of f at `offset`, the head of its bin. The lock is held. */
static CH_NOINLINE HEAP_IRAM_ATTR void *aligned_found(uint32_t alignment, uint32_t offset, uint32_t slot, ch_engine_t *e,
                                                      uint32_t enough, ch_port_state_t state) {
    uint32_t f = ch_size_of(ch_at(e, offset)[CH_SIZE]);
    if (!CH_CFG_NDEBUG && CH_UNLIKELY(f < enough || !ch_is_free_long(e, offset))) ch_damage(e, offset);
    const ch_found_t found = {slot, offset, f};
    uint32_t n = enough - ch_engine_enough(0, alignment), lead = ch_lead(e, offset, alignment, 0), rest = f - lead - n;
    if (rest == 1) n++, rest = 0; /* a single granule can't be a block */
    if (CH_LIKELY(lead)) {
        ch_head_change(e, found, offset, lead);
        e->blocks++;
    } else {
        ch_head_remove(e, found);
        e->free_blocks--;
    }
    return aligned_end(alignment, offset + (lead << CH_G_SHIFT), rest, e, n, state, lead);
}

static void *aligned_elsewhere(size_t alignment, size_t size, uint32_t caps, ch_engine_t *e, uint32_t enough,
                               ch_port_state_t state, const ch_route_t *route);

/** Looks for a hole in a heap that seems to have one. The lock is held; `route` begins with the heap. */
static CH_NOINLINE HEAP_IRAM_ATTR void *aligned_find(size_t alignment, size_t size, uint32_t caps, ch_engine_t *e,
                                                     uint32_t enough, ch_port_state_t state, const ch_route_t *route) {
    register size_t alignment_ CH_ARGUMENT(0) = alignment;
    register size_t size_ CH_ARGUMENT(1) = size;
    register uint32_t caps_ CH_ARGUMENT(2) = caps;
    register ch_engine_t *e_ CH_ARGUMENT(3) = e;
    register uint32_t enough_ CH_ARGUMENT(4) = enough;
    register ch_port_state_t state_ CH_ARGUMENT(5) = state;
    register const ch_route_t *route_ CH_ARGUMENT(6) = route;
    ch_found_t found = ch_bin_best(e_, enough_);
    if (CH_CFG_NDEBUG && found.offset &&
        CH_UNLIKELY(ch_size_of(ch_at(e_, found.offset)[CH_SIZE]) < enough_ || !ch_is_free_long(e_, found.offset)))
        found.offset = 0;
    if (CH_UNLIKELY(!found.offset)) return aligned_elsewhere(alignment_, size_, caps_, e_, enough_, state_, route_);
    return aligned_found((uint32_t)alignment_, found.offset, found.slot, e_, enough_, state_);
}

/** Asks the heaps of a route for a hole of `enough` granules, which has room for any lead. */
CH_INLINE void *ask(size_t alignment, size_t size, uint32_t caps, size_t enough, const ch_route_t *route) {
    for (;; route = ch_route_rest(route)) {
        ch_engine_t *e = CH_LOAD_LINK(route->heaps[0]);
        if (CH_UNLIKELY(!e)) return aligned_last(alignment, size, caps);
        if (enough <= CH_LOAD_RELAXED(e->limit))
            return aligned_find(alignment, size, caps, e, (uint32_t)enough, ch_port_lock(ch_heap_lock_sure(e)), route);
    }
}

/** This heap has none: `limit` says so from now on. */
static CH_NOINLINE HEAP_IRAM_ATTR void *aligned_elsewhere(size_t alignment, size_t size, uint32_t caps, ch_engine_t *e,
                                                          uint32_t enough, ch_port_state_t state, const ch_route_t *route) {
    CH_STORE_RELAXED(e->limit, enough - 1);
    ch_port_unlock(ch_heap_lock_still(e), state);
    return ask(alignment, size, caps, enough, ch_route_rest(route));
}

HEAP_IRAM_ATTR void *CH_UNTOLD(heap_caps_aligned_alloc)(size_t alignment, size_t size, uint32_t caps) {
    const ch_route_t *route = CH_LOAD_RELAXED(ch_route_latest);
    if (CH_CFG_KASAN) return ch_kasan_allocated_by(aligned_last(alignment, size, caps), CH_KASAN_PC);
    if (CH_FOR_SIZE || CH_CFG_WRAPPABLE || CH_FRAME_HEAD > 0 || CH_HAS_ALLOC_HOOK || alignment <= CH_LEAST_ALIGNMENT ||
        alignment & (alignment - 1) || size - 1 >= ch_chip.max_request || CH_LOAD_RELAXED(route->caps) != caps)
        return aligned_last(alignment, size, caps);
    size_t n = ch_granules(ch_frame_outer(size + CH_RECORD_BYTES));
    /* What ch_engine_enough() says, for an alignment that may be any number. */
    return ask(alignment, size, caps, n + (alignment >> CH_G_SHIFT) + 1, route);
}
