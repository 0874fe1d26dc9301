/* SPDX-License-Identifier: MIT */
/* P4, the one promise of the policy that its bound hangs on: a request is served as soon as some free block has t(n) granules. */
#include "attack.h"
#include "engine/bins.h"

enum { BLINDS = CH_LOOKS + 2 };

/*
 *      | hole |2| blind |2| blind |2| ... |     all used, no rest; then hole and blinds are freed, the hole first or last
 */
bool promise_serves(uint32_t n, uint32_t hole, uint32_t blind, bool hole_first) {
    const limit_need_t any = {UINT32_MAX, UINT32_MAX, UINT32_MAX, 2, false};
    void *blinds[BLINDS], *at_hole;
    pool_t pool;
    pool_open(&pool, hole + 2 + BLINDS * (blind + 2), &any);
    at_hole = pool_take(&pool, hole);
    pool_take(&pool, 2);
    for (unsigned i = 0; i < BLINDS; i++) {
        blinds[i] = pool_take(&pool, blind);
        pool_take(&pool, 2);
    }
    if (hole_first) pool_give(&pool, at_hole, hole);
    for (unsigned i = 0; i < BLINDS; i++) pool_give(&pool, blinds[i], blind);
    if (!hole_first) pool_give(&pool, at_hole, hole);
    bool made = !pool.lost && multi_heap_free_size(pool.heap) == (size_t)(hole + BLINDS * blind) * CH_G;
    bool served = pool_take(&pool, n) != NULL;
    pool_close(&pool);
    return made && served;
}
