/* SPDX-License-Identifier: MIT */
/*
 * Included on the command line of what runs with -accel tcg,thread=single, where QEMU runs one core at a time, each for a tenth
 * of a second unless it goes to sleep. With a fair lock two cores that are both busy with it would do one section in such a time,
 * as each waits for the other until its time is over. So a core that waits must go to sleep for a moment: cores_end_turn(). QEMU
 * takes Arm's `yield`, which the port waits with, as the wish to end the turn; there is nothing to do.
 */
#pragma once

#if defined __riscv || defined __xtensa__
void cores_end_turn(void);
#define CH_CORE_RELAX() cores_end_turn()
#endif
