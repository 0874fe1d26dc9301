/* SPDX-License-Identifier: MIT */
/*
 * The malloc family for processes under the thread sanitizer, by other names (names/libc_names.h), as the sanitizer lives from
 * the real ones: threads that free and resize each other's blocks, small and large, while regions are added.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "libc/posix/process.h"

enum { THREADS = 4, SLOTS = 64, STEPS = 30000 };

static char *_Atomic slots[SLOTS];
static _Atomic int failures;

static void *work(void *argument) {
    unsigned random = (unsigned)(uintptr_t)argument;
    for (int i = 0; i < STEPS; i++) {
        random = random * 1664525u + 1013904223u;
        size_t size = (random >> 8) % 300 == 0 ? 1500000 : (random >> 8) % 1500 + 8;
        char *block = i % 16 ? malloc(size) : calloc(1, size);
        if (!block) {
            failures++;
            break;
        }
        block[0] = block[size - 1] = 1; /* the sanitizer says if this memory was somebody else's without a lock in between */
        char *old = atomic_exchange(&slots[random >> 20 & (SLOTS - 1)], block);
        if (old && random & 4096) old = realloc(old, size / 2 + 9);
        if (old) old[0] = 2;
        free(old);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) failures += pthread_create(&threads[i], NULL, work, (void *)(i + 1)) != 0;
    for (int i = 0; i < THREADS; i++) failures += pthread_join(threads[i], NULL) != 0;
    for (int i = 0; i < SLOTS; i++) free(slots[i]);
    multi_heap_info_t all;
    heap_caps_get_info(&all, MALLOC_CAP_DEFAULT);
    failures += all.allocated_blocks != 0;
    failures += ch_process_region_count() < 2; /* small and large */
    failures += !heap_caps_check_integrity_all(true);
    printf("%llu operations\n", (unsigned long long)ch_process_sections());
    printf("ch_test: %d passed, %d failed\n", failures == 0, failures != 0);
    return failures != 0;
}
