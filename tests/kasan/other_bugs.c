/* SPDX-License-Identifier: MIT */
/* Wrong use of globals, and of blocks of a heap of one's own, by code that is compiled with checks. */
#include <string.h>

#include "bugs.h"
#include "multi_heap.h"

#define BUG static __attribute__((noinline, noclone)) void

static char letters[13];
static uint32_t numbers[6] = {1, 2, 3, 4, 5, 6};
static const char table[20] = {1};

static inline __attribute__((always_inline)) char *bad(const void *p, int offset) {
    bug_sink = (void *)(uintptr_t)p; /* the compiler may not know any more whose address it is */
    char *at = (char *)bug_sink + bug_zero + offset;
    bug_address = (uintptr_t)at;
    return at;
}

BUG global_write(void) { *(volatile char *)bad(letters, 13) = 1; }
BUG global_read(void) { (void)*(volatile uint32_t *)(void *)bad(numbers, 24); }
BUG global_constant(void) { (void)*(volatile char *)bad(table, 20); }
BUG global_copy(void) { memset(bad(letters, 0), 0, (size_t)(14 + bug_zero)); }

static char *own_block(multi_heap_handle_t *heap) {
    static uint64_t room[512];
    *heap = multi_heap_register(room, sizeof room);
    return multi_heap_malloc(*heap, 20);
}

BUG own_heap(void) {
    multi_heap_handle_t heap;
    *(volatile char *)bad(own_block(&heap), 20) = 1;
}

BUG own_heap_freed(void) {
    multi_heap_handle_t heap;
    char *p = own_block(&heap);
    multi_heap_free(heap, p);
    (void)*(volatile char *)bad(p, 0);
}

BUG own_heap_twice(void) {
    multi_heap_handle_t heap;
    char *p = own_block(&heap);
    multi_heap_free(heap, p);
    multi_heap_free(heap, bad(p, 0));
}

BUG own_heap_moved(void) {
    multi_heap_handle_t heap;
    char *p = own_block(&heap);
    bug_sink = multi_heap_realloc(heap, p, 40);
    (void)*(volatile char *)bad(p, 19);
}

BUG own_heap_inside(void) {
    multi_heap_handle_t heap;
    (void)own_block(&heap);
    (void)*(volatile uint32_t *)(void *)bad(heap, 0); /* the heap's own words are nobody else's */
}

#define GLOBAL "global-buffer-overflow"

const bug_t other_bugs[] = {
    {"global_write", global_write, "WRITE of size 1", GLOBAL, NULL, false},
    {"global_read", global_read, "READ of size 4", GLOBAL, NULL, false},
    {"global_constant", global_constant, "READ of size 1", GLOBAL, NULL, false},
    {"global_copy", global_copy, "WRITE of size 14", GLOBAL, NULL, false},
    {"own_heap", own_heap, "WRITE of size 1", "heap-buffer-overflow", "of 20 bytes, in use: the access is at offset 20\n", false},
    {"own_heap_freed", own_heap_freed, "READ of size 1", "use-after-free", "of 20 bytes, freed: the access is at offset 0\n",
     false},
    {"own_heap_twice", own_heap_twice, "FREE of", "double-free", "of 20 bytes, freed: the access is at offset 0\n", false},
    {"own_heap_moved", own_heap_moved, "READ of size 1", "use-after-free", "of 20 bytes, freed: the access is at offset 19\n",
     false},
    {"own_heap_inside", own_heap_inside, "READ of size 4", "uninitialised memory", NULL, false},
};
const size_t other_bug_count = sizeof other_bugs / sizeof other_bugs[0];
