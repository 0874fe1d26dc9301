/* SPDX-License-Identifier: MIT */
/*
 * Threads on the host, all at once:
 *
 *      4 workers   allocate, resize and free blocks in several heaps, also each other's. Every block carries a tag from its first
 *                  to its last byte
 *      1 looker    walks, checks, dumps, asks for totals
 *      1 watcher   starts and stops the monitor, sets the failure callback, asks for watermarks
 *      2 adders    add regions whose ranges collide, at the same moment: exactly one may succeed. One of them also makes heaps of
 *                  blocks of other heaps
 *
 * CH_SEED repeats the draws, not the order of events; CH_OPS is the number of the workers' operations. Preset tsan runs this
 * under ThreadSanitizer, which has to find nothing: there is no list of exceptions.
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
#define CAP_INSIDE (1u << 25)
enum { WORKERS = 4, ADDERS = 2, SLOTS = 64, SMALL_SIZE = 16384 };
enum { ROUNDS = 16, LATE_SIZE = 8192, INSIDE_EVERY = 4, INSIDE_SIZE = 2048, PAUSE_NS = 5000000 };

static const uint32_t masks[] = {MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL, CAP_SMALL,
                                 CAP_LATE,           CAP_SMALL | MALLOC_CAP_8BIT,           CAP_INSIDE,
                                 MALLOC_CAP_DMA};

/* A place where one thread leaves a block and any other takes it. */
static _Atomic(unsigned char *) place[SLOTS];
static atomic_uint wrong, failed, told;
static atomic_bool working;
static unsigned operations;

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
    switch (draw_from(state) % 5) {
    case 0:
        p = heap_caps_aligned_alloc(alignment, size, caps);
        if (p && (uintptr_t)p & (alignment - 1)) wrong++;
        break;
    case 1:
        p = heap_caps_calloc(1, size, caps);
        for (uint32_t i = 0; p && i < size; i++) wrong += p[i] != 0;
        break;
    case 2: p = heap_caps_malloc_prefer(size, 2, caps, MALLOC_CAP_DEFAULT); break;
    default: p = heap_caps_malloc(size, caps);
    }
    if (!p) failed++;
    if (p && heap_caps_get_allocated_size(p) < size) wrong++;
    if (p) mark(p, size, (unsigned char)draw_from(state));
    return p;
}

static unsigned char *resized(unsigned char *p, uint32_t *state) {
    uint32_t had = length_of(p), size = draw_size(state);
    unsigned char tag = p[4], *moved = heap_caps_realloc(p, size, masks[draw_from(state) % 3]);
    if (!moved) failed++;
    if (!moved) return p;
    if (!is_marked(moved, had < size ? had : size) || (had > 4 && moved[4] != tag)) wrong++;
    mark(moved, size, tag);
    return moved;
}

static void *work(void *seed) {
    uint32_t state = *(uint32_t *)seed;
    for (unsigned i = 0; i < operations; i++) {
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
    ch_test_output_drop(true); /* the dumps */
    while (working) {
        size_t count = 0;
        heap_caps_walk_all(is_inside, &count);
        if (!heap_caps_check_integrity_all(true)) wrong++;
        heap_caps_get_info(&info, 0);
        if (info.allocated_blocks + info.free_blocks != info.total_blocks || count == 0) wrong++;
        if (heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT) > heap_caps_get_total_size(MALLOC_CAP_DEFAULT)) wrong++;
        heap_caps_dump(CAP_SMALL);
    }
    return NULL;
}

static void failure_told(size_t size, uint32_t caps, const char *function_name) {
    if (size == 0 || caps == 0 || function_name == NULL) wrong++;
    told++;
}

static void *watch(void *unused) {
    (void)unused;
    while (working) {
        if (heap_caps_monitor_local_minimum_free_size_start() != ESP_OK) wrong++;
        heap_caps_register_failed_alloc_callback(failure_told);
        size_t least = heap_caps_get_minimum_free_size(CAP_SMALL), total = heap_caps_get_total_size(CAP_SMALL);
        if (least > total || heap_caps_get_free_size(CAP_SMALL) > total) wrong++;
        if (heap_caps_monitor_local_minimum_free_size_stop() != ESP_OK) wrong++;
        nanosleep(&(struct timespec){0, PAUSE_NS / 10}, NULL);
    }
    return NULL;
}

static unsigned char late[ROUNDS][2 * LATE_SIZE] __attribute__((aligned(64)));
static atomic_uint added[ROUNDS], refused[ROUNDS];
static pthread_barrier_t together;

/** Makes a block a heap, which stays. */
static void add_inside(void) {
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {CAP_INSIDE, 0, MALLOC_CAP_8BIT};
    char *host = heap_caps_malloc(INSIDE_SIZE, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    if (!host || heap_caps_add_region_with_caps(caps, (intptr_t)host, (intptr_t)(host + INSIDE_SIZE)) != ESP_OK) wrong++;
    void *p = heap_caps_malloc(64, CAP_INSIDE);
    if (p) heap_caps_free(p);
}

/* Both adders want the same place: one the first half, the other that too, or in every other round a range that straddles it. */
static void *add(void *adder) {
    uintptr_t me = (uintptr_t)adder;
    for (int i = 0; i < ROUNDS; i++) {
        const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {i % 2 ? CAP_LATE : 0, CAP_SMALL, CAP_LATE | MALLOC_CAP_8BIT};
        intptr_t start = (intptr_t)late[i] + (me && i % 2 ? LATE_SIZE / 2 : 0), end = start + LATE_SIZE;
        nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
        pthread_barrier_wait(&together);
        esp_err_t result = heap_caps_add_region_with_caps(caps, start, end);
        if (result == ESP_OK) added[i]++;
        if (result == ESP_FAIL) refused[i]++;
        if (heap_caps_add_region_with_caps(caps, start, end) != ESP_FAIL) wrong++;
        if (me && i % INSIDE_EVERY == 0) add_inside();
    }
    return NULL;
}

static void start(pthread_t *thread, void *(*body)(void *), void *argument) {
    assert_int_equal(pthread_create(thread, NULL, body, argument), 0);
}

static void run_threads(void) {
    pthread_t worker[WORKERS], adder[ADDERS], looker, watcher;
    uint32_t seed[WORKERS];
    const char *total = getenv("CH_OPS");
    operations = (total ? (unsigned)strtoul(total, NULL, 0) : 400000) / WORKERS;
    working = true;
    pthread_barrier_init(&together, NULL, ADDERS);
    start(&looker, look, NULL);
    start(&watcher, watch, NULL);
    for (uint32_t i = 0; i < WORKERS; i++) {
        seed[i] = (ch_test_seed() ^ (i * 0x9E3779B9u)) | 1;
        start(&worker[i], work, &seed[i]);
    }
    for (uintptr_t i = 0; i < ADDERS; i++) start(&adder[i], add, (void *)i);
    for (int i = 0; i < WORKERS; i++) pthread_join(worker[i], NULL);
    for (int i = 0; i < ADDERS; i++) pthread_join(adder[i], NULL);
    working = false;
    pthread_join(looker, NULL);
    pthread_join(watcher, NULL);
}

static void threads_share_all_heaps(void **state) {
    (void)state;
    static unsigned char small[SMALL_SIZE] __attribute__((aligned(64)));
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {CAP_SMALL, MALLOC_CAP_8BIT, 0};
    multi_heap_info_t before, after;
    assert_true(posix_ram_map_chip());
    heap_caps_init();
    heap_caps_enable_nonos_stack_heaps();
    assert_int_equal(heap_caps_add_region_with_caps(caps, (intptr_t)small, (intptr_t)(small + SMALL_SIZE)), ESP_OK);
    heap_caps_get_info(&before, 0);
    run_threads();
    for (int k = 0; k < SLOTS; k++) {
        if (place[k] && !is_marked(place[k], UINT32_MAX)) wrong++;
        heap_caps_free(place[k]);
    }
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(added[i], 1);
        assert_int_equal(refused[i], 1);
    }
    if (wrong) fail_msg("%u things were wrong: %s", (unsigned)wrong, ch_test_output());
    assert_in_range(failed, 0, WORKERS * (size_t)operations / 4);
    assert_in_range(told, 0, failed);
    assert_true(heap_caps_check_integrity_all(true));
    heap_caps_get_info(&after, 0);
    /* A descriptor for each region, and the blocks that became heaps. */
    assert_int_equal(after.allocated_blocks, before.allocated_blocks + ROUNDS + 2 * (ROUNDS / INSIDE_EVERY));
    heap_caps_get_info(&after, CAP_LATE);
    assert_int_equal(after.allocated_blocks, 0);
    assert_int_equal(after.free_blocks, ROUNDS);
    heap_caps_get_info(&after, CAP_INSIDE);
    assert_int_equal(after.free_blocks, ROUNDS / INSIDE_EVERY);
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
