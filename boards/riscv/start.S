/* SPDX-License-Identifier: MIT */
/*
 * Start of a 32-bit RISC-V. All harts enter here in machine mode with interrupts off. Hart 0 clears .bss and runs main(), whose
 * value is the exit status; .data needs no copy, since the image is loaded where it runs. The other harts sleep; hart 1 wakes up when
 * board_start_second_core() raises its software interrupt (which is not taken: interrupts are off), and runs what that names.
 */
    .section .text.start, "ax"
    .globl  _start
    .type   _start, @function
_start:
    csrr    t0, mhartid
    .option push
    .option norelax                 /* gp is what relaxation relies on */
    la      gp, __global_pointer$
    .option pop
    la      tp, __tls_base          /* picolibc keeps errno there; the harts share it */
    la      t1, trap_entry
    csrw    mtvec, t1
    bnez    t0, 2f
    la      sp, board_stack_top
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
2:  csrwi   mie, 8                  /* software interrupts: msip */
4:  wfi
    csrr    t1, mip
    andi    t1, t1, 8
    beqz    t1, 4b
    li      t1, 0x02000000          /* the msip words, one a hart */
    slli    t0, t0, 2
    add     t0, t0, t1
    sw      zero, 0(t0)
    csrwi   mie, 0
    fence
    la      sp, second_stack_top
    lw      t0, board_second_entry
    jalr    t0
5:  wfi
    j       5b

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

    .section .bss.second_stack, "aw", @nobits
    .balign 16
    .space  16384
second_stack_top:
