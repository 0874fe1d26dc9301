/* SPDX-License-Identifier: MIT */
/* See caps_model.h. */
#include "caps_model.h"

#include <string.h>

#include "esp_heap_caps.h"
#include "esp_private/heap_align_hw.h"
#include "frame_bytes.h"
#include "heap/heap.h"

#define HEAPS 24u
#define USERS 64u
#define REMEMBERED 16384u

typedef struct {
    uintptr_t start, end;
    uint32_t caps;
    size_t bytes; /* of all its blocks */
    size_t sum;   /* the same, while a walk counts */
} heap_t;

ref_t model;
static heap_t heaps[HEAPS];
static size_t heap_count;
static size_t own_blocks; /* used blocks that the model does not hold: descriptors, and blocks with a heap inside */

/* A live block's other side; in any order. */
typedef struct {
    uintptr_t data;
    void *user;
    size_t alignment; /* that the hardware made of what was asked */
} user_t;
static user_t users[USERS];
static size_t user_count;
static uint32_t remembered[REMEMBERED / 4];

static heap_t *heap_of(uintptr_t p) {
    heap_t *found = NULL; /* the innermost: the last one that was added */
    for (size_t i = 0; i < heap_count; i++) {
        if (p >= heaps[i].start && p < heaps[i].end) found = &heaps[i];
    }
    return found;
}

/* ---- heaps ---- */

static bool sum_up(walker_heap_into_t heap, walker_block_info_t block, void *unused) {
    (void)unused;
    heap_t *h = heap_of((uintptr_t)block.ptr);
    ref_expect(h && h->start == (uintptr_t)heap.start && h->end == (uintptr_t)heap.end,
               "each block lies in the heap that it is shown in");
    ref_expect(block.size <= h->end - (uintptr_t)block.ptr, "a block ends in its heap");
    h->sum += block.size;
    return true;
}

static void sum_all(void) {
    for (size_t i = 0; i < heap_count; i++) heaps[i].sum = 0;
    heap_caps_walk_all(sum_up, NULL);
}

void model_settle(void) {
    while (FRAME_HOLDS_BACK && ch_heap_let_out(true)) continue;
}

/* Used blocks of all heaps. What is held back is no block to us. */
static size_t used_blocks(void) {
    multi_heap_info_t info;
    model_settle();
    heap_caps_get_info(&info, 0);
    return info.allocated_blocks;
}

void model_add_heap(uintptr_t start, uintptr_t end, uint32_t caps) {
    ref_expect(heap_count < HEAPS, "the model has room for the heap");
    heaps[heap_count++] = (heap_t){start, end, caps, 0, 0};
    sum_all();
    heaps[heap_count - 1].bytes = heaps[heap_count - 1].sum;
    own_blocks = used_blocks() - model.count;
}

/* Sees each heap once: of the first block it knows enough. */
static bool note_heap(walker_heap_into_t heap, walker_block_info_t block, void *unused) {
    (void)block, (void)unused;
    heaps[heap_count++] = (heap_t){(uintptr_t)heap.start, (uintptr_t)heap.end, world_caps_at((uintptr_t)heap.start), 0, 0};
    return false;
}

void model_begin(void) {
    model.count = heap_count = user_count = 0;
    heap_caps_walk_all(note_heap, NULL);
    sum_all();
    for (size_t i = 0; i < heap_count; i++) heaps[i].bytes = heaps[i].sum;
    own_blocks = used_blocks();
}

/* Finds the heap that the model does not know yet. */
static bool note_new(walker_heap_into_t heap, walker_block_info_t block, void *user_data) {
    (void)block;
    walker_heap_into_t *found = user_data;
    heap_t *h = heap_of((uintptr_t)heap.start);
    if (!h || h->start != (uintptr_t)heap.start) *found = heap;
    return false;
}

void model_begin_stack(void) {
    walker_heap_into_t found = {0, 0};
    heap_caps_walk_all(note_new, &found);
    model_add_heap((uintptr_t)found.start, (uintptr_t)found.end, world_caps_at((uintptr_t)found.start));
}

/* What a heap must have for this request (include/esp_private/heap_align_hw.h). */
static uint32_t needed(uint32_t caps) {
    const uint32_t descriptors = MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_DMA_DESC_AXI;
    if (caps & descriptors) caps = (caps & ~descriptors) | MALLOC_CAP_DMA;
    if (caps & MALLOC_CAP_SPIRAM) caps &= ~MALLOC_CAP_DMA;
    return caps & ~MALLOC_CAP_CACHE_ALIGNED;
}

bool model_never(uint32_t caps) {
    uint32_t exec = CH_CFG_HAS_EXEC_HEAP ? 1u << 0 : 0;
    return caps == 0 || (caps & MALLOC_CAP_INVALID) || ((caps & exec) && (needed(caps) & (MALLOC_CAP_8BIT | MALLOC_CAP_DMA)));
}

/* ---- blocks ---- */

static size_t words_of(size_t size) { return (size + 3) & ~(size_t)3; }

/* The size in bytes that the hardware makes of a request: between canaries it need not be whole words. */
static size_t adjusted(size_t size, size_t *alignment, uint32_t caps) {
    esp_heap_adjust_alignment_to_hw(alignment, &size, &caps);
    return FRAME_IS_THERE ? size : words_of(size);
}

void model_note(void *p, size_t size, size_t alignment, uint32_t caps) {
    ref_block_t block = {.size = size, .alignment = 4, .caps = caps, .usable = heap_caps_get_allocated_size(p)};
    size_t aligned = alignment < 4 ? 4 : alignment, least = 4;
    size_t most = adjusted(size, &aligned, caps); /* a realloc rounds up to the alignment that its block has, or does not */
    ref_expect(((uintptr_t)p & (aligned - 1)) == 0, "the user's address has the alignment asked for");
    size_t mine = adjusted(size, &least, caps);
    ref_expect(block.usable >= mine, "the whole of the rounded size is the caller's");
    ref_expect(!FRAME_IS_THERE || world_is_alias(p) || words_of(block.usable) == words_of(mine) ||
                   words_of(block.usable) == words_of(most),
               "between canaries lies what was asked for");
    ref_expect(block.usable <= ref_rounded(most) + 2 * REF_GRANULE + 8, "a block is not much larger than asked");
    block.p = world_data(p, block.usable);
    heap_t *h = heap_of(block.p);
    ref_expect(h && (h->caps & needed(caps)) == needed(caps), "a heap has all capabilities asked for");
    ref_add(&model, block, h->start, h->end);
    ref_expect((uintptr_t)p == block.p || world_is_alias(p), "an address is the data bus's or an instruction bus's");
    ref_expect(user_count < USERS, "the model has room for the block");
    users[user_count++] = (user_t){block.p, p, aligned};
}

static user_t *user_of(uintptr_t data) {
    user_t *u = users;
    while (u->data != data) u++;
    return u;
}

held_t model_held(size_t index) {
    const user_t *u = user_of(model.blocks[index].p);
    return (held_t){u->user, u->alignment, model.blocks[index]};
}

void model_drop(size_t index, bool moved) {
    uintptr_t p = model.blocks[index].p;
    *user_of(p) = users[--user_count];
    if (!moved) {
        ref_take(&model, index);
        return;
    }
    model.count--;
    memmove(&model.blocks[index], &model.blocks[index + 1], (model.count - index) * sizeof model.blocks[0]);
}

void model_make_host(size_t index) { model_drop(index, true); }

void model_remember(const void *p, size_t bytes) {
    for (size_t i = 0; i < bytes / 4; i++) remembered[i] = *world_word(p, i);
}

void model_expect_remembered(const void *p, size_t bytes) {
    for (size_t i = 0; i < bytes / 4; i++) ref_expect(remembered[i] == *world_word(p, i), "the contents are kept");
}

void model_expect_zero(const void *p, size_t bytes) {
    for (size_t i = 0; i < bytes / 4; i++)
        ref_expect(*world_word(p, i) == 0, "calloc clears the request and what rounding added");
}

bool model_is_surely_bad(uintptr_t p) {
    if (p == 0) return false;
    if (world_is_alias((void *)p)) { /* a block with two addresses may explain it */
        for (size_t i = 0; i < user_count; i++) {
            if (world_is_alias(users[i].user)) return false;
        }
        return true;
    }
    for (size_t i = 0; i < model.count; i++) {
        if (p - model.blocks[i].p < model.blocks[i].usable) return p != model.blocks[i].p;
    }
    return heap_of(p) == NULL;
}

/* ---- everything ---- */

void model_compare(void) {
    multi_heap_info_t info;
    ref_expect(heap_caps_check_integrity_all(true), "all heaps are sound");
    ref_expect(heap_caps_check_integrity(MALLOC_CAP_INVALID, true), "and checked by the mask that no memory has");
    sum_all();
    for (size_t i = 0; i < heap_count; i++) ref_expect(heaps[i].sum == heaps[i].bytes, "the blocks of a heap cover all of it");
    model_settle();
    heap_caps_get_info(&info, 0);
    ref_expect(info.allocated_blocks == own_blocks + model.count, "as many used blocks as live ones and our own");
    ref_expect(info.total_blocks == info.allocated_blocks + info.free_blocks, "block counts agree");
    ref_expect(info.total_free_bytes == heap_caps_get_free_size(0), "free bytes agree");
    ref_expect(info.minimum_free_bytes == heap_caps_get_minimum_free_size(0), "low watermarks agree");
    ref_expect(info.largest_free_block <= info.total_free_bytes, "the largest free block is a part of what is free");
    for (size_t i = 0; i < model.count; i++) ref_expect_tagged(model.blocks[i].p, model.blocks[i].usable, model.blocks[i].tag);
    ref_expect(world_locks_are_open(), "no lock is held");
}
