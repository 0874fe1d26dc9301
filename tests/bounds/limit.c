/* SPDX-License-Identifier: MIT */
/* The formulas. Part 1 of docs/BOUNDS.md derives them. */
#include "limit.h"

#include "engine/bins.h" /* CH_ENGINE_WORDS and CH_LOOKS, no more */

static uint32_t highest_bit(uint32_t x) { return 31u - (uint32_t)__builtin_clz(x); }

uint32_t limit_sure(uint32_t n) {
    if (n <= 16) return n;
    uint32_t step = 1u << highest_bit(n) >> 2; /* four bins for each power of two */
    return (n + step - 1) & ~(step - 1);
}

/** Used blocks when a request of r granules fails, at most. */
static uint32_t most_used(const limit_need_t *need, uint32_t r) {
    uint32_t by_size = (need->live - r) / need->smallest;
    return by_size < need->blocks - 1 ? by_size : need->blocks - 1;
}

/** Granules of a pool that can refuse r granules, at most. */
static uint32_t most_refused(const limit_need_t *need, uint32_t r) {
    uint32_t u = most_used(need, r);
    if (need->powers) return need->live - r + (u + 1) * (r - need->smallest);
    return need->live - r + u + (u + 1) * (limit_sure(r) - 1);
}

/** Granules that the control block of a heap of n granules, itself included, takes: its words and one for each bin. */
static uint32_t control_granules(uint32_t n) {
    uint32_t log = highest_bit(n / 2), bins = n < 56 ? 15 : 4 * log + (n / 2 >> (log - 2)) - 5;
    if (n <= LIMIT_SMALL && bins > 40 - CH_ENGINE_WORDS) bins = 40 - CH_ENGINE_WORDS; /* 160 bytes */
    return (4 * (CH_ENGINE_WORDS + bins) + CH_CFG_GRANULE - 1) / CH_CFG_GRANULE;
}

uint32_t limit_small(void) { return LIMIT_SMALL - control_granules(LIMIT_SMALL); }

/** Whether in a small heap of so many granules a request can be refused because its bin has more blocks than it looks at. */
static bool may_be_crowded(const limit_need_t *need, uint32_t granules) {
    uint32_t shortest = need->powers ? (LIMIT_CROWD + need->smallest - 1) / need->smallest * need->smallest : LIMIT_CROWD;
    uint32_t r = shortest + 1 > need->smallest ? shortest + 1 : need->smallest;
    if (r > need->largest || r > need->live || most_used(need, r) < CH_LOOKS) return false;
    return granules >= CH_LOOKS * (shortest + need->smallest) + r && granules <= limit_small();
}

uint32_t limit_enough(const limit_need_t *need) {
    uint32_t most = 0;
    for (uint32_t r = need->smallest; r <= need->largest;
         r += need->powers ? r : 1) { /* for large r it falls again: all are tried */
        if (most_refused(need, r) > most) most = most_refused(need, r);
    }
    most += need->powers ? need->smallest : 1;
    return may_be_crowded(need, most) ? limit_small() + 1 : most;
}

uint32_t limit_least(const limit_need_t *need) {
    uint32_t m = need->smallest, log = highest_bit(need->largest / m), n = m << log, live = need->live / n * n;
    return live < n ? need->live : live / 2 * log + live - n + m;
}

size_t limit_pool_bytes(uint32_t granules) {
    uint32_t n = granules;
    while (n - control_granules(n) < granules || n < control_granules(n)) n++;
    return (size_t)n * CH_CFG_GRANULE + n / 32 * 4 + CH_CFG_GRANULE + 4;
}
