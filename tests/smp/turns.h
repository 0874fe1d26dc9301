/* SPDX-License-Identifier: MIT */
/*
 * Included on the command line of what runs with -accel tcg,thread=single, where QEMU runs one core at a time, each for a tenth of a
 * second unless it goes to sleep. With a fair lock two cores that are both busy with it would do one section in such a time, as each
 * waits for the other until its time is over. So a core that waits must go to sleep, and wake up at its next turn.
 *
 * RISC-V: a hart wakes up at once if an enabled interrupt is pending, taken or not: it sends itself one. QEMU takes Arm's `yield`, which
 * the port waits with, as the wish to end the turn.
 */
#pragma once

#if defined __riscv && !defined __ASSEMBLER__
static inline void cores_end_turn(void) {
    unsigned hart, open, one = 1;
    __asm__ volatile("csrrci %1, mstatus, 8\n\t" /* pending, but not taken */
                     "csrr %0, mhartid\n\t"
                     "slli %0, %0, 2\n\t"
                     "add %0, %0, %3\n\t"
                     "csrsi mie, 8\n\t"
                     "sw %2, 0(%0)\n\t" /* msip of this hart */
                     "wfi\n\t"
                     "sw zero, 0(%0)\n\t"
                     "csrci mie, 8\n\t"
                     "andi %1, %1, 8\n\t"
                     "csrs mstatus, %1"
                     : "=&r"(hart), "=&r"(open)
                     : "r"(one), "r"(0x02000000)
                     : "memory");
}
#define CH_CORE_RELAX() cores_end_turn()
#endif
