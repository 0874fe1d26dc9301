/* SPDX-License-Identifier: MIT */
/*
 * The heaps of the system, and which of them serve a capability mask.
 *
 *      list    region ─► region ─► region ─► NULL     newest first, then by size; readers take no lock
 *      routes  caps ─► engine, engine, ..., NULL      the heaps that serve a mask, in the order of asking
 *      recent  heaps that were found for an address, the highest first
 *
 * Rules that make reading without a lock safe, on processors that reorder accesses too (tests/spin/registration.pml):
 *   R1  a region is complete before it is linked, and never unlinked
 *   R2  a route is complete before its mask is written, and its mask never changes
 *   R3  a heap is put into a route by moving the later ones up, last first: a reader that goes forward misses none and may at
 *       most see one twice
 *   R4  a route may leave out heaps that do not fit; who finds nothing through a route searches the list before giving up
 *   R5  no `recent` heap has another one inside
 *
 * What a pointer leads to is complete before the pointer is stored (CH_STORE_LINK) and read after it (CH_LOAD_LINK). `latest`,
 * masks and routes may be old when they are read: then less is found through them (R4).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/heap.h"
#include "heap_memory_layout.h"
#include "multi_heap_platform.h"

/** A heap with its capabilities. `heap` is NULL while a start-up stack lies in it. */
typedef struct ch_region {
    struct ch_region *next;
    multi_heap_handle_t heap;
    uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS];
    uintptr_t start, end;
    const char *name;
    uint32_t hosts;        /* 1: another heap lies inside a block of this one; read without the lock, hence a word */
    size_t minimum_before; /* low watermark when the monitor started */
    bool late;             /* added after start-up: its low watermark counts 0 */
    bool watched;          /* minimum_before holds */
    multi_heap_lock_t lock;
} ch_region_t;

/** Heaps for one mask, first to ask first; NULL ends. Empty where caps is 0. */
typedef struct {
    uint32_t caps;
    ch_engine_t *heaps[CH_CFG_ROUTE_HEAPS + 1];
} ch_route_t;

/** The route without its first heap, for who asks: its mask is none. */
CH_INLINE const ch_route_t *ch_route_rest(const ch_route_t *route) {
    _Static_assert(offsetof(ch_route_t, heaps) == sizeof(ch_engine_t *), "a heap further is a route further");
    return (const ch_route_t *)((uintptr_t)route + sizeof route->heaps[0]);
}

typedef struct {
    ch_region_t *first;
    uint32_t recents; /* how many of ch_heap_recent are heaps */
    uint32_t changes; /* regions linked and heaps activated so far */
    bool started;     /* the application runs: heap_caps_enable_nonos_stack_heaps() was called */
    ch_port_lock_t lock;
    ch_route_t plain[CH_CFG_ROUTES]; /* masks that are asked for as they are */
    ch_route_t other[CH_CFG_ROUTES]; /* masks that ch_request_prepare() made: alignment, rounding, EXEC */
} ch_registry_t;

extern ch_registry_t ch_registry;

/* Apart, as small variables are nearer than large ones on some machines. */
enum { CH_RECENT = 6 };
extern ch_engine_t *ch_heap_recent[CH_RECENT]; /* by descending address; behind them an engine of no blocks; never NULL */
extern const ch_route_t *ch_route_latest;      /* the route that was asked last; never NULL */

/** The word of a heap's control block that holds all capabilities of its region. */
enum { CH_CAPS_WORD = 3 };

/** A mask no memory has; also what selects every heap in some calls. Bit 31 of MALLOC_CAP_INVALID. */
#define CH_CAPS_INVALID (1u << 31)

/** The first region of the list, for readers without the lock. */
CH_INLINE ch_region_t *ch_registry_first(void) { return CH_LOAD_LINK(ch_registry.first); }

/** The heap of a region, NULL until it is active: for readers without the lock. */
CH_INLINE multi_heap_handle_t ch_region_heap(const ch_region_t *r) { return CH_LOAD_LINK(r->heap); }

CH_INLINE uint32_t ch_region_all_caps(const ch_region_t *r) { return r->caps[0] | r->caps[1] | r->caps[2]; }

/** Active, and has all of caps. */
CH_INLINE bool ch_region_matches(const ch_region_t *r, uint32_t caps) {
    multi_heap_handle_t heap = ch_region_heap(r);
    return heap && !(caps & ~ch_heap_engine(heap)->above[CH_CAPS_WORD]);
}

/**
 * The one of the recent heaps that an address can lie in. While they change it may be a wrong one: the caller has to see whether
 * the address is a place of it, and if it is, it is the right one (R5).
 */
CH_INLINE ch_engine_t *ch_heap_recent_for(const void *p) {
    ch_engine_t *e;
    uint32_t i = 0;
    if (!CH_FOR_SIZE) {
        CH_LOAD_NEAR(e, ch_heap_recent, 0);
        if ((const void *)p >= (const void *)e) return e;
        CH_LOAD_NEAR(e, ch_heap_recent, 1);
        if ((const void *)p >= (const void *)e) return e;
        CH_LOAD_NEAR(e, ch_heap_recent, 2);
        if ((const void *)p >= (const void *)e) return e;
        i = 3;
    }
    CH_UNROLLED for (; i < CH_RECENT; i++) {
        e = CH_LOAD_LINK(ch_heap_recent[i]);
        if ((const void *)p >= (const void *)e) break;
    }
    return e;
}

/** Makes the heap of a region a recent one, unless another one lies in it. */
CH_INLINE void ch_region_remember(const ch_region_t *r, ch_engine_t *e) {
    ch_port_state_t state = ch_port_lock(&ch_registry.lock);
    if (CH_LIKELY(!r->hosts)) { /* a heap may be added inside this one at this moment (R5) */
        uint32_t i = ch_registry.recents < CH_RECENT ? ch_registry.recents++ : CH_RECENT - 1; /* the lowest goes */
        for (; i > 0 && ch_heap_recent[i - 1] < e; i--) {
            CH_STORE_RELAXED(ch_heap_recent[i], ch_heap_recent[i - 1]);
        }
        CH_STORE_LINK(ch_heap_recent[i], e);
    }
    ch_port_unlock(&ch_registry.lock, state);
}

/**
 * The route of a mask; makes one of an empty entry if there is none. NULL: all are taken, the list has just changed, or caps is 0
 * or impossible. Task or interrupt.
 */
const ch_route_t *ch_route_learn(ch_route_t *routes, uint32_t caps);

/**
 * The region that an address belongs to: the innermost. NULL: none. Remembers it for ch_heap_recent; the search takes no lock.
 */
ch_region_t *ch_registry_find(const void *p);

/** The region of an engine that a route led to. */
ch_region_t *ch_registry_of(const ch_engine_t *e);

/**
 * Links a region at the head of the list, unless it collides with another; fails with false then. Afterwards it serves.
 * Overlap test and insertion are one step under the lock.
 */
bool ch_registry_add(ch_region_t *r);

/** Puts a region that has just become active into the routes that it serves. */
void ch_registry_activate(ch_region_t *r);

/**
 * Gives a region its heap: [start, end) becomes one, unless it is one already, with the region's lock. false: too small,
 * misaligned.
 */
bool ch_region_open(ch_region_t *r);

/**
 * The region to ask for memory with caps after r (NULL: the first one); NULL: none. In three passes, one for each column of a
 * memory type: a region is asked in the first of them in which it offers any of caps.
 */
ch_region_t *ch_registry_ask(const ch_region_t *r, uint32_t caps);

/** The next region after r (NULL: the first) that has all of caps and is active. CH_CAPS_INVALID matches none. */
ch_region_t *ch_registry_next(const ch_region_t *r, uint32_t caps);
