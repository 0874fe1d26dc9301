/* SPDX-License-Identifier: MIT */
/* Operations that free. The block is out of its slot before, so that no interrupt uses it too. */
#include "scenes.h"

static void *victim;

static void nothing(void) {}

static void free_victim(void) { heap_caps_free(victim); }

static void with(int i) { victim = slot_take(i); }

static void alone(void) { lay_out_full_row(), with(2); }
static void left(void) { lay_out(), with(2); }
static void right(void) { lay_out(), with(0); }
static void both(void) { lay_out(), slot_release(3), with(2); }
static void large_left(void) { lay_out(), with(8); }
static void large_both(void) { lay_out(), slot_release(8), with(9); }
static void long_alone(void) { lay_out_full_row(), with(7); }
static void long_left(void) { lay_out_full_row(), slot_release(6), with(7); }
static void long_both(void) { lay_out_full_row(), slot_release(6), slot_release(8), with(7); }

/* From a heap that is not the one found last. */
static void other_heap(void) {
    slot_allocate(ROW + 10, 100, CAP_FAR);
    lay_out(), with(10);
}

static void one_and_two(void) { lay_out(), with(2); }
static void free_and_null(void) { heap_caps_free(NULL), heap_caps_free(victim); }

const scene_t free_scenes[] = {
    {"free between used blocks", alone, free_victim, nothing, 1},
    {"free merges left", left, free_victim, nothing, 1},
    {"free merges right", right, free_victim, nothing, 1},
    {"free merges both", both, free_victim, nothing, 1},
    {"free merges with a large block", large_left, free_victim, nothing, 1},
    {"free merges two large blocks", large_both, free_victim, nothing, 1},
    {"free of a long block", long_alone, free_victim, nothing, 1},
    {"free of a long block merges left", long_left, free_victim, nothing, 1},
    {"free of a long block merges both", long_both, free_victim, nothing, 1},
    {"free in another heap", other_heap, free_victim, nothing, 1},
    {"free of NULL and a block", one_and_two, free_and_null, nothing, 1},
    {NULL, NULL, NULL, NULL, 0},
};
