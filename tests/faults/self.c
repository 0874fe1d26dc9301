/* SPDX-License-Identifier: MIT */
/* Faults of the heap itself, as it were: the matrix must count each (run --self-test). Chosen by name only. */
#include <string.h>

#include "guard.h"
#include "inject.h"
#include "target.h"

static bool any(void) { return target_live(1); }

static void crash(void) { *(volatile unsigned char *)(world.heap[target.block.heap].end + 8192) = 1; }

static void hang(void) {
    for (volatile int more = 1; more;) continue;
}

static void hand_out_twice(void) { world_examine(target.block.p + target.block.size - 1, 1, HEAPS); }

static void hand_out_control(void) {
    world_examine((const unsigned char *)world.heap[target.block.heap].handle, 4, target.block.heap);
}

static void spoil(void) { target.block.p[0]++; }

static void write_outside(void) {
    for (unsigned i = 0; i < HEAPS; i++) {
        if ((uintptr_t)world.heap[i].end % 4096) *(volatile unsigned char *)world.heap[i].end = 1;
        if ((uintptr_t)world.heap[i].start % 4096) *(volatile unsigned char *)(world.heap[i].start - 1) = 1;
    }
}

const fault_t self_faults[] = {
    {"self_crash", true, any, crash},
    {"self_hang", true, any, hang},
    {"self_hand_out_twice", true, any, hand_out_twice},
    {"self_hand_out_control", true, any, hand_out_control},
    {"self_spoil", true, any, spoil},
    {"self_write_outside", true, any, write_outside},
};
const size_t self_fault_count = sizeof self_faults / sizeof self_faults[0];
