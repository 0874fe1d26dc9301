/* SPDX-License-Identifier: MIT */
/*
 * One region as a heap: the engine's control block, with a lock and a low watermark in the words that the engine leaves to us.
 *
 *      above[0..1]  address of the lock, 0: none. Two words, so that the layout is the same on 32- and 64-bit machines; where it
 *                   takes only one, and is used, the second one is a check of it (ch_heap_lock_check)
 *      above[2]     least free granules ever
 *      above[3]     the capability layer's: what the memory can do; 0 as long as nobody says so
 *      above[4..5]  from level `comprehensive` on: seals (seal.h)
 *
 * Read without the lock: the words of the lock and of the span, which never change once the heap is known to others, and by
 * atomic accesses `limit`, which tells a heap that is not worth a try, `free` and the low watermark. All may be old when they are
 * read.
 *
 * The inline functions here are what the capability layer is built of; multi_heap.c makes the public face of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capheap/port.h"
#include "engine/alloc.h"
#include "heap/frame.h"
#include "heap/owner.h"
#include "heap/seal.h"
#include "multi_heap.h"

/** The engine of a heap. A multi_heap_handle_t is the address of its control block. */
CH_INLINE ch_engine_t *ch_heap_engine(multi_heap_handle_t heap) { return (ch_engine_t *)(void *)heap; }

/**
 * Number of the last granule that `bytes` need, counted from 0. 0 bytes, and what no span can serve, give no less than any heap's
 * limit.
 */
CH_INLINE size_t ch_last_granule(size_t bytes) {
    size_t last = (bytes - 1) >> CH_G_SHIFT;
    return last ? last : 1; /* a block has two at least */
}

/** The same for user bytes in their frame. A head of whole granules comes on top of what size gives, however large that is. */
CH_INLINE size_t ch_last_granule_framed(size_t size) {
    if (CH_FRAME_HEAD == 0 || CH_FRAME_HEAD % CH_G != 0 || CH_FRAME_TAIL > 0) return ch_last_granule(ch_frame_outer(size));
    size_t last = ((size - 1) >> CH_G_SHIFT) + CH_FRAME_HEAD / CH_G;
    CH_OPAQUE(last);
    return last;
}

/** Granules that `bytes` need. 0, and what no span can serve, give more than any heap's limit. */
CH_INLINE size_t ch_granules(size_t bytes) { return ch_last_granule(bytes) + 1; }

enum { CH_SEAL = CH_ENGINE_ABOVE - 2, CH_SEAL_FIXED }; /* words of above[] where there are seals */

/*
 * CH_LOCK_LIES: the lock is memory. Where it is a byte that nobody uses, as on single cores, its address is not used either.
 * CH_LOCK_WATCHED: it is looked at.
 */
enum { CH_LOCK_LIES = sizeof(ch_port_lock_t) > 1, CH_LOCK_WATCHED = CH_LOCK_LIES || CH_GUARDED };

/** What the second word for the lock's address has to be where the first is enough: of that, and of the span. */
CH_INLINE uint32_t ch_heap_lock_check(const ch_engine_t *e) { return ~(e->above[0] ^ ch_first(e) ^ e->end); }

/** Whether the lock's address, and with it the span, are what was set; all that a level looks at before it uses a heap. */
CH_INLINE bool ch_heap_keeps_lock(const ch_engine_t *e) {
    if (CH_SEALED) return ch_seal_keeps_lock(e);
    if (!CH_LOCK_WATCHED) return true;
    return e->reach == e->end - CH_G - CH_NO_BLOCK &&
           (CH_WIDE ? e->seal == ch_engine_seal(e) : e->above[1] == ch_heap_lock_check(e));
}

/** The heap's lock, NULL: none. For who knows that it is what was set. */
CH_INLINE ch_port_lock_t *ch_heap_lock_kept(const ch_engine_t *e) {
    uint64_t high = CH_WIDE ? (uint64_t)e->above[1] << 32 : 0;
    return (ch_port_lock_t *)(uintptr_t)(high | e->above[0]);
}

/** The same to use the heap: the program ends if it is not what was set. */
CH_INLINE ch_port_lock_t *ch_heap_lock_sure(const ch_engine_t *e) {
    if (CH_UNLIKELY(!ch_heap_keeps_lock(e))) CH_LEAVE_TO(ch_seal_broken, e, 0);
    return ch_heap_lock_kept(e);
}

/** The same to open it: links that are damaged may have led the section to these words. 64-bit machines are not watched twice. */
CH_INLINE ch_port_lock_t *ch_heap_lock_still(const ch_engine_t *e) {
    return CH_WIDE ? ch_heap_lock_kept(e) : ch_heap_lock_sure(e);
}

/** The same to look at it: a damaged one is none. */
CH_INLINE ch_port_lock_t *ch_heap_lock_of(const ch_engine_t *e) { return ch_heap_keeps_lock(e) ? ch_heap_lock_kept(e) : NULL; }

/** Takes the heap's lock, if it has one, to look at a heap that may be damaged; nothing is changed before ch_heap_looked(). */
CH_INLINE ch_port_state_t ch_heap_look(const ch_engine_t *e) {
    ch_port_lock_t *lock = ch_heap_lock_of(e);
    return lock ? ch_port_lock(lock) : (ch_port_state_t){0};
}

CH_INLINE void ch_heap_looked(const ch_engine_t *e, ch_port_state_t state) {
    ch_port_lock_t *lock = ch_heap_lock_of(e);
    if (lock) ch_port_unlock(lock, state);
}

/** The same to use the heap: its control block is what it was left as (seal.h). */
CH_INLINE ch_port_state_t ch_heap_lock(const ch_engine_t *e) {
    if (CH_SEALED) return ch_seal_lock(e);
    ch_port_lock_t *lock = ch_heap_lock_sure(e);
    return lock ? ch_port_lock(lock) : (ch_port_state_t){0};
}

CH_INLINE void ch_heap_unlock(const ch_engine_t *e, ch_port_state_t state) {
    if (CH_SEALED) {
        ch_seal_unlock(e, state);
        return;
    }
    ch_port_lock_t *lock = ch_heap_lock_still(e);
    if (lock) ch_port_unlock(lock, state);
}

/** Notes the bytes free now in the low watermark; called under the lock after each allocation. */
CH_INLINE void ch_heap_note_minimum(ch_engine_t *e) {
    if (e->free < e->above[2]) CH_STORE_RELAXED(e->above[2], e->free);
}

CH_INLINE size_t ch_heap_bytes(uint32_t granules) { return (size_t)granules << CH_G_SHIFT; }

/** Offset of an address. Outside the heap it is at or beyond `end`, or misaligned; 64-bit distances do not wrap into it. */
CH_INLINE uintptr_t ch_heap_offset(const ch_engine_t *e, const void *p) { return (uintptr_t)p - (uintptr_t)e; }

CH_INLINE bool ch_heap_is_place(const ch_engine_t *e, uintptr_t offset) { return offset < e->end && !(offset & (CH_G - 1)); }

/**
 * Reports a pointer that is no live block, as heap/culprit.h tells: what it is instead, its block and those beside it; then the
 * port's fatal function. heap may be NULL: no heap owns p.
 */
void ch_heap_report_pointer(multi_heap_handle_t heap, const void *p, const char *call);

/** The same, unless NDEBUG is defined: then the call is ignored. */
CH_INLINE void ch_heap_bad_pointer(multi_heap_handle_t heap, const void *p, const char *call) {
    if (!CH_CFG_NDEBUG) ch_heap_report_pointer(heap, p, call);
}

/** Whether multi_heap_register() would succeed. Writes nothing. */
CH_INLINE bool ch_heap_fits(const void *start, size_t size) {
    const size_t least = (CH_FRAME_HEAD + CH_FRAME_TAIL + 1 + CH_G - 1) / CH_G; /* granules of one byte with its frame */
    const size_t more = least > 2 ? (least - 1) * CH_G : 0;                     /* than the engine's least, one for the bits */
    return ch_engine_fits(start, size) && (more == 0 || (size >= more && ch_engine_fits(start, size - more)));
}

/** The block that contains an address, n = 0 if none does. Sliced. */
ch_block_t ch_heap_find(multi_heap_handle_t heap, const void *p);

/**
 * The next used block at an offset or behind it; *at, which begins with 0, is where to go on, 0: it is the last one. false: there
 * is none. One short section a block.
 */
bool ch_heap_next_owned(multi_heap_handle_t heap, uint32_t *at, ch_owned_t *block);

/** Bytes of the whole block that is the user's at p; 0: there is none. Bounded. */
size_t ch_heap_bytes_at(multi_heap_handle_t heap, const void *p);

/**
 * The record of an alignment: the last word of a block that was asked with more than the granule's. realloc needs it when the
 * block moves. It is a check sum over the block's place and length, XOR the alignment; in a block without a record the word is
 * the user's. By chance about one word in 2^32 looks like a record of its place: such a block keeps an alignment that nobody
 * asked for, counts 4 bytes less, and would lose that word when it grows in place.
 */
CH_INLINE uint32_t ch_record_of(uint32_t offset, uint32_t n) { return (offset ^ n << 16) * 0x9E3779B1u; }

/** Whether the guard of a used block leaves a word at its end (guard.h). */
bool ch_guard_leaves_word(const ch_engine_t *e, uint32_t offset, uint32_t n);

/** The alignment that the last word of the used block of n granules records, if it does; else 0. */
CH_INLINE uint32_t ch_record_read(const ch_engine_t *e, uint32_t offset, uint32_t n) {
    uintptr_t user = (uintptr_t)ch_at(e, offset) + CH_FRAME_HEAD;
    uint32_t alignment = ch_at(e, offset + (n << CH_G_SHIFT))[-1] ^ ch_record_of(offset, n), below = alignment - 1;
    if (CH_LIKELY(alignment & below)) return 0; /* no power of two */
    return alignment > CH_G && !(user & below) ? alignment : 0;
}

/** The alignment that is recorded in the used block of n granules, bytes; 0 if there is none. */
CH_INLINE uint32_t ch_record_get(const ch_engine_t *e, uint32_t offset, uint32_t n) {
    if (((uintptr_t)ch_at(e, offset) + CH_FRAME_HEAD) & CH_G) return 0; /* not even twice the granule's */
    return CH_GUARDED && !ch_guard_leaves_word(e, offset, n) ? 0 : ch_record_read(e, offset, n);
}

CH_INLINE void ch_record_set(ch_engine_t *e, uint32_t offset, uint32_t n, uint32_t alignment) {
    ch_at(e, offset + (n << CH_G_SHIFT))[-1] = ch_record_of(offset, n) ^ alignment;
}

enum { CH_RECORD_BYTES = 4 };

/** Allocates n granules from a hole of fewer than `below`, ~0u: any; the offset, or 0. */
uint32_t ch_heap_take(ch_engine_t *e, uint32_t n, uint32_t below);

/** The same for `size` user bytes in a frame. */
uint32_t ch_heap_take_framed(ch_engine_t *e, uint32_t n, uint32_t below, size_t size);

/** Frees the block at an offset. false: there is no such block. */
bool ch_heap_give(ch_engine_t *e, uint32_t offset);

/**
 * Allocates size bytes at p so that p + shift is a multiple of alignment, which is more than the granule; shift is a multiple of
 * 4. With shift 0 the alignment is recorded. NULL where there is no room, or no granule lies so.
 */
void *ch_heap_aligned_alloc(multi_heap_handle_t heap, size_t size, uint32_t alignment, uint32_t shift);

/** multi_heap_malloc() that leaves alone what is held back. */
void *ch_heap_malloc_now(multi_heap_handle_t heap, size_t size);

/** The same where freed blocks are held back, else multi_heap_malloc(). */
CH_INLINE void *ch_heap_malloc(multi_heap_handle_t heap, size_t size) {
    return CH_HOLDS_BACK ? ch_heap_malloc_now(heap, size) : multi_heap_malloc(heap, size);
}

/** Gives back the oldest block that is held back: in any case, or (all = false) if that are too many. */
bool ch_heap_let_out(bool all);

/**
 * The largest size that ch_heap_aligned_alloc() can surely serve now, or multi_heap_malloc() for an alignment up to the granule.
 */
size_t ch_heap_largest(multi_heap_handle_t heap, uint32_t alignment);

/**
 * Whether the guard of the block at p, if p is one, is sound; if not, that is reported as found by `call`, and the program ended.
 * Bounded.
 */
bool ch_heap_verify_guard(multi_heap_handle_t heap, const void *p, const char *call);

CH_INLINE bool ch_heap_verify(multi_heap_handle_t heap, const void *p, const char *call) {
    return !CH_GUARDED || ch_heap_verify_guard(heap, p, call);
}

/** User bytes of the block at p, 0 if p is none; *alignment, if not NULL, is what is recorded of it (0: nothing). Bounded. */
size_t ch_heap_size(multi_heap_handle_t heap, const void *p, uint32_t *alignment);

/** A block as realloc finds it. */
typedef struct {
    size_t size;        /* user bytes; 0: there is no such block */
    uint32_t alignment; /* recorded, bytes; 0: none */
} ch_held_t;

/**
 * Changes the size of a used block, in place or by a move within the heap: multi_heap_realloc() for a size that is not 0.
 * The block keeps its recorded alignment; a larger one can be asked for (0: none). NULL where there is no room, and where p is no
 * block. *was is what the block was.
 */
void *ch_heap_resize(multi_heap_handle_t heap, void *p, size_t size, uint32_t alignment, ch_held_t *was);

/**
 * Moves the used block of `had` granules at an offset, without a recorded alignment, down into the free block before it, if it
 * can have n granules there. NULL where it can't.
 */
void *ch_heap_slide(ch_engine_t *e, uint32_t offset, uint32_t had, uint32_t n);

/** Checks the heap in slices; print_errors as in multi_heap_check(). */
bool ch_heap_check(multi_heap_handle_t heap, bool print_errors);
