/* SPDX-License-Identifier: MIT */
/*
 * Start of QEMU's Xtensa machine sim, and its vectors. The core starts at 0x50000000 whatever the ELF file says its entry is: the
 * linker script puts _start there. Code is of the call0 ABI. The image is loaded where it runs, so .data needs no copy.
 *
 * A board with two cores has board_core_setup, called on each of them, and board_second_start, where the second goes instead of main().
 */
    .weak   board_core_setup
    .weak   board_second_start
    .section .text.start, "ax"
    .globl  _start
    .type   _start, @function
_start:
    j       1f
    .align  4
    .literal_position
1:  movi    a2, vectors
    wsr     a2, vecbase
    movi    a2, 0x20                /* interrupts open, none enabled yet; no register windows */
    wsr     a2, ps
    rsync
    movi    a0, board_core_setup
    beqz    a0, 5f
    callx0  a0
5:  rsr     a2, prid                /* number of the core */
    extui   a2, a2, 0, 4
    beqz    a2, 6f
    movi    a0, board_second_start
    jx      a0
6:  movi    sp, board_stack_top
    movi    a2, bss_start
    movi    a3, bss_end
    movi    a4, 0
    j       3f
2:  s32i    a4, a2, 0
    addi    a2, a2, 4
3:  bltu    a2, a3, 2b
    movi    a0, __libc_init_array
    callx0  a0
    movi    a2, 0
    movi    a3, 0
    movi    a0, main
    callx0  a0
    movi    a0, exit                /* main()'s value is the exit status */
    callx0  a0

/*
 * Vectors of the cores without register windows: kernel, user, double exception. Cores differ in where they have them, so they are
 * in both places; what they jump to lies between, as instruction RAM is too far from the program for a jump.
 */
    .section .vectors, "ax"
    .globl  vectors
    .align  1024
vectors:
    .org    0x30
    j       trap_entry
    .org    0x50
    j       trap_entry
    .org    0x70
    j       double_entry
    .align  4
    .literal_position

/* A trap: an interrupt goes to board_interrupt() and back, anything else ends the program. */
trap_entry:
    wsr     a2, excsave1
    rsr     a2, exccause
    bnei    a2, 4, 4f               /* 4: interrupt of level 1 */
    rsr     a2, excsave1
    addi    sp, sp, -80             /* what C may change */
    s32i    a0, sp, 0
    .irp    n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15
    s32i    a\n, sp, 4 * \n
    .endr
    rsr     a2, sar
    s32i    a2, sp, 64
    rsr     a2, epc1
    s32i    a2, sp, 68
    movi    a0, board_interrupt
    callx0  a0
    l32i    a2, sp, 68
    wsr     a2, epc1
    l32i    a2, sp, 64
    wsr     a2, sar
    l32i    a0, sp, 0
    .irp    n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15
    l32i    a\n, sp, 4 * \n
    .endr
    rsync
    addi    sp, sp, 80
    rfe

/* On a stack of its own: the program's may be the trouble. */
4:  rsr     a4, epc1
    j       6f
double_entry:
    rsr     a4, depc
6:  movi    sp, trap_stack_top
    rsr     a2, exccause
    rsr     a3, excvaddr
    movi    a0, board_trap
    callx0  a0

    .org    0x300
    j       trap_entry
    .org    0x340
    j       trap_entry
    .org    0x3c0
    j       double_entry

    .section .bss.trap_stack, "aw", @nobits
    .balign 16
    .space  1024
trap_stack_top:
