/* SPDX-License-Identifier: MIT */
/* The table of call sites: booking. Picture and rules: sites.h. Every instruction here is one of each malloc or free. */
#include "sites.h"

#include "caps/caps_base.h"
#include "caps/owned.h"
#include "debug/sites_table.h"

#define MOST ((1u << CH_SITE_SHIFT) - 1) /* bytes that a word can tell; larger blocks count as so many */

enum { CLAMPS = CH_WIDE || CH_SITE_SHIFT < 25 }; /* 32-bit machines have no blocks of 32 MB */

ch_sites_table_t ch_sites = {.lock = CH_PORT_LOCK_INIT};

_Static_assert(CH_SITES == 1 << CH_SITES_BITS, "a hash is the number of a caller's place");

/* Calls lie in the program as the code around them has it: the low bits of their addresses are as good as any hash of them. */
CH_INLINE uint32_t hash_of(const void *caller) { return (uint32_t)((uintptr_t)caller >> 2) & (CH_SITES - 1); }

CH_INLINE uint32_t bytes_of(size_t size) { return CLAMPS && CH_UNLIKELY(size > MOST) ? MOST : (uint32_t)size; }

/** Books a block in at a place, and opens the lock. */
CH_INLINE void *booked(void *block, uint32_t bytes, uint32_t place, ch_port_state_t state) {
    ch_site_t *site = &ch_sites.sites[place];
    CH_OPAQUE(site);
    CH_STORE_RELAXED(*ch_owner_site(block), place << CH_SITE_SHIFT | bytes); /* a walk may read it meanwhile */
    site->live += bytes;
    site->allocations++;
    ch_port_unlock(&ch_sites.lock, state);
    return block;
}

/** The first place is another caller's, or nobody's. The lock is held. */
static CH_NOINLINE CH_IRAM void *book_further(void *block, uint32_t bytes, const void *caller, uint32_t first,
                                              ch_port_state_t state) {
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t place = (first + i) % CH_SITES;
        ch_site_t *site = &ch_sites.sites[place];
        if (!site->caller) site->caller = caller;
        if (site->caller == caller) return booked(block, bytes, place, state);
    }
    return booked(block, bytes, CH_SITE_OTHERS, state);
}

/** Books a block in, and opens the lock. Returns the block. */
CH_INLINE void *book_in(void *block, uint32_t bytes, const void *caller, ch_port_state_t state) {
    uint32_t place = hash_of(caller);
    if (CH_UNLIKELY(ch_sites.sites[place].caller != caller)) return book_further(block, bytes, caller, place, state);
    return booked(block, bytes, place, state);
}

/** Books a block out. Under the lock. */
CH_INLINE void book_out(uint32_t word) {
    uint32_t place = word >> CH_SITE_SHIFT;
    if (CH_UNLIKELY(place > CH_SITE_OTHERS)) return; /* S3 */
    ch_site_t *site = &ch_sites.sites[place];
    CH_OPAQUE(site);
    size_t live = site->live;
    if (live > site->peak) site->peak = live; /* S4 */
    site->live = live - (word & MOST);
    ch_sites.frees[place]++;
}

CH_INLINE void *allocated(void *block, size_t size, const void *caller) {
    register void *block_ CH_ARGUMENT(0) = block;
    register uint32_t bytes_ CH_ARGUMENT(1) = bytes_of(size);
    CH_STAY_BOTH(block_, bytes_);
    return book_in(block_, bytes_, caller, ch_port_lock(&ch_sites.lock));
}

CH_INLINE void *moved(void *block, size_t size, const void *caller) {
    uint32_t bytes = bytes_of(size);
    ch_port_state_t state = ch_port_lock(&ch_sites.lock);
    book_out(*ch_owner_site(block));
    return book_in(block, bytes, caller, state);
}

CH_INLINE void *freed(void *block) {
    ch_port_state_t state = ch_port_lock(&ch_sites.lock);
    book_out(*ch_owner_site(block));
    ch_port_unlock(&ch_sites.lock, state);
    return block;
}

CH_IRAM void *ch_sites_allocated(void *ptr, size_t size, const void *caller) { return allocated(ptr, size, caller); }

CH_IRAM void *ch_sites_allocated_here(void *ptr, size_t size) {
    const void *caller;
    CH_RETURNS_TO(caller);
    return allocated(ptr, size, caller);
}

CH_IRAM void *ch_sites_allocated_exec(void *ptr, size_t size, const void *caller) {
    ch_owned_place_t at = ch_owned_find(ptr);
    if (at.block) allocated(at.block, size, caller);
    return ptr;
}

/** Whether ptr is an address within a heap, so that there is memory before it. Only heaps that were found of late are looked at.
 * */
CH_INLINE bool is_inside(const void *ptr) {
    const ch_engine_t *e = ch_heap_recent_for(ptr);
    return CH_LIKELY(ch_heap_is_place(e, ch_heap_offset(e, ptr)));
}

static CH_NOINLINE CH_IRAM void *moved_elsewhere(void *ptr, size_t size, const void *caller) {
    ch_owned_place_t at = ch_owned_find(ptr);
    if (at.block) moved(at.block, size, caller);
    return ptr;
}

CH_IRAM void *ch_sites_moved(void *ptr, size_t size, const void *caller) {
    return is_inside(ptr) ? moved(ptr, size, caller) : moved_elsewhere(ptr, size, caller);
}

CH_IRAM void *ch_sites_moved_here(void *ptr, size_t size) {
    const void *caller;
    CH_RETURNS_TO(caller);
    return is_inside(ptr) ? moved(ptr, size, caller) : moved_elsewhere(ptr, size, caller);
}

static CH_NOINLINE CH_IRAM void *freed_elsewhere(void *ptr) {
    ch_owned_place_t at = ch_owned_find(ptr);
    if (at.block) freed(at.block);
    return ptr;
}

/* What is no block is only read; the free that follows reports it, and ends the program. */
CH_IRAM void *ch_sites_freed(void *ptr) { return is_inside(ptr) ? freed(ptr) : freed_elsewhere(ptr); }

CH_IRAM void ch_sites_free(void *ptr) { CH_UNTOLD(heap_caps_free)(is_inside(ptr) ? freed(ptr) : freed_elsewhere(ptr)); }
