/* SPDX-License-Identifier: MIT */
/*
 * Firmware for the boards where a QEMU plugin counts (count_plugin.c, machines.py): replays the trace that QEMU has put into
 * memory through the subject it is linked with. Start-up and console are those of boards/.
 *
 * The first EMPTY_CALLS counted calls are of an empty function: who reads the counts checks them, and takes them off.
 * Exit status: 0 all done, 1 the replay stopped or a fault (a message says where and why), 2 fatal report of the heap, 4 set-up.
 *
 * Where things are comes from machines.py: BENCH_TRACE and BENCH_TRACE_BYTES (the trace, as in the file), BENCH_SLOTS,
 * BENCH_SLOT_COUNT, BENCH_POOL and BENCH_POOL_BYTES (everything that the subject may hand out).
 */
#include <string.h>

#include "board.h"
#include "counted.h"
#include "replay.h"

extern const subject_t subject;
void empty_function(void); /* marked_call.S */

static const trace_t *const trace = (const trace_t *)BENCH_TRACE;
static slot_t *const slots = (slot_t *)BENCH_SLOTS;
static uint32_t *const pool = (uint32_t *)BENCH_POOL;

enum { EMPTY_CALLS = 16, STATUS_STOPPED = 1, STATUS_SETUP = 4 };

/* No stdio: it would allocate from the C library that is measured. */
static void print(const char *text) { ch_board_print(text, strlen(text)); }

static void print_number(uint32_t value) {
    char digits[11];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    print(digits + at);
}

static int fail_setup(const char *why) {
    print("set-up: ");
    print(why);
    print("\n");
    return STATUS_SETUP;
}

int main(void) {
    uint32_t unused;
    size_t pool_size;
    replay_result_t result;

    for (unsigned i = 0; i < EMPTY_CALLS; i++) COUNTED_CALL(empty_function, 0, 0, 0, &unused);
    if (!trace_is_valid(trace, BENCH_TRACE_BYTES) || trace->slot_count > BENCH_SLOT_COUNT) {
        return fail_setup("the trace is missing, damaged or too large");
    }
    pool_size = subject.pool_size != 0 ? subject.pool_size : trace_count_pool(trace);
    if (pool_size > BENCH_POOL_BYTES) {
        return fail_setup("the trace needs more memory than there is");
    }
    /* Memory is not clear when a real machine starts. */
    for (size_t i = 0; i < pool_size / sizeof pool[0]; i++) {
        pool[i] = 0xa5a5a5a5u;
    }
    if (!subject.setup(pool, pool_size)) {
        return fail_setup("the subject does not take the pool");
    }
    result = replay(trace, &subject, slots, NULL);
    if (result.failure != NULL) {
        print("stopped at operation ");
        print_number(result.op);
        print(" of ");
        print_number(trace->op_count);
        print(": ");
        print(result.failure);
        print("\n");
        return STATUS_STOPPED;
    }
    return 0;
}
