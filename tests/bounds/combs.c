/* SPDX-License-Identifier: MIT */
/*
 * The two combs, and a crowd. docs/BOUNDS.md, "What an adversary reaches", tells why they come within a few requests of the bound.
 *
 * Hidden comb, for a largest request of n granules that is not the first of its bin (lo is). A small one, the blind, of lo granules lies free at
 * the head of the bin; what is behind it is not looked at, so requests of more than lo granules are cut from the untouched rest:
 *
 *      | A: lo + 1 .. n | D: n | C: n | rest               three of them
 *      | A | Q |S| Z    | C    | rest               D freed, cut into Q, a tooth of 3 granules for a request of 2, and what is left
 *      | A | Q |S| rest                             Z and C freed
 *      | hole  |S| rest                             A and Q freed: one granule less than t(n), behind the blind again
 *
 * At the end more blinds are freed, as many as are looked at before a request fails, and n granules are asked for.
 */
#include "attack.h"
#include "engine/bins.h"

enum { BLINDS = CH_LOOKS + 2 }; /* one during the game; more than are looked at for the last request */

typedef struct {
    pool_t *pool;
    uint32_t n, lo, hole; /* largest request, first size of its bin, holes to make */
    void *blind[BLINDS];
} comb_t;

static uint32_t first_of_bin(uint32_t n) {
    uint32_t lo = n;
    while (n > 16 && limit_sure(lo) != lo) lo--;
    return lo;
}

/** Blinds at the low end, kept apart by blocks that stay. */
static bool put_blinds(comb_t *c) {
    for (unsigned i = 0; i < BLINDS; i++) {
        if (!(c->blind[i] = pool_take(c->pool, c->lo)) || !pool_take(c->pool, 2)) return false;
    }
    return true;
}

/** One tooth more. false: something was not served. */
static bool tooth(comb_t *c, uint32_t a, uint32_t q, uint32_t z) {
    pool_t *pool = c->pool;
    void *A = pool_take(pool, a), *D = pool_take(pool, c->n), *C = pool_take(pool, c->lo + 1), *Q, *Y, *Z, *S;
    if (!A || !D || !C) return false;
    pool_give(pool, D, c->n);
    Q = pool_take(pool, q), Y = pool_take(pool, 3), Z = pool_take(pool, z);
    if (!Q || !Y || !Z) return false;
    pool_give(pool, Y, 3);
    S = pool_take(pool, 2);
    c->blind[0] = pool_take(pool, c->lo);
    if (!S || !c->blind[0]) return false;
    pool_give(pool, A, a), pool_give(pool, Q, q);
    pool_give(pool, c->blind[0], c->lo);
    pool_give(pool, Z, z), pool_give(pool, C, c->lo + 1);
    return true;
}

void attack_hidden_comb(pool_t *pool) {
    comb_t c = {pool, pool->rules.largest, first_of_bin(pool->rules.largest), limit_sure(pool->rules.largest) - 1, {0}};
    uint32_t q = c.hole - c.n < 2 ? 2 : c.hole - c.n, a = c.hole - q;
    if (c.n - c.lo < 2 || a <= c.lo || c.n < q + 5 || !put_blinds(&c)) return;
    pool_give(pool, c.blind[0], c.lo);
    while (pool->live + a + c.n + 2 * c.lo + 1 <= pool->rules.live && tooth(&c, a, q, c.n - q - 3)) continue;
    for (unsigned i = 1; i < BLINDS; i++) pool_give(pool, c.blind[i], c.lo);
    while (!pool->lost && pool_may(pool, c.n)) pool_take(pool, c.n);
}

/*
 * Shrunk comb. The largest request fits none of the holes, so it is cut from the rest; realloc makes room for a tooth behind it:
 *
 *      | A: n | C: n | rest
 *      | A: n - 3 | 3 | C     realloc
 *      | A: n - 3 |S| C       a tooth: 2 granules asked, 3 taken
 *      | hole     |S| rest    A and C freed
 */
void attack_shrunk_comb(pool_t *pool) {
    uint32_t n = pool->rules.largest;
    while (pool->live + 2 * n + 2 <= pool->rules.live) {
        void *A = pool_take(pool, n), *C = pool_take(pool, n);
        if (!A || !C) break;
        multi_heap_realloc(pool->heap, A, (size_t)(n - 3) * CH_G); /* shrinks in place: nothing new lives */
        void *S = pool_take(pool, 2);
        pool_give(pool, A, n), pool_give(pool, C, n);
        if (!S) break;
    }
    while (!pool->lost && pool_may(pool, n)) pool_take(pool, n);
}

/*
 * Crowd. In heaps of 16 KB and less a request looks at CH_LOOKS blocks of the last bin, and comes to the head there what serves it. All holes but
 * one are made one by one, each too short for what is cut from the rest later. Then each is asked for and freed again, so that it comes before the
 * rest, and with the last one, L, there are as many as are looked at:
 *
 *      | A: 96 |S| rest                A freed
 *      | 96    |S| A: 97 |S| rest      A freed, and so on
 *      | 96 | ... | L: 103 |S| rest    L stays until all others have been asked for
 */
void attack_crowd(pool_t *pool) {
    void *last = NULL;
    for (uint32_t i = 0; i < CH_LOOKS; i++) {
        void *A = pool_take(pool, LIMIT_CROWD + i), *S = pool_take(pool, pool->rules.smallest);
        if (!A || !S) return;
        if (i < CH_LOOKS - 1) pool_give(pool, A, LIMIT_CROWD + i);
        last = A;
    }
    for (uint32_t i = CH_LOOKS - 1; i-- > 0;) {
        void *A = pool_take(pool, LIMIT_CROWD + i);
        if (!A) return;
        pool_give(pool, A, LIMIT_CROWD + i);
    }
    pool_give(pool, last, LIMIT_CROWD + CH_LOOKS - 1);
    pool_take(pool, LIMIT_CROWD + CH_LOOKS);
}
