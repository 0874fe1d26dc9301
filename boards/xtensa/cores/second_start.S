/* SPDX-License-Identifier: MIT */
/* What two Xtensa cores that have s32c1i need beside ../start.S. Both start at once; the second waits here. */
    .section .text.second_start, "ax"
    .globl  board_core_setup
    .align  4
board_core_setup:
    movi    a2, 0x2a
    .byte   0x20, 99, 0x13          /* wsr a2, atomctl: s32c1i works, inside the core. The lx106 assembler does not know it */
    ret

    .globl  board_second_start
    .align  4
    .literal_position
board_second_start:
    movi    sp, second_stack_top
    movi    a2, board_second_entry  /* in .data, as the first core is clearing .bss */
1:  memw
    l32i    a0, a2, 0
    beqz    a0, 1b
    callx0  a0
2:  waiti   15                      /* all interrupts masked: for ever */
    j       2b

    .section .bss.second_stack, "aw", @nobits
    .balign 16
    .space  16384
second_stack_top:
