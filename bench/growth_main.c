/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: what malloc and free cost in a heap of a given size with a given number of live
 * blocks. Reads point.bin (point_t) from QEMU's working directory; writes counts.bin: the costs of all frees that were counted,
 * then those of as many mallocs.
 *
 * The blocks' sizes are random: each power of two from 8 to 128 is the lower end of as many, uniform up to the next. Work is
 *
 *   churn  all slots are filled; then a random slot is freed and filled again, `churn` times uncounted, so that the heap is as
 *          fragmented as it gets, then `pairs` times counted
 *   fill   all slots are filled in an empty heap, then freed in random order, until at least `pairs` of each were counted
 *
 * A malloc that fails is a failure of the run.
 */
#include <stdio.h>
#include <string.h>

#include "replay.h"
#include "rv32_machine.h"

extern const subject_t subject;

/** What to measure. */
typedef struct {
    uint32_t heap_bytes;
    uint32_t live;
    uint32_t churn;
    uint32_t pairs;
    uint32_t seed;
    uint32_t work;
} point_t;

enum { WORK_CHURN, WORK_FILL };

enum { SMALLEST = 8, POWERS = 5, TAG_BYTES = 4 };

static uint32_t random_state;

static uint32_t random_word(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static uint32_t below(uint32_t limit) { return (uint32_t)((uint64_t)random_word() * limit >> 32); }

static uint32_t random_size(void) {
    uint32_t low = (uint32_t)SMALLEST << below(POWERS);

    return low + below(low);
}

/* Each block carries its slot's number, so that two blocks in one place do not go unnoticed. */
static bool fill(slot_t *slots, uint32_t id, uint32_t *cost) {
    slot_t *slot = &slots[id];

    slot->size = random_size();
    slot->data = subject.malloc(slot->size, cost);
    if (slot->data != NULL) {
        memcpy(slot->data, &id, TAG_BYTES);
        memcpy(slot->data + slot->size - TAG_BYTES, &id, TAG_BYTES);
    }
    return slot->data != NULL;
}

static bool empty(slot_t *slots, uint32_t id, uint32_t *cost) {
    slot_t *slot = &slots[id];
    bool holds = memcmp(slot->data, &id, TAG_BYTES) == 0 && memcmp(slot->data + slot->size - TAG_BYTES, &id, TAG_BYTES) == 0;

    subject.free(slot->data, cost);
    return holds;
}

/* The answer of both kinds of work: what went wrong, or NULL; *costs becomes the costs of all frees, then of all mallocs. */
static const char *churn(const point_t *point, slot_t *slots, uint32_t *costs) {
    uint32_t unused[2];

    for (uint32_t i = 0; i < point->live; i++) {
        if (!fill(slots, i, unused)) {
            return "out of memory while filling";
        }
    }
    for (uint32_t i = 0; i < point->churn + point->pairs; i++) {
        bool counted = i >= point->churn;
        uint32_t id = below(point->live);
        uint32_t n = i - point->churn;
        if (!empty(slots, id, counted ? &costs[n] : &unused[0])) {
            return "a block's contents changed";
        }
        if (!fill(slots, id, counted ? &costs[point->pairs + n] : &unused[1])) {
            return "out of memory";
        }
    }
    return NULL;
}

/* order becomes a random order of the numbers below count. */
static void shuffle(uint32_t *order, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = below(i + 1);
        order[i] = order[k];
        order[k] = i;
    }
}

/* order: point->live words for its own use. */
static const char *fill_and_empty(const point_t *point, slot_t *slots, uint32_t *costs, uint32_t *order) {
    for (uint32_t done = 0; done < point->pairs; done += point->live) {
        for (uint32_t i = 0; i < point->live; i++) {
            if (!fill(slots, i, &costs[point->pairs + done + i])) {
                return "out of memory";
            }
        }
        shuffle(order, point->live);
        for (uint32_t i = 0; i < point->live; i++) {
            if (!empty(slots, order[i], &costs[done + i])) {
                return "a block's contents changed";
            }
        }
    }
    return NULL;
}

int main(void) {
    point_t point;
    uint32_t *costs = (uint32_t *)OUTPUT_ADDRESS;
    const char *failure;

    machine_start();
    if (!machine_counts_exactly()) {
        return machine_fail("minstret does not count exactly; QEMU needs -icount shift=0");
    }
    if (machine_read_file("point.bin", &point, sizeof point) != sizeof point) {
        return machine_fail("point.bin is missing or of another size");
    }
    random_state = point.seed;
    if (point.heap_bytes > POOL_BYTES || !subject.setup((void *)POOL_ADDRESS, point.heap_bytes)) {
        return machine_fail("the subject does not take the pool");
    }
    if (point.work == WORK_FILL) {
        point.pairs = (point.pairs + point.live - 1) / point.live * point.live;
        failure = fill_and_empty(&point, (slot_t *)SLOTS_ADDRESS, costs, (uint32_t *)STATE_ADDRESS);
    } else {
        failure = churn(&point, (slot_t *)SLOTS_ADDRESS, costs);
    }
    if (failure != NULL) {
        printf("stopped: %s\n", failure);
        return STATUS_STOPPED;
    }
    if (!machine_write_file("counts.bin", costs, 2 * point.pairs * sizeof costs[0])) {
        return machine_fail("counts.bin cannot be written");
    }
    return STATUS_DONE;
}
