/* SPDX-License-Identifier: MIT */
/* The two of picolibc's semihosting functions that boards/semihosting.c uses, for builds with newlib: semihosting_calls.c. */
#pragma once

#include <stddef.h>

/** Writes a text with a terminating zero to the console. */
void sys_semihost_write0(const char *text);

/** Copies the command line; returns 0 if it could. */
int sys_semihost_get_cmdline(char *line, int size);
