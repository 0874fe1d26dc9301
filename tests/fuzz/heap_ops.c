/* SPDX-License-Identifier: MIT */
/* See heap_ops.h. What is expected of each call stands in include/multi_heap.h. */
#include "heap_ops.h"

#include <string.h>

#include "frame_bytes.h"
#include "multi_heap_internal.h"
#include "multi_heap_platform.h"

static ref_t ref;
static multi_heap_handle_t heap;
static multi_heap_lock_t lock;
static bool locked; /* the heap has a lock */
static uintptr_t span_start, span_end;
static size_t capacity; /* free bytes of the empty heap */
static size_t lowest;   /* the least free bytes after an operation; the low watermark may be lower, never higher */

static multi_heap_info_t info_now(void) {
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    return info;
}

static void expect_same(const multi_heap_info_t *before) {
    multi_heap_info_t now = info_now();
    ref_expect(memcmp(before, &now, sizeof now) == 0, "what fails changes nothing");
}

static bool is_power_of_two(size_t x) { return x != 0 && (x & (x - 1)) == 0; }

static void note(void *p, size_t size, size_t alignment) {
    ref_block_t block = {.p = (uintptr_t)p, .size = size, .alignment = alignment < 4 ? 4 : alignment};
    block.usable = multi_heap_get_allocated_size(heap, p);
    ref_expect(block.usable <= ref_rounded(size) + 2 * REF_GRANULE, "a block is not much larger than asked");
    ref_expect(!FRAME_IS_THERE || block.usable == size, "between canaries lies what was asked for");
    ref_expect(block.usable + FRAME_BYTES <= multi_heap_get_full_block_size(heap, p),
               "the full size covers frame and usable one");
    ref_add(&ref, block, span_start, span_end);
}

/* Index of the live block that an address lies in, its frame included; ref.count if none. */
static size_t block_at(uintptr_t p) {
    size_t i = 0;
    while (i < ref.count && p - (ref.blocks[i].p - FRAME_HEAD) >= multi_heap_get_full_block_size(heap, (void *)ref.blocks[i].p))
        i++;
    return i;
}

void heap_op_malloc(void) {
    multi_heap_info_t before = info_now();
    size_t size = fuzz_size(before.largest_free_block);
    if (ref.count >= REF_MAX - 2) return;
    void *p = multi_heap_malloc(heap, size);
    ref_expect((p != NULL) == (size != 0 && size <= before.largest_free_block),
               "malloc succeeds exactly up to largest_free_block");
    if (p)
        note(p, size, 4);
    else
        expect_same(&before);
}

void heap_op_aligned(void) {
    multi_heap_info_t before = info_now();
    size_t size = fuzz_size(before.largest_free_block), alignment = fuzz_alignment();
    if (ref.count >= REF_MAX - 2) return;
    void *p = multi_heap_aligned_alloc(heap, size, alignment);
    if (p) {
        ref_expect(size != 0 && is_power_of_two(alignment) && alignment <= 1u << 31, "no block for what may not be asked");
        note(p, size, alignment);
        return;
    }
    bool possible = size != 0 && is_power_of_two(alignment) && alignment <= capacity && size <= capacity;
    ref_expect(!possible || size + alignment + 3 * REF_GRANULE > before.largest_free_block,
               "aligned_alloc succeeds where it must");
    expect_same(&before);
}

void heap_op_offset(void) {
    multi_heap_info_t before = info_now();
    size_t size = fuzz_size(before.largest_free_block), alignment = fuzz_alignment();
    size_t offset = fuzz_byte() < 0xE0 ? fuzz_below(200) : fuzz_size(SIZE_MAX - size);
    if (ref.count >= REF_MAX - 2) return;
    void *p = multi_heap_aligned_alloc_offs(heap, size, alignment, offset);
    if (!p) {
        expect_same(&before);
        return;
    }
    ref_expect(size != 0 && is_power_of_two(alignment) && offset <= SIZE_MAX - 3, "no block for what may not be asked");
    ref_expect((((uintptr_t)p + (offset + 3) / 4 * 4) & (alignment - 1)) == 0, "p + offset is aligned");
    note(p, size, offset == 0 ? alignment : 4); /* without an offset the block keeps it */
}

void heap_op_realloc(void) {
    if (ref.count == 0) return;
    multi_heap_info_t before = info_now();
    size_t index = fuzz_below(ref.count);
    ref_block_t old = ref.blocks[index];
    size_t size = fuzz_size(old.usable);
    void *p = multi_heap_realloc(heap, (void *)old.p, size);
    if (size == 0) {
        ref_expect(p == NULL, "realloc to 0 gives NULL");
        ref.count--;
        memmove(&ref.blocks[index], &ref.blocks[index + 1], (ref.count - index) * sizeof ref.blocks[0]);
        return;
    }
    if (!p) {
        ref_expect(FRAME_FILLS || size > old.usable, "shrinking succeeds");
        ref_expect(size > capacity || old.alignment > capacity ||
                       size + old.alignment + 3 * REF_GRANULE > before.largest_free_block,
                   "realloc succeeds where a copy must fit");
        ref_expect_tagged(old.p, old.usable, old.tag);
        before.minimum_free_bytes = multi_heap_minimum_free_size(heap); /* it may have tried */
        expect_same(&before);
        return;
    }
    ref_expect_tagged((uintptr_t)p, size < old.size ? size : old.size, old.tag);
    ref.count--;
    memmove(&ref.blocks[index], &ref.blocks[index + 1], (ref.count - index) * sizeof ref.blocks[0]);
    note(p, size, old.alignment);
}

void heap_op_free(void) {
    if (ref.count == 0) return;
    ref_block_t block = ref_take(&ref, fuzz_below(ref.count));
    multi_heap_free(heap, (void *)block.p);
}

/* Any address in the span, about a block, or about the wrap, given to what expects a block. */
void heap_op_bad_pointer(void) {
    uintptr_t p = span_start - 8 + fuzz_half() % (span_end - span_start + 16);
    unsigned kind = fuzz_byte();
    if (kind & 1 && ref.count > 0) p = ref.blocks[fuzz_below(ref.count)].p + kind / 2 % 64;
    if (kind == 0xFE) p = UINTPTR_MAX - fuzz_byte();
    size_t at = block_at(p);
    if (p == 0 || (at < ref.count && ref.blocks[at].p == p)) return; /* nothing wrong with it */
    multi_heap_info_t before = info_now();
    void *bad = (void *)p;
    switch (kind / 2 % 4) {
    case 0: FUZZ_FATAL(bad, multi_heap_realloc(heap, bad, fuzz_byte() + 1u)); break;
    case 1: FUZZ_FATAL(bad, multi_heap_get_allocated_size(heap, bad)); break;
    default: FUZZ_FATAL(bad, multi_heap_free(heap, bad));
    }
    expect_same(&before);
    ref_expect(!locked || lock.lock.depth == 0, "no lock is held when the fatal function is called");
}

void heap_op_look(void) {
    uintptr_t p = span_start + fuzz_half() % (span_end - span_start);
    size_t at = block_at(p);
    if (at == ref.count) {
        FUZZ_FATAL(NULL, multi_heap_find_containing_block(heap, (void *)p));
        return;
    }
    ref_expect((uintptr_t)multi_heap_find_containing_block(heap, (void *)p) == ref.blocks[at].p, "an address leads to its block");
}

void heap_op_minimum(void) {
    size_t now = multi_heap_free_size(heap), minimum = multi_heap_minimum_free_size(heap), value = fuzz_size(now);
    if (fuzz_byte() & 1) {
        ref_expect(multi_heap_reset_minimum_free_bytes(heap) == minimum, "reset returns the low watermark");
        ref_expect(multi_heap_minimum_free_size(heap) == now, "reset makes it the free size");
        lowest = now;
        return;
    }
    multi_heap_restore_minimum_free_bytes(heap, value);
    size_t after = multi_heap_minimum_free_size(heap);
    ref_expect(after <= minimum && (after == minimum || after <= value), "restore only lowers the low watermark");
}

/* ---- the whole heap against the reference ---- */

typedef struct {
    size_t next; /* live block that the walk must show next */
    uintptr_t end;
    size_t used_bytes, free_bytes, largest, free_blocks;
    bool last_free;
} census_t;

static bool take_census(void *block, size_t size, int used, void *user_data) {
    census_t *c = user_data;
    uintptr_t p = (uintptr_t)block;
    ref_expect(p >= c->end && p >= span_start && size <= span_end - p, "blocks of a walk are in order and in the span");
    c->end = p + size;
    if (used) {
        ref_expect(c->next < ref.count && ref.blocks[c->next].p == p + FRAME_HEAD,
                   "the walk shows each live block once, and no other as used");
        ref_expect(size >= ref.blocks[c->next].usable + FRAME_BYTES, "the block that is shown holds frame and usable bytes");
        c->next++;
        c->used_bytes += size - FRAME_BYTES;
    } else {
        ref_expect(!c->last_free, "free blocks never touch");
        c->free_bytes += size;
        c->free_blocks++;
        c->largest = size > c->largest ? size : c->largest;
    }
    c->last_free = !used;
    return true;
}

/* The same by the interface for tools. */
static size_t count_by_handles(void) {
    size_t count = 0;
    multi_heap_internal_lock(heap);
    for (multi_heap_block_handle_t b = multi_heap_get_first_block(heap); b; b = multi_heap_get_next_block(heap, b)) count++;
    multi_heap_internal_unlock(heap);
    return count;
}

void heap_op_compare(void) {
    census_t c = {0};
    ref_expect(multi_heap_check(heap, true), "the heap is sound");
    multi_heap_walk(heap, take_census, &c);
    multi_heap_info_t info = info_now();
    ref_expect(c.next == ref.count && info.allocated_blocks == ref.count, "as many used blocks as live ones");
    ref_expect(info.free_blocks == c.free_blocks && info.total_blocks == c.free_blocks + ref.count, "block counts agree");
    ref_expect(info.total_free_bytes == frame_inner(c.free_bytes) && info.total_allocated_bytes == c.used_bytes,
               "totals agree with the walk");
    ref_expect(info.total_free_bytes == multi_heap_free_size(heap), "total_free_bytes is free_size");
    ref_expect(c.free_bytes + c.used_bytes + ref.count * FRAME_BYTES == capacity + FRAME_BYTES, "free and used add up");
    /* The longest block of all may wait in its bin behind more others than are looked at. */
    bool behind = c.free_blocks > 8;
    size_t largest = frame_inner(c.largest);
    ref_expect(info.largest_free_block == largest || (info.largest_free_block < largest && behind),
               "largest_free_block is the largest of the walk");
    ref_expect(info.minimum_free_bytes <= lowest, "the low watermark is no higher than any free size seen");
    ref_expect(count_by_handles() == info.total_blocks, "block handles lead through all blocks");
}

/* ---- one input ---- */

void heap_run(heap_op_t *const *table, size_t entries, size_t most) {
    size_t size = fuzz_half() % most, shift = 4u * (fuzz_byte() % 16u);
    locked = fuzz_byte() & 1;
    if (size < 256) size = 256 + size % 64;
    unsigned char *span = fuzz_span(size, shift);
    span_start = (uintptr_t)span;
    span_end = span_start + size;
    ref.count = 0;
    heap = multi_heap_register(span, size);
    ref_expect(heap != NULL, "a span of 256 bytes or more is a heap");
    multi_heap_lock_init(&lock);
    if (locked) multi_heap_set_lock(heap, &lock);
    capacity = lowest = multi_heap_free_size(heap);
    while (fuzz_more()) {
        table[fuzz_byte() % entries]();
        size_t now = multi_heap_free_size(heap);
        lowest = now < lowest ? now : lowest;
    }
    heap_op_compare();
    while (ref.count > 0) multi_heap_free(heap, (void *)ref_take(&ref, ref.count / 2).p);
    heap_op_compare();
    multi_heap_info_t end = info_now();
    ref_expect(end.total_free_bytes == capacity && end.free_blocks == 1, "freeing everything leaves one block of every byte");
    ref_expect(!locked || lock.lock.depth == 0, "the lock is open");
    fuzz_span_verify();
}
