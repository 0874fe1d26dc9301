/* SPDX-License-Identifier: MIT */
/* The pool and its rules. */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>

#include "capheap/config.h"

enum { G = CH_CFG_GRANULE, ALIGN = 64 };

static void *memory_of(size_t bytes) {
    void *memory = aligned_alloc(ALIGN, (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1));
    if (!memory) {
        fprintf(stderr, "bounds: no memory for a pool of %zu bytes on this machine\n", bytes);
        exit(2);
    }
    return memory;
}

static uint32_t granules_in(void *memory, size_t bytes) {
    multi_heap_handle_t heap = multi_heap_register(memory, bytes);
    return heap ? (uint32_t)(multi_heap_free_size(heap) / G) : 0;
}

void pool_reset(pool_t *pool) {
    pool->heap = multi_heap_register(pool->memory, pool->bytes);
    pool->live = pool->blocks = pool->most_live = pool->reach = 0;
    pool->lost = false;
}

void pool_open(pool_t *pool, uint32_t granules, const limit_need_t *rules) {
    pool->bytes = limit_pool_bytes(granules);
    pool->memory = memory_of(pool->bytes);
    pool->rules = *rules;
    pool->granules = granules_in(pool->memory, pool->bytes);
    if (pool->granules != granules || granules_in(pool->memory, pool->bytes - 4) >= granules) {
        fprintf(stderr, "bounds: formula (6): %zu bytes for a pool of %u granules; it has %u, with 4 bytes less %u\n",
                pool->bytes, granules, pool->granules, granules_in(pool->memory, pool->bytes - 4));
        exit(2);
    }
    pool_reset(pool);
    void *p = multi_heap_malloc(pool->heap, 1); /* cut at the low end of all there is */
    pool->first = (uintptr_t)p;
    multi_heap_free(pool->heap, p);
}

void pool_close(pool_t *pool) { free(pool->memory); }

bool pool_may(const pool_t *pool, uint32_t r) {
    const limit_need_t *rules = &pool->rules;
    if (rules->powers && r & (r - 1)) return false;
    return r >= rules->smallest && r <= rules->largest && r <= rules->live - pool->live && pool->blocks < rules->blocks;
}

/** Books a block that has come to be. */
static void *booked(pool_t *pool, void *p, uint32_t r) {
    uint32_t end = pool_place(pool, p) + r;
    pool->live += r, pool->blocks++;
    if (pool->live > pool->most_live) pool->most_live = pool->live;
    if (end > pool->reach) pool->reach = end;
    return p;
}

void *pool_take(pool_t *pool, uint32_t r) {
    if (!pool_may(pool, r)) return NULL;
    void *p = multi_heap_malloc(pool->heap, (size_t)r * G);
    if (!p) pool->lost = true;
    return p ? booked(pool, p, r) : NULL;
}

void *pool_take_aligned(pool_t *pool, uint32_t r, uint32_t a) {
    if (r < pool->rules.smallest || pool->rules.powers || !pool_may(pool, r + a + 1)) return NULL;
    void *p = multi_heap_aligned_alloc(pool->heap, (size_t)r * G - 4, (size_t)a * G);
    if (!p) pool->lost = true;
    return p ? booked(pool, p, r) : NULL;
}

void pool_give(pool_t *pool, void *p, uint32_t r) {
    multi_heap_free(pool->heap, p);
    pool->live -= r, pool->blocks--;
}

void *pool_change(pool_t *pool, void *p, uint32_t r, uint32_t now) {
    if (!pool_may(pool, now)) return NULL;
    void *moved = multi_heap_realloc(pool->heap, p, (size_t)now * G);
    if (!moved) {
        pool->lost = true;
        return NULL;
    }
    pool->live -= r, pool->blocks--;
    return booked(pool, moved, now);
}

uint32_t pool_place(const pool_t *pool, const void *p) { return (uint32_t)(((uintptr_t)p - pool->first) / G); }
