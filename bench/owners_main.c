/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: what malloc, free and realloc cost with a number of live blocks, for bench/owners.
 * Reads point.bin (point_t) from QEMU's working directory; writes counts.bin: costs of free, malloc and realloc in turns.
 *
 * All slots are filled; then a random slot is freed, filled again and resized, `live` times uncounted, so that the heap is as
 * mixed as it gets, then `rounds` times counted. A build without owner words asks for as many bytes more as they take: then both
 * have the same blocks, and the difference call by call is what the books cost.
 */
#include "replay.h"
#include "rv32_machine.h"

extern const subject_t subject;

/** What to measure. */
typedef struct {
    uint32_t live;
    uint32_t more; /* bytes that are asked beyond */
    uint32_t rounds;
} point_t;

enum { HEAP_BYTES = 16 << 20 };

static uint32_t more;

static uint32_t random_state = 20261123;

static uint32_t below(uint32_t limit) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return (uint32_t)((uint64_t)random_state * limit >> 32);
}

static uint32_t random_size(void) {
    uint32_t low = 8u << below(5);
    return low + below(low) + more;
}

/** Frees, fills and resizes a slot; false: out of memory. */
static bool turn(slot_t *slot, uint32_t *costs) {
    subject.free(slot->data, &costs[0]);
    slot->data = subject.malloc(random_size(), &costs[1]);
    if (!slot->data) return false;
    slot->data = subject.realloc(slot->data, random_size(), &costs[2]);
    return slot->data != NULL;
}

static bool run(const point_t *point, slot_t *slots, uint32_t *costs) {
    uint32_t unused[3];
    for (uint32_t i = 0; i < point->live; i++) {
        slots[i].data = subject.malloc(random_size(), unused);
        if (!slots[i].data) return false;
    }
    for (uint32_t i = 0; i < point->live + point->rounds; i++) {
        if (!turn(&slots[below(point->live)], i < point->live ? unused : costs + 3 * (i - point->live))) return false;
    }
    return true;
}

int main(void) {
    point_t point;
    uint32_t *costs = (uint32_t *)OUTPUT_ADDRESS;

    machine_start();
    if (!machine_counts_exactly()) return machine_fail("minstret does not count exactly; QEMU needs -icount shift=0");
    if (machine_read_file("point.bin", &point, sizeof point) != sizeof point) return machine_fail("point.bin is missing");
    if (!subject.setup((void *)POOL_ADDRESS, HEAP_BYTES)) return machine_fail("the subject does not take the pool");
    more = point.more;
    if (!run(&point, (slot_t *)SLOTS_ADDRESS, costs)) return machine_fail("out of memory");
    if (!machine_write_file("counts.bin", costs, 3 * point.rounds * sizeof costs[0]))
        return machine_fail("counts.bin can't be written");
    return STATUS_DONE;
}
