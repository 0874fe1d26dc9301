/* SPDX-License-Identifier: MIT */
/*
 * realloc: where a block may stay, it is resized in its heap; else it is allocated by caps, copied and freed.
 *
 *      stays     its heap is active and has all of caps, and it is not handed out by an instruction-bus address
 *      moves     otherwise, and where its heap has no room. The copy goes word by word through the data bus.
 */
#include "base/words.h"
#include "capheap/chip.h"
#include "caps/alias.h"
#include "caps/caps_base.h"
#include "caps/hot.h"
#include "caps/outside.h"
#include "caps/owned.h"
#include "caps/request.h"
#include "esp_heap_caps.h"
#include "event.h"

/** What a pointer holds; reports one that holds nothing. size 0: it was ignored (NDEBUG). */
static ch_claim_t held(void *ptr) {
    ch_claim_t h = ch_alias_claim(ptr);
    if (!CH_CFG_NDEBUG && !h.r)
        ch_caps_report_outside(ptr, "realloc", "realloc() pointer is outside heap areas", __builtin_return_address(0));
    if (h.size == 0 && h.r) ch_heap_bad_pointer(ch_region_heap(h.r), h.block, "realloc");
    return h;
}

static void copy(void *to, const void *from, size_t bytes) {
    ch_words_t t = ch_alias_words(to), f = ch_alias_words(from);
    size_t count = (bytes + 3) / 4;
    if (t.step == 1 && f.step == 1 && !CH_GUARDED) {
        ch_words_copy(t.first, f.first, count);
        return;
    }
    if (t.step == 1 && CH_GUARDED) { /* the last word may be the guard's in part */
        if (f.step == 1) {
            ch_words_copy_exact(t.first, f.first, bytes);
            return;
        }
        count = bytes / 4;
        ch_words_copy_exact(t.first + count, f.first + (ptrdiff_t)count * f.step, bytes & 3);
    }
    for (size_t k = 0; k < count; k++, t.first += t.step, f.first += f.step) {
        *(volatile uint32_t *)t.first = *(volatile uint32_t *)f.first;
    }
}

/** Whether a block may stay in its heap for these caps: an EXEC block of aliased RAM must be one handed out for EXEC. */
static bool may_stay(const ch_claim_t *h, const void *ptr, uint32_t caps) {
    if (h->block != ptr || !ch_region_matches(h->r, caps)) return false;
    return !(caps & CH_CAP_EXEC) || !ch_alias_has(h->r);
}

CH_IRAM void *CH_UNTOLD(heap_caps_realloc_base)(void *ptr, size_t size, uint32_t caps) {
    if (!ptr) return CH_UNTOLD(heap_caps_malloc_base)(size, caps);
    if (size == 0) {
        CH_UNTOLD(heap_caps_free)(ptr);
        return NULL;
    }
    if (!ch_kasan_checks_free(ptr, CH_KASAN_PC)) return NULL;
    ch_claim_t h = held(ptr);
    if (h.size == 0 || caps & MALLOC_CAP_INVALID || !ch_heap_verify(ch_region_heap(h.r), h.block, "realloc")) return NULL;
    ch_request_t q = {size, 4, caps};
    ch_request_adjust(&q);
    if (h.alignment > q.alignment) q.alignment = h.alignment;
    uint32_t alignment = q.alignment > CH_LEAST_ALIGNMENT ? (uint32_t)q.alignment : 0;
    ch_held_t was;
    void *p = NULL;
    ch_tasks_leaving_t leaving;
    if (CH_CFG_TASK_TRACKING) leaving = ch_tasks_leaves(ch_region_heap(h.r), h.block);
    if (may_stay(&h, ptr, q.caps) && q.size <= ch_chip.max_request)
        p = ch_heap_resize(ch_region_heap(h.r), h.block, q.size, alignment, &was);
    if (p) {
        if (CH_CFG_TASK_TRACKING) ch_tasks_resized(leaving, ch_region_heap(h.r), p);
        ch_hook_moved(ptr, p, q.size, q.caps, true);
        return p;
    }
    if (!ch_request_prepare(&q) || (p = ch_request_serve(&q)) == NULL) return NULL;
    copy(p, ptr, h.size < size ? h.size : size);
    if (CH_OWNER_WORDS > 0) ch_owner_move(ch_owned_find(p).block, h.block);
    if (CH_CFG_TASK_TRACKING) ch_tasks_freed(ch_region_heap(h.r), h.block, ptr), ch_tasks_allocated_at(p);
    ch_hook_moved(ptr, p, q.size, q.caps, false);
    multi_heap_free(ch_region_heap(h.r), h.block);
    return p;
}

static CH_NOINLINE HEAP_IRAM_ATTR void *any_realloc(void *ptr, size_t size, uint32_t caps) {
    void *p = CH_UNTOLD(heap_caps_realloc_base)(ptr, size, caps);
    return p || size == 0 ? p : ch_caps_failed(size, caps, "heap_caps_realloc");
}

/** With the address sanitizer; pc is the caller's. */
CH_INLINE void *checked_realloc(void *ptr, size_t size, uint32_t caps, const void *pc) {
    if (!ch_kasan_checks_free(ptr, pc)) return NULL;
    return ch_kasan_reallocated_by(size ? ptr : NULL, any_realloc(ptr, size, caps), pc);
}

/** The block of a user's pointer, with its owner words if it has such: they move with it. */
CH_INLINE void *block_of(void *ptr) { return (char *)ptr - CH_FRAME_HEAD; }

CH_INLINE uintptr_t place_of(const ch_engine_t *e, const void *ptr) { return ch_heap_offset(e, ptr) - CH_FRAME_HEAD; }

/** Ends a change in place: opens the lock. */
CH_INLINE void *stayed(void *ptr, ch_engine_t *e, ch_port_state_t state) {
    ch_heap_note_minimum(e);
    ch_port_unlock(ch_heap_lock_still(e), state);
    return ptr;
}

/** The lists' part of growth: of the free block of `right` granules at `old`, `rest` are left at `cut`. */
static CH_NOINLINE HEAP_IRAM_ATTR void *grown(void *ptr, ch_engine_t *e, uint32_t old, uint32_t right, uint32_t cut,
                                              uint32_t rest, ch_port_state_t state) {
    if (right == 0) __builtin_unreachable();
    if (rest) {
        ch_bin_change(e, old, right, cut, rest);
    } else {
        ch_bin_remove(e, old, right);
        e->blocks--, e->free_blocks--;
    }
    ch_book_taken(e, (cut - old) >> CH_G_SHIFT);
    return stayed(ptr, e, state);
}

/** The block has room behind it. The heap's lock is held. In two functions, so that neither needs a stack. */
static CH_NOINLINE HEAP_IRAM_ATTR void *grow(void *ptr, ch_engine_t *e, uint32_t had, uint32_t right, uint32_t n,
                                             ch_port_state_t state) {
    uint32_t offset = (uint32_t)place_of(e, ptr), i = offset >> CH_G_SHIFT, rest = had + right - n;
    if (rest == 1) n++, rest = 0; /* a single granule can't be a block */
    if (ch_is_long(i, had)) ch_long_size_set(e, i, 0);
    ch_bits_shift_edge(e, i, had, right, n, rest);
    if (ch_is_long(i, n)) ch_long_size_set(e, i, n);
    return grown(ptr, e, offset + (had << CH_G_SHIFT), right, offset + (n << CH_G_SHIFT), rest, state);
}

/** The block loses its end. The heap's lock is held. */
static CH_NOINLINE HEAP_IRAM_ATTR void *cut_off(void *ptr, ch_engine_t *e, uint32_t had, uint32_t right, uint32_t n,
                                                ch_port_state_t state) {
    if (n >= had) __builtin_unreachable();
    ch_resize(e, (uint32_t)place_of(e, ptr), had, right, n);
    return stayed(ptr, e, state);
}

/** The same after a search for a hole in vain, in a critical section of its own: what is behind the block may have changed. */
static CH_NOINLINE HEAP_IRAM_ATTR void *cut_off_later(void *ptr, ch_engine_t *e, uint32_t had, uint32_t n,
                                                      ch_port_state_t state) {
    ch_port_unlock(ch_heap_lock_still(e), state);
    state = ch_port_lock(ch_heap_lock_sure(e));
    ch_engine_resize(e, (uint32_t)place_of(e, ptr), had, n);
    return stayed(ptr, e, state);
}

/** The block gets shorter: into a tight hole, or where it lies. The heap's lock is held. */
static CH_NOINLINE HEAP_IRAM_ATTR void *shrink(void *ptr, ch_engine_t *e, uint32_t had, uint32_t right, uint32_t n,
                                               ch_port_state_t state) {
    if (!CH_CFG_SHRINK_MOVE || ch_heap_bytes(n) > CH_CFG_SHRINK_MOVE) return cut_off(ptr, e, had, right, n, state);
    ch_found_t found = ch_bin_best(e, n);
    if (found.offset == 0 || found.f >= had) return cut_off_later(ptr, e, had, n, state);
    uint32_t to = ch_cut(e, found, n);
    if (CH_CFG_NDEBUG && !to) return cut_off_later(ptr, e, had, n, state); /* that one is damaged */
    void *p = ch_at(e, to + CH_FRAME_HEAD);
    stayed(ptr, e, state);
    ch_words_copy(block_of(p), block_of(ptr), ch_heap_bytes(n) / 4);
    ch_caps_free_in(e, (uint32_t)place_of(e, ptr));
    return p;
}

/** The block has to move. */
static CH_NOINLINE HEAP_IRAM_ATTR void *leave(void *ptr, ch_engine_t *e, uint32_t had, uint32_t n, size_t size, uint32_t caps) {
    void *p = ch_caps_malloc_from(e, n, size, caps, CH_REALLOC);
    if (!p) return NULL;
    ch_words_copy(block_of(p), block_of(ptr), ch_heap_bytes(had) / 4);
    ch_caps_free_in(e, (uint32_t)place_of(e, ptr));
    return p;
}

/** The same where there is room in front, and none that is long enough in the heap. */
static CH_NOINLINE HEAP_IRAM_ATTR void *slide(void *ptr, ch_engine_t *e, uint32_t had, uint32_t n, size_t size, uint32_t caps) {
    void *p = ch_heap_slide(e, (uint32_t)place_of(e, ptr), had, n);
    return p ? p : leave(ptr, e, had, n, size, caps);
}

/** The block v, whose length is known. The heap's lock is held. */
CH_INLINE void *realloc_in(void *ptr, size_t size, uint32_t caps, ch_engine_t *e, ch_view_t v, uint32_t had,
                           ch_port_state_t state) {
    uint32_t offset = (uint32_t)place_of(e, ptr), n = (uint32_t)ch_granules(ch_frame_outer(size));
    if (CH_UNLIKELY(had == 0 || ch_record_get(e, offset, had))) {
        ch_port_unlock(ch_heap_lock_still(e), state);
        return any_realloc(ptr, size, caps);
    }
    if (n == had) return stayed(ptr, e, state);
    uint32_t right = ch_right_of(e, offset, v, had);
    if (n < had) return shrink(ptr, e, had, right, n, state);
    if (n <= had + right) return grow(ptr, e, had, right, n, state);
    ch_port_unlock(ch_heap_lock_still(e), state);
    if (CH_UNLIKELY(v.window & 4 && n > CH_LOAD_RELAXED(e->limit))) return slide(ptr, e, had, n, size, caps);
    return leave(ptr, e, had, n, size, caps);
}

/** A block whose end the window does not show. */
static CH_NOINLINE HEAP_IRAM_ATTR void *realloc_far(void *ptr, size_t size, uint32_t caps, ch_engine_t *e, uint32_t window,
                                                    ch_port_state_t state,
                                                    uint32_t *w) { /* NOLINT(readability-non-const-parameter): as a view has it */
    const ch_view_t v = {w, 0, window, 32};
    uint32_t offset = (uint32_t)place_of(e, ptr);
    return realloc_in(ptr, size, caps, e, v, ch_is_outside(e, offset, window) ? ch_used_size_in(e, offset >> CH_G_SHIFT, v) : 0,
                      state);
}

/*
 * The most frequent case first: a block without a recorded alignment in a recent heap that has all the caps, and nobody who
 * watches.
 */
HEAP_IRAM_ATTR void *CH_UNTOLD(heap_caps_realloc)(void *ptr, size_t size, uint32_t caps) {
    ch_engine_t *e = ch_heap_recent_for(ptr);
    if (CH_CFG_KASAN) return checked_realloc(ptr, size, caps, CH_KASAN_PC);
    if (CH_FOR_SIZE || CH_GUARDED || CH_CFG_WRAPPABLE || CH_HAS_ALLOC_HOOK || CH_HAS_FREE_HOOK ||
        !ch_heap_is_place(e, place_of(e, ptr)) || size - 1 >= ch_chip.max_request ||
        caps & (CH_CAPS_NOT_PLAIN | ~e->above[CH_CAPS_WORD]))
        return any_realloc(ptr, size, caps);
    uint32_t offset = (uint32_t)place_of(e, ptr);
    ch_port_state_t state = ch_port_lock(ch_heap_lock_sure(e));
    ch_view_t v = ch_view(e, offset);
    if (CH_UNLIKELY(v.beyond == 32 && v.window)) return realloc_far(ptr, size, caps, e, v.window, state, v.w);
    return realloc_in(ptr, size, caps, e, v, ch_size_at(e, offset, v), state);
}
