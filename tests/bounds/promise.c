/* SPDX-License-Identifier: MIT */
/* P4, the one promise of the policy that its bound hangs on: a request is served as soon as some free block has t(n) granules. */
#include "attack.h"
#include "engine/bins.h"

enum { BLINDS = CH_LOOKS + 2 };

/*
 *      | hole |2| blind |2| blind |2| ... | rest |     all used; then hole and blinds are freed, the hole first or last
 */
bool promise_serves(uint32_t n, uint32_t hole, uint32_t blind, uint32_t blinds, bool hole_first, uint32_t granules) {
    const limit_need_t any = {UINT32_MAX, UINT32_MAX, UINT32_MAX, 2, false};
    uint32_t taken = hole + 2 + blinds * (blind + 2);
    void *blocks[BLINDS], *at_hole;
    pool_t pool;
    pool_open(&pool, granules > taken + 2 ? granules : taken, &any);
    at_hole = pool_take(&pool, hole);
    pool_take(&pool, 2);
    for (unsigned i = 0; i < blinds; i++) {
        blocks[i] = pool_take(&pool, blind);
        pool_take(&pool, 2);
    }
    if (pool.granules > taken) pool_take(&pool, pool.granules - taken);
    if (hole_first) pool_give(&pool, at_hole, hole);
    for (unsigned i = 0; i < blinds; i++) pool_give(&pool, blocks[i], blind);
    if (!hole_first) pool_give(&pool, at_hole, hole);
    bool made = !pool.lost && multi_heap_free_size(pool.heap) == (size_t)(hole + blinds * blind) * CH_G;
    bool served = pool_take(&pool, n) != NULL;
    pool_close(&pool);
    return made && served;
}
