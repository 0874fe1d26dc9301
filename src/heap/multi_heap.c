/* SPDX-License-Identifier: MIT */
/* The face of a heap: multi_heap.h on top of the engine. Each call takes the lock for one bounded step. */
#include "multi_heap.h"

#include <string.h>

#include "base/report.h"
#include "heap/guard.h"
#include "heap/heap.h"
#include "heap/quarantine.h"
#include "multi_heap_internal.h"

multi_heap_handle_t multi_heap_register(void *start, size_t size) {
    ch_require(start, "multi_heap_register: start is NULL", NULL);
    if (CH_FRAME_HEAD > 0 && !ch_heap_fits(start, size)) return NULL;
    if (CH_FILLED) multi_heap_internal_poison_fill_region(start, size, true);
    if (CH_KEYED) ch_quarantine_forget(start, size), ch_keys_draw();
    ch_engine_t *e = ch_engine_create(start, size);
    if (e) e->above[2] = e->free;
    if (e && !CH_WIDE && CH_LOCK_WATCHED) e->above[1] = ch_heap_lock_check(e), e->seal = ch_engine_seal(e);
    if (e && CH_SEALED) ch_seal_all(e);
    if (e) ch_kasan_became_heap(start, size);
    return (multi_heap_handle_t)(void *)e;
}

void multi_heap_set_lock(multi_heap_handle_t heap, void *lock) {
    ch_require(heap, "multi_heap_set_lock: heap is NULL", NULL);
    ch_engine_t *e = ch_heap_engine(heap);
    /* What is damaged must not be sealed anew. */
    bool sealed = e->seal == ch_engine_seal(e), whole = CH_SEALED && ch_seal_is_whole(e);
    e->above[0] = (uint32_t)(uintptr_t)lock;
    e->above[1] = CH_WIDE ? (uint32_t)((uint64_t)(uintptr_t)lock >> 32) : CH_LOCK_WATCHED ? ch_heap_lock_check(e) : 0;
    if (sealed) e->seal = ch_engine_seal(e);
    if (sealed && whole) ch_seal_all(e);
}

/** Granules of the used block at an offset, 0 if there is none. */
static uint32_t granules_at(const ch_engine_t *e, uint32_t offset) {
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t n = ch_engine_size(e, offset);
    ch_heap_unlock(e, state);
    return n;
}

/** What the user gets of the block at `offset`, NULL for 0: the rest of its frame, for which no lock is needed. */
CH_INLINE void *address_of(ch_engine_t *e, uint32_t offset, size_t size) {
    if (!offset) return NULL;
    if (CH_CFG_KASAN)
        return ch_kasan_handed_out(ch_at(e, offset + CH_OWNER_HEAD), ch_heap_bytes(granules_at(e, offset)) - CH_OWNER_HEAD, size);
    if (CH_FILLED) ch_guard_open(e, offset, size);
    return ch_at(e, offset + CH_FRAME_HEAD);
}

/** Allocates in one critical section what is found at once; with its guard, for `size` user bytes. */
static uint32_t take(ch_engine_t *e, uint32_t n, uint32_t below, size_t size) {
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t offset = ch_engine_alloc_below(e, n, below);
    ch_heap_note_minimum(e);
    if (CH_GUARDED && offset) ch_guard_dress(e, offset, size);
    if (CH_OWNER_WORDS > 0 && offset) ch_owner_begin(e, offset);
    if (CH_GUARDED && !offset && below == ~0u && n <= e->limit) CH_STORE_RELAXED(e->limit, n - 1); /* hot.c does, elsewhere */
    ch_heap_unlock(e, state);
    return offset;
}

/** Takes the longer look, in a section of its own. */
static bool bring(ch_engine_t *e, uint32_t n) {
    if (CH_FOR_SIZE) return false; /* every look is a long one */
    ch_port_state_t state = ch_heap_lock(e);
    bool brought = ch_engine_bring(e, n);
    ch_heap_unlock(e, state);
    return brought;
}

CH_IRAM uint32_t ch_heap_take_framed(ch_engine_t *e, uint32_t n, uint32_t below, size_t size) {
    uint32_t offset = take(e, n, below, size);
    return offset || below != ~0u || !bring(e, n) ? offset : take(e, n, below, size);
}

CH_IRAM uint32_t ch_heap_take(ch_engine_t *e, uint32_t n, uint32_t below) {
    uint32_t offset = take(e, n, below, 0);
    return offset || below != ~0u || !bring(e, n) ? offset : take(e, n, below, 0);
}

/**
 * Allocates in one section *n granules at an aligned place in what is found at once for `look`; with its guard, for `size` user
 * bytes.
 */
static CH_NOINLINE uint32_t take_aligned(ch_engine_t *e, uint32_t look, uint32_t *n, uint32_t alignment, uint32_t shift,
                                         size_t size) {
    if (look > e->end >> CH_G_SHIFT) return 0;
    uint32_t slot = CH_ONE_WAY ? 0 : ch_slot_of(e, look);
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t offset = ch_engine_alloc_aligned(e, look, slot, n, alignment, shift + CH_FRAME_HEAD);
    ch_heap_note_minimum(e);
    if (CH_GUARDED && offset) ch_guard_dress(e, offset, size);
    if (CH_OWNER_WORDS > 0 && offset) ch_owner_begin(e, offset);
    if (CH_GUARDED && offset && shift == 0)
        ch_record_set(e, offset, *n, alignment); /* what the guard says is true with it alone */
    ch_heap_unlock(e, state);
    return offset;
}

static uint32_t longest(const ch_engine_t *e) {
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t n = ch_engine_largest(e);
    ch_heap_unlock(e, state);
    return n;
}

CH_IRAM bool ch_heap_give(ch_engine_t *e, uint32_t offset) {
    ch_port_state_t state = ch_heap_lock(e);
    bool was_block = ch_engine_free(e, offset);
    ch_heap_unlock(e, state);
    return was_block;
}

CH_INLINE void *allocate(multi_heap_handle_t heap, size_t size) {
    size_t n = ch_granules(ch_frame_outer(size));
    if (!heap) return NULL;
    ch_engine_t *e = ch_heap_engine(heap);
    if (n > e->end >> CH_G_SHIFT) return NULL;
    uint32_t offset = CH_GUARDED ? ch_heap_take_framed(e, (uint32_t)n, ~0u, size) : ch_heap_take(e, (uint32_t)n, ~0u);
    return address_of(e, offset, size);
}

/**
 * For want of memory in this heap: lets out the oldest block that is held back. false: there is none, or none of a heap like
 * this.
 */
CH_INLINE bool lets_out(multi_heap_handle_t heap) {
    return (!CH_KEYED || ch_quarantine_takes(ch_heap_engine(heap))) && ch_heap_let_out(true);
}

CH_IRAM void *ch_heap_malloc_now(multi_heap_handle_t heap, size_t size) { return CH_HOLDS_BACK ? allocate(heap, size) : NULL; }

CH_IRAM void *multi_heap_malloc(multi_heap_handle_t heap, size_t size) {
    void *p = allocate(heap, size);
    while (CH_HOLDS_BACK && !p && heap && lets_out(heap)) p = allocate(heap, size);
    return ch_kasan_allocated_by(p, CH_KASAN_PC);
}

/*
 * From the tightest hole that has room for any lead, else from the tightest for the block alone, if it lies right, else from the
 * longest. Each look is a critical section of its own.
 */
CH_IRAM void *ch_heap_aligned_alloc(multi_heap_handle_t heap, size_t size, uint32_t alignment, uint32_t shift) {
    ch_engine_t *e = ch_heap_engine(heap);
    size_t granules = ch_granules(ch_frame_outer(shift ? size : ch_size_add(size, CH_RECORD_BYTES)));
    if (granules > e->end >> CH_G_SHIFT) return NULL;
    uint32_t n = (uint32_t)granules;
    uint32_t enough = ch_engine_enough(n, alignment), found = take_aligned(e, enough, &n, alignment, shift, size);
    if (!found && bring(e, enough)) found = take_aligned(e, enough, &n, alignment, shift, size);
    if (!found) found = take_aligned(e, n, &n, alignment, shift, size);
    if (!found) {
        uint32_t most = longest(e);
        bring(e, most);
        if (most >= n) found = take_aligned(e, most, &n, alignment, shift, size);
    }
    if (!CH_GUARDED && found && shift == 0) ch_record_set(e, found, n, alignment);
    return address_of(e, found, size);
}

CH_IRAM void *multi_heap_aligned_alloc_offs(multi_heap_handle_t heap, size_t size, size_t alignment, size_t offset) {
    if (!heap || size == 0 || alignment == 0 || alignment & (alignment - 1) || alignment > 1u << 31) return NULL;
    size_t shift = ch_size_round_up(offset, 4);
    if (ch_size_add(ch_size_add(size, alignment), shift) == SIZE_MAX || shift > UINT32_MAX) return NULL;
    if (alignment <= CH_G && !(shift & (alignment - 1))) return multi_heap_malloc(heap, size);
    return ch_heap_aligned_alloc(heap, size, (uint32_t)alignment, (uint32_t)shift);
}

CH_IRAM void *multi_heap_aligned_alloc(multi_heap_handle_t heap, size_t size, size_t alignment) {
    return multi_heap_aligned_alloc_offs(heap, size, alignment, 0);
}

CH_IRAM bool ch_heap_let_out(bool all) {
    ch_kasan_held_t held;
    if (CH_KEYED) return ch_quarantine_let_out(all);
    if (!ch_kasan_comes_out(&held, all)) return false;
    ch_engine_t *e = ch_heap_engine(held.heap);
    if (!ch_heap_give(e, (uint32_t)ch_heap_offset(e, held.block) - CH_OWNER_HEAD))
        ch_heap_bad_pointer(held.heap, held.block, "quarantine");
    return true;
}

/** Frees a used block whose guard is sound, of n granules and `size` user bytes, or holds it back. false: it is freed already. */
static CH_IRAM bool give_guarded(ch_engine_t *e, uint32_t offset, uint32_t n, uint32_t size) {
    if (!CH_FILLED) return ch_heap_give(e, offset);
    ch_port_state_t state = ch_heap_lock(e);
    bool is_block = ch_engine_size(e, offset) == n;
    if (is_block) {
        ch_guard_undress(e, offset, n, size);
        if (!ch_quarantine_takes(e) || !ch_quarantine_put(e, offset, n)) ch_engine_free(e, offset);
    }
    ch_heap_unlock(e, state);
    while (CH_HOLDS_BACK && ch_heap_let_out(false)) continue;
    return is_block;
}

/** Gives back a used block with a guard, once it is seen to be sound. false: there is no such block. */
static CH_IRAM bool retire_guarded(ch_engine_t *e, uint32_t offset, const void *p) {
    uint32_t n = granules_at(e, offset), size;
    if (n == 0) return false;
    if (!ch_guard_verify(e, offset, n, "free", p)) return true;
    size = ch_guard_size(ch_guard_user(e, offset));
    if (CH_FILLED) ch_guard_erase(e, offset);
    return give_guarded(e, offset, n, size);
}

/** Gives back a used block to the heap, or has it held back. false: there is no such block. */
CH_INLINE bool retire(multi_heap_handle_t heap, uint32_t offset, const void *p) {
    ch_engine_t *e = ch_heap_engine(heap);
    if (CH_GUARDED) return retire_guarded(e, offset, p);
    if (!CH_CFG_KASAN) return ch_heap_give(e, offset);
    size_t bytes = ch_heap_bytes(granules_at(e, offset));
    bool held = bytes && ch_kasan_freed(heap, ch_at(e, offset + CH_OWNER_HEAD), bytes - CH_OWNER_HEAD),
         sound = held || ch_heap_give(e, offset);
    while (ch_heap_let_out(false)) continue;
    return sound;
}

CH_IRAM void multi_heap_free(multi_heap_handle_t heap, void *p) {
    if (!heap || !p || !ch_kasan_checks_free(p, CH_KASAN_PC)) return;
    uintptr_t offset = ch_heap_offset(ch_heap_engine(heap), p) - CH_FRAME_HEAD;
    if (!ch_heap_is_place(ch_heap_engine(heap), offset) || !retire(heap, (uint32_t)offset, p))
        ch_heap_bad_pointer(heap, p, "free");
}

CH_IRAM void multi_heap_aligned_free(multi_heap_handle_t heap, void *p) { multi_heap_free(heap, p); }

void *multi_heap_realloc(multi_heap_handle_t heap, void *p, size_t size) {
    ch_require(heap, "multi_heap_realloc: heap is NULL", p);
    if (!p) return multi_heap_malloc(heap, size);
    if (size == 0) {
        multi_heap_free(heap, p);
        return NULL;
    }
    if (!ch_kasan_checks_free(p, CH_KASAN_PC) || !ch_heap_verify(heap, p, "realloc")) return NULL;
    ch_held_t was;
    void *moved = ch_heap_resize(heap, p, size, 0, &was);
    while (CH_HOLDS_BACK && !moved && was.size && lets_out(heap)) moved = ch_heap_resize(heap, p, size, 0, &was);
    if (was.size == 0) ch_heap_bad_pointer(heap, p, "realloc");
    return ch_kasan_reallocated_by(p, moved, CH_KASAN_PC);
}

size_t ch_heap_largest(multi_heap_handle_t heap, uint32_t alignment) {
    const ch_engine_t *e = ch_heap_engine(heap);
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t n = alignment > CH_G ? ch_engine_largest_aligned(e, alignment, CH_FRAME_HEAD) : ch_engine_largest(e);
    ch_heap_unlock(e, state);
    size_t bytes = ch_frame_inner(ch_heap_bytes(n));
    return alignment > CH_G && bytes ? bytes - CH_RECORD_BYTES : bytes;
}

/** Offset of the block at p; 0: there can't be one. */
static uint32_t place_of(multi_heap_handle_t heap, const void *p) {
    uintptr_t place = ch_heap_offset(ch_heap_engine(heap), p) - CH_FRAME_HEAD;
    return heap && p && ch_heap_is_place(ch_heap_engine(heap), place) ? (uint32_t)place : 0;
}

/** Granules of the block at p, 0 if p is none; *alignment is what is recorded of it. */
static uint32_t granules_of(multi_heap_handle_t heap, const void *p, uint32_t *alignment) {
    const ch_engine_t *e = ch_heap_engine(heap);
    *alignment = 0;
    uintptr_t place = ch_heap_offset(e, p) - CH_FRAME_HEAD;
    if (!heap || !p || !ch_heap_is_place(e, place)) return 0;
    uint32_t offset = (uint32_t)place;
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t n = ch_engine_size(e, offset);
    if (n) *alignment = ch_record_get(e, offset, n);
    ch_heap_unlock(e, state);
    return n;
}

CH_IRAM bool ch_heap_verify_guard(multi_heap_handle_t heap, const void *p, const char *call) {
    uint32_t offset = place_of(heap, p), n = offset ? granules_at(ch_heap_engine(heap), offset) : 0;
    return n == 0 || ch_guard_verify(ch_heap_engine(heap), offset, n, call, p);
}

size_t ch_heap_size(multi_heap_handle_t heap, const void *p, uint32_t *alignment) {
    uint32_t recorded;
    size_t bytes = ch_heap_bytes(granules_of(heap, p, &recorded));
    if (alignment) *alignment = recorded;
    if (CH_GUARDED && bytes)
        return ch_guard_size_within(ch_heap_engine(heap), place_of(heap, p), (uint32_t)(bytes >> CH_G_SHIFT));
    bytes = ch_frame_inner(recorded ? bytes - CH_RECORD_BYTES : bytes);
    return bytes ? ch_kasan_user_size(p, bytes) : 0;
}

size_t multi_heap_get_allocated_size(multi_heap_handle_t heap, void *p) {
    size_t size = ch_heap_size(heap, p, NULL);
    if (size == 0) ch_heap_bad_pointer(heap, p, "get_allocated_size");
    ch_heap_verify(heap, p, "get_allocated_size");
    return size;
}

size_t multi_heap_get_full_block_size(multi_heap_handle_t heap, void *p) {
    uint32_t alignment, n = granules_of(heap, p, &alignment);
    if (n == 0) ch_heap_bad_pointer(heap, p, "get_full_block_size");
    ch_heap_verify(heap, p, "get_full_block_size");
    return ch_heap_bytes(n);
}

size_t multi_heap_free_size(multi_heap_handle_t heap) {
    return heap ? ch_frame_inner(ch_heap_bytes(CH_LOAD_RELAXED(ch_heap_engine(heap)->free))) : 0;
}

size_t multi_heap_minimum_free_size(multi_heap_handle_t heap) {
    return heap ? ch_frame_inner(ch_heap_bytes(CH_LOAD_RELAXED(ch_heap_engine(heap)->above[2]))) : 0;
}

size_t multi_heap_reset_minimum_free_bytes(multi_heap_handle_t heap) {
    ch_require(heap, "multi_heap_reset_minimum_free_bytes: heap is NULL", NULL);
    ch_engine_t *e = ch_heap_engine(heap);
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t old = e->above[2];
    CH_STORE_RELAXED(e->above[2], e->free);
    ch_heap_unlock(e, state);
    return ch_frame_inner(ch_heap_bytes(old));
}

void multi_heap_restore_minimum_free_bytes(multi_heap_handle_t heap, const size_t new_minimum_free_bytes_value) {
    ch_require(heap, "multi_heap_restore_minimum_free_bytes: heap is NULL", NULL);
    ch_engine_t *e = ch_heap_engine(heap);
    size_t granules = ch_frame_outer(new_minimum_free_bytes_value) >> CH_G_SHIFT;
    ch_port_state_t state = ch_heap_lock(e);
    if (granules < e->above[2]) CH_STORE_RELAXED(e->above[2], (uint32_t)granules);
    ch_heap_unlock(e, state);
}

void multi_heap_get_info(multi_heap_handle_t heap, multi_heap_info_t *info) {
    memset(info, 0, sizeof *info);
    if (!heap) return;
    const ch_engine_t *e = ch_heap_engine(heap);
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t largest = ch_engine_largest(e), free_now = e->free, minimum = e->above[2], blocks = e->blocks,
             holes = e->free_blocks;
    ch_heap_unlock(e, state);
    size_t whole = e->end - ch_first(e);
    info->total_free_bytes = ch_frame_inner(ch_heap_bytes(free_now));
    info->total_allocated_bytes = whole - ch_heap_bytes(free_now) - (size_t)(blocks - holes) * (CH_FRAME_HEAD + CH_FRAME_TAIL);
    info->largest_free_block = ch_frame_inner(ch_heap_bytes(largest));
    info->minimum_free_bytes = ch_frame_inner(ch_heap_bytes(minimum));
    info->allocated_blocks = blocks - holes;
    info->free_blocks = holes;
    info->total_blocks = blocks;
}
