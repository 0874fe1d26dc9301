/* SPDX-License-Identifier: MIT */
/* Where the stack and the code of a program on one of the boards are, for call stacks. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board.h"

extern char board_stack_bottom[], board_stack_top[], board_code_start[], board_code_end[];

const void *ch_board_stack_end(const void *frame) {
    uintptr_t p = (uintptr_t)frame;
    return p >= (uintptr_t)board_stack_bottom && p <= (uintptr_t)board_stack_top ? board_stack_top : NULL;
}

bool ch_board_is_code(uintptr_t address) { return address >= (uintptr_t)board_code_start && address < (uintptr_t)board_code_end; }
