/* SPDX-License-Identifier: MIT */
/* Wrong use of blocks of the heap, by code that is compiled with checks. */
#include <string.h>

#include "bugs.h"
#include "esp_heap_caps.h"

volatile uintptr_t bug_address;
volatile int bug_zero;
void *volatile bug_sink;

#define BUG static __attribute__((noinline, noclone)) void

static inline __attribute__((always_inline)) char *block(size_t size) {
    char *p = heap_caps_malloc(size, MALLOC_CAP_DEFAULT);
    bug_sink = p;
    return p;
}

/** The address of a bad access, told before it is made. */
static inline __attribute__((always_inline)) char *bad(char *p, int offset) {
    p += bug_zero + offset;
    bug_address = (uintptr_t)p;
    return p;
}

BUG write_1(void) { *(volatile char *)bad(block(13), 13) = 1; }
BUG write_4(void) { *(volatile char *)bad(block(13), 16) = 1; }
BUG write_16(void) { *(volatile char *)bad(block(13), 28) = 1; }
BUG read_1(void) { (void)*(volatile char *)bad(block(16), 16); }
BUG read_4(void) { (void)*(volatile char *)bad(block(16), 19); }
BUG read_16(void) { (void)*(volatile char *)bad(block(16), 31); }
BUG write_word(void) { *(volatile uint32_t *)(void *)bad(block(40), 40) = 1; }
BUG read_half(void) { (void)*(volatile uint16_t *)(void *)bad(block(22), 22); }
BUG read_long(void) { (void)*(volatile uint64_t *)(void *)bad(block(24), 24); }
BUG large(void) { *(volatile char *)bad(block(5001), 5001) = 1; }

BUG before_1(void) { (void)*(volatile char *)bad(block(24), -1); }
BUG before_4(void) { *(volatile char *)bad(block(24), -4) = 1; }
BUG before_16(void) { *(volatile uint32_t *)(void *)bad(block(24), -16) = 1; }

BUG freed_read(void) {
    char *p = block(24);
    heap_caps_free(p);
    (void)*(volatile char *)bad(p, 5);
}

BUG freed_write(void) {
    char *p = block(100);
    heap_caps_free(p);
    *(volatile uint32_t *)(void *)bad(p, 96) = 1;
}

/* Others come and go in the meantime; the block is still held back. */
BUG freed_long_ago(void) {
    char *p = block(24);
    heap_caps_free(p);
    for (int i = 0; i < 50; i++) heap_caps_free(block(24));
    (void)*(volatile char *)bad(p, 23);
}

BUG moved(void) {
    char *p = block(24);
    bug_sink = heap_caps_realloc(p, 20, MALLOC_CAP_DEFAULT);
    *(volatile char *)bad(p, 0) = 1;
}

BUG cleared(void) {
    char *p = heap_caps_calloc(3, 7, MALLOC_CAP_DEFAULT);
    *(volatile char *)bad(p, 21) = 1;
}

BUG aligned(void) {
    char *p = heap_caps_aligned_alloc(64, 30, MALLOC_CAP_DEFAULT);
    *(volatile char *)bad(p, 30) = 1;
}

BUG never_used(void) {
    char *p = block(24);
    (void)*(volatile char *)bad(p, 4096);
}

BUG double_free(void) {
    char *p = block(24);
    heap_caps_free(p);
    heap_caps_free(bad(p, 0));
}

BUG interior_free(void) { heap_caps_free(bad(block(24), 8)); }
BUG odd_free(void) { heap_caps_free(bad(block(24), 1)); }

static char global_array[16];
BUG global_free(void) {
    bug_sink = global_array;
    heap_caps_free(bad(bug_sink, 0));
}

BUG realloc_freed(void) {
    char *p = block(24);
    heap_caps_free(p);
    bug_sink = heap_caps_realloc(bad(p, 0), 100, MALLOC_CAP_DEFAULT);
}

BUG copy_to(void) {
    static const char from[32] = "0123456789abcdef";
    memcpy(bad(block(10), 0), from, (size_t)(11 + bug_zero));
}

BUG copy_from(void) {
    static char to[32];
    memcpy(to, bad(block(10), 0), (size_t)(11 + bug_zero));
    bug_sink = to;
}

BUG move_to(void) {
    char *p = block(32);
    memmove(bad(p, 8), p, (size_t)(25 + bug_zero));
}

BUG set(void) { memset(bad(block(10), 0), 0, (size_t)(12 + bug_zero)); }

BUG text_copy(void) { strcpy(bad(block(5), 0), bug_zero ? "" : "hello"); }

BUG text_length(void) {
    char *p = block(8);
    memset(p, 'x', (size_t)(8 + bug_zero));
    heap_caps_aligned_alloc(4, 4, MALLOC_CAP_DEFAULT);
    bug_sink = (void *)strlen(bad(p, 0));
}

BUG text_append(void) {
    char *p = block(8);
    strcpy(p, bug_zero ? "" : "good ");
    (void)bad(p, 5);
    strcat(p, bug_zero ? "" : "day");
}

typedef struct {
    int parts[20];
} big_t;
BUG structure(void) {
    static big_t from;
    big_t *to = (big_t *)(void *)bad(block(sizeof(big_t) - 4), 0);
    bug_sink = to;
    *to = from;
}

typedef struct __attribute__((packed)) {
    char tag;
    uint32_t value;
} packed_t;
BUG crossing(void) {
    char *p = block(15);
    (void)bad(p, 12);
    bug_sink = (void *)(uintptr_t)((packed_t *)(void *)(p + 11))->value;
}

#define OVER "heap-buffer-overflow (right redzone)"
#define PART "heap-buffer-overflow (partial granule)"
#define UNDER "heap-buffer-underflow"
#define FREED "use-after-free"
#define AT(size, state, offset) "of " #size " bytes, " state ": the access is at offset " #offset "\n"
#define USED "in use"

const bug_t heap_bugs[] = {
    {"write_1", write_1, "WRITE of size 1", PART, AT(13, USED, 13), false},
    {"write_4", write_4, "WRITE of size 1", OVER, AT(13, USED, 16), false},
    {"write_16", write_16, "WRITE of size 1", OVER, AT(13, USED, 28), true},
    {"read_1", read_1, "READ of size 1", OVER, AT(16, USED, 16), false},
    {"read_4", read_4, "READ of size 1", OVER, AT(16, USED, 19), false},
    {"read_16", read_16, "READ of size 1", OVER, AT(16, USED, 31), true},
    {"write_word", write_word, "WRITE of size 4", OVER, AT(40, USED, 40), false},
    {"read_half", read_half, "READ of size 2", PART, AT(22, USED, 22), false},
    {"read_long", read_long, "READ of size 8", OVER, AT(24, USED, 24), false},
    {"large", large, "WRITE of size 1", PART, AT(5001, USED, 5001), false},
    {"before_1", before_1, "READ of size 1", UNDER, AT(24, USED, -1), false},
    {"before_4", before_4, "WRITE of size 1", UNDER, AT(24, USED, -4), false},
    {"before_16", before_16, "WRITE of size 4", UNDER, AT(24, USED, -16), true},
    {"freed_read", freed_read, "READ of size 1", FREED, AT(24, "freed", 5), false},
    {"freed_write", freed_write, "WRITE of size 4", FREED, AT(100, "freed", 96), false},
    {"freed_long_ago", freed_long_ago, "READ of size 1", FREED, AT(24, "freed", 23), false},
    {"moved", moved, "WRITE of size 1", FREED, AT(24, "freed", 0), false},
    {"cleared", cleared, "WRITE of size 1", PART, AT(21, USED, 21), false},
    {"aligned", aligned, "WRITE of size 1", PART, AT(30, USED, 30), false},
    {"never_used", never_used, "READ of size 1", "uninitialised memory", NULL, false},
    {"double_free", double_free, "FREE of", "double-free", AT(24, "freed", 0), false},
    {"interior_free", interior_free, "FREE of", "invalid-free", AT(24, USED, 8), false},
    {"odd_free", odd_free, "FREE of", "invalid-free", AT(24, USED, 1), false},
    {"global_free", global_free, "FREE of", "invalid-free", NULL, false},
    {"realloc_freed", realloc_freed, "FREE of", "double-free", AT(24, "freed", 0), false},
    {"copy_to", copy_to, "WRITE of size 11", PART, AT(10, USED, 10), false},
    {"copy_from", copy_from, "READ of size 11", PART, AT(10, USED, 10), false},
    {"move_to", move_to, "WRITE of size 25", OVER, AT(32, USED, 32), false},
    {"set", set, "WRITE of size 12", PART, AT(10, USED, 10), false},
    {"text_copy", text_copy, "WRITE of size 6", PART, AT(5, USED, 5), false},
    {"text_length", text_length, "READ of size ", OVER, AT(8, USED, 8), false},
    {"text_append", text_append, "WRITE of size 4", OVER, AT(8, USED, 8), false},
    {"crossing", crossing, "READ of size 4", PART, AT(15, USED, 15), false},
    {"structure", structure, "WRITE of size 80", OVER, AT(76, USED, 76), false},
};
/* The last one is not for clang: its copies of structures are calls of memcpy by that name. */
const size_t heap_bug_count = sizeof heap_bugs / sizeof heap_bugs[0] - BUG_COPIES_UNSEEN;
