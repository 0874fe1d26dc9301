/* SPDX-License-Identifier: MIT */
/*
 * A load for what is measured with a number of live blocks (trace_main.c, owners_main.c): all slots are filled; then a random
 * slot is freed, filled again and resized, `live` times uncounted, so that all is as mixed as it gets, then `rounds` times
 * counted.
 */
#pragma once

#include "replay.h"

extern const subject_t subject;

typedef struct {
    uint32_t live, rounds;
    uint32_t more; /* bytes that each request asks beyond its size */
} turns_t;

static uint32_t random_state = 20261123;

static uint32_t below(uint32_t limit) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return (uint32_t)((uint64_t)random_state * limit >> 32);
}

static uint32_t random_size(uint32_t more) {
    uint32_t low = 8u << below(5);
    return low + below(low) + more;
}

/** Frees, fills and resizes a slot; false: out of memory. */
static bool turn(slot_t *slot, uint32_t more, uint32_t *costs) {
    subject.free(slot->data, &costs[0]);
    slot->data = subject.malloc(random_size(more), &costs[1]);
    if (!slot->data) return false;
    slot->data = subject.realloc(slot->data, random_size(more), &costs[2]);
    return slot->data != NULL;
}

/** Turns uncounted, then counted, as said above. false: out of memory. */
static bool turns_run(turns_t t, slot_t *slots, uint32_t *costs) {
    uint32_t unused[3];
    for (uint32_t i = 0; i < t.live; i++) {
        slots[i].data = subject.malloc(random_size(t.more), unused);
        if (!slots[i].data) return false;
    }
    for (uint32_t i = 0; i < t.live + t.rounds; i++) {
        if (!turn(&slots[below(t.live)], t.more, i < t.live ? unused : costs + 3 * (i - t.live))) return false;
    }
    return true;
}
