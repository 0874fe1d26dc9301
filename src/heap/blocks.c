/* SPDX-License-Identifier: MIT */
/*
 * multi_heap_internal.h: blocks one by one. A handle is the block's address with bit 0 set for a free one, as nothing at the
 * address tells; addresses are multiples of 4.
 */
#include "base/words.h"
#include "heap/guard.h"
#include "heap/heap.h"
#include "multi_heap_internal.h"
#include "multi_heap_platform.h"

static multi_heap_lock_t *lock_of(multi_heap_handle_t heap) {
    return (multi_heap_lock_t *)(void *)ch_heap_lock_of(ch_heap_engine(heap));
}

void multi_heap_internal_lock(multi_heap_handle_t heap) { multi_heap_lock_take(lock_of(heap)); }

void multi_heap_internal_unlock(multi_heap_handle_t heap) { multi_heap_lock_give(lock_of(heap)); }

/** The first block at an offset or behind it. */
static multi_heap_block_handle_t block_from(const ch_engine_t *e, uint32_t offset) {
    ch_block_t b = ch_engine_seek(e, offset);
    while (b.n == 0 && b.offset > offset) { /* inside a long block */
        offset = b.offset;
        b = ch_engine_seek(e, offset);
    }
    return b.n ? (multi_heap_block_handle_t)((uintptr_t)ch_at(e, b.offset) | !b.used) : NULL; /* with its frame */
}

multi_heap_block_handle_t multi_heap_get_first_block(multi_heap_handle_t heap) {
    const ch_engine_t *e = ch_heap_engine(heap);
    return block_from(e, ch_first(e));
}

/** Where a block begins, its frame included. */
static char *start_of(multi_heap_block_handle_t block) { return (char *)((uintptr_t)block & ~(uintptr_t)1); }

multi_heap_block_handle_t multi_heap_get_next_block(multi_heap_handle_t heap, multi_heap_block_handle_t block) {
    const ch_engine_t *e = ch_heap_engine(heap);
    /* A block has two granules: its second is inside it, and seeking from there finds the next. */
    return block_from(e, (uint32_t)ch_heap_offset(e, start_of(block)) + CH_G);
}

bool multi_heap_is_free(multi_heap_block_handle_t block) { return (uintptr_t)block & 1; }

void *multi_heap_get_block_address(multi_heap_block_handle_t block) {
    return start_of(block) + (multi_heap_is_free(block) ? 0 : CH_FRAME_HEAD);
}

/** Tells of a fault of a block whose heap is not known. */
static bool tell(const ch_culprit_t *c, bool print_errors) {
    if (print_errors) ch_culprit_report(c);
    return false;
}

/* A block as a walk shows it, with its frame; there is no handle, so the block is taken for its own heap, at offset 0. */
bool multi_heap_internal_check_block_poisoning(void *start, size_t size, bool is_free, bool print_errors) {
    const ch_engine_t *at = start;
    uint32_t n = (uint32_t)(size >> CH_G_SHIFT), words = (n << CH_G_SHIFT) / 4;
    ch_culprit_t c;
    if (!CH_GUARDED) return true;
    if (!is_free) {
        if (ch_guard_is_sound(at, 0, n)) return true;
        c = ch_guard_fault(at, 0, n);
        c.heap = NULL;
        return tell(&c, print_errors);
    }
    for (uint32_t k = 0; CH_FILLED && k < words; k++) {
        if (ch_is_own_word(n, k) || *ch_at(at, 4 * k) == CH_FILL_FREE) continue;
        c = ch_guard_fault_of_fill(at, ch_at(at, 4 * k));
        c.heap = NULL;
        return tell(&c, print_errors);
    }
    return true;
}

void multi_heap_internal_poison_fill_region(void *start, size_t size, bool is_free) {
    uint32_t byte = is_free ? CH_FILL_FREE & 255 : CH_FILL_FRESH & 255;
    unsigned char *p = start, *end = p + size;
    while (p < end && (uintptr_t)p & 3) *p++ = (unsigned char)byte;
    size_t words = (size_t)(end - p) / 4;
    ch_words_fill(p, byte * 0x01010101u, words);
    for (p += 4 * words; p < end; p++) *p = (unsigned char)byte;
}

void multi_heap_os_funcs_init(multi_heap_os_funcs_t *functions) { (void)functions; }
