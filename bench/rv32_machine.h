/* SPDX-License-Identifier: MIT */
/*
 * QEMU's riscv32 virt board as the benchmark's programs see it. They read and write files in QEMU's working directory.
 *
 *     0x80000000  code, data, stack (the linker's)
 *     0x81000000  what the program reads: a trace as in the file, or parameters
 *     0x82000000  what it writes
 *     0x83000000  slots
 *     0x83c00000  a copy of the library's state as it was at start (pool_main.c), an order of slots (growth_main.c)
 *     0x84000000  pool: everything that the subject may hand out
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_ADDRESS 0x81000000u
#define INPUT_BYTES 0x1000000u
#define OUTPUT_ADDRESS 0x82000000u
#define SLOTS_ADDRESS 0x83000000u
#define STATE_ADDRESS 0x83c00000u
#define STATE_BYTES 0x400000u
#define POOL_ADDRESS 0x84000000u
#define POOL_BYTES 0xb000000u

/** Exit statuses of all programs. 2 is the heap's fatal report (bench_port.c). */
enum { STATUS_DONE = 0, STATUS_STOPPED = 1, STATUS_TRAP = 3, STATUS_SETUP = 4 };

/** Traps end the program with a message; interrupts are on, though none will come: the lock must have something to mask. */
void machine_start(void);

/** Whether minstret counts each instruction once. Without -icount shift=0 the figures would mean nothing. */
bool machine_counts_exactly(void);

/** Bytes read; 0 if there is no such file or if it is longer than limit. */
size_t machine_read_file(const char *name, void *memory, size_t limit);

bool machine_write_file(const char *name, const void *memory, size_t length);

/** Prints why, and returns STATUS_SETUP. */
int machine_fail(const char *why);
