/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: what malloc, free and realloc cost with a number of live blocks, for bench/owners.
 * Reads point.bin (point_t) from QEMU's working directory; writes counts.bin: costs of free, malloc and realloc in turns.
 *
 * A build without owner words asks for as many bytes more as they take: then both have the same blocks, and the difference call
 * by call is what the books cost. The load is that of turns.h.
 */
#include "rv32_machine.h"
#include "turns.h"

/** What to measure. */
typedef struct {
    uint32_t live;
    uint32_t more; /* bytes that are asked beyond */
    uint32_t rounds;
} point_t;

enum { HEAP_BYTES = 16 << 20 };

int main(void) {
    point_t point;
    uint32_t *costs = (uint32_t *)OUTPUT_ADDRESS;

    machine_start();
    if (!machine_counts_exactly()) return machine_fail("minstret does not count exactly; QEMU needs -icount shift=0");
    if (machine_read_file("point.bin", &point, sizeof point) != sizeof point) return machine_fail("point.bin is missing");
    if (!subject.setup((void *)POOL_ADDRESS, HEAP_BYTES)) return machine_fail("the subject does not take the pool");
    if (!turns_run((turns_t){point.live, point.rounds, point.more}, (slot_t *)SLOTS_ADDRESS, costs))
        return machine_fail("out of memory");
    if (!machine_write_file("counts.bin", costs, 3 * point.rounds * sizeof costs[0]))
        return machine_fail("counts.bin can't be written");
    return STATUS_DONE;
}
