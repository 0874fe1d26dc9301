/* SPDX-License-Identifier: MIT */
/* The Lua interpreter, unmodified, with all of its memory from capheap. */
#pragma once

#include <stdbool.h>

/** Opens an interpreter and loads the script that is built into the image. */
void lua_host_open(void);

/** Runs the script to its next stage and prints what it says of it; false when it has ended, with the right result. */
bool lua_host_step(void);

/** Prints how many blocks and bytes the interpreter has, and in which regions. */
void lua_host_print_memory(void);

/** Closes the interpreter; all that it had is given back. */
void lua_host_close(void);
