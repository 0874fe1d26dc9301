/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: replays trace.htr of QEMU's working directory through the subject it is linked with
 * and writes counts.bin there: one 32-bit instruction count for each operation done.
 *
 * Exit status: 0 all done, 1 the replay stopped (a message says where and why), 2 fatal report of the heap, 3 trap, 4 set-up.
 *
 *     0x80000000  code, data, stack (the linker's)
 *     0x81000000  the trace, as in the file
 *     0x82000000  counts
 *     0x83000000  slots
 *     0x84000000  pool: everything that the subject may hand out
 */
#include <semihost.h>
#include <stdio.h>
#include <stdlib.h>

#include "counted.h"
#include "replay.h"

extern const subject_t subject;

#define TRACE_BYTES 0x1000000u
#define POOL_BYTES 0xb000000u
static trace_t *const trace = (trace_t *)0x81000000u;
static uint32_t *const counts = (uint32_t *)0x82000000u;
static slot_t *const slots = (slot_t *)0x83000000u;
static uint32_t *const pool = (uint32_t *)0x84000000u;

enum { STATUS_STOPPED = 1, STATUS_TRAP = 3, STATUS_SETUP = 4 };

__attribute__((interrupt, aligned(4))) static void trap_entry(void) {
    uint32_t cause;
    uint32_t pc;
    uint32_t value;

    __asm__ volatile("csrr %0, mcause\n csrr %1, mepc\n csrr %2, mtval" : "=r"(cause), "=r"(pc), "=r"(value));
    printf("trap: cause %lu at %#lx, address %#lx\n", (unsigned long)cause, (unsigned long)pc, (unsigned long)value);
    exit(STATUS_TRAP);
}

__attribute__((naked, noinline)) static void empty_function(void) { __asm__ volatile("ret"); }

/* Without -icount shift=0, or on a machine whose counter counts differently, the figures would mean nothing. */
static bool counter_is_exact(void) {
    for (unsigned i = 0; i < 100; i++) {
        uint32_t cost;
        COUNTED_CALL(empty_function, 0, 0, 0, &cost);
        if (cost != 2) {
            return false;
        }
    }
    return true;
}

static size_t read_trace(void) {
    int file = (int)sys_semihost_open("trace.htr", SH_OPEN_R_B);
    size_t length;

    if (file < 0) {
        return 0;
    }
    length = sys_semihost_flen(file);
    if (length > TRACE_BYTES || sys_semihost_read(file, trace, length) != 0) {
        length = 0;
    }
    sys_semihost_close(file);
    return length;
}

static bool write_counts(uint32_t count) {
    int file = (int)sys_semihost_open("counts.bin", SH_OPEN_W_B);
    bool written = file >= 0 && sys_semihost_write(file, counts, count * sizeof counts[0]) == 0;

    return written && sys_semihost_close(file) == 0;
}

static int fail_setup(const char *why) {
    printf("set-up: %s\n", why);
    return STATUS_SETUP;
}

int main(void) {
    size_t pool_size;
    replay_result_t result;

    /* Interrupts are on, though none will come: the lock must have something to mask. */
    __asm__ volatile("csrw mtvec, %0\n csrw mie, zero\n csrsi mstatus, 8" ::"r"(trap_entry) : "memory");
    if (!counter_is_exact()) {
        return fail_setup("minstret does not count exactly; QEMU needs -icount shift=0");
    }
    if (!trace_is_valid(trace, read_trace())) {
        return fail_setup("trace.htr is missing or damaged");
    }
    pool_size = subject.pool_size != 0 ? subject.pool_size : trace_count_pool(trace);
    if (pool_size > POOL_BYTES) {
        return fail_setup("the trace needs more memory than there is");
    }
    /* Memory is not clear when a real machine starts. */
    for (size_t i = 0; i < pool_size / sizeof pool[0]; i++) {
        pool[i] = 0xa5a5a5a5u;
    }
    if (!subject.setup(pool, pool_size)) {
        return fail_setup("the subject does not take the pool");
    }
    result = replay(trace, &subject, slots, counts);
    if (!write_counts(result.op)) {
        return fail_setup("counts.bin cannot be written");
    }
    if (result.failure != NULL) {
        printf("stopped at operation %lu of %lu: %s\n", (unsigned long)result.op, (unsigned long)trace->op_count, result.failure);
        return STATUS_STOPPED;
    }
    return 0;
}
