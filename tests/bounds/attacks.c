/* SPDX-License-Identifier: MIT */
/* Adversaries that know nothing of the policy but the addresses it gives. */
#include "attack.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    void *p;
    uint32_t n, place; /* granules as asked; number of the first granule */
} held_t;

/** All blocks that an attack holds, in no order. */
typedef struct {
    pool_t *pool;
    held_t *held;
    uint32_t count;
} hand_t;

static bool hand_open(hand_t *h, pool_t *pool) {
    *h = (hand_t){pool, malloc((pool->rules.live / 2 + 1) * sizeof(held_t)), 0};
    return h->held != NULL;
}

static bool hand_take(hand_t *h, uint32_t n) {
    void *p = pool_take(h->pool, n);
    if (p) h->held[h->count++] = (held_t){p, n, pool_place(h->pool, p)};
    return p != NULL;
}

static void hand_take_aligned(hand_t *h, uint32_t n, uint32_t alignment) {
    void *p = pool_take_aligned(h->pool, n, alignment);
    if (p) h->held[h->count++] = (held_t){p, n, pool_place(h->pool, p)};
}

static void hand_give(hand_t *h, uint32_t i) {
    pool_give(h->pool, h->held[i].p, h->held[i].n);
    h->held[i] = h->held[--h->count];
}

static int by_place(const void *a, const void *b) {
    uint32_t x = ((const held_t *)a)->place, y = ((const held_t *)b)->place;
    return (x > y) - (x < y);
}

/** Whether a block has a granule whose number is `residue` modulo `step`. */
static bool spoils(const held_t *b, uint32_t residue, uint32_t step) {
    uint32_t next = b->place + (residue + step - b->place % step) % step;
    return next < b->place + b->n;
}

/** Granules that blocks of `step` granules each waste where they would have to lie behind those that spoil a residue. */
static uint64_t waste(const hand_t *h, uint32_t residue, uint32_t step) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < h->count; i++) {
        if (spoils(&h->held[i], residue, step)) sum += step - h->held[i].n;
    }
    return sum;
}

/* J. M. Robson, 1971: for each power of two in turn those blocks stay that have a word at one residue, the better one of two. */
void attack_powers(pool_t *pool) {
    hand_t h;
    uint32_t residue = 0, m = pool->rules.smallest;
    if (!hand_open(&h, pool)) return;
    while (hand_take(&h, m)) continue;
    for (uint32_t step = 2 * m; step <= pool->rules.largest && !pool->lost; step *= 2) {
        uint32_t other = residue + step / 2;
        if (waste(&h, other, step) > waste(&h, residue, step)) residue = other;
        for (uint32_t i = h.count; i-- > 0;) {
            if (!spoils(&h.held[i], residue, step)) hand_give(&h, i);
        }
        while (hand_take(&h, step)) continue;
    }
    free(h.held);
}

void attack_sawtooth(pool_t *pool) {
    hand_t h;
    if (!hand_open(&h, pool)) return;
    for (uint32_t n = pool->rules.smallest; n <= pool->rules.largest && !pool->lost; n += n / 8 + 1) {
        while (hand_take(&h, n)) continue;
        qsort(h.held, h.count, sizeof h.held[0], by_place);
        for (uint32_t i = h.count | 1; i-- > 0;) {
            if (i % 2 && i < h.count) hand_give(&h, i);
        }
    }
    for (uint32_t n = pool->rules.largest; n >= pool->rules.smallest && !pool->lost; n -= n / 8 + 1) {
        qsort(h.held, h.count, sizeof h.held[0], by_place);
        for (uint32_t i = h.count; i-- > 0;) {
            if (i % 3 == 1) hand_give(&h, i);
        }
        while (hand_take(&h, n)) continue;
    }
    free(h.held);
}

void attack_edges(pool_t *pool) {
    hand_t h;
    if (!hand_open(&h, pool)) return;
    for (uint32_t edge = pool->rules.smallest; edge <= pool->rules.largest && !pool->lost; edge = limit_edge(edge + 1)) {
        while (hand_take(&h, edge - 1) && hand_take(&h, edge) && hand_take(&h, edge + 1)) continue;
        qsort(h.held, h.count, sizeof h.held[0], by_place);
        for (uint32_t i = h.count; i-- > 0;) {
            if ((i * 0x9E3779B1u ^ edge) % 4) hand_give(&h, i);
        }
        if (edge < 2) break;
    }
    while (hand_take(&h, pool->rules.largest)) continue;
    free(h.held);
}

/* ------------------------------------------------------------------------------------------------ search */

enum { CALLS = 256, HELD = 512 };

/**
 * One call: what, how many granules, which block. Decoded against what lives, so that every change makes an order that can be
 * played.
 */
typedef struct {
    uint16_t what, size, which;
} call_t;

static uint32_t next_random(uint32_t *seed) {
    *seed ^= *seed << 13, *seed ^= *seed >> 17, *seed ^= *seed << 5;
    return *seed;
}

/** Sizes that matter more often than others: the smallest, the largest, edges of bins and what is beside them. */
static uint32_t size_of(const limit_need_t *rules, uint16_t code) {
    uint32_t span = rules->largest - rules->smallest + 1, n = rules->smallest + (code >> 3) % span;
    if (rules->powers) {
        for (n = rules->smallest; n < rules->largest && code & 1; code >>= 1) n *= 2;
        return n;
    }
    switch (code & 7) {
    case 0: return rules->smallest;
    case 1: return rules->largest;
    case 2: return rules->largest - (code >> 3) % 4 % span;
    case 3: return rules->smallest + (code >> 3) % 3 % span;
    case 4: n = limit_edge(n); break;
    default: break;
    }
    return n > rules->largest ? rules->largest : n;
}

static void play_one(hand_t *h, const call_t *call) {
    uint32_t n = size_of(&h->pool->rules, call->size), i = h->count ? call->which % h->count : 0;
    if (call->what % 8 < 4 && h->count < HELD) {
        for (unsigned times = call->what / 8 % 8; times > 0 && hand_take(h, n); times--) continue;
    } else if (call->what % 8 == 7 && h->count) {
        void *p = pool_change(h->pool, h->held[i].p, h->held[i].n, n);
        if (p) h->held[i] = (held_t){p, n, pool_place(h->pool, p)};
    } else if (call->what % 8 == 6) {
        for (uint32_t k = h->count, step = 2 + call->what / 8 % 3; k-- > 0;) {
            if ((k + call->which) % step) hand_give(h, k);
        }
    } else if (call->what % 8 == 5 && h->count < HELD) {
        hand_take_aligned(h, n, 2u << call->what / 8 % 4);
    } else if (h->count) {
        hand_give(h, i);
    }
}

static uint32_t play(hand_t *h, const call_t *calls) {
    pool_reset(h->pool);
    h->count = 0;
    for (unsigned i = 0; i < CALLS && !h->pool->lost; i++) play_one(h, &calls[i]);
    return h->pool->reach;
}

void attack_by_search(pool_t *pool, uint32_t seed, uint32_t rounds) {
    static held_t held[HELD + 16];
    static call_t best[CALLS], tried[CALLS];
    hand_t h = {pool, held, 0};
    uint32_t reach = 0;
    for (uint32_t round = 0; round < rounds && !pool->lost; round++) {
        bool anew = round % 20000 == 0; /* a hill is climbed by then */
        if (anew) reach = 0;
        memcpy(tried, best, sizeof best);
        for (uint32_t i = 0, changes = anew ? CALLS : 1 + next_random(&seed) % 6; i < changes; i++) {
            uint32_t at = anew ? i : next_random(&seed) % CALLS, bits = next_random(&seed);
            tried[at] = (call_t){(uint16_t)(bits & 255), (uint16_t)(bits >> 8), (uint16_t)next_random(&seed)};
        }
        uint32_t now = play(&h, tried);
        if (now < reach) continue;
        memcpy(best, tried, sizeof best);
        reach = now;
    }
}
