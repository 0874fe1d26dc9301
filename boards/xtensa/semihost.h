/* SPDX-License-Identifier: MIT */
/*
 * Picolibc has no semihosting for Xtensa: the part of its interface that the boards use, by the simcall instruction (simcall.c).
 */
#pragma once

#include <stdint.h>

/** Writes a text that ends with zero to the console. */
void sys_semihost_write0(const char *text);

enum { SH_OPEN_W_B = 5 }; /* the only way that boards open files */

/** Opens a file of the workstation; negative: it can't. */
int sys_semihost_open(const char *path, int mode);

/** Writes; returns how many bytes are left over. */
uintptr_t sys_semihost_write(int file, const void *bytes, uintptr_t size);

/** Copies the program's arguments with blanks between; 0 if they fit into size bytes. */
int sys_semihost_get_cmdline(char *line, int size);
