/* SPDX-License-Identifier: MIT */
/* Boards with two cores. Where the emulator was started with one, the call has no effect. */
#pragma once

/**
 * Lets core 1, asleep since reset, run a function, on a stack of its own (8 KiB or more) and with interrupts masked or none
 * enabled. It sleeps again when the function returns. Once in a program. The C library's thread-local data is shared by the
 * cores: one of them alone may use errno and stdio.
 */
void board_start_second_core(void (*entry)(void));
