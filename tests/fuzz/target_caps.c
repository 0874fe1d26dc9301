/* SPDX-License-Identifier: MIT */
/*
 * Target caps: the capability API and the malloc family on the heaps of world.h, with regions added, also inside blocks; blocks
 * with two addresses; every kind of mask; failures with their callback; pointers that are no blocks.
 */
#include <errno.h>
#include <string.h>

#include "caps_model.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "frame_bytes.h"
#include "libc_calls.h"

const char fuzz_target_name[] = "caps";

static struct {
    unsigned count;
    size_t size;
    uint32_t caps;
} failure;
static bool spare_used[WORLD_SPARES], stacks_enabled, monitoring, external_allowed;
static size_t internal_limit;

static void on_failure(size_t size, uint32_t caps, const char *name) {
    ref_expect(name && *name, "a failure names its function");
    failure.count++;
    failure.size = size;
    failure.caps = caps;
}

static void expect_failures(bool failed, size_t size, uint32_t caps) {
    ref_expect(failure.count == (failed ? 1u : 0u), "the callback comes once for a failure, and never else");
    ref_expect(!failed || (failure.size == size && failure.caps == caps), "and it is told what was asked");
    failure.count = 0;
}

static uint32_t mask(void) {
    static const uint32_t usual[] = {MALLOC_CAP_DEFAULT,
                                     MALLOC_CAP_8BIT,
                                     MALLOC_CAP_32BIT,
                                     MALLOC_CAP_INTERNAL,
                                     MALLOC_CAP_DMA,
                                     MALLOC_CAP_SPIRAM,
                                     MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL,
                                     MALLOC_CAP_DMA | MALLOC_CAP_8BIT,
                                     1u << 0,
                                     1u << 0 | MALLOC_CAP_32BIT,
                                     MALLOC_CAP_RTCRAM,
                                     MALLOC_CAP_RTCRAM | 1u << 0,
                                     MALLOC_CAP_SPIRAM | MALLOC_CAP_CACHE_ALIGNED,
                                     MALLOC_CAP_DMA_DESC_AHB,
                                     MALLOC_CAP_SIMD,
                                     WORLD_ADDED};
    unsigned kind = fuzz_byte();
    if (kind < 0xC0) return usual[kind % (sizeof usual / sizeof usual[0])];
    if (kind < 0xE0) return 1u << (kind - 0xC0);
    if (kind < 0xFC) return 1u << (kind - 0xE0) | usual[fuzz_byte() % 8];
    return fuzz_word();
}

static bool full(void) { return model.count >= 60; }

static bool is_power_of_two(size_t x) { return x != 0 && (x & (x - 1)) == 0; }

/*
 * Whether a request is served must agree with the largest free block before it. What was held back comes out for it: so more may
 * be had than was free, and after a failure there was nothing left to come out.
 */
static void expect_served(const void *p, bool valid, size_t size, size_t largest, uint32_t caps) {
    if (p && FRAME_HOLDS_BACK) largest = size;
    if (!p && FRAME_HOLDS_BACK) largest = heap_caps_get_largest_free_block(caps);
    ref_expect((p != NULL) == (valid && size <= largest), "a request succeeds exactly up to largest_free_block");
}

/* ---- operations ---- */

static void op_malloc(void) {
    uint32_t caps = mask();
    size_t largest = heap_caps_get_largest_free_block(caps), size = fuzz_size(largest), wanted = size;
    unsigned kind = fuzz_byte() % 4;
    if (full()) return;
    if (kind > 1) model_settle(), largest = heap_caps_get_largest_free_block(caps); /* it decides which mask is meant */
    void *p = NULL;
    if (kind == 0) {
        p = heap_caps_malloc(size, caps);
    } else if (kind == 1) {
        size_t n = fuzz_byte();
        p = heap_caps_calloc(n, size, caps);
        if (n != 0 && size > SIZE_MAX / n)
            wanted = SIZE_MAX;
        else
            wanted = n * size;
        expect_failures(!p && size != 0, wanted, caps); /* without elements there is a callback, without a size there is none */
        if (p) model_expect_zero(p, wanted);
    } else {
        uint32_t other = mask();
        bool clear = kind == 3;
        size_t second = heap_caps_get_largest_free_block(other);
        p = clear ? heap_caps_calloc_prefer(1, size, 2, caps, other) : heap_caps_malloc_prefer(size, 2, caps, other);
        if (p && clear) model_expect_zero(p, size);
        if (size > largest || model_never(caps)) {
            caps = other;
            largest = second;
        }
    }
    if (kind != 1) expect_failures(!p && wanted != 0, wanted, caps);
    expect_served(p, wanted != 0 && !model_never(caps), wanted, largest, caps);
    if (p) model_note(p, wanted, 4, caps);
}

static void op_aligned(void) {
    uint32_t caps = mask();
    size_t largest = heap_caps_get_largest_free_block(caps), size = fuzz_size(largest), alignment = fuzz_alignment();
    bool clear = fuzz_byte() & 1;
    if (full()) return;
    void *p = clear ? heap_caps_aligned_calloc(alignment, 1, size, caps) : heap_caps_aligned_alloc(alignment, size, caps);
    bool valid = size != 0 && is_power_of_two(alignment);
    expect_failures(!p && valid, size, caps);
    if (!p) return;
    ref_expect(valid && alignment <= 1u << 31 && !model_never(caps), "no block for what may not be asked");
    ref_expect(FRAME_HOLDS_BACK || size <= largest, "no block where there is no room for it");
    if (clear) model_expect_zero(p, size);
    model_note(p, size, alignment, caps);
}

static void op_realloc(void) {
    if (model.count == 0) return;
    size_t index = fuzz_below(model.count);
    held_t old = model_held(index);
    uint32_t caps = fuzz_byte() & 1 ? old.block.caps : mask();
    size_t size = fuzz_size(old.block.usable), kept = size < old.block.size ? size : old.block.size;
    model_remember(old.user, old.block.usable);
    void *p = fuzz_byte() & 1 ? heap_caps_realloc_prefer(old.user, size, 2, caps, caps) : heap_caps_realloc(old.user, size, caps);
    expect_failures(!p && size != 0, size, caps);
    if (size == 0) {
        ref_expect(p == NULL, "realloc to 0 gives NULL");
        model_drop(index, true);
    } else if (p) {
        model_expect_remembered(p, kept);
        model_drop(index, true);
        model_note(p, size, old.alignment, caps);
    } else {
        model_expect_remembered(old.user, old.block.usable);
    }
}

static void op_free(void) {
    if (model.count == 0) return;
    size_t index = fuzz_below(model.count);
    held_t held = model_held(index);
    model_drop(index, false);
    heap_caps_free(held.user);
}

static void op_bad_pointer(void) {
    static unsigned char elsewhere[64];
    unsigned kind = fuzz_byte(), more = fuzz_byte();
    uintptr_t p = (uintptr_t)elsewhere + more % 64;
    if (kind % 4 == 1 && model.count > 0) p = model.blocks[kind / 4 % model.count].p + more;
    if (kind % 4 == 2) p = 0xE0000000u + fuzz_half() % 4096;
    if (kind % 4 == 3) p = UINTPTR_MAX - more;
    if (!model_is_surely_bad(p)) return;
    void *bad = (void *)p;
    switch (fuzz_byte() % 4) {
    case 0: FUZZ_FATAL(NULL, heap_caps_realloc(bad, more + 1u, MALLOC_CAP_DEFAULT)); break;
    case 1: FUZZ_FATAL(NULL, heap_caps_get_allocated_size(bad)); break;
    default: FUZZ_FATAL(NULL, heap_caps_free(bad));
    }
    expect_failures(false, 0, 0);
    ref_expect(world_locks_are_open(), "no lock is held when the fatal function is called");
}

/* The malloc family: internal memory, or with external memory allowed either first, by size, and then the other. */
static void op_libc(void) {
    unsigned kind = fuzz_byte() % 5;
    size_t alignment = kind < 3 ? 4 : fuzz_alignment();
    uint32_t first = MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL;
    size_t size = fuzz_size(heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT));
    if (full()) return;
    void *p = NULL;
    bool valid = size != 0 && is_power_of_two(alignment);
    if (external_allowed) model_settle();
    if (external_allowed && size > internal_limit) first = MALLOC_CAP_DEFAULT | MALLOC_CAP_SPIRAM;
    uint32_t caps = external_allowed ? MALLOC_CAP_DEFAULT : first;
    size_t largest = heap_caps_get_largest_free_block(caps), preferred = heap_caps_get_largest_free_block(first);
    if (kind == 0) p = ch_test_malloc(size);
    if (kind == 1) p = ch_test_calloc(1, size);
    if (kind == 2) p = ch_test_realloc(NULL, size);
    if (kind == 3) p = ch_test_memalign(alignment, size);
    if (kind == 4) {
        int result = ch_test_posix_memalign(&p, alignment, size);
        ref_expect(result == (size == 0 ? 0 : !valid ? EINVAL : p ? 0 : ENOMEM), "posix_memalign says what it did");
    }
    expect_failures(!p && valid, size, caps);
    ref_expect(!p || (valid && alignment <= 1u << 31), "no block for what may not be asked");
    if (kind < 3) expect_served(p, size != 0, size, largest > preferred ? largest : preferred, caps);
    if (p) model_note(p, size, alignment, caps);
    if (p && kind == 1) return;
    ref_expect(!p || ch_test_malloc_usable_size(p) >= size, "all that was asked is usable");
}

static void op_add_region(void) {
    uint32_t caps[3] = {WORLD_ADDED, mask(), fuzz_byte() & 1 ? MALLOC_CAP_8BIT : WORLD_OTHER};
    size_t spare = fuzz_byte() % WORLD_SPARES, low = fuzz_below(200), size = fuzz_half() % (WORLD_SPARE + 1);
    unsigned char *ram = world_spare(spare);
    if (low + size > WORLD_SPARE) size = WORLD_SPARE - low;
    intptr_t start = (intptr_t)(ram + low), end = start + (intptr_t)size;
    if (spare_used[spare]) return;
    esp_err_t result = heap_caps_add_region_with_caps(caps, start, end);
    ref_expect(world_locks_are_open(), "no lock is held");
    if (size == 0) ref_expect(result == ESP_ERR_INVALID_ARG, "a region has bytes");
    if (size && low % 4) ref_expect(result == ESP_ERR_INVALID_SIZE || result == ESP_ERR_NO_MEM, "a region starts at a word");
    if (size >= 256 && low % 4 == 0) ref_expect(result == ESP_OK || result == ESP_ERR_NO_MEM, "256 bytes are always enough");
    failure.count = 0;
    if (result != ESP_OK) return;
    spare_used[spare] = true;
    model_add_heap((uintptr_t)start, (uintptr_t)end, (caps[0] | caps[1] | caps[2]) & ~MALLOC_CAP_INVALID);
    ref_expect(heap_caps_add_region_with_caps(caps, start, end) == ESP_FAIL, "a region can't be added twice");
    ref_expect(heap_caps_add_region_with_caps(caps, start - 4, end) == ESP_FAIL, "nor one around it");
}

/* A heap inside a block. */
static void op_nest(void) {
    if (model.count == 0) return;
    size_t index = fuzz_below(model.count);
    held_t host = model_held(index);
    const uint32_t caps[3] = {WORLD_OTHER, MALLOC_CAP_8BIT, 0};
    if (host.block.usable < 320 || (uintptr_t)host.user != host.block.p) return;
    intptr_t start = (intptr_t)host.block.p + 4 + (intptr_t)fuzz_below(8) * 4, end = start + 264;
    if (heap_caps_add_region_with_caps(caps, start, end) != ESP_OK) return;
    model_make_host(index);
    model_add_heap((uintptr_t)start, (uintptr_t)end, caps[0] | caps[1]);
    FUZZ_FATAL(NULL, heap_caps_free(host.user));
    ref_expect(heap_caps_get_containing_block_size((void *)(host.block.p)) >= host.block.size, "the host is a block still");
}

static void op_queries(void) {
    uint32_t caps = mask();
    multi_heap_info_t info;
    heap_caps_get_info(&info, caps);
    ref_expect(info.total_free_bytes == heap_caps_get_free_size(caps), "free bytes agree");
    ref_expect(info.minimum_free_bytes == heap_caps_get_minimum_free_size(caps), "low watermarks agree");
    ref_expect(info.total_free_bytes + info.total_allocated_bytes <= heap_caps_get_total_size(caps), "a heap has what it has");
    ref_expect(heap_caps_check_integrity(caps, true), "the heaps of a mask are sound");
    if (model.count == 0) return;
    held_t held = model_held(fuzz_below(model.count));
    size_t size = heap_caps_get_allocated_size(held.user);
    const char *inside = (const char *)held.user + fuzz_below(held.block.usable);
    ref_expect(size == held.block.usable, "a block's size does not change");
    ref_expect(heap_caps_get_containing_block_size((void *)(uintptr_t)inside) == size, "and is told of any address inside");
    ref_expect(heap_caps_check_integrity_addr((intptr_t)held.block.p, true), "its heap is sound");
}

static void op_state(void) {
    unsigned kind = fuzz_byte();
    if (kind < 0x40) {
        external_allowed = true;
        internal_limit = fuzz_size(2000);
        heap_caps_malloc_extmem_enable(internal_limit);
    } else if (kind < 0x60 && !stacks_enabled) {
        stacks_enabled = true;
        uintptr_t before = heap_caps_get_total_size(0);
        heap_caps_enable_nonos_stack_heaps();
        ref_expect(heap_caps_get_total_size(0) > before, "the start-up stack is a heap now");
        model_begin_stack();
    } else if (kind < 0xA0) {
        ref_expect(heap_caps_monitor_local_minimum_free_size_start() == ESP_OK, "the monitor starts");
        monitoring = true;
    } else {
        ref_expect(heap_caps_monitor_local_minimum_free_size_stop() == (monitoring ? ESP_OK : ESP_FAIL),
                   "it stops if it was started");
        monitoring = false;
    }
}

/* ---- one input ---- */

void fuzz_target_begin(void) {
    heap_caps_register_failed_alloc_callback(on_failure);
    world_begin();
}

void fuzz_target_run(void) {
    static void (*const table[])(void) = {op_malloc,     op_malloc,  op_malloc,  op_malloc,  op_malloc,    op_free,
                                          op_free,       op_free,    op_free,    op_free,    op_free,      op_realloc,
                                          op_realloc,    op_realloc, op_aligned, op_aligned, op_libc,      op_bad_pointer,
                                          op_add_region, op_nest,    op_queries, op_state,   model_compare};
    world_reset(fuzz_byte());
    memset(spare_used, 0, sizeof spare_used);
    stacks_enabled = monitoring = external_allowed = false;
    failure.count = 0;
    model_begin();
    while (fuzz_more()) table[fuzz_byte() % (sizeof table / sizeof table[0])]();
    model_compare();
    while (model.count > 0) {
        held_t held = model_held(model.count / 2);
        model_drop(model.count / 2, false);
        heap_caps_free(held.user);
    }
    model_compare();
}
