/* SPDX-License-Identifier: MIT */
/*
 * See trace_record.h. What is called for each malloc and free is here; control and text are in trace.c and trace_dump.c.
 *
 * The three events are functions that call nothing in the usual case, and leave what is rare to others in tail calls: so they
 * need no stack at depth 0. The lock is taken in the first and opened in the last, as in caps/hot.c.
 */
#include "debug/trace_record.h"

#include "debug/callers.h"

uint32_t ch_trace_watches_frees, ch_trace_watches_allocations;
uint32_t ch_trace_sequence;
CH_NEAR ch_trace_store_t ch_trace_store = {.lock = CH_PORT_LOCK_INIT, .all = true, .end = &ch_trace_store.oldest};

/* What several functions need of the store; the size in a register, since compilers make four instructions of a product by it. */
typedef struct {
    uintptr_t base;
    uint32_t size;
} place_t;

CH_INLINE place_t place(void) { return (place_t){ch_trace_store.base, ch_in_register(sizeof(heap_trace_record_t))}; }

CH_INLINE heap_trace_record_t *record(place_t at, uint32_t number) {
    return (heap_trace_record_t *)(at.base + (uintptr_t)number * at.size);
}

CH_INLINE ch_trace_links_t *links(place_t at, uint32_t number) { return ch_trace_links(record(at, number)); }

/* ---- index ---- */

/**
 * The head of an address's bucket. Multiplying by 2^32 / golden ratio spreads addresses that lie at equal distances. Its lowest
 * bits are left out, so the factor takes one instruction, and addresses are told apart by their lowest 20 bits.
 */
CH_INLINE ch_half_t *bucket_of(place_t at, const void *address) {
    uint32_t hash = ch_scale((uint32_t)(uintptr_t)address * 0x9E378000u, ch_trace_store.buckets);
    return &ch_trace_links(record(at, hash) + 1)->bucket;
}

CH_INLINE void put_in(place_t at, uint32_t number, ch_trace_links_t *l, const void *address) {
    ch_half_t *bucket = bucket_of(at, address);
    l->chain = *bucket;
    *bucket = (ch_half_t)number;
}

/** Where the newest live record of an address hangs; what is there is 0 if there is none. */
CH_INLINE ch_half_t *find(place_t at, const void *address) {
    ch_half_t *from = bucket_of(at, address);
    for (uint32_t number = *from; number; number = *from) {
        heap_trace_record_t *r = record(at, number);
        if (CH_LIKELY(r->address == address)) break;
        from = &ch_trace_links(r)->chain;
    }
    if (CH_CFG_TRACE_HASH_MAP && *from) ch_trace_store.hits++;
    if (CH_CFG_TRACE_HASH_MAP && !*from) ch_trace_store.misses++;
    return from;
}

/** Takes a live record out. */
CH_INLINE void take_out(place_t at, uint32_t number, const heap_trace_record_t *r, const ch_trace_links_t *l) {
    ch_half_t *from = bucket_of(at, r->address);
    while (*from != number && *from) from = &links(at, *from)->chain;
    *from = l->chain;
}

/* ---- order ---- */

/** Those who read at a record that goes are moved on to the next. */
static CH_NOINLINE void move_walks(uint32_t number, uint32_t newer) {
    for (ch_trace_walk_t *w = ch_trace_store.walks; w; w = w->next) {
        if (w->number == number) w->number = newer;
    }
}

CH_INLINE void order_remove(place_t at, const ch_trace_links_t *l) {
    ch_trace_store_t *s = &ch_trace_store;
    uint32_t older = l->older, newer = l->newer;
    ch_half_t *from = older ? &links(at, older)->newer : &s->oldest;
    *from = (ch_half_t)newer;
    if (CH_LIKELY(newer)) {
        links(at, newer)->older = (ch_half_t)older;
    } else {
        s->newest = older;
        s->end = from;
    }
}

CH_INLINE void order_append(uint32_t number, ch_trace_links_t *l) {
    ch_trace_store_t *s = &ch_trace_store;
    l->both = s->newest; /* older, and no newer one */
    *s->end = (ch_half_t)number;
    s->end = &l->newer;
    s->newest = number;
}

/* ---- records ---- */

/** The oldest record makes room; returns its number. Nobody reads it. */
CH_INLINE uint32_t evict(place_t at) {
    ch_trace_store_t *s = &ch_trace_store;
    uint32_t number = s->oldest;
    heap_trace_record_t *r = record(at, number);
    ch_trace_links_t *l = ch_trace_links(r);
    uint32_t newer = l->newer;
    s->oldest = (ch_half_t)newer;
    if (CH_LIKELY(newer))
        links(at, newer)->older = 0;
    else
        s->newest = 0, s->end = &s->oldest;
    if (!r->freed) take_out(at, number, r, l);
    ch_callers_clear(r->freed_by, 0);
    s->evictions++;
    return number;
}

/** Fills a record, which becomes the newest; it is not put into the index. */
CH_INLINE void fill(uint32_t number, heap_trace_record_t *r, void *ptr, size_t size, uint32_t ccount,
                    const ch_callers_t *callers) {
    uint32_t sequence = ch_trace_sequence + 1;
    CH_STORE_RELAXED(ch_trace_sequence, sequence);
    r->ccount = ccount;
    r->address = ptr;
    r->size = size;
    *ch_trace_age(r) = sequence << CH_TRACE_AGE_SHIFT; /* and not freed */
    ch_callers_copy(r->alloced_by, callers);
    order_append(number, ch_trace_links(r));
}

/** The same, and puts it in. */
CH_INLINE void add(place_t at, uint32_t number, void *ptr, size_t size, uint32_t ccount, const ch_callers_t *callers) {
    heap_trace_record_t *r = record(at, number);
    fill(number, r, ptr, size, ccount, callers);
    put_in(at, number, ch_trace_links(r), ptr);
}

/** A record that is free to use, 0: all are in use. */
CH_INLINE uint32_t take_record(place_t at) {
    ch_trace_store_t *s = &ch_trace_store;
    uint32_t number = s->released;
    if (number) {
        s->released = links(at, number)->newer;
    } else if (CH_LIKELY(s->fresh != s->capacity)) {
        s->fresh = number = s->fresh + 1;
    }
    return number;
}

/** Records the free of a block whose record is out of the index. */
CH_INLINE void settle(place_t at, uint32_t number, heap_trace_record_t *r, const ch_callers_t *callers) {
    ch_trace_store_t *s = &ch_trace_store;
    ch_trace_links_t *l = ch_trace_links(r);
    if (s->all) {
        r->freed = true;
        ch_callers_copy(r->freed_by, callers);
        return;
    }
    order_remove(at, l);
    if (CH_CFG_REPORT) s->last = r->address, s->last_record = number;
    r->address = NULL;
    r->size = 0;
    l->newer = (ch_half_t)s->released;
    s->released = number;
    s->releases++;
}

/* ---- events ---- */

CH_INLINE void unlock(ch_port_state_t state) { ch_port_unlock(&ch_trace_store.lock, state); }

/* A stack that the rare functions get, where one is kept. */
#define KEPT(callers) (CH_CFG_TRACE_DEPTH > 0 ? &(callers) : NULL)

/** An allocation where all records are in use. */
static CH_NOINLINE CH_IRAM void *allocated_full(void *ptr, size_t size, uint32_t ccount, const ch_callers_t *callers,
                                                ch_port_state_t state) {
    place_t at = place();
    add(at, evict(at), ptr, size, ccount, callers);
    unlock(state);
    return ptr;
}

/** The same while somebody reads the records. */
static CH_NOINLINE CH_IRAM void *allocated_full_read(void *ptr, size_t size, uint32_t ccount, const ch_callers_t *callers,
                                                     ch_port_state_t state) {
    move_walks(ch_trace_store.oldest, links(place(), ch_trace_store.oldest)->newer);
    return allocated_full(ptr, size, ccount, callers, state);
}

/** The rest of an allocation's event. The lock is held. */
CH_INLINE void *allocated(place_t at, void *ptr, size_t size, uint32_t ccount, const ch_callers_t *callers,
                          ch_port_state_t state) {
    uint32_t number = take_record(at);
    if (CH_UNLIKELY(!number)) {
        if (CH_UNLIKELY(ch_trace_store.walks)) return allocated_full_read(ptr, size, ccount, callers, state);
        return allocated_full(ptr, size, ccount, callers, state);
    }
    add(at, number, ptr, size, ccount, callers);
    unlock(state);
    return ptr;
}

CH_IRAM void *ch_trace_allocated(void *ptr, size_t size, uint32_t ccount, ch_caller_t by) {
    ch_callers_t callers;
    ch_callers_note(&callers, by);
    ch_port_state_t state = ch_port_lock(&ch_trace_store.lock);
    if (CH_LIKELY(ch_trace_watches_allocations)) return allocated(place(), ptr, size, ccount, KEPT(callers), state);
    unlock(state);
    return ptr;
}

/** A free while somebody reads the records; the record `number` is out of the index. */
static CH_NOINLINE CH_IRAM void *freed_read(void *ptr, uint32_t number, const ch_callers_t *callers, ch_port_state_t state) {
    place_t at = place();
    if (!ch_trace_store.all) move_walks(number, links(at, number)->newer);
    settle(at, number, record(at, number), callers);
    unlock(state);
    return ptr;
}

CH_IRAM void *ch_trace_freed(void *ptr, ch_caller_t by) {
    ch_trace_store_t *s = &ch_trace_store;
    ch_callers_t callers;
    ch_callers_note(&callers, by);
    ch_port_state_t state = ch_port_lock(&s->lock);
    if (CH_LIKELY(ch_trace_watches_frees && s->oldest)) {
        place_t at = place();
        ch_half_t *from = find(at, ptr);
        uint32_t number = *from;
        s->frees++;
        if (CH_LIKELY(number)) {
            heap_trace_record_t *r = record(at, number);
            *from = ch_trace_links(r)->chain;
            if (CH_UNLIKELY(s->walks)) return freed_read(ptr, number, KEPT(callers), state);
            settle(at, number, r, KEPT(callers));
        }
    }
    unlock(state);
    return ptr;
}

/** Whether a record was made after `since`; sure where less than 2^24 allocations were recorded since it was made. */
CH_INLINE bool is_younger(heap_trace_record_t *r, uint32_t since) {
    uint32_t made = *ch_trace_age(r) >> CH_TRACE_AGE_SHIFT, recorded = ch_trace_sequence - since;
    return ((made - since - 1) & 0xFFFFFFu) < recorded;
}

/** Where the record of a block that was moved hangs: not that of one that got its address since. */
static CH_NOINLINE CH_IRAM ch_half_t *find_older(const void *address, uint32_t since) {
    place_t at = place();
    ch_half_t *from = bucket_of(at, address);
    for (uint32_t number = *from; number; number = *from) {
        heap_trace_record_t *r = record(at, number);
        if (r->address == address && !is_younger(r, since)) break;
        from = &ch_trace_links(r)->chain;
    }
    return from;
}

/** A realloc in any case. */
static CH_NOINLINE CH_IRAM void *moved_any(uint32_t since, void *old, void *ptr, size_t size, uint32_t ccount,
                                           const ch_callers_t *callers, ch_port_state_t state) {
    ch_trace_store_t *s = &ch_trace_store;
    place_t at = place();
    if (ch_trace_watches_frees && s->oldest) {
        ch_half_t *from = ptr == old ? find(at, old) : find_older(old, since);
        uint32_t number = *from;
        s->frees++;
        if (number) {
            ch_trace_links_t *l = links(at, number);
            *from = l->chain;
            if (!s->all) move_walks(number, l->newer);
            settle(at, number, record(at, number), callers);
        }
    }
    if (ch_trace_watches_allocations) return allocated(at, ptr, size, ccount, callers, state);
    unlock(state);
    return ptr;
}

/** A record that is given back and taken again, in mode LEAKS. */
CH_INLINE void renew(place_t at, ch_half_t *from, void *old, void *ptr, size_t size, uint32_t ccount,
                     const ch_callers_t *callers) {
    uint32_t number = *from;
    heap_trace_record_t *r = record(at, number);
    ch_trace_links_t *l = ch_trace_links(r);
    if (ptr != old) *from = l->chain;
    order_remove(at, l);
    ch_trace_store.releases++;
    fill(number, r, ptr, size, ccount, callers);
    if (ptr != old) put_in(at, number, l, ptr);
}

/* The usual case: while both parts are recorded, nobody reads, and there is no doubt whose record that of the old address is. */
CH_IRAM void *ch_trace_moved(uint32_t since, void *old, void *ptr, size_t size, uint32_t ccount, ch_caller_t by) {
    ch_trace_store_t *s = &ch_trace_store;
    ch_callers_t callers;
    ch_callers_note(&callers, by);
    ch_port_state_t state = ch_port_lock(&s->lock);
    if (CH_UNLIKELY(!ch_trace_watches_allocations || s->walks || !s->oldest || (ptr != old && since != ch_trace_sequence)))
        return moved_any(since, old, ptr, size, ccount, KEPT(callers), state);
    place_t at = place();
    ch_half_t *from = find(at, old);
    uint32_t number = *from;
    s->frees++;
    if (number && !s->all) {
        renew(at, from, old, ptr, size, ccount, KEPT(callers));
        unlock(state);
        return ptr;
    }
    if (number) {
        heap_trace_record_t *r = record(at, number);
        *from = ch_trace_links(r)->chain;
        settle(at, number, r, KEPT(callers));
    }
    return allocated(at, ptr, size, ccount, KEPT(callers), state);
}

/* ---- for control and reports ---- */

void ch_trace_forget(void) {
    ch_trace_store_t *s = &ch_trace_store;
    s->fresh = s->released = s->newest = 0;
    s->oldest = 0;
    s->end = &s->oldest;
    s->start = ch_trace_sequence;
    s->frees = s->releases = s->evictions = s->hits = s->misses = 0;
    s->last = NULL;
    s->last_record = 0;
    for (ch_trace_walk_t *w = s->walks; w; w = w->next) w->number = 0;
}

uint32_t ch_trace_find(const void *address) {
    place_t at = place();
    uint32_t number = *bucket_of(at, address);
    while (number && record(at, number)->address != address) number = links(at, number)->chain;
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
