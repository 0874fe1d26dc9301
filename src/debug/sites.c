/* SPDX-License-Identifier: MIT */
/* The table of call sites: booking. Picture and rules: sites.h. */
#include "sites.h"

#include "caps/owned.h"
#include "debug/sites_table.h"

enum { MOST = (1u << CH_SITE_SHIFT) - 1, BITS = 32 - CH_SITE_SHIFT };

ch_sites_table_t ch_sites = {.lock = CH_PORT_LOCK_INIT};

_Static_assert(CH_SITES < 1 << BITS, "a word has room for the number of each entry and of the others");
_Static_assert((CH_SITES & (CH_SITES - 1)) == 0 && CH_SITES >= 8, "a hash is a number of an entry, and probes differ");

/** The number of the first entry to look at. */
CH_INLINE uint32_t hash_of(const void *caller) { return ((uint32_t)(uintptr_t)caller * 0x9E3779B1u >> 8) & (CH_SITES - 1); }

/** Where the first entry is another's: seven more are looked at. */
static CH_NOINLINE CH_IRAM ch_site_t *find_further(uint32_t at, const void *caller) {
    for (uint32_t i = 1; i < 8; i++) {
        ch_site_t *site = &ch_sites.sites[(at + i) & (CH_SITES - 1)];
        if (!site->caller) site->caller = caller;
        if (site->caller == caller) return site;
    }
    return &ch_sites.sites[CH_SITES];
}

/** The entry of a place; takes one if it has none. Under the lock. */
CH_INLINE ch_site_t *find(const void *caller) {
    uint32_t at = hash_of(caller);
    ch_site_t *site = &ch_sites.sites[at];
    if (CH_LIKELY(site->caller == caller)) return site;
    if (site->caller) return find_further(at, caller);
    site->caller = caller;
    return site;
}

CH_INLINE uint32_t granules_of(size_t size) {
    size_t n = (size + (CH_G - 1)) >> CH_G_SHIFT;
    return CH_LIKELY(n <= MOST) ? (uint32_t)n : MOST;
}

CH_INLINE void book_in(uint32_t *word, size_t size, const void *caller) {
    uint32_t n = granules_of(size);
    ch_port_state_t state = ch_port_lock(&ch_sites.lock);
    ch_site_t *site = find(caller);
    uint32_t live = site->live + n;
    site->live = live;
    if (live > site->peak) site->peak = live;
    site->blocks++;
    site->allocations++;
    *word = (uint32_t)(site - ch_sites.sites + 1) << CH_SITE_SHIFT | n;
    ch_port_unlock(&ch_sites.lock, state);
}

CH_INLINE void book_out(uint32_t word) {
    uint32_t number = (word >> CH_SITE_SHIFT) - 1;
    if (CH_UNLIKELY(number > CH_SITES)) return; /* S3 */
    ch_site_t *site = &ch_sites.sites[number];
    ch_port_state_t state = ch_port_lock(&ch_sites.lock);
    site->live -= word & MOST;
    site->blocks--;
    ch_port_unlock(&ch_sites.lock, state);
}

CH_IRAM void *ch_sites_allocated(void *ptr, size_t size, const void *caller) {
    book_in(ch_owner_site(ptr), size, caller);
    return ptr;
}

CH_IRAM void *ch_sites_allocated_exec(void *ptr, size_t size, const void *caller) {
    ch_owned_place_t at = ch_owned_find(ptr);
    if (at.block) book_in(ch_owner_site(at.block), size, caller);
    return ptr;
}

CH_IRAM void *ch_sites_moved(void *ptr, size_t size, const void *caller) {
    ch_owned_place_t at = ch_owned_find(ptr);
    if (!at.block) return ptr;
    uint32_t *word = ch_owner_site(at.block);
    book_out(*word);
    book_in(word, size, caller);
    return ptr;
}

/** In no heap that was found of late, or in none. */
static CH_NOINLINE CH_IRAM void *freed_elsewhere(void *ptr) {
    ch_owned_place_t at = ch_owned_find(ptr);
    if (at.block) book_out(*ch_owner_site(at.block));
    return ptr;
}

/* What is no block is only read, within a heap; the free that follows reports it, and ends the program. */
CH_IRAM void *ch_sites_freed(void *ptr) {
    ch_engine_t *e = ch_heap_recent_for(ptr);
    if (CH_UNLIKELY(!ch_heap_is_place(e, ch_heap_offset(e, ptr)))) return freed_elsewhere(ptr);
    book_out(*ch_owner_site(ptr));
    return ptr;
}
