/* SPDX-License-Identifier: MIT */
/*
 * uintptr_t marked_call(counted_function_t function, uintptr_t a, uintptr_t b, uintptr_t c): calls function(a, b, c).
 *
 * The plugin (count_plugin.c) counts from the instruction at marked_call_begin, that one included, to the one at marked_call_end,
 * that one not: the call, the function, its return.
 */
    .text
    .globl  marked_call, marked_call_begin, marked_call_end, empty_function
    .balign 4

#if defined __arm__

    .syntax unified
    .thumb
    .type   marked_call, %function
    .type   empty_function, %function
marked_call:
    push    {r4, lr}
    mov     r4, r0
    mov     r0, r1
    mov     r1, r2
    mov     r2, r3
marked_call_begin:
    blx     r4
marked_call_end:
    pop     {r4, pc}
    .size   marked_call, . - marked_call

empty_function:
    bx      lr
    .size   empty_function, . - empty_function

#elif defined __XTENSA__

    .type   marked_call, @function
    .type   empty_function, @function
marked_call:
    addi    sp, sp, -16
    s32i    a0, sp, 0
    mov     a6, a2
    mov     a2, a3
    mov     a3, a4
    mov     a4, a5
marked_call_begin:
    callx0  a6
marked_call_end:
    l32i    a0, sp, 0
    addi    sp, sp, 16
    ret
    .size   marked_call, . - marked_call

    .balign 4
empty_function:
    ret
    .size   empty_function, . - empty_function

#else
#error "no marked call for this machine"
#endif
