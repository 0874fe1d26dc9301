/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: replays trace.htr of QEMU's working directory through the subject it is linked with
 * and writes counts.bin there: one 32-bit instruction count for each operation done.
 *
 * Exit status: 0 all done, 1 the replay stopped (a message says where and why), 2 fatal report of the heap, 3 trap, 4 set-up.
 */
#include <stdio.h>

#include "replay.h"
#include "rv32_machine.h"

extern const subject_t subject;

static trace_t *const trace = (trace_t *)INPUT_ADDRESS;
static uint32_t *const counts = (uint32_t *)OUTPUT_ADDRESS;
static slot_t *const slots = (slot_t *)SLOTS_ADDRESS;
static uint32_t *const pool = (uint32_t *)POOL_ADDRESS;

int main(void) {
    size_t pool_size;
    replay_result_t result;

    machine_start();
    if (!machine_counts_exactly()) {
        return machine_fail("minstret does not count exactly; QEMU needs -icount shift=0");
    }
    if (!trace_is_valid(trace, machine_read_file("trace.htr", trace, INPUT_BYTES))) {
        return machine_fail("trace.htr is missing or damaged");
    }
    pool_size = subject.pool_size != 0 ? subject.pool_size : trace_count_pool(trace);
    if (pool_size > POOL_BYTES) {
        return machine_fail("the trace needs more memory than there is");
    }
    /* Memory is not clear when a real machine starts. */
    for (size_t i = 0; i < pool_size / sizeof pool[0]; i++) {
        pool[i] = 0xa5a5a5a5u;
    }
    if (!subject.setup(pool, pool_size)) {
        return machine_fail("the subject does not take the pool");
    }
    result = replay(trace, &subject, slots, counts);
    if (!machine_write_file("counts.bin", counts, result.op * sizeof counts[0])) {
        return machine_fail("counts.bin cannot be written");
    }
    if (result.failure != NULL) {
        printf("stopped at operation %lu of %lu: %s\n", (unsigned long)result.op, (unsigned long)trace->op_count, result.failure);
        return STATUS_STOPPED;
    }
    return STATUS_DONE;
}
