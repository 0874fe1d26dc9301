/* SPDX-License-Identifier: MIT */
/*
 * Operations that change a block's size. The block is out of its slot before, so that no interrupt uses it too; what it held must
 * be in the result, or still in the block where there was no room.
 */
#include "scenes.h"

static void *victim;
static void *volatile result;
static int from;

static void with(int i) {
    from = i;
    victim = slot_take(i);
    result = NULL;
}

/* The block, moved or not, goes back into the slot, filled to its new size. */
static void settle(size_t size) {
    size_t had = slot_size(from), kept = had < size ? had : size;
    void *p = result ? result : victim;
    race_require(slot_pattern_is(from, p, result ? kept : had), "realloc lost what the block held");
    slot_put(from, p, result ? size : had);
}

static void row_0(void) { lay_out(), with(0); }
static void row_2(void) { lay_out(), with(2); }
static void row_9(void) { lay_out(), with(9); }

static void to_96(void) { result = heap_caps_realloc(victim, 96, CAP_NEAR); }
static void settle_96(void) { settle(96); }
static void to_700(void) { result = heap_caps_realloc(victim, 700, CAP_NEAR); }
static void settle_700(void) { settle(700); }
static void to_280(void) { result = heap_caps_realloc(victim, 280, CAP_NEAR); }
static void settle_280(void) { settle(280); }
static void to_100(void) { result = heap_caps_realloc(victim, 100, CAP_NEAR); }
static void settle_100(void) { settle(100); }
static void to_5000(void) { result = heap_caps_realloc(victim, 5000, CAP_NEAR); }
static void settle_5000(void) {
    race_require(result == NULL, "a full heap has served");
    settle(5000);
}

/* Only the hole before the block is left. */
static void row_slides(void) {
    lay_out();
    slot_allocate(FILLING, heap_caps_get_largest_free_block(CAP_NEAR), CAP_NEAR);
    slot_allocate(FILLING + 1, heap_caps_get_largest_free_block(CAP_NEAR), CAP_NEAR);
    slot_allocate(FILLING + 2, heap_caps_get_largest_free_block(CAP_NEAR), CAP_NEAR);
    with(2);
}
static void to_150(void) { result = heap_caps_realloc(victim, 150, CAP_NEAR); }
static void settle_150(void) { settle(150); }

static void row_aligned(void) {
    lay_out();
    slot_put(ROW + 1, heap_caps_aligned_alloc(64, 100, CAP_NEAR), 100);
    slot_allocate(ROW + 4, 100, CAP_NEAR);
    with(1);
}
static void to_600(void) { result = heap_caps_realloc(victim, 600, CAP_NEAR); }
static void settle_aligned(void) {
    race_require(((uintptr_t)result & 63) == 0, "realloc lost the alignment");
    settle(600);
}

static void to_far(void) { result = heap_caps_realloc(victim, 64, CAP_FAR); }
static void settle_64(void) { settle(64); }
static void to_next_heap(void) { result = heap_caps_realloc(victim, 5000, CAP_SHARED); }
static void settle_next_heap(void) { settle(5000); }

static void to_zero(void) { result = heap_caps_realloc(victim, 0, CAP_NEAR); }
static void settle_zero(void) { race_require(result == NULL, "realloc to zero gave something"); }
static void prefer(void) { result = heap_caps_realloc_prefer(victim, 5000, 2, CAP_NEAR, CAP_FAR); }

const scene_t realloc_scenes[] = {
    {"realloc grows in place", row_0, to_96, settle_96, 9},
    {"realloc grows in place into a long block", row_9, to_700, settle_700, 9},
    {"realloc grows by a move", row_2, to_96, settle_96, 9},
    {"realloc grows much by a move", row_2, to_700, settle_700, 9},
    {"realloc slides down", row_slides, to_150, settle_150, 9},
    {"realloc finds no room", row_2, to_5000, settle_5000, 9},
    {"realloc cuts in place", row_9, to_280, settle_280, 9},
    {"realloc moves into a tighter hole", row_9, to_100, settle_100, 9},
    {"realloc keeps an alignment", row_aligned, to_600, settle_aligned, 9},
    {"realloc moves to another heap", row_2, to_far, settle_64, 9},
    {"realloc goes on to the next heap", row_2, to_next_heap, settle_next_heap, 15},
    {"realloc_prefer goes on to the next mask", row_2, prefer, settle_next_heap, 15},
    {"realloc to zero", row_2, to_zero, settle_zero, 9},
    {NULL, NULL, NULL, NULL, 0},
};
