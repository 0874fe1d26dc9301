/* SPDX-License-Identifier: MIT */
/* What a board supplies to the bare-metal ports. Both functions are weak and do nothing useful by themselves. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Writes len characters to the board's console: a UART, a debugger's channel. Any context, no heap, no buffer to flush. */
void ch_board_print(const char *text, size_t len);

/** Ends the program after a fault of the heap: reset, breakpoint, light. Interrupts are masked. If it returns, the core waits. */
void ch_board_stop(void);

#ifdef __cplusplus
}
#endif
