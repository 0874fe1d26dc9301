/* SPDX-License-Identifier: MIT */
/*
 * Random operations on all kinds of memory: every block has its size, its alignment and its bytes, the shadow
 * memory allows it and nothing next to it, what was freed stays forbidden until it is handed out again. Compiled without checks.
 */
#include <string.h>

#include "boot.h"
#include "capheap/config.h"
#include "capheap/kasan.h"
#include "ch_test.h"
#include "esp_heap_caps.h"

enum { BLOCKS = 400, OPERATIONS = 30000, STEP = CH_CFG_GRANULE };

typedef struct {
    uint8_t *p; /* NULL: none */
    size_t size, alignment;
    uint8_t fill;
} block_t;

static block_t blocks[BLOCKS];
static uint32_t seed;

static uint32_t draw(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static size_t draw_size(void) {
    if (draw(200) == 0) return 100000 + draw(300000); /* not every heap has that */
    return 1 + (draw(4) ? draw(120) : draw(6000));
}

static uint32_t draw_caps(void) {
    static const uint32_t masks[] = {MALLOC_CAP_DEFAULT, MALLOC_CAP_8BIT, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT,
                                     MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL, MALLOC_CAP_DMA};
    return masks[draw(sizeof masks / sizeof masks[0])];
}

static const ch_kasan_range_t *range_of(uintptr_t address) {
    for (unsigned i = 0; i < ch_kasan_range_count; i++) {
        const ch_kasan_range_t *r = &ch_kasan_ranges[i];
        if (address >= r->low && address < r->high) return r;
    }
    return NULL;
}

static bool is_covered(uintptr_t address) { return range_of(address) != NULL; }

/** Whether all of some bytes may be used, read from the shadow memory as esp_kasan.h tells it. */
static bool is_allowed(const uint8_t *p, size_t size) {
    for (uintptr_t at = (uintptr_t)p; at < (uintptr_t)p + size; at++) {
        const ch_kasan_range_t *r = range_of(at);
        unsigned nibble = r ? r->shadow[(at - r->low) / 8] >> (at & 4) & 15 : 0;
        if (nibble && (nibble > 3 || (at & 3) >= nibble)) return false;
    }
    return true;
}

static void verify(const block_t *b) {
    if (!is_allowed(b->p, b->size)) fail_msg("block %p of %u bytes is forbidden", (void *)b->p, (unsigned)b->size);
    if (heap_caps_get_allocated_size(b->p) != b->size)
        fail_msg("block %p has another size than %u", (void *)b->p, (unsigned)b->size);
    for (size_t i = 0; i < b->size; i++) {
        if (b->p[i] != b->fill) fail_msg("byte %u of block %p was changed", (unsigned)i, (void *)b->p);
    }
    if (!is_covered((uintptr_t)b->p)) return;
    if (is_allowed(b->p - 1, 1)) fail_msg("the byte in front of %p is allowed", (void *)b->p);
    if (is_allowed(b->p + b->size, 1)) fail_msg("the byte behind %p is allowed", (void *)b->p);
}

/** A block is there: its bytes are the caller's. */
static void accept(block_t *b, void *p, size_t size, size_t alignment) {
    *b = (block_t){p, size, alignment, (uint8_t)draw(256)};
    if ((uintptr_t)p & (alignment - 1)) fail_msg("%p is not aligned to %u", p, (unsigned)alignment);
    memset(p, b->fill, size);
    verify(b);
}

static void allocate(block_t *b) {
    size_t size = draw_size(), alignment = STEP;
    void *p;
    if (draw(8) == 0) {
        alignment = (size_t)STEP << draw(6);
        p = heap_caps_aligned_alloc(alignment, size, draw_caps() & ~(uint32_t)MALLOC_CAP_DMA);
    } else if (draw(5) == 0) {
        p = heap_caps_calloc(1, size, MALLOC_CAP_DEFAULT);
        for (size_t i = 0; p && i < size; i++) assert_int_equal(((uint8_t *)p)[i], 0);
    } else {
        size = (size + 3) & ~(size_t)3; /* requests for DMA are rounded */
        p = heap_caps_malloc(size, draw_caps());
    }
    if (p) accept(b, p, size, alignment);
}

static void resize(block_t *b) {
    size_t size = draw_size(), same = size < b->size ? size : b->size;
    uint8_t *old = b->p, *p = heap_caps_realloc(old, size, MALLOC_CAP_DEFAULT);
    if (!p) {
        verify(b);
        return;
    }
    for (size_t i = 0; i < same; i++) assert_int_equal(p[i], b->fill);
    if (is_covered((uintptr_t)old)) assert_true(p != old && !is_allowed(old, 1));
    accept(b, p, size, b->alignment);
}

static void release(block_t *b) {
    verify(b);
    heap_caps_free(b->p);
    if (is_covered((uintptr_t)b->p)) assert_false(is_allowed(b->p, b->size));
    b->p = NULL;
}

static void test_blocks_are_allowed_and_what_is_around_them_is_not(void **state) {
    (void)state;
    seed = ch_test_seed();
    ch_test_output_drop(true);
    for (int i = 0; i < OPERATIONS; i++) {
        block_t *b = &blocks[draw(BLOCKS)];
        if (!b->p)
            allocate(b);
        else if (draw(3) == 0)
            resize(b);
        else
            release(b);
        b = &blocks[draw(BLOCKS)];
        if (b->p) verify(b);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        if (blocks[i].p) release(&blocks[i]);
    }
    ch_test_output_drop(false);
    assert_true(heap_caps_check_integrity_all(true));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_allowed_and_what_is_around_them_is_not),
    };
    boot();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
