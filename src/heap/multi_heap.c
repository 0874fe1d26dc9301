/* SPDX-License-Identifier: MIT */
/* The face of a heap: multi_heap.h on top of the engine. Each call takes the lock for one bounded step. */
#include "multi_heap.h"

#include <string.h>

#include "base/report.h"
#include "heap/heap.h"

multi_heap_handle_t multi_heap_register(void *start, size_t size) {
    ch_require(start, "multi_heap_register: start is NULL", NULL);
    ch_engine_t *e = ch_engine_create(start, size);
    if (e) e->above[2] = e->free;
    if (e) ch_kasan_became_heap(start, size);
    return (multi_heap_handle_t)(void *)e;
}

void multi_heap_set_lock(multi_heap_handle_t heap, void *lock) {
    ch_require(heap, "multi_heap_set_lock: heap is NULL", NULL);
    ch_engine_t *e = ch_heap_engine(heap);
    bool sealed = e->seal == ch_engine_seal(e); /* what is damaged must not be sealed anew */
    e->above[0] = (uint32_t)(uintptr_t)lock;
    e->above[1] = CH_WIDE ? (uint32_t)((uint64_t)(uintptr_t)lock >> 32) : 0;
    if (sealed) e->seal = ch_engine_seal(e);
}

/** Bytes of the used block at an offset, 0 if there is none. */
static size_t bytes_at(const ch_engine_t *e, uint32_t offset) {
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t n = ch_engine_size(e, offset);
    ch_heap_unlock(e, state);
    return ch_heap_bytes(n);
}

/** What the user gets of the block at `offset`, NULL for 0. */
static void *address_of(const ch_engine_t *e, uint32_t offset, size_t size) {
    if (!offset || !CH_CFG_KASAN) return offset ? ch_at(e, offset) : NULL;
    return ch_kasan_handed_out(ch_at(e, offset), bytes_at(e, offset), size);
}

/** Allocates in one critical section what is found at once. */
static uint32_t take(ch_engine_t *e, uint32_t n, uint32_t below) {
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t offset = ch_engine_alloc_below(e, n, below);
    ch_heap_note_minimum(e);
    ch_heap_unlock(e, state);
    return offset;
}

/** Takes the longer look, in a section of its own. */
static bool bring(ch_engine_t *e, uint32_t n) {
    ch_port_state_t state = ch_heap_lock(e);
    bool brought = ch_engine_bring(e, n);
    ch_heap_unlock(e, state);
    return brought;
}

CH_IRAM uint32_t ch_heap_take(ch_engine_t *e, uint32_t n, uint32_t below) {
    uint32_t offset = take(e, n, below);
    return offset || below != ~0u || !bring(e, n) ? offset : take(e, n, below);
}

/** Allocates in one section *n granules at an aligned place in what is found at once for `look`. */
static uint32_t take_aligned(ch_engine_t *e, uint32_t look, uint32_t *n, uint32_t alignment, uint32_t shift) {
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t offset = look <= e->end >> CH_G_SHIFT ? ch_engine_alloc_aligned(e, look, n, alignment, shift + CH_FRAME_HEAD) : 0;
    ch_heap_note_minimum(e);
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
    return address_of(e, ch_heap_take(e, (uint32_t)n, ~0u), size);
}

void *ch_heap_malloc_now(multi_heap_handle_t heap, size_t size) { return CH_CFG_KASAN ? allocate(heap, size) : NULL; }

CH_IRAM void *multi_heap_malloc(multi_heap_handle_t heap, size_t size) {
    void *p = allocate(heap, size);
    while (CH_CFG_KASAN && !p && ch_heap_let_out(true)) p = allocate(heap, size);
    return ch_kasan_allocated_by(p, CH_KASAN_PC);
}

/*
 * From the tightest hole that has room for any lead, else from the tightest for the block alone, if it lies right, else from the longest.
 * Each look is a critical section of its own.
 */
CH_IRAM void *ch_heap_aligned_alloc(multi_heap_handle_t heap, size_t size, uint32_t alignment, uint32_t shift) {
    ch_engine_t *e = ch_heap_engine(heap);
    size_t granules = ch_granules(ch_frame_outer(shift ? size : ch_size_add(size, CH_RECORD_BYTES)));
    if (granules > e->end >> CH_G_SHIFT) return NULL;
    uint32_t n = (uint32_t)granules;
    uint32_t enough = ch_engine_enough(n, alignment), found = take_aligned(e, enough, &n, alignment, shift);
    if (!found && bring(e, enough)) found = take_aligned(e, enough, &n, alignment, shift);
    if (!found) found = take_aligned(e, n, &n, alignment, shift);
    if (!found) {
        uint32_t most = longest(e);
        bring(e, most);
        if (most >= n) found = take_aligned(e, most, &n, alignment, shift);
    }
    if (found && shift == 0) ch_record_set(e, found, n, alignment);
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

bool ch_heap_let_out(bool all) {
    ch_kasan_held_t held;
    if (!ch_kasan_comes_out(&held, all)) return false;
    ch_engine_t *e = ch_heap_engine(held.heap);
    if (!ch_heap_give(e, (uint32_t)ch_heap_offset(e, held.block))) ch_heap_bad_pointer(held.heap, held.block, "quarantine");
    return true;
}

/** Gives back a used block to the heap, or has the address sanitizer hold it back. false: there is no such block. */
static CH_IRAM bool retire(multi_heap_handle_t heap, uint32_t offset) {
    ch_engine_t *e = ch_heap_engine(heap);
    if (!CH_CFG_KASAN) return ch_heap_give(e, offset);
    size_t bytes = bytes_at(e, offset);
    bool held = bytes && ch_kasan_freed(heap, ch_at(e, offset), bytes), sound = held || ch_heap_give(e, offset);
    while (ch_heap_let_out(false)) continue;
    return sound;
}

CH_IRAM void multi_heap_free(multi_heap_handle_t heap, void *p) {
    if (!heap || !p || !ch_kasan_checks_free(p, CH_KASAN_PC)) return;
    uintptr_t offset = ch_heap_offset(ch_heap_engine(heap), p) - CH_FRAME_HEAD;
    if (!ch_heap_is_place(ch_heap_engine(heap), offset) || !retire(heap, (uint32_t)offset)) ch_heap_bad_pointer(heap, p, "free");
}

CH_IRAM void multi_heap_aligned_free(multi_heap_handle_t heap, void *p) { multi_heap_free(heap, p); }

void *multi_heap_realloc(multi_heap_handle_t heap, void *p, size_t size) {
    ch_require(heap, "multi_heap_realloc: heap is NULL", p);
    if (!p) return multi_heap_malloc(heap, size);
    if (size == 0) {
        multi_heap_free(heap, p);
        return NULL;
    }
    if (!ch_kasan_checks_free(p, CH_KASAN_PC)) return NULL;
    ch_held_t was;
    void *moved = ch_heap_resize(heap, p, size, 0, &was);
    while (CH_CFG_KASAN && !moved && was.size && ch_heap_let_out(true)) moved = ch_heap_resize(heap, p, size, 0, &was);
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

size_t ch_heap_size(multi_heap_handle_t heap, const void *p, uint32_t *alignment) {
    uint32_t recorded;
    size_t bytes = ch_heap_bytes(granules_of(heap, p, &recorded));
    if (alignment) *alignment = recorded;
    bytes = ch_frame_inner(recorded ? bytes - CH_RECORD_BYTES : bytes);
    return bytes ? ch_kasan_user_size(p, bytes) : 0;
}

size_t multi_heap_get_allocated_size(multi_heap_handle_t heap, void *p) {
    size_t size = ch_heap_size(heap, p, NULL);
    if (size == 0) ch_heap_bad_pointer(heap, p, "get_allocated_size");
    return size;
}

size_t multi_heap_get_full_block_size(multi_heap_handle_t heap, void *p) {
    uint32_t alignment, n = granules_of(heap, p, &alignment);
    if (n == 0) ch_heap_bad_pointer(heap, p, "get_full_block_size");
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
    size_t whole = e->end - e->first;
    info->total_free_bytes = ch_frame_inner(ch_heap_bytes(free_now));
    info->total_allocated_bytes = whole - ch_heap_bytes(free_now) - (size_t)(blocks - holes) * (CH_FRAME_HEAD + CH_FRAME_TAIL);
    info->largest_free_block = ch_frame_inner(ch_heap_bytes(largest));
    info->minimum_free_bytes = ch_frame_inner(ch_heap_bytes(minimum));
    info->allocated_blocks = blocks - holes;
    info->free_blocks = holes;
    info->total_blocks = blocks;
}
