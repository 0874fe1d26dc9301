/* SPDX-License-Identifier: MIT */
/*
 * The two combs. docs/BOUNDS.md, "What an adversary reaches", tells why they come within a few requests of the bound.
 *
 * Hidden comb, for a largest request of n granules that is not the first of its bin (lo is). A small one, the blind, of lo
 * granules lies free at the head of the bin; what is behind it is not looked at, so requests of more than lo granules are cut
 * from the untouched rest:
 *
 *      | A: lo + 1 .. n | D: n | C: n | rest           three of them
 *      | A | Q |S| Z    | C    | rest           D freed, cut into Q, a tooth of 3 granules for a request of 2, and what is left
 *      | A | Q |S| rest                         Z and C freed
 *      | hole  |S| rest                         A and Q freed: one granule less than t(n), behind the blind again
 *
 * At the end more blinds are freed, as many as are looked at before a request fails, and n granules are asked for.
 */
#include "attack.h"
#include "engine/bins.h"

enum {
    CROWD = 96,            /* first size of a coarse bin of the heaps that the crowd is for */
    BLINDS = CH_LOOKS + 2, /* one during the game; more than are looked at for the last request */
};

typedef struct {
    pool_t *pool;
    uint32_t n, lo, hole; /* largest request, first size of its bin, holes to make */
    void *blind[BLINDS];
} comb_t;

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
    limit_bin_t bin = limit_bin(pool->rules.largest, pool->granules);
    comb_t c = {pool, pool->rules.largest, bin.first, bin.next - 1, {0}};
    if (c.n < 16 || bin.next == UINT32_MAX) return;
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
