/* SPDX-License-Identifier: MIT */
/*
 * Threads on the host: four that allocate, resize and free blocks in several heaps, also each other's; one that walks, checks and asks;
 * one that adds regions meanwhile. Every block carries a tag from its first to its last byte.
 *
 * CH_SEED repeats the draws, not the order of events. Also meant for -fsanitize=thread: what the library reads without a lock on
 * purpose is named below.
 */
#include "ch_test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capheap/config.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"

#if defined __unix__
#include <pthread.h>
#include <stdatomic.h>

#include "posix_ram.h"

#define CAP_SMALL (1u << 22)
#define CAP_LATE (1u << 24)
enum { WORKERS = 4, SLOTS = 64, OPERATIONS = 150000, REGIONS_LATE = 12, LATE_SIZE = 8192, SMALL_SIZE = 16384 };

/*
 * What the library shares without a lock, on purpose: a region is made known by a fence, which the sanitizer does not know, and the
 * list is read in the functions named here; hints may be old when they are read: the heap and the route found last, a heap's limit and
 * free count (in functions that read nothing else themselves). Nothing else may race.
 */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
    return "race:heap_caps_add_region_with_caps\n"
           "race:^ch_registry$\n"
           "race_top:^ch_registry_\n"
           "race_top:^ch_region_\n"
           "race_top:^free_elsewhere$\n"
           "race_top:^allocate$\n"
           "race_top:^multi_heap_malloc$\n"
           "race_top:^ch_heap_aligned_alloc$\n"
           "race_top:^multi_heap_free_size$\n"
           "race_top:^multi_heap_minimum_free_size$\n";
}

static const uint32_t masks[] = {
    MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL, CAP_SMALL, CAP_LATE, MALLOC_CAP_DMA, CAP_SMALL | MALLOC_CAP_8BIT};

/* A place where one thread leaves a block and any other takes it. */
static _Atomic(unsigned char *) place[SLOTS];
static atomic_uint wrong, failed;
static atomic_bool working;

/* The first bytes of a block are its length and a tag, which fills the rest. */
static void mark(unsigned char *p, uint32_t size, unsigned char tag) {
    memcpy(p, &size, 4);
    memset(p + 4, tag, size - 4);
}

static bool is_marked(const unsigned char *p, uint32_t up_to) {
    uint32_t size;
    memcpy(&size, p, 4);
    if (size < up_to) up_to = size;
    for (uint32_t i = 5; i < up_to; i++) {
        if (p[i] != p[4]) return false;
    }
    return true;
}

static uint32_t length_of(const unsigned char *p) {
    uint32_t size;
    memcpy(&size, p, 4);
    return size;
}

static uint32_t draw_from(uint32_t *state) {
    *state ^= *state << 13, *state ^= *state >> 17, *state ^= *state << 5;
    return *state;
}

static uint32_t draw_size(uint32_t *state) {
    uint32_t kind = draw_from(state) % 16, d = draw_from(state);
    return kind < 10 ? 8 + d % 60 : kind < 15 ? 8 + d % 700 : 8 + d % 5000;
}

static unsigned char *fresh_block(uint32_t *state) {
    uint32_t size = draw_size(state), caps = masks[draw_from(state) % (sizeof masks / sizeof masks[0])];
    size_t alignment = (size_t)16 << draw_from(state) % 4;
    unsigned char *p;
    switch (draw_from(state) % 4) {
    case 0:
        p = heap_caps_aligned_alloc(alignment, size, caps);
        if (p && (uintptr_t)p & (alignment - 1)) wrong++;
        break;
    case 1:
        p = heap_caps_calloc(1, size, caps);
        for (uint32_t i = 0; p && i < size; i++) wrong += p[i] != 0;
        break;
    default: p = heap_caps_malloc(size, caps);
    }
    if (!p) failed++;
    if (p) mark(p, size, (unsigned char)draw_from(state));
    return p;
}

static unsigned char *resized(unsigned char *p, uint32_t *state) {
    uint32_t had = length_of(p), size = draw_size(state);
    unsigned char tag = p[4], *moved = heap_caps_realloc(p, size, masks[draw_from(state) % 3]);
    if (!moved) return p;
    if (!is_marked(moved, had < size ? had : size) || (had > 4 && moved[4] != tag)) wrong++;
    mark(moved, size, tag);
    return moved;
}

static void *work(void *seed) {
    uint32_t state = *(uint32_t *)seed;
    for (int i = 0; i < OPERATIONS; i++) {
        size_t k = draw_from(&state) % SLOTS;
        unsigned char *p = atomic_exchange(&place[k], NULL); /* often another thread's */
        if (p && !is_marked(p, UINT32_MAX)) wrong++;
        if (!p) {
            p = fresh_block(&state);
        } else if (draw_from(&state) % 3 == 0) {
            p = resized(p, &state);
        } else {
            heap_caps_free(p);
            continue;
        }
        p = atomic_exchange(&place[k], p);
        if (p) heap_caps_free(p);
    }
    return NULL;
}

static bool is_inside(walker_heap_into_t heap, walker_block_info_t block, void *count) {
    ++*(size_t *)count;
    if ((uintptr_t)block.ptr < (uintptr_t)heap.start || block.size > (uintptr_t)heap.end - (uintptr_t)block.ptr) wrong++;
    return true;
}

static void *look(void *unused) {
    (void)unused;
    multi_heap_info_t info;
    while (working) {
        size_t count = 0;
        heap_caps_walk_all(is_inside, &count);
        if (!heap_caps_check_integrity_all(true)) wrong++;
        heap_caps_get_info(&info, 0);
        if (info.allocated_blocks + info.free_blocks != info.total_blocks || count == 0) wrong++;
        if (heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT) > heap_caps_get_total_size(MALLOC_CAP_DEFAULT)) wrong++;
    }
    return NULL;
}

static unsigned char late[REGIONS_LATE][LATE_SIZE] __attribute__((aligned(64)));

static void *add(void *unused) {
    (void)unused;
    for (int i = 0; i < REGIONS_LATE; i++) {
        const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {i % 2 ? CAP_LATE : 0, CAP_SMALL, CAP_LATE | MALLOC_CAP_8BIT};
        intptr_t start = (intptr_t)late[i], end = start + LATE_SIZE;
        if (heap_caps_add_region_with_caps(caps, start, end) != ESP_OK) wrong++;
        if (heap_caps_add_region_with_caps(caps, start, end) != ESP_FAIL) wrong++;
        struct timespec pause = {0, 20000000};
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void threads_share_all_heaps(void **state) {
    (void)state;
    static unsigned char small[SMALL_SIZE] __attribute__((aligned(64)));
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {CAP_SMALL, MALLOC_CAP_8BIT, 0};
    pthread_t worker[WORKERS], looker, adder;
    uint32_t seed[WORKERS];
    assert_true(posix_ram_map_chip());
    heap_caps_init();
    heap_caps_enable_nonos_stack_heaps();
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)small, (intptr_t)(small + SMALL_SIZE)), ESP_OK);
    multi_heap_info_t before, after;
    heap_caps_get_info(&before, 0);
    working = true;
    assert_int_equal(pthread_create(&looker, NULL, look, NULL), 0);
    for (uint32_t i = 0; i < WORKERS; i++) {
        seed[i] = (ch_test_seed() ^ (i * 0x9E3779B9u)) | 1;
        assert_int_equal(pthread_create(&worker[i], NULL, work, &seed[i]), 0);
    }
    assert_int_equal(pthread_create(&adder, NULL, add, NULL), 0);
    for (int i = 0; i < WORKERS; i++) pthread_join(worker[i], NULL);
    pthread_join(adder, NULL);
    working = false;
    pthread_join(looker, NULL);
    for (int k = 0; k < SLOTS; k++) {
        if (place[k] && !is_marked(place[k], UINT32_MAX)) wrong++;
        heap_caps_free(place[k]);
    }
    if (wrong) fail_msg("%u things were wrong: %s", (unsigned)wrong, ch_test_output());
    assert_true(failed < WORKERS * OPERATIONS / 4u);
    assert_true(heap_caps_check_integrity_all(true));
    heap_caps_get_info(&after, 0);
    assert_int_equal(after.allocated_blocks, before.allocated_blocks + REGIONS_LATE); /* the descriptors */
    heap_caps_get_info(&after, CAP_LATE);
    assert_int_equal(after.allocated_blocks, 0);
    assert_int_equal(after.free_blocks, REGIONS_LATE);
}
#else
static void threads_share_all_heaps(void **state) {
    (void)state;
    skip();
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_share_all_heaps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
