/* SPDX-License-Identifier: MIT */
/*
 * Picolibc has no semihosting for Xtensa: the part of its interface that the boards use, by the simcall instruction (simcall.c).
 */
#pragma once

/** Writes a text that ends with zero to the console. */
void sys_semihost_write0(const char *text);

/** Copies the program's arguments with blanks between; 0 if they fit into size bytes. */
int sys_semihost_get_cmdline(char *line, int size);
