/* SPDX-License-Identifier: MIT */
/* See trace_record.h. What is called for each malloc and free is here; control and text are in trace.c and trace_dump.c. */
#include "debug/trace_record.h"

#include "debug/callers.h"

uint32_t ch_trace_watches;
ch_trace_store_t ch_trace_store = {.lock = CH_PORT_LOCK_INIT, .all = true, .end = &ch_trace_store.oldest};

/* ---- index ---- */

/** The head of an address's bucket. Multiplying by 2^32 / golden ratio spreads addresses that lie at equal distances. */
CH_INLINE ch_half_t *bucket_of(const void *address) {
    uint32_t hash = ((uint32_t)(uintptr_t)address * 0x9E3779B1u) >> 1 >> ch_trace_store.shift;
    return &ch_trace_links(ch_trace_record(hash + 1))->bucket;
}

CH_INLINE void put_in(uint32_t number, ch_trace_links_t *l, const void *address) {
    ch_half_t *bucket = bucket_of(address);
    l->chain = *bucket;
    *bucket = (ch_half_t)number;
}

/** Takes the newest live record of an address out of the index; 0: there is none. */
CH_INLINE uint32_t take_out(const void *address) {
    ch_half_t *at = bucket_of(address);
    uint32_t number;
    while ((number = *at) != 0) {
        heap_trace_record_t *r = ch_trace_record(number);
        ch_trace_links_t *l = ch_trace_links(r);
        if (r->address == address) {
            *at = l->chain;
            break;
        }
        at = &l->chain;
    }
    if (CH_CFG_TRACE_HASH_MAP && number) ch_trace_store.hits++;
    if (CH_CFG_TRACE_HASH_MAP && !number) ch_trace_store.misses++;
    return number;
}

/** The same for a record of which is known that it is there. */
static void take_out_known(uint32_t number, const void *address) {
    ch_half_t *at = bucket_of(address);
    while (*at && *at != number) at = &ch_trace_links(ch_trace_record(*at))->chain;
    if (*at) *at = ch_trace_links(ch_trace_record(number))->chain;
}

/* ---- order ---- */

/** Those who read at a record that goes are moved on to the next. */
static CH_NOINLINE void move_walks(uint32_t number, uint32_t newer) {
    for (ch_trace_walk_t *w = ch_trace_store.walks; w; w = w->next) {
        if (w->number == number) w->number = newer;
    }
}

CH_INLINE void order_remove(uint32_t number, const ch_trace_links_t *l) {
    ch_trace_store_t *s = &ch_trace_store;
    uint32_t older = l->older, newer = l->newer;
    if (CH_UNLIKELY(s->walks)) move_walks(number, newer);
    ch_half_t *from = older ? &ch_trace_links(ch_trace_record(older))->newer : &s->oldest;
    *from = (ch_half_t)newer;
    if (newer) {
        ch_trace_links(ch_trace_record(newer))->older = (ch_half_t)older;
    } else {
        s->newest = older;
        s->end = from;
    }
}

CH_INLINE void order_append(uint32_t number, ch_trace_links_t *l) {
    ch_trace_store_t *s = &ch_trace_store;
    l->older = (ch_half_t)s->newest;
    l->newer = 0;
    *s->end = (ch_half_t)number;
    s->end = &l->newer;
    s->newest = number;
}

/* ---- records ---- */

/** The oldest record makes room. */
static CH_NOINLINE uint32_t evict(void) {
    uint32_t number = ch_trace_store.oldest;
    heap_trace_record_t *r = ch_trace_record(number);
    ch_trace_links_t *l = ch_trace_links(r);
    order_remove(number, l);
    if (!r->freed && l->chain != number) take_out_known(number, r->address);
    r->freed = false;
    for (int i = 0; i < CH_CFG_TRACE_DEPTH; i++) r->freed_by[i] = NULL;
    ch_trace_store.evictions++;
    return number;
}

/** A record that is not in use. */
CH_INLINE uint32_t take_record(void) {
    ch_trace_store_t *s = &ch_trace_store;
    uint32_t number = s->released;
    if (number) {
        s->released = ch_trace_links(ch_trace_record(number))->newer;
        s->spare--;
        return number;
    }
    if (CH_UNLIKELY(s->fresh == s->capacity)) return evict();
    return ++s->fresh;
}

/** Records an allocation. */
CH_INLINE void append(void *ptr, size_t size, uint32_t ccount, const ch_callers_t *callers) {
    uint32_t number = take_record();
    heap_trace_record_t *r = ch_trace_record(number);
    ch_trace_links_t *l = ch_trace_links(r);
    r->ccount = ccount;
    r->address = ptr;
    r->size = size;
    ch_callers_copy(r->alloced_by, callers);
    order_append(number, l);
    put_in(number, l, ptr);
    ch_trace_store.allocations++;
}

/** Records the free of a block whose record is out of the index. */
CH_INLINE void settle(uint32_t number, const ch_callers_t *callers) {
    ch_trace_store_t *s = &ch_trace_store;
    heap_trace_record_t *r = ch_trace_record(number);
    ch_trace_links_t *l = ch_trace_links(r);
    if (s->all) {
        r->freed = true;
        ch_callers_copy(r->freed_by, callers);
        return;
    }
    order_remove(number, l);
    if (CH_CFG_REPORT) s->last = (ch_trace_last_t){r->address, r->size, number};
    r->address = NULL;
    r->size = 0;
    l->newer = (ch_half_t)s->released;
    s->released = number;
    s->spare++;
}

/** Time and core of an allocation, as a record has them. */
CH_INLINE uint32_t stamp(void) { return (ch_port_cycles() & ~3u) | (ch_port_core_id() & 3u); }

/* ---- events ---- */

CH_IRAM void ch_trace_allocated(void *ptr, size_t size, ch_caller_t by) {
    ch_callers_t callers;
    ch_callers_note(&callers, by);
    uint32_t ccount = stamp();
    ch_port_state_t state = ch_port_lock(&ch_trace_store.lock);
    if (CH_LIKELY(ch_trace_watches & CH_TRACE_ALLOCATIONS)) append(ptr, size, ccount, &callers);
    ch_port_unlock(&ch_trace_store.lock, state);
}

CH_IRAM void ch_trace_freed(void *ptr, ch_caller_t by) {
    ch_trace_store_t *s = &ch_trace_store;
    ch_callers_t callers;
    ch_callers_note(&callers, by);
    ch_port_state_t state = ch_port_lock(&s->lock);
    if (CH_LIKELY(ch_trace_watches && s->oldest)) {
        uint32_t number = take_out(ptr);
        s->frees++;
        if (number) settle(number, &callers);
    }
    ch_port_unlock(&s->lock, state);
}

CH_IRAM ch_moving_t ch_trace_leaves(void *old) {
    ch_moving_t moving = {0, 0};
    ch_port_state_t state = ch_port_lock(&ch_trace_store.lock);
    if (CH_LIKELY(ch_trace_watches && ch_trace_store.oldest)) moving.record = take_out(old);
    if (moving.record) {
        heap_trace_record_t *r = ch_trace_record(moving.record);
        ch_trace_links(r)->chain = (ch_half_t)moving.record; /* I4 */
        moving.ccount = r->ccount;
        if (CH_CFG_REPORT) ch_trace_store.last = (ch_trace_last_t){old, r->size, moving.record};
    }
    ch_port_unlock(&ch_trace_store.lock, state);
    return moving;
}

/** Whether the record in flight is still the one that it was: there may have been a start, or no room for it. */
CH_INLINE bool is_in_flight(ch_moving_t moving, const void *old) {
    if (moving.record == 0 || moving.record > ch_trace_store.fresh) return false;
    heap_trace_record_t *r = ch_trace_record(moving.record);
    return r->address == old && r->ccount == moving.ccount && ch_trace_links(r)->chain == moving.record && !r->freed;
}

CH_IRAM void ch_trace_stays(ch_moving_t moving, void *old) {
    ch_port_state_t state = ch_port_lock(&ch_trace_store.lock);
    if (is_in_flight(moving, old)) put_in(moving.record, ch_trace_links(ch_trace_record(moving.record)), old);
    ch_port_unlock(&ch_trace_store.lock, state);
}

CH_IRAM void ch_trace_moved(ch_moving_t moving, void *old, void *ptr, size_t size, ch_caller_t by) {
    ch_trace_store_t *s = &ch_trace_store;
    ch_callers_t callers;
    ch_callers_note(&callers, by);
    uint32_t ccount = stamp();
    ch_port_state_t state = ch_port_lock(&s->lock);
    bool known = is_in_flight(moving, old);
    if (CH_UNLIKELY(!ch_trace_watches)) {
        if (known) put_in(moving.record, ch_trace_links(ch_trace_record(moving.record)), old); /* stopped since */
    } else {
        if (s->oldest) s->frees++;
        if (known) settle(moving.record, &callers);
        if (ch_trace_watches & CH_TRACE_ALLOCATIONS) append(ptr, size, ccount, &callers);
    }
    ch_port_unlock(&s->lock, state);
}

/* ---- for control and reports ---- */

void ch_trace_forget(void) {
    ch_trace_store_t *s = &ch_trace_store;
    s->fresh = s->released = s->spare = s->newest = 0;
    s->oldest = 0;
    s->end = &s->oldest;
    s->allocations = s->frees = s->evictions = s->hits = s->misses = 0;
    s->last = (ch_trace_last_t){NULL, 0, 0};
    for (ch_trace_walk_t *w = s->walks; w; w = w->next) w->number = 0;
}

uint32_t ch_trace_find(const void *address) {
    uint32_t number = *bucket_of(address);
    while (number && ch_trace_record(number)->address != address) number = ch_trace_links(ch_trace_record(number))->chain;
    return number;
}

void ch_trace_walk_begin(ch_trace_walk_t *walk) {
    *walk = (ch_trace_walk_t){ch_trace_store.walks, ch_trace_store.oldest, 0};
    ch_trace_store.walks = walk;
}

void ch_trace_walk_next(ch_trace_walk_t *walk) {
    walk->number = ch_trace_links(ch_trace_record(walk->number))->newer;
    walk->index++;
}

void ch_trace_walk_end(const ch_trace_walk_t *walk) {
    ch_trace_walk_t **at = &ch_trace_store.walks;
    while (*at && *at != walk) at = &(*at)->next;
    if (*at) *at = walk->next;
}
