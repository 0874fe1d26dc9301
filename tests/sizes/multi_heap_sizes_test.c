/* SPDX-License-Identifier: MIT */
/* The functions of multi_heap.h with all sizes, alignments and offsets that are odd: on a small heap and on the smallest. */
#include "sizes.h"

#include "multi_heap_setup.h"

#define KEPT 6u

static multi_heap_handle_t heap;
static size_t heap_size, offsets[40], offset_count;
static unsigned char *kept[KEPT];
static ask_t ask;
static size_t offset;
static unsigned long calls;

static void expect(bool holds, const char *what) {
    if (holds) return;
    fail_msg("size 0x%lx, alignment 0x%lx, offset 0x%lx: violated: %s", (unsigned long)ask.size, (unsigned long)ask.alignment,
             (unsigned long)offset, what);
}

/* A heap with blocks whose contents are known, and holes between them. */
static void begin(size_t size) {
    void *holes[KEPT];
    heap_size = size;
    heap = mh_make(size);
    for (size_t i = 0; i < KEPT; i++) {
        kept[i] = multi_heap_malloc(heap, size / 64 + 8 * i + 1);
        holes[i] = multi_heap_malloc(heap, size / 128 + 1);
        if (kept[i]) mh_fill(kept[i], multi_heap_get_allocated_size(heap, kept[i]), (unsigned)i);
    }
    for (size_t i = 0; i < KEPT; i += 2) multi_heap_free(heap, holes[i]);
}

static void end(void) {
    mh_expect_consistent(heap);
    mh_expect_guards_at(0, heap_size);
    print_message("sizes: %lu calls judged\n", calls);
}

static bool kept_hold(void) {
    bool hold = true;
    for (size_t i = 0; i < KEPT; i++)
        hold &= !kept[i] || mh_holds(kept[i], multi_heap_get_allocated_size(heap, kept[i]), (unsigned)i);
    return hold;
}

static bool is_power_of_two(size_t x) { return x != 0 && (x & (x - 1)) == 0; }

static void judge_block(unsigned char *p) {
    size_t usable = multi_heap_get_allocated_size(heap, p), in_span = (size_t)(p - mh_span());
    expect(ask.size != 0 && is_power_of_two(ask.alignment) && ask.alignment <= 1u << 31, "no block for what may not be asked");
    expect(usable >= ask.size && usable <= heap_size, "the block is as long as asked");
    expect(usable <= multi_heap_get_full_block_size(heap, p), "the full size covers the usable one");
    expect(in_span < heap_size && usable <= heap_size - in_span, "the block lies in the heap");
    expect((((uintptr_t)p + (offset + 3) / 4 * 4) & (ask.alignment - 1)) == 0, "the block is aligned as asked");
    expect((uintptr_t)p % MH_G == 0, "a block is aligned to the granule");
    memset(p, 0x5D, usable < 64 ? usable : 64);
    memset(p + usable - (usable < 64 ? usable : 64), 0x5D, usable < 64 ? usable : 64);
    expect(multi_heap_check(heap, true), "writing both ends hurts nothing of the heap's");
    expect(kept_hold(), "writing both ends hurts no other block");
}

static multi_heap_info_t info_now(void) {
    multi_heap_info_t info;
    multi_heap_get_info(heap, &info);
    return info;
}

static void expect_as(multi_heap_info_t before, bool watermark) {
    multi_heap_info_t now = info_now();
    if (!watermark) now.minimum_free_bytes = before.minimum_free_bytes;
    expect(memcmp(&before, &now, sizeof now) == 0, "what was taken is given back, and a failure leaves no trace");
}

/* ---- calls ---- */

enum { MALLOC, ALIGNED, OFFSET, REALLOC_NONE, REALLOC, ENTRIES };

static void *call(int entry, void *old) {
    switch (entry) {
    case MALLOC: return multi_heap_malloc(heap, ask.size);
    case ALIGNED: return multi_heap_aligned_alloc(heap, ask.size, ask.alignment);
    case OFFSET: return multi_heap_aligned_alloc_offs(heap, ask.size, ask.alignment, offset);
    case REALLOC_NONE: return multi_heap_realloc(heap, NULL, ask.size);
    default: return multi_heap_realloc(heap, old, ask.size);
    }
}

static void judge_call(int entry, size_t size, size_t alignment, size_t shift) {
    multi_heap_info_t before = info_now();
    bool plain = entry == MALLOC || entry == REALLOC_NONE || entry == REALLOC;
    ask = (ask_t){size, plain ? 1 : alignment, 0, NULL};
    offset = entry == OFFSET ? shift : 0;
    calls++;
    void *old = entry == REALLOC ? multi_heap_malloc(heap, 20) : NULL;
    if (old) mh_fill(old, 20, 99);
    void *p = call(entry, old);
    if (p) {
        if (entry == MALLOC) expect(size <= before.largest_free_block, "no block above largest_free_block");
        if (old) expect(mh_holds(p, size < 20 ? size : 20, 99), "the contents are kept");
        judge_block(p);
        multi_heap_free(heap, p);
    } else if (old && size != 0) {
        expect(size > 20, "shrinking succeeds");
        expect(mh_holds(old, 20, 99), "a failure leaves the block as it was");
        multi_heap_free(heap, old);
    } else if (entry == MALLOC) {
        expect(size == 0 || size > before.largest_free_block, "a block up to largest_free_block");
    }
    expect_as(before, !p && !old);
}

static void make_offsets(void) {
    static const size_t some[] = {0,  1,  2,   3,    4,    5,          8,           12,          16,         20,
                                  32, 60, 100, 1024, 5000, 0x7fffffff, 0x80000000u, 0xfffffffcu, 0xffffffffu};
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) offsets[offset_count++] = some[i];
    for (size_t i = 0; i < 9; i++) offsets[offset_count++] = SIZE_MAX - i;
    for (size_t i = 0; i < 9; i++) offsets[offset_count++] = SIZE_MAX / 2 + 5 - i;
}

static void every_size_in(size_t size) {
    begin(size);
    sizes_t sizes = sizes_wide();
    for (int entry = 0; entry < ENTRIES; entry++) {
        for (size_t i = 0; i < sizes.count; i++) judge_call(entry, sizes.list[i], i % 2 ? 64 : 1, i % 3 * 16);
    }
    for (size_t s = 0; s <= size; s += sizes_many() == SIZES_FEW ? 13 : 1) judge_call(REALLOC, s, 1, 0);
    end();
}

static void every_size_in_a_small_heap(void **state) {
    (void)state;
    every_size_in(8192);
}

static void every_size_in_the_smallest_heap(void **state) {
    (void)state;
    every_size_in(256);
}

static void every_alignment_and_offset(void **state) {
    (void)state;
    begin(8192);
    make_offsets();
    sizes_t sizes = sizes_narrow(), alignments = sizes_alignments();
    size_t stride = sizes_many() == SIZES_ALL ? 17 : sizes_many() == SIZES_SOME ? 211 : 997, next = 0;
    for (size_t a = 0; a < alignments.count; a++) {
        for (size_t i = next % 7; i < sizes.count; i += 7) judge_call(ALIGNED, sizes.list[i], alignments.list[a], 0);
        for (; next < sizes.count * offset_count; next += stride)
            judge_call(OFFSET, sizes.list[next % sizes.count], alignments.list[a], offsets[next / sizes.count]);
        next -= sizes.count * offset_count;
    }
    end();
}

/* ---- what else takes a size ---- */

static void spans_that_are_none(void **state) {
    (void)state;
    sizes_t sizes = sizes_wide();
    unsigned char *start = mh_span();
    memset(start, 0x77, 1024);
    for (size_t i = 0; i < sizes.count; i++) {
        size_t size = sizes.list[i];
        for (unsigned shift = 1; shift < 4; shift++) assert_null(multi_heap_register(start + shift, size));
        if (size > SIZE_MAX - (uintptr_t)start) assert_null(multi_heap_register(start, size));
    }
    for (size_t i = 0; i < 1024; i++) assert_int_equal(start[i], 0x77);
}

/* Every length that might be too short: a heap that works, or none. */
static void spans_from_nothing_on(void **state) {
    (void)state;
    for (size_t size = 0; size <= 320; size++) {
        multi_heap_handle_t made = mh_make_at(0, size);
        assert_true(made != NULL || size < 256);
        if (made) {
            multi_heap_info_t info;
            multi_heap_get_info(made, &info);
            unsigned char *p = multi_heap_malloc(made, info.largest_free_block);
            assert_non_null(p);
            memset(p, 0x11, info.largest_free_block);
            multi_heap_free(made, p);
            mh_expect_consistent(made);
        }
        mh_expect_guards_at(0, size);
    }
}

static void low_watermarks(void **state) {
    (void)state;
    begin(4096);
    sizes_t sizes = sizes_wide();
    for (size_t i = sizes.count; i-- > 0;) {
        size_t before = multi_heap_minimum_free_size(heap);
        multi_heap_restore_minimum_free_bytes(heap, sizes.list[i]);
        size_t after = multi_heap_minimum_free_size(heap);
        assert_true(after <= before && after <= multi_heap_free_size(heap));
        assert_true(sizes.list[i] >= before ? after == before : after <= sizes.list[i] && after + MH_G > sizes.list[i]);
        if (i % 50 == 0) assert_int_equal(multi_heap_reset_minimum_free_bytes(heap), after);
    }
    end();
}

static void no_heap_serves_nothing(void **state) {
    (void)state;
    sizes_t sizes = sizes_narrow();
    for (size_t i = 0; i < sizes.count; i++) {
        assert_null(multi_heap_malloc(NULL, sizes.list[i]));
        assert_null(multi_heap_aligned_alloc(NULL, sizes.list[i], 64));
        assert_null(multi_heap_aligned_alloc_offs(NULL, sizes.list[i], 64, 8));
    }
    assert_int_equal(multi_heap_free_size(NULL), 0);
    assert_int_equal(multi_heap_minimum_free_size(NULL), 0);
}

static int boot(void **state) {
    (void)state;
    api_boot(); /* the inputs ask for the largest blocks of the chip */
    sizes_wide();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_in_a_small_heap), cmocka_unit_test(every_size_in_the_smallest_heap),
        cmocka_unit_test(every_alignment_and_offset), cmocka_unit_test(spans_that_are_none),
        cmocka_unit_test(spans_from_nothing_on),      cmocka_unit_test(low_watermarks),
        cmocka_unit_test(no_heap_serves_nothing),
    };
    return cmocka_run_group_tests(tests, boot, NULL);
}
