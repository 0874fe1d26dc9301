/* SPDX-License-Identifier: MIT */
/*
 * Allocation and release in short critical sections: each takes one step of the engine's (engine.h), and the lock is open between two.
 *
 * What was found may be gone when the lock is held again: then the search starts anew, which means that another one was served meanwhile.
 * After RETRIES times search and cut are one section, longer than the others: so a call ends, however busy the rest is.
 */
#include "heap/heap.h"

enum { RETRIES = 4 };

/** Makes a cut in a block of a tree, if it is still there. */
static bool cut_later(ch_engine_t *e, ch_cut_t c, bool note) {
    ch_port_state_t state = ch_heap_lock(e);
    bool there = ch_cut_is_there(e, c);
    if (there) {
        if (!ch_cut_take(e, c)) ch_cut_refile(e, c);
        if (note) ch_heap_note_minimum(e);
    }
    ch_heap_unlock(e, state);
    return there;
}

/** What to allocate. */
typedef struct {
    uint32_t n, below;         /* granules; from holes that are shorter than this */
    uint32_t alignment, shift; /* alignment 0: none */
    ch_attempt_t attempt;
} want_t;

static ch_cut_t find(ch_engine_t *e, const want_t *w) {
    if (w->alignment) return ch_engine_find_aligned(e, w->n, w->alignment, w->shift, w->attempt);
    return w->n <= e->limit ? ch_find_cut(e, w->n) : (ch_cut_t){0, 0, 0};
}

/**
 * Finds and makes a cut. offset 0: there is none. The low watermark is noted but for an aligned block, whose lead is still to be given back.
 */
static CH_IRAM ch_cut_t take(ch_engine_t *e, const want_t *w) {
    for (unsigned tries = 0;; tries++) {
        ch_port_state_t state = ch_heap_lock(e);
        ch_cut_t c = {w->alignment ? 0 : ch_take_exact(e, w->n), w->n, w->n};
        bool done = c.offset != 0;
        if (!done) {
            c = find(e, w);
            if (c.f >= w->below) c.offset = 0;
            /* The search for an aligned block is longer: then the cut is always left for later, but for the shortest blocks. */
            done = c.offset == 0 || ((!w->alignment || ch_is_exact(c.f)) && ch_cut_take(e, c));
        }
        if (!done && tries == RETRIES) {
            if (!ch_cut_take(e, c)) ch_cut_refile(e, c);
            done = true;
        }
        if (!w->alignment) ch_heap_note_minimum(e);
        ch_heap_unlock(e, state);
        if (done || cut_later(e, c, !w->alignment)) return c;
    }
}

CH_IRAM uint32_t ch_heap_take(ch_engine_t *e, uint32_t n, uint32_t below) {
    const want_t w = {n, below, 0, 0, CH_TIGHTEST};
    return take(e, &w).offset;
}

CH_IRAM uint32_t ch_heap_take_aligned(ch_engine_t *e, uint32_t *n, uint32_t alignment, uint32_t shift) {
    for (ch_attempt_t attempt = CH_TIGHTEST; attempt < CH_ATTEMPTS; attempt++) {
        const want_t w = {*n, UINT32_MAX, alignment, shift, attempt};
        ch_cut_t c = take(e, &w);
        if (!c.offset) continue;
        uint32_t lead = ch_engine_lead(e, c.offset, alignment, shift);
        *n = c.n - lead;
        if (lead) {
            ch_port_state_t state = ch_heap_lock(e);
            ch_engine_split(e, c.offset, c.n, lead);
            ch_heap_unlock(e, state);
            ch_heap_give(e, c.offset, lead);
        }
        ch_port_state_t state = ch_heap_lock(e);
        ch_heap_note_minimum(e);
        ch_heap_unlock(e, state);
        return c.offset + (lead << CH_G_SHIFT);
    }
    return 0;
}

/** Frees the block at an offset at once if it is short and has not two free neighbours; else *n is its length, 0 if there is none. */
CH_INLINE bool give_near(ch_engine_t *e, uint32_t offset, uint32_t *n) {
    ch_view_t v = ch_view(e, offset);
    if (v.window == 0 || !ch_is_near(v)) {
        *n = ch_engine_size(e, offset);
        return false;
    }
    ch_around_t a = ch_around_near(e, offset, v);
    *n = a.n;
    if (a.n == 0 || (a.left && a.right)) return false;
    ch_bits_merge_near(v, offset, a);
    ch_release_beside(e, offset, a);
    return true;
}

/** Frees the block of n granules at *offset, or lets it take over one of two free neighbours. Returns its length, 0 if it was no block. */
CH_INLINE uint32_t give_step(ch_engine_t *e, uint32_t *offset, uint32_t n, bool *released) {
    ch_around_t a = ch_around_of(e, *offset, n);
    if (a.left && a.right) {
        a.n = ch_engine_absorb(e, offset, a);
    } else if (a.n) {
        ch_release_beside(e, *offset, a);
        ch_bits_merge(e, *offset >> CH_G_SHIFT, a);
        *released = true;
    }
    return a.n;
}

CH_IRAM bool ch_heap_give(ch_engine_t *e, uint32_t offset, uint32_t n) {
    bool released = false;
    if (n == 0) {
        ch_port_state_t state = ch_heap_lock(e);
        released = give_near(e, offset, &n);
        ch_heap_unlock(e, state);
    }
    while (n && !released) {
        ch_port_state_t state = ch_heap_lock(e);
        n = give_step(e, &offset, n, &released);
        ch_heap_unlock(e, state);
    }
    return released;
}
