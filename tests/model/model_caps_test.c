/* SPDX-License-Identifier: MIT */
/*
 * Random operations on the capability API against the reference: the chip's heaps, and regions that are added on the way, with
 * capabilities of their own. Every block must lie in one heap that has all it was asked for.
 *
 * CH_SEED repeats a run, CH_OPS sets the number of operations.
 */
#include "reference.h"

#include "frame_bytes.h"

#include <string.h>

#include "capheap/chip.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_private/heap_align_hw.h"

#if defined __unix__
#include "posix_ram.h"
#endif

#define OPS_HOST 600000ul
#define OPS_BOARD 50000ul
#define CHECK_EVERY 499u
#define ADDED_MAX 8u
#define ADDED_SIZE 24576u
#define REGIONS_MAX 32u

#define FLAG_X (1u << 22)
#define FLAG_Y (1u << 24)
#define FLAG_Z (1u << 30)
#define FLAG_NOBODY (1u << 28)

/* EXEC is left out: its blocks may be addresses of another bus. test_caps_exec.c has them. */
static const uint32_t masks[] = {
    MALLOC_CAP_DEFAULT,
    MALLOC_CAP_8BIT,
    MALLOC_CAP_32BIT,
    MALLOC_CAP_INTERNAL,
    MALLOC_CAP_DMA,
    MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL,
    MALLOC_CAP_8BIT | MALLOC_CAP_DMA,
    FLAG_X,
    FLAG_Y,
    FLAG_Z,
    FLAG_X | FLAG_Y,
    FLAG_X | MALLOC_CAP_8BIT,
    FLAG_Y | FLAG_Z,
    MALLOC_CAP_SPIRAM,
    MALLOC_CAP_DMA_DESC_AHB,
    MALLOC_CAP_CACHE_ALIGNED | FLAG_X,
    FLAG_NOBODY,
    FLAG_NOBODY | MALLOC_CAP_DEFAULT,
    MALLOC_CAP_INVALID,
    0,
};

typedef struct {
    uintptr_t start;
    uintptr_t end;
    uint32_t caps;
} region_t;

static ref_t ref;
static region_t regions[REGIONS_MAX];
static size_t region_count;
static size_t added;
static size_t free_when_empty; /* of all heaps, were everything freed that the model holds */
static size_t blocks_when_empty;
static unsigned failures;
static bool growing;

static void count_failure(size_t size, uint32_t caps, const char *name) {
    (void)size, (void)caps, (void)name;
    failures++;
}

/* ---- which memory has which capabilities ---- */

static uint32_t caps_of_chip(uintptr_t address) {
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        const soc_memory_region_t *region = &soc_memory_regions[i];
        if (address >= (uintptr_t)region->start && address - (uintptr_t)region->start < region->size) {
            const uint32_t *caps = soc_memory_types[region->type].caps;
            return caps[0] | caps[1] | caps[2];
        }
    }
    return 0;
}

static bool note_region(walker_heap_into_t heap_info, walker_block_info_t block_info, void *user_data) {
    (void)block_info, (void)user_data;
    uintptr_t start = (uintptr_t)heap_info.start;
    ref_expect(region_count < REGIONS_MAX, "the model has room for the regions");
    regions[region_count++] = (region_t){start, (uintptr_t)heap_info.end, caps_of_chip(start)};
    return false;
}

static const region_t *region_of(uintptr_t p) {
    for (size_t i = 0; i < region_count; i++) {
        if (p >= regions[i].start && p < regions[i].end) {
            return &regions[i];
        }
    }
    ref_expect(false, "a block lies in some heap");
    return NULL;
}

/* What a heap must have for this request (API.md 2.1). */
static uint32_t needed(uint32_t caps) {
    if (caps & (MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_DMA_DESC_AXI)) {
        caps = (caps & ~(MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_DMA_DESC_AXI)) | MALLOC_CAP_DMA;
    }
    if (caps & MALLOC_CAP_SPIRAM) {
        caps &= ~MALLOC_CAP_DMA;
    }
    return caps & ~MALLOC_CAP_CACHE_ALIGNED;
}

static void add_region(unsigned char *memory) {
    static const uint32_t kinds[][SOC_MEMORY_TYPE_NO_PRIOS] = {{FLAG_X, 0, MALLOC_CAP_8BIT},
                                                               {FLAG_Y, FLAG_X, 0},
                                                               {0, FLAG_Z, FLAG_Y},
                                                               {MALLOC_CAP_SPIRAM, 0, MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT}};
    const uint32_t *caps = kinds[added % 4];
    uintptr_t start = (uintptr_t)memory + added * ADDED_SIZE + 4 * ref_below(8);
    uintptr_t end = start + 300 + ref_below(ADDED_SIZE - 400);
    size_t before = heap_caps_get_free_size(0);
    multi_heap_info_t info;
    ref_expect(heap_caps_add_region_with_caps(caps, (intptr_t)start, (intptr_t)end) == ESP_OK, "a region can be added");
    ref_expect(heap_caps_add_region_with_caps(caps, (intptr_t)start, (intptr_t)end) == ESP_FAIL, "but not twice");
    free_when_empty += heap_caps_get_free_size(0) - before;
    heap_caps_get_info(&info, 0);
    blocks_when_empty = info.allocated_blocks - ref.count;
    regions[region_count++] = (region_t){start, end, caps[0] | caps[1] | caps[2]};
    added++;
}

/* ---- operations ---- */

static uint32_t any_mask(void) { return masks[ref_below(sizeof(masks) / sizeof(masks[0]))]; }

/* The request in bytes after the hardware's rounding, and by words. */
static size_t adjusted(size_t size, size_t alignment, uint32_t caps) {
    alignment = alignment < 4 ? 4 : alignment;
    esp_heap_adjust_alignment_to_hw(&alignment, &size, &caps);
    return (size + 3) & ~(size_t)3;
}

/* All that a block of this request has must be 0: where there is a frame, that is not always a whole number of words. */
static void expect_cleared(const void *p, size_t request) {
    ref_expect_zero((uintptr_t)p, FRAME_IS_THERE ? heap_caps_get_allocated_size((void *)(uintptr_t)p) : request);
}

static void note(void *p, size_t size, size_t alignment, uint32_t caps) {
    const region_t *region = region_of((uintptr_t)p);
    ref_expect((region->caps & needed(caps)) == needed(caps), "the heap has all capabilities asked for");
    ref_block_t block = {.p = (uintptr_t)p, .size = size, .alignment = alignment, .caps = caps};
    block.usable = heap_caps_get_allocated_size(p);
    ref_expect(block.usable <= ref_rounded(adjusted(size, alignment, caps)) + 2 * REF_GRANULE,
               "a block is not much larger than asked");
    ref_add(&ref, block, region->start, region->end);
}

static void expect_failures(unsigned before, bool failed) {
    ref_expect(failures - before == (failed ? 1u : 0u), "the callback comes once for a failure, and never else");
}

static void do_malloc(void) {
    uint32_t caps = any_mask();
    size_t size = ref_size(ADDED_SIZE);
    size_t largest = heap_caps_get_largest_free_block(caps);
    unsigned before = failures;
    bool zeroed = ref_one_in(3);
    void *p = zeroed ? heap_caps_calloc(1, size, caps) : heap_caps_malloc(size, caps);
    expect_failures(before, p == NULL);
    if (caps != 0) {
        ref_expect((p != NULL) == (size <= largest), "malloc succeeds exactly up to largest_free_block");
    } else {
        ref_expect(p == NULL, "caps 0 never allocates");
    }
    if (p == NULL) {
        return;
    }
    if (zeroed) {
        expect_cleared(p, adjusted(size, 4, caps));
    }
    note(p, size, 4, caps);
}

static void do_aligned(void) {
    uint32_t caps = any_mask();
    size_t size = ref_size(ADDED_SIZE);
    size_t alignment = ref_alignment();
    unsigned before = failures;
    bool zeroed = ref_one_in(3);
    void *p = zeroed ? heap_caps_aligned_calloc(alignment, size, 1, caps) : heap_caps_aligned_alloc(alignment, size, caps);
    expect_failures(before, p == NULL);
    if (p == NULL) {
        size_t enough = adjusted(size, alignment, caps) + alignment + 64;
        ref_expect(caps == 0 || enough > heap_caps_get_largest_free_block(caps), "aligned_alloc succeeds where it must");
        return;
    }
    if (zeroed) {
        expect_cleared(p, adjusted(size, alignment, caps));
    }
    note(p, size, alignment, caps);
}

static void do_prefer(void) {
    uint32_t first = any_mask();
    uint32_t second = any_mask();
    size_t size = ref_size(ADDED_SIZE);
    bool first_fits = first != 0 && size <= heap_caps_get_largest_free_block(first);
    unsigned before = failures;
    void *p = heap_caps_malloc_prefer(size, 2, first, second);
    expect_failures(before, p == NULL);
    if (p != NULL) {
        note(p, size, 4, first_fits ? first : second);
    }
}

static void do_free(void) {
    if (ref.count == 0) {
        return;
    }
    ref_block_t block = ref_take(&ref, ref_below(ref.count));
    heap_caps_free((void *)block.p);
}

static void do_realloc(void) {
    if (ref.count == 0) {
        return;
    }
    size_t index = ref_below(ref.count);
    ref_block_t old = ref.blocks[index];
    uint32_t caps = ref_one_in(4) ? any_mask() : old.caps;
    size_t size = ref_one_in(2) ? 1 + ref_below(2 * old.size) : ref_size(ADDED_SIZE);
    unsigned before = failures;
    void *p = ref_one_in(5) ? heap_caps_realloc_prefer((void *)old.p, size, 2, caps, caps)
                            : heap_caps_realloc((void *)old.p, size, caps);
    expect_failures(before, p == NULL);
    if (p == NULL) {
        ref_expect(FRAME_FILLS || size > old.usable || caps != old.caps, "shrinking with the same caps succeeds");
        ref_expect_tagged(old.p, old.usable, old.tag);
        return;
    }
    ref_expect_tagged((uintptr_t)p, size < old.size ? size : old.size, old.tag);
    ref.count--;
    memmove(&ref.blocks[index], &ref.blocks[index + 1], (ref.count - index) * sizeof(ref.blocks[0]));
    note(p, size, old.alignment, caps);
}

static void do_impossible(void) {
    size_t huge = SIZE_MAX - ref_below(200);
    size_t free_before = heap_caps_get_free_size(0);
    unsigned before = failures;
    ref_expect(heap_caps_malloc(huge, any_mask()) == NULL, "malloc of nearly everything is NULL");
    ref_expect(heap_caps_calloc(huge / 2, 3, any_mask()) == NULL, "calloc that overflows is NULL");
    ref_expect(heap_caps_aligned_alloc(ref_alignment(), huge, any_mask()) == NULL, "aligned_alloc of nearly everything is NULL");
    ref_expect(failures - before == 3, "the callback comes once for each");
    ref_expect(heap_caps_malloc(0, any_mask()) == NULL, "malloc(0) is NULL");
    ref_expect(heap_caps_aligned_alloc(24, 16, any_mask()) == NULL, "alignment must be a power of two");
    ref_expect(failures - before == 3, "and without callback");
    ref_expect(heap_caps_get_free_size(0) == free_before, "failures change nothing");
}

/* ---- all heaps against the reference ---- */

static bool cross_off(walker_heap_into_t heap_info, walker_block_info_t block_info, void *user_data) {
    size_t *seen = user_data;
    uintptr_t p = (uintptr_t)block_info.ptr;
    ref_expect(p >= (uintptr_t)heap_info.start && block_info.size <= (uintptr_t)heap_info.end - p, "blocks lie in their heap");
    if (block_info.used) p += FRAME_HEAD;
    size_t low = 0;
    size_t high = ref.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ref.blocks[middle].p < p) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < ref.count && ref.blocks[low].p == p) {
        ref_expect(block_info.used, "a live block is shown as used");
        ++*seen;
    }
    return true;
}

static void compare_all(void) {
    size_t seen = 0;
    multi_heap_info_t info;
    ref_expect(heap_caps_check_integrity_all(true), "integrity");
    heap_caps_walk_all(cross_off, &seen);
    ref_expect(seen == ref.count, "the walk shows every live block once");
    heap_caps_get_info(&info, 0);
    ref_expect(info.allocated_blocks == ref.count + blocks_when_empty, "allocated_blocks agrees");
    ref_expect(info.total_free_bytes == heap_caps_get_free_size(0), "total_free_bytes agrees");
    ref_expect(info.total_blocks == info.free_blocks + info.allocated_blocks, "total_blocks agrees");
}

static void one_operation(void) {
    size_t kind = ref_below(1000);
    if (ref_one_in(200)) {
        growing = !growing;
    }
    if (ref.count > REF_MAX - 2) {
        kind = 999;
    }
    if (kind < 5) {
        do_impossible();
    } else if (kind < 200) {
        do_realloc();
    } else if (kind < 280) {
        do_aligned();
    } else if (kind < 340) {
        do_prefer();
    } else if (kind < (growing ? 720u : 580u)) {
        do_malloc();
    } else {
        do_free();
    }
}

static void random_operations_agree_with_the_reference_over_many_regions(void **state) {
    (void)state;
    if (CH_CFG_ABORT_ON_FAIL) {
        skip();
    }
    unsigned long ops = ref_begin(2, OPS_HOST, OPS_BOARD);
    unsigned char *memory = ch_test_span(ADDED_MAX * ADDED_SIZE + 64);
    multi_heap_info_t info;
    heap_caps_walk_all(note_region, NULL);
    heap_caps_get_info(&info, 0);
    free_when_empty = info.total_free_bytes;
    blocks_when_empty = info.allocated_blocks;
    growing = true;
    add_region(memory);
    for (unsigned long op = 0; op < ops; op++) {
        ref_operation(op);
        one_operation();
        if (op % CHECK_EVERY == 0) {
            compare_all();
        }
        bool room = heap_caps_get_largest_free_block(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT) >= 1024;
        if (room && added < ADDED_MAX && op / (ops / (2 * ADDED_MAX) + 1) > added) {
            add_region(memory);
        }
    }
    while (ref.count > 0) {
        do_free();
    }
    compare_all();
    ref_expect(heap_caps_get_free_size(0) == free_when_empty, "freeing everything returns every byte");
    print_message("model: %lu operations on %lu regions\n", ops, (unsigned long)region_count);
}

static int boot(void **state) {
    (void)state;
#if defined __unix__
    if (!posix_ram_map_chip()) {
        return -1;
    }
#endif
    heap_caps_init();
    heap_caps_enable_nonos_stack_heaps();
    return heap_caps_register_failed_alloc_callback(count_failure);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_agree_with_the_reference_over_many_regions),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
