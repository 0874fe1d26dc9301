/* SPDX-License-Identifier: MIT */
/* The ring of freed blocks: quarantine.h. */
#include "heap/quarantine.h"

#include "base/words.h"
#include "heap/guard.h"

enum { SLOTS = CH_CFG_QUARANTINE_BLOCKS + 1 }; /* there is one more while it comes out, or 0 would be no array */

typedef struct {
    ch_engine_t *e; /* NULL: done */
    uint32_t offset, n;
} held_t;

static struct {
    ch_port_lock_t lock;
    uint32_t oldest, leaving, count; /* count: with those that leave */
    uint32_t granules;               /* of those that do not */
    held_t held[SLOTS];
} ring = {.lock = CH_PORT_LOCK_INIT};

CH_INLINE held_t *at(uint32_t i) { return &ring.held[(ring.oldest + i) % SLOTS]; }

CH_IRAM bool ch_quarantine_put(ch_engine_t *e, uint32_t offset, uint32_t n) {
    if (ch_heap_bytes(n) > CH_CFG_QUARANTINE_BYTES) return false; /* it would drive out all others */
    ch_port_state_t state = ch_port_lock(&ring.lock);
    bool room = ring.count < SLOTS;
    if (room) {
        *at(ring.count++) = (held_t){e, offset, n};
        ring.granules += n;
    }
    ch_port_unlock(&ring.lock, state);
    return room;
}

uint32_t ch_quarantine_has(const ch_engine_t *e, uint32_t offset) {
    uint32_t has = 0;
    ch_port_state_t state = ch_port_lock(&ring.lock);
    for (uint32_t i = 0; i < ring.count && !has; i++) has = at(i)->e == e && at(i)->offset == offset ? at(i)->n : 0;
    ch_port_unlock(&ring.lock, state);
    return has;
}

/** The next one to come out; NULL: none has to. It leaves from now on. */
static CH_IRAM held_t *take(bool all, held_t *copy) {
    held_t *next = NULL;
    ch_port_state_t state = ch_port_lock(&ring.lock);
    if (ring.leaving < ring.count && (all || ring.count >= SLOTS || ch_heap_bytes(ring.granules) > CH_CFG_QUARANTINE_BYTES)) {
        next = at(ring.leaving++);
        ring.granules -= next->n;
        *copy = *next;
    }
    ch_port_unlock(&ring.lock, state);
    return next;
}

/** It has left. */
static CH_IRAM void done(held_t *held) {
    ch_port_state_t state = ch_port_lock(&ring.lock);
    held->e = NULL;
    while (ring.leaving && !at(0)->e) { /* Q2 */
        ring.oldest = (ring.oldest + 1) % SLOTS;
        ring.leaving--, ring.count--;
    }
    ch_port_unlock(&ring.lock, state);
}

CH_IRAM bool ch_quarantine_let_out(bool all) {
    held_t copy = {0}, *held = take(all, &copy);
    if (!held) return false;
    ch_engine_t *e = copy.e;
    if (!e) { /* forgotten */
        done(held);
        return true;
    }
    const uint32_t *block = ch_at(e, copy.offset), *where = ch_words_find_other(block, CH_FILL_FREE, ch_heap_bytes(copy.n) / 4);
    if (CH_UNLIKELY(where)) {
        ch_culprit_t c = ch_guard_fault_of_fill(e, where);
        c.call = "quarantine";
        done(held); /* it stays used for ever */
        ch_culprit_stop(&c);
        return true;
    }
    ch_port_state_t state = ch_heap_lock(e);
    bool is_whole = ch_engine_size(e, copy.offset) == copy.n;
    if (CH_LIKELY(is_whole)) ch_engine_free(e, copy.offset);
    done(held);
    ch_heap_unlock(e, state);
    if (CH_UNLIKELY(!is_whole)) { /* the bits are damaged */
        ch_culprit_t c = {.reason = CH_REASON_FAULT,
                          .fault = CH_BAD_SIZE,
                          .heap = (multi_heap_handle_t)(void *)e,
                          .where = block,
                          .call = "quarantine"};
        ch_culprit_stop(&c);
    }
    return true;
}

void ch_quarantine_forget(const void *start, size_t size) {
    ch_port_state_t state = ch_port_lock(&ring.lock);
    for (uint32_t i = ring.leaving; i < ring.count; i++) {
        if ((uintptr_t)at(i)->e + at(i)->offset - (uintptr_t)start < size) at(i)->e = NULL;
    }
    ch_port_unlock(&ring.lock, state);
}
