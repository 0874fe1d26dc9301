/* SPDX-License-Identifier: MIT */
/*
 * Task tracking and call sites under threads: each is a task, blocks go from hand to hand, and somebody lists all the time. In
 * the end everything is freed, so that every account is 0 again; and no peak is less than what its thread held for sure.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ch_test.h"

#include "capheap/call_sites.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#define CH_INSIDE_TASK_TRACKING
#include "esp_heap_task_info.h"
#include "posix_ram.h"

enum { THREADS = 4, ROUNDS = 20000, SHARED = 64, LISTS = 64 };

static void *shared[SHARED]; /* blocks that nobody holds: taken and put by an atomic exchange */
static bool done;

static void *work(void *number) {
    uint32_t draw = 12345u + 977u * (uint32_t)(uintptr_t)number;
    for (unsigned i = 0; i < ROUNDS; i++) {
        draw = draw * 1664525u + 1013904223u;
        void *p = heap_caps_malloc(1 + (draw >> 16) % 400, MALLOC_CAP_8BIT);
        if (p && draw >> 30 == 0) {
            void *q = heap_caps_realloc(p, 1 + (draw >> 8) % 800, MALLOC_CAP_8BIT);
            if (q) p = q;
        }
        p = __atomic_exchange_n(&shared[(draw >> 10) % SHARED], p, __ATOMIC_ACQ_REL);
        heap_caps_free(p);
    }
    return NULL;
}

static void *look(void *unused) {
    static task_stat_t tasks[LISTS];
    static heap_stat_t heaps[4 * LISTS];
    static heap_task_block_t blocks[4 * SHARED];
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
        heap_all_tasks_stat_t all = {LISTS, tasks, 4 * LISTS, heaps, 4 * SHARED, blocks};
        assert_int_equal(heap_caps_get_all_task_stat(&all), ESP_OK);
        for (size_t i = 0; i < all.task_count; i++) assert_true(tasks[i].overall_current_usage <= tasks[i].overall_peak_usage);
        size_t count = 1;
        heap_call_site_t site;
        heap_call_sites_get(&site, &count);
    }
    return unused;
}

static void accounts_of_all_threads_are_0_in_the_end(void **state) {
    (void)state;
    if (!CH_CFG_TASK_TRACKING) skip();
    assert_true(posix_ram_map_chip());
    heap_caps_init();
    pthread_t threads[THREADS], watcher;
    pthread_create(&watcher, NULL, look, NULL);
    for (uintptr_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, (void *)i);
    for (unsigned i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    __atomic_store_n(&done, true, __ATOMIC_RELEASE);
    pthread_join(watcher, NULL);
    for (unsigned i = 0; i < SHARED; i++) heap_caps_free(shared[i]);
    static task_stat_t tasks[LISTS];
    heap_all_tasks_stat_t all = {.task_count = LISTS, .stat_arr = tasks};
    assert_int_equal(heap_caps_get_all_task_stat(&all), ESP_OK);
    assert_int_equal(all.task_count, THREADS);
    for (size_t i = 0; i < all.task_count; i++) {
        assert_int_equal(tasks[i].overall_current_usage, 0);
        assert_true(tasks[i].overall_peak_usage > 0);
    }
    size_t count = 1;
    heap_call_site_t site = {.live_bytes = 0};
    if (heap_call_sites_get(&site, &count) == ESP_OK) assert_int_equal(site.live_bytes + site.live_blocks, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(accounts_of_all_threads_are_0_in_the_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
