/* SPDX-License-Identifier: MIT */
/* The list of regions, the search by address, and the routes. Rules R1 to R5: registry.h. */
#include "caps/registry.h"

#include "caps/caps_base.h"

/** Owns no address. */
static ch_engine_t nobody;

ch_registry_t ch_registry = {.lock = CH_PORT_LOCK_INIT};
const ch_route_t *ch_route_latest = ch_registry.plain;
CH_NEAR_TABLE ch_engine_t *ch_heap_recent[CH_RECENT] = {[0 ... CH_RECENT - 1] = &nobody};

/* Apart, touching, or properly inside is allowed; equal, straddling or around is not. */
int heap_caps_check_add_region_allowed(intptr_t heap_start, intptr_t heap_end, intptr_t start, intptr_t end) {
    uintptr_t hs = (uintptr_t)heap_start, he = (uintptr_t)heap_end, s = (uintptr_t)start, e = (uintptr_t)end;
    if (s < hs && e > hs) return 0;
    if (s < he && e > he) return 0;
    return !(s == hs && e == he);
}

/** Recent heaps are none any more, as one of them has another one inside from now on; under the lock. */
static void forget(void) {
    ch_registry.recents = 0;
    for (uint32_t i = 0; i < CH_RECENT; i++) CH_STORE_RELAXED(ch_heap_recent[i], &nobody);
}

CH_IRAM ch_region_t *ch_registry_find(const void *p) {
    uintptr_t at = (uintptr_t)p;
    for (ch_region_t *r = ch_registry_first(); r; r = r->next) {
        if (at < r->start || at >= r->end) continue;
        multi_heap_handle_t heap = ch_region_heap(r);
        if (!heap) continue;
        if (!CH_LOAD_RELAXED(r->hosts) && ch_heap_recent_for(p) != ch_heap_engine(heap))
            ch_region_remember(r, ch_heap_engine(heap));
        return r;
    }
    return NULL;
}

ch_region_t *ch_registry_of(const ch_engine_t *e) {
    ch_region_t *r = ch_registry_first();
    while (r && (const void *)ch_region_heap(r) != (const void *)e) r = r->next;
    return r;
}

bool heap_caps_match(const ch_region_t *heap, uint32_t caps) { return ch_region_matches(heap, caps); }

ch_region_t *ch_registry_next(const ch_region_t *r, uint32_t caps) {
    ch_region_t *next = r ? r->next : ch_registry_first();
    while (next && !ch_region_matches(next, caps)) next = next->next;
    return next;
}

/** The first of the passes in which a region is asked for caps; SOC_MEMORY_TYPE_NO_PRIOS: in none. */
static uint32_t pass_of(const ch_region_t *r, uint32_t caps) {
    uint32_t pass = 0;
    if (!ch_region_matches(r, caps)) return SOC_MEMORY_TYPE_NO_PRIOS;
    while (pass < SOC_MEMORY_TYPE_NO_PRIOS && !(r->caps[pass] & caps)) pass++;
    return pass;
}

ch_region_t *ch_registry_ask(const ch_region_t *r, uint32_t caps) {
    uint32_t pass = r ? pass_of(r, caps) : 0;
    ch_region_t *next = r ? r->next : ch_registry_first();
    while (pass < SOC_MEMORY_TYPE_NO_PRIOS && !(next && pass_of(next, caps) == pass)) {
        if (next)
            next = next->next;
        else
            pass++, next = ch_registry_first();
    }
    return pass < SOC_MEMORY_TYPE_NO_PRIOS ? next : NULL;
}

bool ch_region_open(ch_region_t *r) {
    multi_heap_handle_t heap = r->heap;
    if (!heap) heap = multi_heap_register((void *)r->start, r->end - r->start);
    if (!heap) return false;
    multi_heap_set_lock(heap, &r->lock);
    ch_heap_engine(heap)->above[CH_CAPS_WORD] = ch_region_all_caps(r);
    if (CH_KEYED) ch_seal_all(ch_heap_engine(heap));
    CH_STORE_LINK(r->heap, heap); /* R1: who sees the heap sees it laid out */
    return true;
}

/** Whether a is on the list in front of b. */
static bool is_listed_before(const ch_region_t *a, const ch_region_t *b) {
    while (a && a != b) a = a->next;
    return a != NULL;
}

/** Number of heaps in a route that are asked before r, which is asked in `pass`. */
static uint32_t place_in(const ch_route_t *route, const ch_region_t *r, uint32_t pass) {
    uint32_t i = 0;
    for (; i < CH_CFG_ROUTE_HEAPS && route->heaps[i]; i++) {
        const ch_region_t *other = ch_registry_of(route->heaps[i]);
        uint32_t others = pass_of(other, route->caps);
        if (others > pass || (others == pass && is_listed_before(r, other))) break;
    }
    return i;
}

/** Puts a heap into one route; R3. Under the lock. */
static void insert_in(ch_route_t *route, const ch_region_t *r) {
    ch_engine_t *e = ch_heap_engine(r->heap);
    uint32_t pass = pass_of(r, route->caps), place, last;
    if (pass == SOC_MEMORY_TYPE_NO_PRIOS) return; /* an empty entry too: no region is asked for 0 */
    for (last = 0; last < CH_CFG_ROUTE_HEAPS && route->heaps[last]; last++) {
        if (route->heaps[last] == e) return;
    }
    place = place_in(route, r, pass);
    if (last == CH_CFG_ROUTE_HEAPS) last--; /* R4: the last choice goes */
    for (; last > place; last--) {
        CH_STORE_LINK(route->heaps[last], route->heaps[last - 1]);
    }
    if (place < CH_CFG_ROUTE_HEAPS) CH_STORE_LINK(route->heaps[place], e);
}

void ch_registry_activate(ch_region_t *r) {
    ch_port_state_t begin = ch_port_lock(&ch_registry.lock);
    ch_registry.changes++; /* a route that is being made without r is not kept */
    ch_port_unlock(&ch_registry.lock, begin);
    for (uint32_t i = 0; i < 2 * CH_CFG_ROUTES; i++) {
        ch_port_state_t state = ch_port_lock(&ch_registry.lock);
        insert_in(i < CH_CFG_ROUTES ? &ch_registry.plain[i] : &ch_registry.other[i - CH_CFG_ROUTES], r);
        ch_port_unlock(&ch_registry.lock, state);
    }
}

bool ch_registry_add(ch_region_t *r) {
    bool allowed = true;
    ch_port_state_t state = ch_port_lock(&ch_registry.lock);
    for (ch_region_t *h = ch_registry.first; h && allowed; h = h->next) {
        allowed = heap_caps_check_add_region_allowed((intptr_t)h->start, (intptr_t)h->end, (intptr_t)r->start, (intptr_t)r->end);
    }
    for (ch_region_t *h = ch_registry.first; h && allowed; h = h->next) {
        if (h->start > r->start || h->end < r->end) continue;
        CH_STORE_RELAXED(h->hosts, 1);
        forget();
    }
    if (allowed) {
        r->next = ch_registry.first;
        CH_STORE_LINK(ch_registry.first, r);
        ch_registry.changes++;
    }
    ch_port_unlock(&ch_registry.lock, state);
    return allowed;
}

/** The entry of a mask, else the first empty one. NULL: others have all. */
static CH_IRAM ch_route_t *entry_of(ch_route_t *routes, uint32_t caps) {
    for (ch_route_t *route = routes; route != routes + CH_CFG_ROUTES; route++) {
        uint32_t known = CH_LOAD_RELAXED(route->caps);
        if (known == caps || known == 0) return route;
    }
    return NULL;
}

/** `changes`, from before the list is read: without the lock a processor may read the list first, and an old one pass for new. */
static uint32_t changes_so_far(void) {
    ch_port_state_t state = ch_port_lock(&ch_registry.lock);
    uint32_t changes = ch_registry.changes;
    ch_port_unlock(&ch_registry.lock, state);
    return changes;
}

CH_IRAM const ch_route_t *ch_route_learn(ch_route_t *routes, uint32_t caps) {
    ch_route_t *route = entry_of(routes, caps);
    if (!route || caps == 0 || caps & CH_CAPS_INVALID) return NULL;
    if (CH_LOAD_RELAXED(route->caps) == caps) return route;
    const ch_region_t *r = NULL;
    ch_engine_t *heaps[CH_CFG_ROUTE_HEAPS];
    uint32_t seen = changes_so_far(), n = 0;
    while (n < CH_CFG_ROUTE_HEAPS && (r = ch_registry_ask(r, caps)) != NULL) heaps[n++] = ch_heap_engine(ch_region_heap(r));
    ch_port_state_t state = ch_port_lock(&ch_registry.lock);
    if (route->caps == 0 && ch_registry.changes == seen) { /* still empty, and the list is the one that we read */
        for (uint32_t k = 0; k < n; k++) CH_STORE_LINK(route->heaps[k], heaps[k]);
        CH_STORE_LINK(route->caps, caps); /* R2 */
    }
    ch_port_unlock(&ch_registry.lock, state);
    return CH_LOAD_RELAXED(route->caps) == caps ? route : NULL;
}
