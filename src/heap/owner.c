/* SPDX-License-Identifier: MIT */
/* What observers ask of a heap to find blocks with owner words: owner.h. */
#include "heap/heap.h"

CH_IRAM size_t ch_heap_bytes_at(multi_heap_handle_t heap, const void *p) {
    const ch_engine_t *e = ch_heap_engine(heap);
    uintptr_t place = ch_heap_offset(e, p) - CH_FRAME_HEAD;
    if (!ch_heap_is_place(e, place)) return 0;
    ch_port_state_t state = ch_heap_lock(e);
    uint32_t n = ch_engine_size(e, (uint32_t)place);
    ch_heap_unlock(e, state);
    return ch_heap_bytes(n);
}

/** The block at *at, or what begins in it, in one section; *at becomes the one behind, 0: there is none. */
static ch_block_t step(const ch_engine_t *e, uint32_t *at, ch_owned_t *block) {
    ch_port_state_t state = ch_heap_look(e);
    ch_block_t b = ch_engine_seek(e, *at);
    if (b.n && b.used) *block = (ch_owned_t){ch_at(e, b.offset + CH_FRAME_HEAD), ch_heap_bytes(b.n), ch_owner_get(e, b.offset)};
    ch_heap_looked(e, state);
    uint32_t next = b.offset + (b.n << CH_G_SHIFT);
    *at = next > *at && next < e->end ? next : 0;
    return b;
}

bool ch_heap_next_owned(multi_heap_handle_t heap, uint32_t *at, ch_owned_t *block) {
    const ch_engine_t *e = ch_heap_engine(heap);
    ch_block_t b = {0, 0, false};
    if (e->seal != ch_engine_seal(e)) return false;
    if (!*at) *at = ch_first(e);
    do b = step(e, at, block);
    while (*at && (b.n == 0 || !b.used));
    return b.n && b.used;
}
