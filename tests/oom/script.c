/* SPDX-License-Identifier: MIT */
/* See script.h. Each step puts what it gets into a slot; a slot knows what its block must hold. */
#include "script.h"

#include "api_setup.h"
#include "caps/caps_base.h"
#include "full.h"
#include "libc_calls.h"

#define SLOTS 24u

typedef struct {
    void *p;
    size_t size; /* bytes that are known */
    uint32_t tag;
} slot_t;

static slot_t slots[SLOTS];
static unsigned failures, told;

unsigned script_failures(void) { return failures; }

unsigned script_told(void) { return told; }

/* ---- slots ---- */

/* What has come of a request: without full heaps it is served. */
static void *came(void *p, bool callback) {
    if (p) return p;
    failures++;
    told += callback;
    return NULL;
}

static void keep(size_t i, void *p, size_t size) {
    slots[i] = (slot_t){p, p ? size : 0, 0x0BEDu * (uint32_t)(i + 1)};
    if (p) api_fill_words(p, size, slots[i].tag);
}

static void keep_clear(size_t i, void *p, size_t size) {
    if (p) assert_true(api_words_zero(p, size));
    keep(i, p, size);
}

static void drop(size_t i) {
    if (slots[i].p) assert_true(api_words_hold(slots[i].p, slots[i].size, slots[i].tag));
    heap_caps_free(slots[i].p);
    slots[i] = (slot_t){NULL, 0, 0};
}

/* After a realloc of a slot: its contents have come along, or have stayed. */
static void resized(size_t i, void *p, size_t size) {
    slot_t *s = &slots[i];
    if (!p) {
        if (s->p) assert_true(api_words_hold(s->p, s->size, s->tag));
        return;
    }
    size_t kept = s->p && s->size < size ? s->size : s->p ? size : 0;
    assert_true(api_words_hold(p, kept, s->tag));
    keep(i, p, size);
}

/* ---- steps ---- */

#define GET(p, told_if_null, call)                                                                                               \
    do {                                                                                                                         \
        FULL(p = (call));                                                                                                        \
        came(p, told_if_null);                                                                                                   \
    } while (0)

static void plain(void) {
    void *p;
    GET(p, true, heap_caps_malloc(100, MALLOC_CAP_DEFAULT));
    keep(0, p, 100);
    GET(p, true, heap_caps_malloc(2000, MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL));
    keep(1, p, 2000);
    GET(p, true, heap_caps_calloc(10, 12, MALLOC_CAP_32BIT));
    keep_clear(2, p, 120);
    GET(p, true, heap_caps_calloc(1, 3000, MALLOC_CAP_DMA));
    keep_clear(3, p, 3000);
    GET(p, true, heap_caps_malloc(64, MALLOC_CAP_DMA | MALLOC_CAP_8BIT));
    keep(4, p, 64);
}

static void aligned(void) {
    void *p;
    GET(p, true, heap_caps_aligned_alloc(64, 300, MALLOC_CAP_DEFAULT));
    keep(5, p, 300);
    GET(p, true, heap_caps_aligned_calloc(128, 3, 40, MALLOC_CAP_8BIT));
    keep_clear(6, p, 120);
    GET(p, true, heap_caps_aligned_alloc(4, 30, MALLOC_CAP_INTERNAL));
    keep(7, p, 30 / 4 * 4);
}

static void preferred(void) {
    void *p;
    GET(p, true, heap_caps_malloc_prefer(500, 2, MALLOC_CAP_SPIRAM, MALLOC_CAP_DEFAULT));
    keep(8, p, 500);
    GET(p, true, heap_caps_calloc_prefer(5, 20, 2, API_CAP_NOBODY, MALLOC_CAP_8BIT));
    keep_clear(9, p, 100);
    GET(p, true, heap_caps_realloc_prefer(slots[8].p, 900, 2, MALLOC_CAP_SPIRAM, MALLOC_CAP_INTERNAL));
    resized(8, p, 900);
}

static void resizes(void) {
    void *p;
    GET(p, true, heap_caps_realloc(slots[0].p, 400, MALLOC_CAP_DEFAULT));
    resized(0, p, 400);
    GET(p, true, heap_caps_realloc(slots[1].p, 3000, MALLOC_CAP_8BIT));
    resized(1, p, 3000);
    GET(p, true, heap_caps_realloc(slots[1].p, 80, MALLOC_CAP_8BIT));
    resized(1, p, 80);
    GET(p, true, heap_caps_realloc(slots[5].p, 700, MALLOC_CAP_DEFAULT));
    resized(5, p, 700);
    GET(p, true, heap_caps_realloc(slots[4].p, 200, MALLOC_CAP_32BIT)); /* perhaps in another heap */
    resized(4, p, 200);
    GET(p, true, heap_caps_realloc(slots[10].p, slots[10].p ? 90 : 60, MALLOC_CAP_8BIT)); /* of NULL at first */
    resized(10, p, slots[10].p ? 90 : 60);
    drop(2);
    GET(p, true, heap_caps_realloc(slots[3].p, 3600, MALLOC_CAP_DMA));
    resized(3, p, 3600);
}

/* Executable memory, also by its second address, and out of it and back. */
static void executable(void) {
    void *p;
    if (!api_offers(API_CAP_EXEC | MALLOC_CAP_32BIT) || !API_CAP_EXEC) return;
    GET(p, true, heap_caps_malloc(200, API_CAP_EXEC));
    keep(11, p, 200);
    GET(p, true, heap_caps_realloc(slots[11].p, 600, API_CAP_EXEC));
    resized(11, p, 600);
    GET(p, true, heap_caps_realloc(slots[11].p, 500, MALLOC_CAP_32BIT));
    resized(11, p, 500);
    GET(p, true, heap_caps_aligned_alloc(64, 100, API_CAP_EXEC | MALLOC_CAP_32BIT));
    keep(12, p, 100);
}

static void base_and_default(void) {
    void *p;
    GET(p, false, heap_caps_malloc_base(40, MALLOC_CAP_8BIT));
    keep(13, p, 40);
    GET(p, false, heap_caps_calloc_base(3, 40, MALLOC_CAP_8BIT));
    keep_clear(14, p, 120);
    GET(p, false, heap_caps_realloc_base(slots[13].p, 240, MALLOC_CAP_8BIT));
    resized(13, p, 240);
    GET(p, false, heap_caps_aligned_alloc_base(32, 100, MALLOC_CAP_8BIT));
    keep(15, p, 100);
    GET(p, true, heap_caps_malloc_default(52));
    keep(16, p, 52);
    GET(p, true, heap_caps_realloc_default(slots[16].p, 300));
    resized(16, p, 300);
    GET(p, true, heap_caps_aligned_alloc_default(64, 64));
    keep(17, p, 64);
}

static void of_libc(void) {
    void *p, *out = NULL;
    GET(p, true, ch_test_malloc(72));
    keep(18, p, 72);
    GET(p, true, ch_test_calloc(9, 8));
    keep_clear(19, p, 72);
    GET(p, true, ch_test_realloc(slots[18].p, 1000));
    resized(18, p, 1000);
    GET(p, true, ch_test_reallocarray(slots[19].p, 20, 8));
    resized(19, p, 160);
    GET(p, true, ch_test_memalign(128, 100));
    keep(20, p, 100);
    GET(out, true, ch_test_posix_memalign(&p, 256, 40) == 0 ? p : NULL);
    keep(21, out, 40);
    GET(p, true, ch_test_valloc(60));
    keep(22, p, 60);
    GET(p, true, ch_test_pvalloc(60));
    keep(23, p, 60);
}

void script_run(void) {
    static void (*const steps[])(void) = {plain, aligned, preferred, resizes, executable, base_and_default, of_libc, resizes};
    failures = told = 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) steps[i]();
    for (size_t i = 0; i < SLOTS; i++) drop(i * 7 % SLOTS);
}
