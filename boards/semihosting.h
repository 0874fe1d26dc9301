/* SPDX-License-Identifier: MIT */
/* What the emulated boards have in common: a console and an end of the program by semihosting, and the report of a fault. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * Prints what went wrong and ends the program with status 1.
 *
 * @param name    of the cause, or NULL
 * @param cause   as the processor numbers it
 * @param address that was accessed; 0 where the processor does not say
 * @param pc      of the instruction
 */
__attribute__((noreturn)) void board_fault(const char *name, uint32_t cause, uint32_t address, uint32_t pc);

/** A file of the workstation, written from its begin on; negative: it can't be had. */
int board_file_create(const char *path);
/** Writes to it; returns how many bytes it took. */
size_t board_file_write(int file, const void *bytes, size_t size);

/** Copies the value of "name=value" among the program's arguments (tools/run-qemu passes them); returns 0 if it is not there. */
size_t board_argument(const char *name, char *value, size_t size);
