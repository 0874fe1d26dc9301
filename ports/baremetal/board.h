/* SPDX-License-Identifier: MIT */
/* What a board supplies to the bare-metal ports. Print and stop are weak and do nothing useful by themselves. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Writes len characters to the board's console: a UART, a debugger's channel. Any context, no heap, no buffer to flush. */
void ch_board_print(const char *text, size_t len);

/** Ends the program after a fault of the heap: reset, breakpoint, light. Interrupts are masked. If it returns, the core waits. */
void ch_board_stop(void);

/**
 * The end, one past the highest address, of the stack that an address lies in. NULL, the weak form's answer: not known; then no
 * call stack is followed beyond the first caller. Any context.
 */
const void *ch_board_stack_end(const void *frame);

/** Whether an address lies in the program's code, which may be read there. The weak form says no. Any context. */
bool ch_board_is_code(uintptr_t address);

/**
 * Number of the core that calls, from 0; one load of a register, as it is part of every lock. Asked for by the Cortex-M port with
 * several cores (CONFIG_HEAP_CORES), and by no other: there is no weak form, since a wrong answer would open every lock.
 */
unsigned ch_board_core_id(void);

#ifdef __cplusplus
}
#endif
