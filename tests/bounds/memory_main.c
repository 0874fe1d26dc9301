/* SPDX-License-Identifier: MIT */
/*
 * Plays every adversary against pools of exactly the size that docs/BOUNDS.md says is enough: none may win. Then against smaller
 * ones: the largest in which it wins shows how near to the bound it comes.
 *
 *     memory [ROUNDS]     of the search, for each of its cases; default 5000
 *     memory --table      rows for the document: what is asked, a tab, the pool that is enough
 *
 * Lines: the attack, the granule, what is asked, the pool that is enough, the largest seen in which the attack wins, and "ok" or
 * "FAILED: why"; last "N passed, N failed".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack.h"
#include "engine/bins.h"

static unsigned passed, failed;

static void verdict(bool good, const char *why) {
    printf("%s%s\n", good ? "  ok" : "  FAILED: ", good ? "" : why);
    *(good ? &passed : &failed) += 1;
}

/** Whether the attack wins against a pool. */
static bool wins(attack_t *attack, const limit_need_t *need, uint32_t granules) {
    pool_t pool;
    pool_open(&pool, granules, need);
    attack(&pool);
    pool_close(&pool);
    return pool.lost;
}

/** The largest pool in steps of half a percent of the bound in which the attack wins; 0: it wins in none. */
static uint32_t largest_lost(attack_t *attack, const limit_need_t *need, uint32_t bound) {
    for (uint32_t i = 1; i < 200; i++) {
        uint32_t granules = (uint32_t)((uint64_t)bound * (200 - i) / 200);
        if (granules < need->live) break;
        if (wins(attack, need, granules)) return granules;
    }
    return 0;
}

typedef struct {
    const char *name;
    attack_t *attack;
    limit_need_t need;
    unsigned least_percent; /* of the bound that the attack has to come to: else it is none */
} case_t;

static void print_need(const char *name, const limit_need_t *need, uint32_t bound) {
    printf("%-9s granule %2d  M %6u  n %4u  m %2u ", name, CH_CFG_GRANULE, need->live, need->largest, need->smallest);
    printf(need->blocks == UINT32_MAX ? " K    any" : " K %6u", need->blocks);
    printf("  enough %8u", bound);
}

static void attack_case(const case_t *c) {
    const limit_need_t *need = &c->need;
    uint32_t bound = limit_enough(need);
    bool lost = wins(c->attack, need, bound);
    uint32_t reached = lost ? bound : largest_lost(c->attack, need, bound);
    print_need(c->name, need, bound);
    printf("  wins in %8u  %3u %%", reached, (unsigned)(100ull * reached / bound));
    if (lost) return verdict(false, "a request within the rules was not served in a pool that is said to be enough");
    verdict(100ull * reached >= (uint64_t)bound * c->least_percent, "the attack has become harmless; adapt it to the policy");
}

/** Searches in smaller and smaller pools until an order of calls wins. */
static void print_search(const limit_need_t *need, uint32_t bound, uint32_t rounds) {
    static const uint32_t percents[] = {95, 90, 80, 70, 60, 50, 40, 30, 25, 20, 16, 14, 12, 10};
    pool_t pool = {0};
    for (size_t i = 0; i < sizeof percents / sizeof percents[0] && !pool.lost; i++) {
        uint32_t granules = bound * percents[i] / 100;
        if (granules < need->live) break;
        pool_open(&pool, granules, need);
        attack_by_search(&pool, 1 + granules, rounds);
        pool_close(&pool);
        if (pool.lost) printf("  wins in %8u  %3u %%", granules, percents[i]);
    }
    if (!pool.lost) printf("  wins in none of M or more  ");
}

static void search_case(limit_need_t need, uint32_t rounds) {
    pool_t pool;
    uint32_t bound = limit_enough(&need);
    pool_open(&pool, bound, &need);
    attack_by_search(&pool, 1 + need.live * need.largest, rounds);
    print_need(need.powers ? "search 2^" : "search", &need, bound);
    pool_close(&pool);
    if (!pool.lost) print_search(&need, bound, rounds / 2);
    verdict(!pool.lost, "a request within the rules was not served in a pool that is said to be enough");
}

enum { MANY = CH_LOOKS + 2, LARGE = 10 * 701 + 900, HUGE_HEAP = 18 << 20 };

typedef struct {
    unsigned broken, loose, tried, hidden;
} promise_t;

/** Whether a block of t(n) is found behind as many shorter ones of its bin as there is room for, and one of t(n) - 1 is not. */
static void promise_case(promise_t *seen, uint32_t n, uint32_t granules) {
    uint32_t enough = limit_sure(n, granules), blind = n - 1, hole = enough - 1;
    if (enough + 5 > granules) return;
    uint32_t room = (granules - enough - 5) / (blind + 2), blinds = room < MANY ? room : MANY;
    seen->tried++;
    if (!promise_serves(n, enough, blind, blinds, false, granules) || !promise_serves(n, enough, blind, blinds, true, granules))
        seen->broken++;
    if (hole < n || blinds < MANY || blind < limit_bin(n, granules).first)
        return; /* all blocks of its bin are long enough, or looked at */
    seen->hidden++;
    if (promise_serves(n, hole, blind, blinds, true, granules)) seen->loose++;
}

static void print_promise(const char *heaps, const promise_t *seen) {
    printf("promise   granule %2d  %s: a block of t(n) is found for each of %u n", CH_CFG_GRANULE, heaps, seen->tried);
    verdict(seen->broken == 0, "it was not");
    printf("promise   granule %2d  %s: a block of t(n) - 1 can be hidden from %u n", CH_CFG_GRANULE, heaps, seen->hidden);
    verdict(seen->hidden != 0 && seen->loose == 0, "it was found; t(n) may be smaller now");
}

/**
 * A crowd of as many short blocks as are looked at hides nothing that is long: all the rest of a small heap is found behind them.
 */
static void crowd_cases(void) {
    unsigned tried = 0, lost = 0;
    for (uint32_t granules = limit_small(); granules > 60; granules -= 1 + granules / 12) {
        for (uint32_t n = 17; CH_LOOKS * (n + 1) + 2 + limit_sure(n, granules) <= granules; n++, tried++) {
            uint32_t rest = granules - CH_LOOKS * (n + 1) - 2;
            if (!promise_serves(n, rest, n - 1, CH_LOOKS, true, granules)) lost++;
        }
    }
    printf("promise   granule %2d  16 KB and less: all the rest is found behind %u shorter ones for %u n", CH_CFG_GRANULE,
           CH_LOOKS, tried);
    verdict(tried != 0 && lost == 0, "it was not");
}

/**
 * With all bins that the map can tell: a search behind the last one ends there, though the next word, that of blocks of 2
 * granules, is not 0.
 */
static void last_bin_case(void) {
    const limit_need_t any = {UINT32_MAX, UINT32_MAX, UINT32_MAX, 2, false};
    pool_t pool;
    pool_open(&pool, HUGE_HEAP, &any);
    void *hole = pool_take(&pool, 2);
    pool_take(&pool, 2);
    pool_give(&pool, hole, 2);
    bool refused = pool_take(&pool, pool.granules - 2) == NULL;
    printf("promise   granule %2d  all bins: too long a request is refused", CH_CFG_GRANULE);
    verdict(refused && multi_heap_check(pool.heap, false), "it was not, or did damage");
    pool_close(&pool);
}

static void promise_cases(void) {
    promise_t large = {0}, small = {0}, huge = {0};
    for (uint32_t n = 3; n <= 700; n++) promise_case(&large, n, LARGE);
    for (uint32_t granules = limit_small(); granules > 60; granules -= 1 + granules / 12) {
        for (uint32_t n = 3; n < granules; n += 1 + n / 128) promise_case(&small, n, granules);
    }
    for (uint32_t n = 3 << 18; n <= 5 << 18; n += (1 << 15) - 1) promise_case(&huge, n, HUGE_HEAP);
    print_promise("more than 16 KB", &large);
    print_promise("16 KB and less", &small);
    crowd_cases();
    print_promise("more bins wanted than the map can tell", &huge);
    last_bin_case();
}

/* ------------------------------------------------------------------------------------------------ the document's table */

/** Bytes; 0: any. */
typedef struct {
    uint32_t live, largest, blocks, smallest;
    bool powers;
} row_t;

static void print_bytes(const char *before, size_t bytes) {
    if (bytes >= 10240)
        printf("%s%zu KB", before, (bytes + 1023) / 1024);
    else if (bytes)
        printf("%s%zu B", before, bytes);
    else
        printf("%sany", before);
}

/** What is asked, a tab, and what is enough. */
static void print_row(const row_t *row) {
    uint32_t g = CH_CFG_GRANULE, smallest = row->smallest > 2 * g ? (row->smallest + g - 1) / g : 2;
    limit_need_t need = {row->live / g, (row->largest + g - 1) / g, row->blocks ? row->blocks : UINT32_MAX, smallest,
                         row->powers};
    size_t bytes = limit_pool_bytes(limit_enough(&need));
    print_bytes("| ", row->live);
    print_bytes(" | ", row->largest);
    printf(row->blocks ? " | %u" : " | any", row->blocks);
    print_bytes(" | ", row->smallest);
    printf(" | %s\t", row->smallest == row->largest ? "one" : row->powers ? "powers of two" : "all");
    print_bytes(" | ", bytes);
    printf(" (%.1f M)\t", (double)bytes / row->live);
    if (row->blocks)
        printf(" | ");
    else
        print_bytes(" | ", limit_pool_bytes(limit_least(&need)));
}

static int print_table(void) {
    static const row_t rows[] = {
        {4096, 256, 0, 0, false},        {4096, 256, 50, 0, false},    {16384, 512, 0, 0, false},
        {16384, 512, 200, 0, false},     {16384, 1536, 50, 0, false},  {32768, 2048, 0, 0, false},
        {32768, 2048, 200, 0, false},    {32768, 2048, 0, 64, true},   {65536, 1536, 100, 0, false},
        {65536, 4096, 0, 0, false},      {65536, 4096, 300, 0, false}, {65536, 4096, 0, 1024, false},
        {65536, 4096, 0, 1024, true},    {262144, 16384, 0, 0, false}, {262144, 16384, 1000, 0, false},
        {262144, 16384, 0, 4096, false}, {16384, 64, 0, 0, false},     {16384, 64, 0, 32, false},
        {16384, 256, 0, 64, false},      {16384, 2048, 0, 256, false}, {16384, 2048, 0, 512, true},
        {16384, 512, 0, 512, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_row(&rows[i]);
        printf("\n");
    }
    return 0;
}

int main(int argc, char **argv) {
    static const case_t cases[] = {
        {"hidden", attack_hidden_comb, {4096, 39, UINT32_MAX, 2, false}, 85},
        {"hidden", attack_hidden_comb, {16384, 59, UINT32_MAX, 2, false}, 92},
        {"hidden", attack_hidden_comb, {16384, 250, UINT32_MAX, 2, false}, 78},
        {"hidden", attack_hidden_comb, {4096, 100, 200, 2, false}, 78},
        {"shrunk", attack_shrunk_comb, {4096, 96, UINT32_MAX, 2, false}, 90},
        {"shrunk", attack_shrunk_comb, {16384, 128, UINT32_MAX, 2, false}, 95},
        {"shrunk", attack_shrunk_comb, {16384, 512, UINT32_MAX, 2, false}, 92},
        {"shrunk", attack_shrunk_comb, {16384, 512, 100, 2, false}, 70},
        {"powers", attack_powers, {4096, 32, UINT32_MAX, 2, true}, 0},
        {"powers", attack_powers, {4096, 64, UINT32_MAX, 16, true}, 40},
        {"powers", attack_powers, {4096, 32, UINT32_MAX, 2, false}, 0},
        {"powers", attack_powers, {16384, 512, UINT32_MAX, 2, false}, 0},
        {"sawtooth", attack_sawtooth, {4096, 16, UINT32_MAX, 16, true}, 0},
        {"sawtooth", attack_sawtooth, {4096, 40, UINT32_MAX, 2, false}, 0},
        {"sawtooth", attack_sawtooth, {4096, 40, UINT32_MAX, 8, false}, 0},
        {"edges", attack_edges, {4096, 64, UINT32_MAX, 2, false}, 0},
        {"edges", attack_edges, {16384, 300, UINT32_MAX, 15, false}, 0},
    };
    if (argc > 1 && strcmp(argv[1], "--table") == 0) return print_table();
    uint32_t rounds = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 5000;
    promise_cases();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) attack_case(&cases[i]);
    for (uint32_t largest = 4; largest <= 40; largest = largest * 3 / 2 + 1)
        search_case((limit_need_t){4 * largest, largest, UINT32_MAX, 2, false}, rounds);
    search_case((limit_need_t){64, 12, UINT32_MAX, 2, false}, rounds);
    search_case((limit_need_t){200, 16, 30, 2, false}, rounds);
    for (uint32_t largest = 2; largest <= 64; largest *= 2)
        search_case((limit_need_t){128, largest, UINT32_MAX, 2, true}, rounds);
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
