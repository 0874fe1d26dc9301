/* SPDX-License-Identifier: MIT */
/* Operations that only look: they must see each block that nobody changes, and never call a sound heap damaged. */
#include "scenes.h"

static const int unchanged[] = {0, 2, 6, 9}; /* by any interrupt */
enum { UNCHANGED = sizeof unchanged / sizeof unchanged[0] };

static unsigned seen[UNCHANGED];
static bool is_outside, sound;
static size_t answer;
static multi_heap_info_t info;
static void *whole[UNCHANGED];

static void row(void) {
    lay_out();
    is_outside = sound = false;
    answer = 0;
    for (int i = 0; i < UNCHANGED; i++) seen[i] = 0, whole[i] = slot_block(unchanged[i]);
}

static bool look(walker_heap_into_t heap, walker_block_info_t block, void *unused) {
    (void)unused;
    is_outside |= (uintptr_t)block.ptr < (uintptr_t)heap.start || (uintptr_t)block.ptr + block.size > (uintptr_t)heap.end;
    for (int i = 0; i < UNCHANGED; i++) seen[i] += block.ptr == whole[i];
    return true;
}

static void walk(void) { heap_caps_walk(CAP_NEAR, look, NULL); }
static void all_seen_once(void) {
    race_require(!is_outside, "a walk has left its heap");
    for (int i = 0; i < UNCHANGED; i++) race_require(seen[i] == 1, "a walk did not show an unchanged block once");
}

static void check(void) { sound = heap_caps_check_integrity(CAP_NEAR, true); }
static void is_sound(void) { race_require(sound, "a sound heap was called damaged"); }

static void check_by_address(void) { sound = heap_caps_check_integrity_addr((intptr_t)whole[3], true); }

static void containing(void) { answer = heap_caps_get_containing_block_size((char *)whole[3] + 200); }
static void is_300(void) { race_require(answer >= 300 && answer < 320, "the size of a block is wrong"); }
static void allocated(void) { answer = heap_caps_get_allocated_size(whole[3]); }

static void totals(void) {
    heap_caps_get_info(&info, CAP_NEAR);
    answer = heap_caps_get_largest_free_block(CAP_NEAR) + heap_caps_get_free_size(CAP_NEAR) +
             heap_caps_get_minimum_free_size(CAP_NEAR);
}
static void totals_agree(void) {
    race_require(info.total_blocks == info.free_blocks + info.allocated_blocks, "totals do not agree");
    race_require(info.total_free_bytes + info.total_allocated_bytes < HEAP_BYTES, "totals do not agree");
    race_require(info.largest_free_block <= info.total_free_bytes, "totals do not agree");
}

const scene_t look_scenes[] = {
    {"walk", row, walk, all_seen_once, 291},
    {"check", row, check, is_sound, 633},
    {"check by address", row, check_by_address, is_sound, 633},
    {"size of the block around an address", row, containing, is_300, 291},
    {"size of a block", row, allocated, is_300, 9},
    {"totals", row, totals, totals_agree, 21},
    {NULL, NULL, NULL, NULL, 0},
};
