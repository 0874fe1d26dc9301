/* SPDX-License-Identifier: MIT */
/*
 * No false alarm: traces FILE.htr...   replays traces (bench/traces/README.md) on heaps with and without a lock, and checks the
 *                                      heap every
 * so often. Prints a line "trace FILE operations N checks N alarms N" for each.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guard.h"
#include "multi_heap.h"
#include "multi_heap_platform.h"

enum { CHECKS = 300 /* a trace, about */, MALLOC = 1, CALLOC, REALLOC, FREE, ALIGNED };

typedef struct {
    uint32_t word, size; /* word: operation | log2(alignment) << 4 | slot << 9 */
} op_t;

typedef struct {
    unsigned char *p;
    uint32_t size;
} slot_t;

static struct {
    char magic[4];
    uint32_t op_count, slot_count, peak_bytes, peak_blocks, end_bytes, end_blocks, zero;
} head;
static op_t *ops;
static slot_t *slots;
static multi_heap_handle_t heap;
static multi_heap_lock_t lock;
static unsigned long checks, alarms, lost;

static void *allocate(const op_t *op) {
    if ((op->word & 15) == ALIGNED) return multi_heap_aligned_alloc(heap, op->size, (size_t)1 << (op->word >> 4 & 31));
    return multi_heap_malloc(heap, op->size);
}

static void step(const op_t *op) {
    slot_t *slot = &slots[op->word >> 9];
    unsigned char *p = NULL;
    if ((op->word & 15) == FREE) {
        multi_heap_free(heap, slot->p);
        slot->p = NULL;
        return;
    }
    p = (op->word & 15) == REALLOC ? multi_heap_realloc(heap, slot->p, op->size) : allocate(op);
    if (!p) {
        lost++; /* the pool is large enough */
        return;
    }
    memset(p, (int)(op->word >> 9), op->size); /* all of it is the user's */
    slot->p = p;
}

static void run(void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < head.op_count; i++) {
        step(&ops[i]);
        if (i % (head.op_count / CHECKS + 1) != 0) continue;
        guard_alive();
        checks++;
        alarms += !multi_heap_check(heap, true);
    }
}

static bool replay(bool locked) {
    size_t size = (head.peak_bytes + (size_t)96 * head.peak_blocks) * 3 / 2 + 65536;
    void *pool = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    slots = calloc(head.slot_count, sizeof *slots);
    heap = pool == MAP_FAILED || !slots ? NULL : multi_heap_register(pool, size);
    if (!heap) return false;
    multi_heap_lock_init(&lock);
    if (locked) multi_heap_set_lock(heap, &lock);
    how_t how = guard_run(run, NULL);
    alarms += how != RAN;
    if (alarms) printf("alarm: %d, %s\n", (int)how, guard_reason);
    munmap(pool, size);
    free(slots);
    return true;
}

static bool load(const char *name) {
    FILE *file = fopen(name, "rb");
    if (!file || fread(&head, sizeof head, 1, file) != 1 || memcmp(head.magic, "HTR1", 4) != 0) return false;
    ops = calloc(head.op_count, sizeof *ops);
    bool whole = ops && fread(ops, sizeof *ops, head.op_count, file) == head.op_count;
    fclose(file);
    return whole;
}

int main(int argc, char **argv) {
    guard_begin();
    for (int i = 1; i < argc; i++) {
        if (!load(argv[i])) {
            fprintf(stderr, "%s: %s is no trace\n", argv[0], argv[i]);
            return 2;
        }
        checks = alarms = lost = 0;
        if (!replay(false) || !replay(true)) return 2;
        printf("trace %s operations %u checks %lu alarms %lu\n", argv[i], (unsigned)head.op_count, checks, alarms + lost);
        free(ops);
    }
    return 0;
}
