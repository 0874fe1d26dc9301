/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: what malloc, free and realloc cost with a number of live blocks, each of which has a
 * record in a trace. Built with and without the trace, the difference call by call is what tracing costs (bench/trace). Reads
 * point.bin (point_t) from QEMU's working directory; writes counts.bin: costs of free, malloc and realloc in turns.
 *
 * The load is that of turns.h. The buffer of records is no block of the heap.
 */
#include <stdio.h>

#include "esp_heap_trace.h"
#include "rv32_machine.h"
#include "turns.h"

/** What to measure. */
typedef struct {
    uint32_t live;
    uint32_t records; /* that the buffer has room for */
    uint32_t mode;
    uint32_t rounds;
} point_t;

/** Modes: what heap_trace_start() takes, or no trace started; or one stopped again. */
enum { TRACE_NEVER = 2, TRACE_STOPPED = 3 };

enum { HEAP_BYTES = 16 << 20, RECORDS_ADDRESS = STATE_ADDRESS };

/* What the port asks for call stacks: the linker script's stack, and code where it puts it. */
extern char __stack[];
const void *ch_board_stack_end(const void *frame);
bool ch_board_is_code(uintptr_t address);

const void *ch_board_stack_end(const void *frame) {
    (void)frame;
    return __stack;
}

bool ch_board_is_code(uintptr_t address) { return address >= 0x80000000u && address < 0x80400000u; }

int main(void) {
    point_t point;
    uint32_t *costs = (uint32_t *)OUTPUT_ADDRESS;

    machine_start();
    if (!machine_counts_exactly()) return machine_fail("minstret does not count exactly; QEMU needs -icount shift=0");
    if (machine_read_file("point.bin", &point, sizeof point) != sizeof point) return machine_fail("point.bin is missing");
    if (!subject.setup((void *)POOL_ADDRESS, HEAP_BYTES)) return machine_fail("the subject does not take the pool");
    if (point.records * sizeof(heap_trace_record_t) > STATE_BYTES)
        return machine_fail("the records need more room than there is");
    heap_trace_init_standalone((heap_trace_record_t *)RECORDS_ADDRESS, point.records);
    if (point.mode != TRACE_NEVER) heap_trace_start(point.mode == HEAP_TRACE_ALL ? HEAP_TRACE_ALL : HEAP_TRACE_LEAKS);
    if (point.mode == TRACE_STOPPED) heap_trace_stop();
    if (!turns_run((turns_t){point.live, point.rounds, 0}, (slot_t *)SLOTS_ADDRESS, costs)) return machine_fail("out of memory");
    if (!machine_write_file("counts.bin", costs, 3 * point.rounds * sizeof costs[0]))
        return machine_fail("counts.bin can't be written");
    return STATUS_DONE;
}
