/* SPDX-License-Identifier: MIT */
/*
 * Memory efficiency, on the host as a 32-bit program: the smallest pool in which a trace replays without a failed call.
 *
 *     efficiency FILE...     for each trace: "PEAK SMALLEST FILE", bytes
 *     efficiency --control   for heaps of some sizes: "SIZE CONTROL", bytes
 *
 * Everything the heap needs lies in the pool.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capheap/config.h"
#include "multi_heap.h"
#include "search.h"

extern const subject_t subject;

enum { POOL_LIMIT = 1 << 29 };

__attribute__((noreturn)) static void die(const char *what, const char *which) {
    fprintf(stderr, "efficiency: %s: %s\n", which, what);
    exit(1);
}

static void *allocate(size_t size) {
    void *memory = aligned_alloc(4096, (size + 4095) & ~(size_t)4095);

    if (memory == NULL) {
        die("no memory", "host");
    }
    return memory;
}

static trace_t *trace_load(const char *path) {
    FILE *file = fopen(path, "rb");
    long length = 0;
    trace_t *trace;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) < 0) {
        die("cannot be read", path);
    }
    rewind(file);
    trace = allocate((size_t)length);
    if (fread(trace, 1, (size_t)length, file) != (size_t)length || !trace_is_valid(trace, (size_t)length)) {
        die("is no trace", path);
    }
    fclose(file);
    return trace;
}

static size_t smallest_pool(const trace_t *trace, const char *path) {
    slot_t *slots = allocate(trace->slot_count * sizeof *slots);
    void *pool = allocate(POOL_LIMIT);
    search_result_t found = search_pool(trace, &subject, slots, pool, POOL_LIMIT);

    if (found.failure != NULL) {
        fprintf(stderr, "operation %lu, pool of %zu bytes\n", (unsigned long)found.op, found.pool_size);
        die(found.failure, path);
    }
    free(pool);
    free(slots);
    return found.smallest;
}

/* What a fresh heap keeps for itself, less the bits beside the blocks: one for each granule of the blocks, in whole words. */
static void print_control(size_t size) {
    void *pool = allocate(size);
    multi_heap_handle_t heap = multi_heap_register(pool, size);
    if (heap == NULL) die("multi_heap_register() fails", "control");
    size_t blocks = multi_heap_free_size(heap);
    size_t bits = (blocks / CH_CFG_GRANULE + 31) / 32 * 4;
    printf("%zu %ld\n", size, (long)size - (long)blocks - (long)bits);
    free(pool);
}

int main(int argc, char **argv) {
    static const size_t sizes[] = {16384, 65536, 262144, 4194304};

    if (argc == 2 && strcmp(argv[1], "--control") == 0) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            print_control(sizes[i]);
        }
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        trace_t *trace = trace_load(argv[i]);
        printf("%lu %zu %s\n", (unsigned long)trace->peak_bytes, smallest_pool(trace, argv[i]), argv[i]);
        free(trace);
    }
    return 0;
}
