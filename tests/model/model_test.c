/* SPDX-License-Identifier: MIT */
/*
 * Random operations on multi_heap against the reference, on spans from 256 bytes to megabytes.
 *
 * CH_SEED repeats a run, CH_OPS sets the number of operations. After each operation the counters must agree with the exact rules
 * (a request of at most largest_free_block succeeds, a larger one fails); every so often the whole heap is walked and compared.
 */
#include "multi_heap.h"
#include "reference.h"

#include "frame_bytes.h"

#include <string.h>

#define OPS_HOST 1500000ul
#define OPS_BOARD 100000ul
#define CHECK_EVERY 97u

static ref_t ref;
static multi_heap_handle_t heap;
static uintptr_t span_start;
static uintptr_t span_end;
static size_t capacity; /* free bytes of the empty heap: free + used is always this */
static size_t lowest;   /* free bytes after an operation, the least so far */
static bool growing;

static size_t largest_free(void) {
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    return info.largest_free_block;
}

static void note(void *p, size_t size, size_t alignment) {
    ref_block_t block = {.p = (uintptr_t)p, .size = size, .alignment = alignment};
    block.usable = multi_heap_get_allocated_size(heap, p);
    ref_expect(block.usable <= ref_rounded(size) + 2 * REF_GRANULE, "a block is not much larger than asked");
    ref_add(&ref, block, span_start, span_end);
}

static void do_malloc(void) {
    size_t size = ref_size(capacity);
    size_t largest = largest_free();
    void *p = multi_heap_malloc(heap, size);
    ref_expect((p != NULL) == (size <= largest), "malloc succeeds exactly up to largest_free_block");
    if (p != NULL) {
        note(p, size, 4);
    }
}

static void do_aligned(void) {
    size_t size = ref_size(capacity);
    size_t alignment = ref_alignment();
    size_t largest = largest_free();
    void *p = multi_heap_aligned_alloc(heap, size, alignment);
    ref_expect(p != NULL || size + alignment + 3 * REF_GRANULE > largest, "aligned_alloc succeeds where it must fit");
    if (p != NULL) {
        note(p, size, alignment);
    }
}

static void do_aligned_offs(void) {
    size_t alignment = (size_t)16 << ref_below(5);
    size_t offset = REF_GRANULE * ref_below(5);
    size_t size = offset + ref_size(capacity);
    size_t largest = largest_free();
    void *p = multi_heap_aligned_alloc_offs(heap, size, alignment, offset);
    ref_expect(p != NULL || size + alignment + 3 * REF_GRANULE > largest, "aligned_alloc_offs succeeds where it must fit");
    if (p == NULL) {
        return;
    }
    ref_expect(((uintptr_t)p + offset) % alignment == 0, "the address behind the offset is aligned");
    note(p, size, offset == 0 ? alignment : 4); /* only an alignment of the block itself is kept by realloc */
}

static void do_free(void) {
    if (ref.count == 0) {
        return;
    }
    ref_block_t block = ref_take(&ref, ref_below(ref.count));
    multi_heap_free(heap, (void *)block.p);
}

static void do_realloc(void) {
    if (ref.count == 0) {
        return;
    }
    size_t index = ref_below(ref.count);
    ref_block_t old = ref.blocks[index];
    size_t size = ref_one_in(3)   ? old.size + ref_below(old.size + 64)
                  : ref_one_in(2) ? 1 + ref_below(old.size)
                                  : ref_size(capacity);
    size_t largest = largest_free();
    void *p = multi_heap_realloc(heap, (void *)old.p, size);
    if (p == NULL) {
        ref_expect(FRAME_FILLS || size > old.usable, "shrinking succeeds");
        ref_expect(size + old.alignment + 3 * REF_GRANULE > largest, "realloc succeeds where a copy must fit");
        ref_expect_tagged(old.p, old.usable, old.tag);
        return;
    }
    ref_expect_tagged((uintptr_t)p, size < old.size ? size : old.size, old.tag);
    ref.count--; /* the old place is gone: its contents need not be there */
    memmove(&ref.blocks[index], &ref.blocks[index + 1], (ref.count - index) * sizeof(ref.blocks[0]));
    note(p, size, old.alignment);
}

static void do_impossible(void) {
    multi_heap_info_t before;
    multi_heap_info_t after;
    multi_heap_get_info(heap, &before);
    size_t huge = SIZE_MAX - ref_below(200);
    ref_expect(multi_heap_malloc(heap, 0) == NULL, "malloc(0) is NULL");
    ref_expect(multi_heap_malloc(heap, huge) == NULL, "malloc of nearly everything is NULL");
    ref_expect(multi_heap_malloc(heap, capacity + 1) == NULL, "malloc of more than the heap is NULL");
    ref_expect(multi_heap_aligned_alloc(heap, huge, ref_alignment()) == NULL, "aligned_alloc of nearly everything is NULL");
    ref_expect(multi_heap_aligned_alloc(heap, 16, ref_alignment() * 3) == NULL, "alignment must be a power of two");
    if (ref.count > 0) {
        uintptr_t p = ref.blocks[ref_below(ref.count)].p;
        ref_expect(multi_heap_realloc(heap, (void *)p, huge) == NULL, "realloc to nearly everything is NULL");
    }
    multi_heap_get_info(heap, &after);
    ref_expect(memcmp(&before, &after, sizeof(before)) == 0, "failures change nothing");
}

/* A pointer into a live block, or to one freed a moment ago, with whatever contents the tags have: reported, nothing changed. */
static void do_bad_free(void) {
    if (ref.count == 0) {
        return;
    }
    size_t index = ref_below(ref.count);
    uintptr_t bad = ref.blocks[index].p + 4 * (1 + ref_below(ref.blocks[index].usable / 4));
    if (index + 1 < ref.count && ref.blocks[index + 1].p == bad) {
        return; /* not bad: the next block */
    }
    if (ref_one_in(3)) {
        bad = ref_take(&ref, index).p;
        multi_heap_free(heap, (void *)bad);
    }
    size_t before = multi_heap_free_size(heap);
    CH_EXPECT_FATAL(multi_heap_free(heap, (void *)bad));
    ch_test_output_clear();
    ref_expect(multi_heap_free_size(heap) == before, "a bad free changes nothing");
}

/* ---- the whole heap against the reference ---- */

typedef struct {
    size_t next; /* live block that the walk must show next */
    uintptr_t end;
    size_t used_bytes;
    size_t free_bytes;
    size_t largest;
    size_t free_blocks;
    bool last_free;
} census_t;

static bool take_census(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    census_t *c = user_data;
    uintptr_t p = (uintptr_t)block_ptr;
    ref_expect(p >= c->end && p >= span_start && block_size <= span_end - p, "blocks of a walk are in order and in the span");
    c->end = p + block_size;
    if (block_used) {
        ref_expect(c->next < ref.count && ref.blocks[c->next].p == p + FRAME_HEAD,
                   "the walk shows each live block once, and nothing else as used");
        ref_expect(block_size >= ref.blocks[c->next].usable + FRAME_BYTES, "the block that is shown holds the usable bytes");
        c->next++;
        c->used_bytes += block_size - FRAME_BYTES;
    } else {
        ref_expect(!c->last_free, "free blocks never touch");
        c->free_bytes += block_size;
        c->free_blocks++;
        c->largest = block_size > c->largest ? block_size : c->largest;
    }
    c->last_free = !block_used;
    return true;
}

static void compare_all(void) {
    census_t c = {0};
    multi_heap_info_t info;
    ref_expect(multi_heap_check(heap, true), "multi_heap_check");
    multi_heap_walk(heap, take_census, &c);
    multi_heap_get_info(heap, &info);
    ref_expect(c.next == ref.count, "the walk shows every live block");
    ref_expect(info.allocated_blocks == ref.count, "allocated_blocks is the number of live blocks");
    ref_expect(info.free_blocks == c.free_blocks && info.total_blocks == c.free_blocks + ref.count, "block counts agree");
    ref_expect(info.total_free_bytes == frame_inner(c.free_bytes), "total_free_bytes agrees with the walk");
    ref_expect(info.total_free_bytes == multi_heap_free_size(heap), "total_free_bytes is free_size");
    ref_expect(info.total_allocated_bytes == c.used_bytes, "total_allocated_bytes agrees with the walk");
    ref_expect(c.free_bytes + c.used_bytes + ref.count * FRAME_BYTES == capacity + FRAME_BYTES, "free and used add up");
    /* That it can be had, and the next size can't, is asked with each allocation; what waits far back in a list may be longer. */
    ref_expect(info.largest_free_block <= c.largest, "largest_free_block is not more than the largest of the walk");
    ref_expect(info.minimum_free_bytes == multi_heap_minimum_free_size(heap), "minimum_free_bytes is minimum_free_size");
    ref_expect(info.minimum_free_bytes <= lowest, "the low watermark is no higher than any free size seen");
}

static void one_operation(void) {
    size_t kind = ref_below(1000);
    if (ref_one_in(200)) {
        growing = !growing;
    }
    if (ref.count > REF_MAX - 2) {
        kind = 999;
    }
    if (kind < 3) {
        do_impossible();
    } else if (kind < 6) {
        do_bad_free();
    } else if (kind < 150) {
        do_realloc();
    } else if (kind < 220) {
        do_aligned();
    } else if (kind < 240) {
        do_aligned_offs();
    } else if (kind < (growing ? 720u : 500u)) {
        do_malloc();
    } else {
        do_free();
    }
}

static void run_span(unsigned char *memory, size_t size, unsigned long first, unsigned long ops) {
    size_t shift = 4 * ref_below(16);
    span_start = (uintptr_t)memory + shift;
    span_end = span_start + size;
    memset(&ref, 0, sizeof(ref));
    growing = true;
    heap = multi_heap_register((void *)span_start, size);
    ref_expect(heap != NULL, "a span of 256 bytes or more is a heap");
    capacity = multi_heap_free_size(heap);
    lowest = capacity;
    for (unsigned long op = first; op < first + ops; op++) {
        ref_operation(op);
        one_operation();
        size_t now = multi_heap_free_size(heap);
        lowest = now < lowest ? now : lowest;
        if (op % CHECK_EVERY == 0) {
            compare_all();
        }
        if (ref_one_in(5000)) {
            multi_heap_reset_minimum_free_bytes(heap);
            lowest = now;
            ref_expect(multi_heap_minimum_free_size(heap) == now, "reset sets the low watermark to the free size");
        }
    }
    while (ref.count > 0) {
        do_free();
    }
    compare_all();
    ref_expect(multi_heap_free_size(heap) == capacity, "freeing everything returns every byte");
    ref_expect(largest_free() == capacity, "freeing everything leaves one block");
}

static void random_operations_agree_with_the_reference_on_spans_of_all_sizes(void **state) {
    (void)state;
    static const size_t sizes[] = {256, 300, 516, 1000, 2048, 5000, 16384, 65536, 300000, 900000};
    static const size_t more[] = {4u << 20, 24u << 20};
    const size_t count = sizeof(sizes) / sizeof(sizes[0]);
    const size_t extra = ch_test_on_host() ? sizeof(more) / sizeof(more[0]) : 0;
    unsigned long ops = ref_begin(1, OPS_HOST, OPS_BOARD);
    unsigned long share = ops / (count + extra) + 1;
    unsigned char *memory = ch_test_span(extra != 0 ? (25u << 20) : 901000);
    for (size_t i = 0; i < count + extra; i++) {
        run_span(memory, i < count ? sizes[i] : more[i - count], i * share, share);
    }
    print_message("model: %lu operations on %lu spans\n", share * (count + extra), (unsigned long)(count + extra));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_agree_with_the_reference_on_spans_of_all_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
