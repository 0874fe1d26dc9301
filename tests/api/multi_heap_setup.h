/* SPDX-License-Identifier: MIT */
/*
 * What the multi_heap tests share: one span of memory with guard words on both sides, heaps made in it, and a second opinion on
 * every heap from a walk. multi_heap works without the capability layer, so nothing here boots anything.
 */
#pragma once

#include "ch_test.h"

#include <stdio.h>
#include <string.h>

#include "capheap/config.h"
#include "frame_bytes.h"
#include "multi_heap.h"

#define MH_SPAN 32768u
#define MH_GUARD 64u
#define MH_GUARD_BYTE 0x5A
#define MH_G ((size_t)CH_CFG_GRANULE)
#define MH_LEAST (2u * MH_G) /* smallest block */

/* The span's first byte, a multiple of 64. */
static inline unsigned char *mh_span(void) {
    static unsigned char *span;
    if (span == NULL) {
        uintptr_t raw = (uintptr_t)ch_test_span(MH_SPAN + 2u * MH_GUARD + 64u);
        assert_int_not_equal(raw, 0);
        span = (unsigned char *)((raw + MH_GUARD + 63u) & ~(uintptr_t)63u);
    }
    return span;
}

/* Bytes that a block of this request has. */
static inline size_t mh_rounded(size_t size) {
    size_t rounded = (size + FRAME_BYTES + MH_G - 1u) & ~(MH_G - 1u);
    return rounded < MH_LEAST ? MH_LEAST : rounded;
}

/* A heap of size bytes at offset in the span, with guards around it. */
static inline multi_heap_handle_t mh_make_at(size_t offset, size_t size) {
    unsigned char *start = mh_span() + offset;
    memset(start - MH_GUARD, MH_GUARD_BYTE, size + 2u * MH_GUARD);
    return multi_heap_register(start, size);
}

static inline void mh_expect_guards_at(size_t offset, size_t size) {
    const unsigned char *start = mh_span() + offset;
    for (size_t i = 1; i <= MH_GUARD; i++) {
        assert_int_equal(start[-(ptrdiff_t)i], MH_GUARD_BYTE);
        assert_int_equal(start[size + i - 1u], MH_GUARD_BYTE);
    }
}

static inline multi_heap_handle_t mh_make(size_t size) {
    multi_heap_handle_t heap = mh_make_at(0, size);
    assert_non_null(heap);
    return heap;
}

/* Totals as a walk finds them. */
typedef struct {
    multi_heap_info_t info;
    uintptr_t last_end;
    bool last_free;
    bool ordered;
} mh_walk_t;

static inline bool mh_count_block(void *block_ptr, size_t block_size, int block_used, void *user_data) {
    mh_walk_t *sum = user_data;
    if ((uintptr_t)block_ptr < sum->last_end || (!block_used && sum->last_free)) {
        sum->ordered = false; /* or two free blocks touch */
    }
    sum->last_end = (uintptr_t)block_ptr + block_size;
    sum->last_free = !block_used;
    sum->info.total_blocks++;
    if (block_used) {
        sum->info.allocated_blocks++;
        sum->info.total_allocated_bytes += block_size - FRAME_BYTES;
        return true;
    }
    sum->info.free_blocks++;
    sum->info.total_free_bytes += block_size;
    if (block_size > sum->info.largest_free_block) {
        sum->info.largest_free_block = block_size;
    }
    return true;
}

/* The heap is sound, and its counters, its walk and its single getters agree. */
static inline void mh_expect_consistent(multi_heap_handle_t heap) {
    mh_walk_t sum = {.ordered = true};
    multi_heap_info_t info;
    assert_true(multi_heap_check(heap, true));
    multi_heap_walk(heap, mh_count_block, &sum);
    multi_heap_get_info(heap, &info);
    assert_true(sum.ordered);
    assert_int_equal(info.total_free_bytes, frame_inner(sum.info.total_free_bytes));
    assert_int_equal(info.total_allocated_bytes, sum.info.total_allocated_bytes);
    assert_int_equal(info.largest_free_block, frame_inner(sum.info.largest_free_block));
    assert_int_equal(info.allocated_blocks, sum.info.allocated_blocks);
    assert_int_equal(info.free_blocks, sum.info.free_blocks);
    assert_int_equal(info.total_blocks, sum.info.total_blocks);
    assert_int_equal(info.total_blocks, info.allocated_blocks + info.free_blocks);
    assert_int_equal(info.total_free_bytes, multi_heap_free_size(heap));
    assert_int_equal(info.minimum_free_bytes, multi_heap_minimum_free_size(heap));
    assert_true(info.minimum_free_bytes <= info.total_free_bytes);
}

/* What must not change when a call fails. */
static inline void mh_expect_same(multi_heap_handle_t heap, const multi_heap_info_t *before) {
    multi_heap_info_t now;
    multi_heap_get_info(heap, &now);
    assert_int_equal(now.total_free_bytes, before->total_free_bytes);
    assert_int_equal(now.total_allocated_bytes, before->total_allocated_bytes);
    assert_int_equal(now.largest_free_block, before->largest_free_block);
    assert_int_equal(now.minimum_free_bytes, before->minimum_free_bytes);
    assert_int_equal(now.allocated_blocks, before->allocated_blocks);
    assert_int_equal(now.free_blocks, before->free_blocks);
    mh_expect_consistent(heap);
}

/* A pattern that depends on the tag and the place. */
static inline void mh_fill(void *p, size_t size, unsigned tag) {
    for (size_t i = 0; i < size; i++) {
        ((unsigned char *)p)[i] = (unsigned char)(tag + i * 7u);
    }
}

static inline bool mh_holds(const void *p, size_t size, unsigned tag) {
    for (size_t i = 0; i < size; i++) {
        if (((const unsigned char *)p)[i] != (unsigned char)(tag + i * 7u)) {
            return false;
        }
    }
    return true;
}

/* Lines of the captured output that start with prefix. */
static inline unsigned mh_count_lines(const char *prefix) {
    unsigned count = 0;
    for (const char *line = ch_test_output(); line != NULL && *line != '\0';) {
        count += strncmp(line, prefix, strlen(prefix)) == 0 ? 1u : 0u;
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return count;
}

/* One report line that names p; then clears the output. */
static inline void mh_expect_report(const void *p) {
    char digits[24];
    snprintf(digits, sizeof(digits), "%lx", (unsigned long)(uintptr_t)p);
    if (mh_count_lines("CORRUPT HEAP: ") != 1 || strstr(ch_test_output(), digits) == NULL) {
        fail_msg("expected one line 'CORRUPT HEAP: ' that names %s, got: %s", digits, ch_test_output());
    }
    ch_test_output_clear();
}
