/* SPDX-License-Identifier: MIT */
/* Those of picolibc's semihosting functions that boards/semihosting.c uses, for builds with newlib: semihosting_calls.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Writes a text with a terminating zero to the console. */
void sys_semihost_write0(const char *text);

/** Copies the command line; returns 0 if it could. */
int sys_semihost_get_cmdline(char *line, int size);

enum { SH_OPEN_W_B = 5 }; /* for writing bytes, from the begin on */

/** Opens a file of the workstation; returns its number, negative: it can't be had. */
int sys_semihost_open(const char *path, int mode);

/** Writes to it; returns how many bytes it did not take. */
uintptr_t sys_semihost_write(int file, const void *bytes, uintptr_t size);
