/* SPDX-License-Identifier: MIT */
/* Operations that allocate. What they get goes into slots: if it overlapped with anything, a pattern would be wrong. */
#include "scenes.h"

static void *volatile got[2];

/* Every run begins with nothing. */
static void forget(void) { got[0] = got[1] = NULL; }

static void row(void) { lay_out(), forget(); }

static void keep(int i, size_t size) { slot_put(RESULT + i, got[i], size); }

static bool is_clear(const void *p, size_t bytes) {
    for (size_t i = 0; p && i < bytes; i++) {
        if (((const unsigned char *)p)[i]) return false;
    }
    return true;
}

static void exact_bin(void) { got[0] = heap_caps_malloc(120, CAP_NEAR); }
static void keep_120(void) { keep(0, 120); }

static void split_short(void) { got[0] = heap_caps_malloc(30, CAP_NEAR); }
static void keep_30(void) { keep(0, 30); }

static void tight_long(void) { got[0] = heap_caps_malloc(200, CAP_NEAR); }
static void keep_200(void) { keep(0, 200); }

static void split_long(void) { got[0] = heap_caps_malloc(500, CAP_NEAR); }
static void keep_500(void) { keep(0, 500); }

static void long_block(void) { got[0] = heap_caps_malloc(LONG_BYTES + 40, CAP_NEAR); }
static void keep_long(void) { keep(0, LONG_BYTES + 40); }

/* NEAR knows by its limit that it has no such block. */
static void next_heap(void) { got[0] = heap_caps_malloc(5000, CAP_SHARED); }
static void keep_5000(void) { keep(0, 5000); }

/* NEAR does not know it yet: it looks, lowers its limit, and the next one is asked. */
static void lay_out_stale_limit(void) {
    row();
    slot_allocate(FILLING, heap_caps_get_largest_free_block(CAP_NEAR), CAP_NEAR);
}
static void next_heap_after_a_look(void) { got[0] = heap_caps_malloc(LONG_BYTES + 40, CAP_SHARED); }

static void full_heap(void) { got[0] = heap_caps_malloc(5000, CAP_NEAR); }
static void keep_nothing(void) { race_require(got[0] == NULL, "a full heap has served"); }

static void other_mask(void) {
    got[0] = heap_caps_malloc(50, CAP_NEAR | CAP_SHARED);
    got[1] = heap_caps_malloc(50, CAP_FAR | MALLOC_CAP_8BIT);
}
static void keep_two(void) { keep(0, 50), keep(1, 50); }

static void two_in_a_row(void) {
    got[0] = heap_caps_malloc(100, CAP_NEAR);
    got[1] = heap_caps_malloc(20, CAP_NEAR);
}
static void keep_100_20(void) { keep(0, 100), keep(1, 20); }

static void prefer(void) { got[0] = heap_caps_malloc_prefer(5000, 2, CAP_NEAR, CAP_FAR); }

static void calloc_short(void) { got[0] = heap_caps_calloc(3, 15, CAP_NEAR); }
static void keep_cleared(void) {
    race_require(is_clear(got[0], 45), "calloc left something");
    keep(0, 45);
}

static void calloc_long(void) { got[0] = heap_caps_calloc(4, 50, CAP_NEAR); }
static void keep_cleared_200(void) {
    race_require(is_clear(got[0], 200), "calloc left something");
    keep(0, 200);
}

const scene_t malloc_scenes[] = {
    {"malloc from an exact bin", row, exact_bin, keep_120, 1},
    {"malloc splits a short block", row, split_short, keep_30, 1},
    {"malloc finds a long size", row, tight_long, keep_200, 1},
    {"malloc splits a long block", row, split_long, keep_500, 1},
    {"malloc of a long block", row, long_block, keep_long, 1},
    {"malloc twice", row, two_in_a_row, keep_100_20, 1},
    {"malloc by another mask", row, other_mask, keep_two, 9},
    {"malloc goes on to the next heap", row, next_heap, keep_5000, 1},
    {"malloc goes on after a look", lay_out_stale_limit, next_heap_after_a_look, keep_long, 1},
    {"malloc finds all heaps full", row, full_heap, keep_nothing, 9},
    {"malloc_prefer", row, prefer, keep_5000, 9},
    {"calloc", row, calloc_short, keep_cleared, 1},
    {"calloc of a long size", row, calloc_long, keep_cleared_200, 6},
    {NULL, NULL, NULL, NULL, 0},
};

static void aligned_short(void) { got[0] = heap_caps_aligned_alloc(64, 100, CAP_NEAR); }
static void keep_aligned_short(void) {
    race_require(((uintptr_t)got[0] & 63) == 0, "the block is not aligned");
    keep(0, 100);
}

static void aligned_long(void) { got[0] = heap_caps_aligned_alloc(256, LONG_BYTES, CAP_NEAR); }
static void keep_aligned_long(void) {
    race_require(((uintptr_t)got[0] & 255) == 0, "the block is not aligned");
    keep(0, LONG_BYTES);
}

static void aligned_next_heap(void) { got[0] = heap_caps_aligned_alloc(32, 5000, CAP_SHARED); }

static void aligned_calloc(void) { got[0] = heap_caps_aligned_calloc(32, 2, 70, CAP_NEAR); }
static void keep_aligned_cleared(void) {
    race_require(((uintptr_t)got[0] & 31) == 0 && is_clear(got[0], 140), "the block is not aligned and clear");
    keep(0, 140);
}

const scene_t aligned_scenes[] = {
    {"aligned_alloc", row, aligned_short, keep_aligned_short, 9},
    {"aligned_alloc of a long block", row, aligned_long, keep_aligned_long, 9},
    {"aligned_alloc goes on to the next heap", row, aligned_next_heap, keep_5000, 9},
    {"aligned_calloc", row, aligned_calloc, keep_aligned_cleared, 9},
    {NULL, NULL, NULL, NULL, 0},
};
