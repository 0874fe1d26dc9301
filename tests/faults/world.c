/* SPDX-License-Identifier: MIT */
/* See world.h. */
#include "world.h"

#include <string.h>

#include "arena.h"
#include "caps/registry.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "guard.h"
#include "multi_heap_platform.h"

enum { ROOMY = 2048 };

world_t world;
static multi_heap_lock_t locks[HEAPS];

/* ---- random numbers: splitmix64 ---- */

static uint64_t seed_now;

void rng_seed(uint64_t seed) { seed_now = seed; }

uint64_t rng_state(void) { return seed_now; }

uint32_t rng(void) {
    uint64_t z = seed_now += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

uint32_t rng_below(uint32_t n) { return (uint32_t)((uint64_t)rng() * n >> 32); }

/* ---- the reference ---- */

uint8_t world_heap_of(const unsigned char *p) {
    uint8_t i = 0;
    while (i < HEAPS && !(p >= world.heap[i].start && p < world.heap[i].end)) i++;
    return i;
}

bool world_is_used(const unsigned char *p, size_t size) {
    for (unsigned i = 0; i < world.live_count; i++) {
        const block_t *b = &world.live[i];
        if (p < b->p + b->size && b->p < p + size) return true;
    }
    return false;
}

static bool is_filled(const unsigned char *p, size_t size, uint8_t fill) {
    return size == 0 || (p[0] == fill && memcmp(p, p + 1, size - 1) == 0);
}

void world_examine(const unsigned char *p, uint32_t size, uint8_t asked) {
    uint8_t heap = world_heap_of(p);
    bool inside = heap < HEAPS && p >= world.heap[heap].low && size <= (size_t)(world.heap[heap].high - p);
    if (!inside || (asked < HEAPS && asked != heap) || world_is_used(p, size)) guard_leave(OWNED);
}

/** Notes a block that is new, and its user's bytes. */
static void took(unsigned char *p, uint32_t size) {
    uint8_t fill = (uint8_t)rng();
    memset(p, fill, size);
    if (world.live_count < MOST_BLOCKS) world.live[world.live_count++] = (block_t){p, size, world_heap_of(p), fill, false};
}

static void forget(unsigned live) { world.live[live] = world.live[--world.live_count]; }

static void note_freed(block_t b) {
    if (world.freed_count == MOST_FREED)
        memmove(world.freed, world.freed + 1, sizeof world.freed - sizeof world.freed[0]), world.freed_count--;
    world.freed[world.freed_count++] = b;
}

/** Whether a block is as its user left it; counted once. */
static bool is_whole(block_t *b, size_t size) {
    if (b->kept || is_filled(b->p, size, b->fill)) return true;
    b->kept = true;
    world.spoiled++;
    return false;
}

void world_excuse(void) {
    for (unsigned i = 0; i < world.live_count; i++) {
        block_t *b = &world.live[i];
        if (!is_filled(b->p, b->size, b->fill)) b->kept = true;
    }
}

static bool is_outside_clean(unsigned i) {
    size_t bytes;
    const unsigned char *pages = arena_pages(i, &bytes), *start = world.heap[i].start, *end = world.heap[i].end;
    return is_filled(pages, (size_t)(start - pages), 0xA5) && is_filled(end, (size_t)(pages + bytes - end), 0xA5);
}

bool world_is_clean(void) {
    bool clean = world.spoiled == 0;
    for (unsigned i = 0; i < world.live_count; i++) clean &= is_whole(&world.live[i], world.live[i].size);
    for (unsigned i = 0; i < HEAPS; i++) clean &= is_outside_clean(i);
    return clean;
}

/* ---- calls ---- */

/** Masks by which a heap, or any of some, is asked: none that rounds sizes up. */
static uint32_t mask_for(uint8_t heap) {
    static const uint32_t any[] = {MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT, MALLOC_CAP_INTERNAL,
                                   MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT};
    return heap < HEAPS ? arena_caps(heap) : any[rng_below(4)];
}

static void *call_malloc(uint8_t heap, uint32_t size) {
    return world.caps ? heap_caps_malloc(size, mask_for(heap)) : multi_heap_malloc(world.heap[heap].handle, size);
}

static void *call_calloc(uint8_t heap, uint32_t size) {
    return world.caps ? heap_caps_calloc(1, size, mask_for(heap)) : multi_heap_malloc(world.heap[heap].handle, size);
}

static void *call_aligned(uint8_t heap, uint32_t size, uint32_t alignment) {
    if (world.caps) return heap_caps_aligned_alloc(alignment, size, mask_for(heap));
    return multi_heap_aligned_alloc(world.heap[heap].handle, size, alignment);
}

void call_free(uint8_t heap, void *p) {
    if (world.caps)
        heap_caps_free(p);
    else
        multi_heap_free(world.heap[heap].handle, p);
}

void *call_realloc(uint8_t heap, void *p, uint32_t size) {
    if (!world.caps) return multi_heap_realloc(world.heap[heap].handle, p, size);
    return heap_caps_realloc(p, size, mask_for(rng_one_in(4) ? (uint8_t)HEAPS : heap));
}

unsigned char *world_malloc(uint32_t size, uint8_t heap) {
    if (heap == HEAPS && !world.caps) heap = (uint8_t)rng_below(HEAPS);
    uint8_t how = (uint8_t)rng_below(8);
    unsigned char *p;
    if (world.live_count == MOST_BLOCKS) return NULL;
    if (how == 0)
        p = call_aligned(heap, size, 4u << rng_below(8));
    else if (how == 1)
        p = call_calloc(heap, size);
    else
        p = call_malloc(heap, size);
    if (!p) return NULL;
    world_examine(p, size, heap);
    took(p, size);
    return p;
}

void world_free(unsigned live) {
    block_t b = world.live[live];
    is_whole(&b, b.size);
    forget(live);
    note_freed(b);
    call_free(b.heap, b.p);
}

void world_realloc(unsigned live, uint32_t size) {
    block_t b = world.live[live];
    is_whole(&b, b.size);
    unsigned char *p = call_realloc(b.heap, b.p, size);
    if (!p) return;
    forget(live);
    world_examine(p, size, world.caps ? (uint8_t)HEAPS : b.heap);
    if (!b.kept && !is_filled(p, size < b.size ? size : b.size, b.fill)) world.spoiled++;
    took(p, size);
    if (p != b.p) note_freed(b);
}

/* ---- random operations ---- */

static uint32_t random_size(void) {
    switch (rng_below(8)) {
    case 0: return 1 + rng_below(8);
    case 1:
    case 2:
    case 3: return 1 + rng_below(64);
    case 4:
    case 5: return 1 + rng_below(256);
    case 6: return 1 + rng_below(1024);
    default: return 1 + rng_below(LONGEST_HEAP / 8);
    }
}

static unsigned count_ours(void) {
    unsigned first = 0;
    while (first < world.live_count && world.live[first].heap == HEAPS) first++;
    return first;
}

void world_operate(unsigned operations) {
    const unsigned ours = count_ours(); /* the library's own blocks come first, and stay */
    while (operations-- > 0) {
        unsigned what = rng_below(100), count = world.live_count - ours;
        if (what < 50 || count == 0)
            world_malloc(random_size(), HEAPS);
        else if (what < 82)
            world_free(ours + rng_below(count));
        else if (what < 97)
            world_realloc(ours + rng_below(count), random_size());
        else
            world_look();
    }
}

static bool visit(void *p, size_t size, int used, void *sum) {
    *(size_t *)sum += size + (size_t)used + (uintptr_t)p % 2;
    return true;
}

void world_look(void) {
    multi_heap_handle_t heap = world.heap[rng_below(HEAPS)].handle;
    multi_heap_info_t info;
    size_t sum = 0;
    switch (rng_below(world.live_count > count_ours() ? 6 : 4)) {
    case 0: multi_heap_get_info(heap, &info); return;
    case 1: multi_heap_walk(heap, visit, &sum); return;
    case 2: (void)multi_heap_free_size(heap), (void)multi_heap_minimum_free_size(heap); return;
    case 3: (void)heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT); return;
    default: break;
    }
    const block_t *b = &world.live[count_ours() + rng_below(world.live_count - count_ours())];
    if (rng_one_in(2))
        (void)multi_heap_get_allocated_size(world.heap[b->heap].handle, b->p);
    else
        (void)multi_heap_find_containing_block(world.heap[b->heap].handle, b->p + rng_below(b->size));
}

bool world_check(void) {
    bool sound = true, print = rng_one_in(4);
    if (world.caps && rng_one_in(2)) return heap_caps_check_integrity_all(print);
    for (unsigned i = 0; i < HEAPS; i++) sound &= multi_heap_check(world.heap[i].handle, print);
    return sound;
}

/* ---- a state ---- */

static bool keep_descriptor(void *p, size_t size, int used, void *unused) {
    (void)unused;
    if (used) world.live[world.live_count++] = (block_t){p, (uint32_t)size, HEAPS, 0, true};
    return true;
}

static uint32_t random_heap_size(void) {
    uint32_t size = LEAST_HEAP << rng_below(5);
    return (size + rng_below(size)) & ~3u;
}

/** Heaps of the capability layer, which puts descriptors of regions into one of them. */
static void make_regions(const size_t size[HEAPS]) {
    arena_rows(size);
    heap_caps_init();
    for (unsigned i = 0; i < HEAPS; i++) {
        const ch_region_t *r = ch_registry_first();
        while (r && r->start != (uintptr_t)world.heap[i].start) r = r->next;
        world.heap[i].handle = r->heap;
        multi_heap_walk(world.heap[i].handle, keep_descriptor, NULL);
    }
}

static void make_heaps(const size_t size[HEAPS]) {
    world.locked = rng_one_in(2);
    for (unsigned i = 0; i < HEAPS; i++) {
        world.heap[i].handle = multi_heap_register(world.heap[i].start, size[i]);
        multi_heap_lock_init(&locks[i]);
        if (world.locked) multi_heap_set_lock(world.heap[i].handle, &locks[i]);
    }
}

void world_make(void *unused) {
    (void)unused;
    size_t size[HEAPS];
    library_renew();
    guard_random = rng();
    memset(&world, 0, sizeof world);
    world.caps = rng_one_in(2);
    for (unsigned i = 0; i < HEAPS; i++) {
        size[i] = random_heap_size();
        if (size[i] < ROOMY && world.caps) size[i] += ROOMY; /* one of them holds the descriptors */
        world.heap[i].start = arena_open(i, size[i], rng_one_in(2));
        world.heap[i].end = world.heap[i].start + size[i];
    }
    if (world.caps)
        make_regions(size);
    else
        make_heaps(size);
    for (unsigned i = 0; i < HEAPS; i++) {
        const ch_engine_t *e = world_engine((uint8_t)i);
        world.heap[i].low = (unsigned char *)ch_at(e, ch_first(e));
        world.heap[i].high = (unsigned char *)ch_at(e, e->end);
    }
    world_operate(10 + rng_below(1u << rng_below(10)));
}

static struct {
    world_t world;
    multi_heap_lock_t locks[HEAPS];
    unsigned char variables[16384], memory[HEAPS][LONGEST_HEAP + 8192];
} kept;

void world_keep(void) {
    kept.world = world;
    memcpy(kept.locks, locks, sizeof locks);
    library_save(kept.variables);
    for (unsigned i = 0; i < HEAPS; i++) {
        size_t bytes;
        const unsigned char *pages = arena_pages(i, &bytes);
        memcpy(kept.memory[i], pages, bytes);
    }
}

bool world_differs(unsigned heap, const unsigned char *p, uint32_t *was, uint32_t *is) {
    size_t bytes;
    memcpy(is, p, 4);
    memcpy(was, kept.memory[heap] + (p - arena_pages(heap, &bytes)), 4);
    return *was != *is;
}

void world_restore(void) {
    world = kept.world;
    memcpy(locks, kept.locks, sizeof locks);
    library_load(kept.variables);
    for (unsigned i = 0; i < HEAPS; i++) {
        size_t bytes;
        unsigned char *pages = arena_pages(i, &bytes);
        memcpy(pages, kept.memory[i], bytes);
    }
}
