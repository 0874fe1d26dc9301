/* SPDX-License-Identifier: MIT */
/*
 * Start of a 32-bit RISC-V. All harts enter here in machine mode with interrupts off. Hart 0 clears .bss and runs main(), whose
 * value is the exit status; .data needs no copy, since the image is loaded where it runs. The other harts sleep.
 */
    .section .text.start, "ax"
    .globl  _start
_start:
    csrr    t0, mhartid
    bnez    t0, 2f
    .option push
    .option norelax                 /* gp is what relaxation relies on */
    la      gp, __global_pointer$
    .option pop
    la      tp, __tls_base          /* picolibc keeps errno there */
    la      sp, board_stack_top
    la      t0, trap_entry
    csrw    mtvec, t0
    la      t0, bss_start
    la      t1, bss_end
1:  bgeu    t0, t1, 3f
    sw      zero, 0(t0)
    addi    t0, t0, 4
    j       1b
3:  call    __libc_init_array
    li      a0, 0
    li      a1, 0
    call    main
    call    exit
2:  wfi
    j       2b

/* Any trap. Programs with interrupts put their own handler into mtvec. On a stack of its own: the program's may be the trouble. */
    .balign 4
trap_entry:
    la      sp, trap_stack_top
    csrr    a0, mcause
    csrr    a1, mtval
    csrr    a2, mepc
    call    board_trap

    .section .bss.trap_stack, "aw", @nobits
    .balign 16
    .space  1024
trap_stack_top:
