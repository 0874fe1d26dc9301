/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: the smallest pool in which trace.htr replays through a C library's malloc, whose
 * sbrk() is bounded by the pool. Writes pool.txt: "PEAK SMALLEST", bytes.
 *
 * A C library's malloc cannot be set up anew, so its state (all of the program's variables) is put back before each try to what
 * it was at start. This file therefore has no variables.
 */
#include <stdio.h>
#include <string.h>

#include "rv32_machine.h"
#include "search.h"

extern const subject_t subject;

/* The linker script's: initialised and cleared variables, one behind the other. */
extern char __data_start[];
extern char __bss_end[];

enum { POOL_LIMIT = 64 << 20 };

static trace_t *const trace = (trace_t *)INPUT_ADDRESS;
static slot_t *const slots = (slot_t *)SLOTS_ADDRESS;
static char *const state = (char *)STATE_ADDRESS;

static bool setup_as_new(void *pool, size_t size) {
    memcpy(__data_start, state, (size_t)(__bss_end - __data_start));
    return subject.setup(pool, size);
}

int main(void) {
    subject_t as_new = subject;
    search_result_t found;
    char line[64];

    machine_start();
    if (!trace_is_valid(trace, machine_read_file("trace.htr", trace, INPUT_BYTES))) {
        return machine_fail("trace.htr is missing or damaged");
    }
    if ((size_t)(__bss_end - __data_start) > STATE_BYTES) {
        return machine_fail("the program has too many variables");
    }
    as_new.setup = setup_as_new;
    memcpy(state, __data_start, (size_t)(__bss_end - __data_start));
    found = search_pool(trace, &as_new, slots, (void *)POOL_ADDRESS, POOL_LIMIT);
    if (found.failure != NULL) {
        printf("operation %lu, pool of %lu bytes: %s\n", (unsigned long)found.op, (unsigned long)found.pool_size, found.failure);
        return STATUS_STOPPED;
    }
    snprintf(line, sizeof line, "%lu %lu\n", (unsigned long)trace->peak_bytes, (unsigned long)found.smallest);
    return machine_write_file("pool.txt", line, strlen(line)) ? STATUS_DONE : machine_fail("pool.txt cannot be written");
}
