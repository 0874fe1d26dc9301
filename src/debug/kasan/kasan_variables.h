/* SPDX-License-Identifier: MIT */
/* Names of variables, for reports. */
#pragma once

#include <stdint.h>

/** Prints which global variable an address lies behind. */
void ch_kasan_print_global(uintptr_t address);

/** The frames above this one will not be returned from: their marks go. */
void ch_kasan_leave_frames(void);

/** Prints which local variables the stack frame around an address has. */
void ch_kasan_print_local(uintptr_t address);
