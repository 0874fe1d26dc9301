/* SPDX-License-Identifier: MIT */
/* The formulas. Part 1 of docs/BOUNDS.md derives them. */
#include "limit.h"

#include "engine/bins.h" /* CH_ENGINE_WORDS and CH_BINS, no more */

static uint32_t highest_bit(uint32_t x) { return 31u - (uint32_t)__builtin_clz(x); }

/* Quarter bins: 14 for each size of 2 to 15 granules, then four for each power of two. */
static uint32_t quarter_of(uint32_t n) { return n < 16 ? n - 2 : 4 * highest_bit(n) + (n >> (highest_bit(n) - 2)) - 6; }

/** The first size of a quarter bin. */
static uint32_t first_size(uint32_t quarter) {
    return quarter < 14 ? quarter + 2 : (4 + (quarter + 2) % 4) << ((quarter + 2) / 4 - 2);
}

static uint32_t bins_wanted(uint32_t n) { return n < 56 ? 15 : quarter_of(n / 2) + 1; }

/** What a pool of so many bytes becomes: granules, the control block's included; its bins; and granules for blocks. */
typedef struct {
    uint32_t n, bins, granules;
} span_t;

/**
 * Bytes of a pool of n granules, the control block's included; those of the bits are whole words, and a block at the end looks
 * two granules further.
 */
static size_t bytes_of(uint32_t n) { return (size_t)n * CH_CFG_GRANULE + (n + 2) / 32 * 4 + CH_CFG_GRANULE + 4; }

static span_t span_in(size_t bytes) {
    span_t s = {(uint32_t)((bytes - CH_CFG_GRANULE - 4) / (32 * CH_CFG_GRANULE + 4) * 32 + 31), CH_BINS, 0};
    while (bytes_of(s.n) > bytes) s.n--;
    if (s.n <= LIMIT_SMALL) { /* blocks have all but 160 bytes and a 32nd of the pool, in whole granules */
        uint32_t promised = (uint32_t)(bytes - bytes / 32 - 160 + CH_CFG_GRANULE - 1) / CH_CFG_GRANULE;
        uint32_t left = (s.n - promised) * CH_CFG_GRANULE;
        s.bins = (left < 160 ? left : 160) / 4 - CH_ENGINE_WORDS;
        if (s.bins < 15) s.bins = 15;
    }
    if (s.bins > bins_wanted(s.n)) s.bins = bins_wanted(s.n);
    uint32_t control = (4 * (CH_ENGINE_WORDS + s.bins) + CH_CFG_GRANULE - 1) / CH_CFG_GRANULE;
    s.granules = s.n > control ? s.n - control : 0;
    s.bins = control * CH_CFG_GRANULE / 4 - CH_ENGINE_WORDS; /* up to the first block */
    return s;
}

size_t limit_pool_bytes(uint32_t granules) {
    size_t bytes = bytes_of(granules + 4 * (CH_ENGINE_WORDS + 15) / CH_CFG_GRANULE);
    while (span_in(bytes).granules < granules) bytes += 4;
    return bytes;
}

uint32_t limit_small(void) { return span_in(bytes_of(LIMIT_SMALL)).granules; }

uint32_t limit_edge(uint32_t n) {
    uint32_t first = first_size(quarter_of(n));
    return first == n ? n : first_size(quarter_of(n) + 1);
}

limit_bin_t limit_bin(uint32_t n, uint32_t granules) {
    span_t span = span_in(limit_pool_bytes(granules));
    uint32_t bins = span.bins, wanted = bins_wanted(span.n), quarter = quarter_of(n);
    uint32_t fine = wanted <= bins ? bins - 1 : (4 * bins - wanted) / 3, begin = quarter, end = quarter + 1;
    uint32_t last = fine + 4 * (bins - 1 - fine);
    if (quarter >= fine) {
        begin = quarter < last ? fine + (quarter - fine) / 4 * 4 : last;
        end = begin + 4;
    }
    return (limit_bin_t){first_size(begin), begin == last ? UINT32_MAX : first_size(end)};
}

uint32_t limit_sure(uint32_t n, uint32_t granules) {
    limit_bin_t bin = limit_bin(n, granules);
    return n == bin.first || bin.next == UINT32_MAX ? n : n < 16 ? n : bin.next;
}

/** Used blocks when a request of r granules fails, at most. */
static uint32_t most_used(const limit_need_t *need, uint32_t r) {
    uint32_t by_size = (need->live - r) / need->smallest;
    return by_size < need->blocks - 1 ? by_size : need->blocks - 1;
}

/** Granules of blocks and holes when a request of r granules is refused in a heap with so many granules for blocks, at most. */
static uint32_t most_refused(const limit_need_t *need, uint32_t r, uint32_t granules) {
    uint32_t u = most_used(need, r), sure = limit_sure(r, granules);
    if (!need->powers) return need->live - r + u + (u + 1) * (sure - 1);
    return need->live - r + (u + 1) * ((sure - 1) / need->smallest * need->smallest);
}

/** (2) or (3) with what a heap of so many granules promises. */
static uint32_t enough_by(const limit_need_t *need, uint32_t granules) {
    uint32_t most = 0;
    for (uint32_t r = need->smallest; r <= need->largest;
         r += need->powers ? r : 1) { /* for large r it falls again: all are tried */
        uint32_t refused = most_refused(need, r, granules);
        if (refused > most) most = refused;
    }
    return most + (need->powers ? need->smallest : 1);
}

uint32_t limit_enough(const limit_need_t *need) {
    uint32_t p = limit_small() + 1;
    while (p < enough_by(need, p)) p = enough_by(need, p);
    while (p > 2 && p <= limit_small() + 1 && p - 1 >= enough_by(need, p - 1)) p--;
    return p;
}

uint32_t limit_least(const limit_need_t *need) {
    uint32_t m = need->smallest, log = highest_bit(need->largest / m), n = m << log, live = need->live / n * n;
    return live < n ? need->live : live / 2 * log + live - n + m;
}
