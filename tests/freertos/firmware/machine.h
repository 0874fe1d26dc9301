/* SPDX-License-Identifier: MIT */
/* What the firmware needs to know of the emulated machine: handlers, the interrupt mask, timers that never beat evenly. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Installs the handlers. Before the scheduler starts; interrupts stay as they are. */
void machine_prepare(void);

/** Hands over to the kernel's handlers, where they are no good before the scheduler starts. Just before it does. */
void machine_start(void);

/** Whether interrupts that may use the kernel are masked now; in a handler of virt-rv32 always. */
bool machine_masked(void);

/** Lets interrupts through, or not, where no kernel runs yet. */
void machine_open(bool open);

/** Raises the software interrupt: its handler calls interrupt_raised(), at once if it is not masked. */
void machine_raise(void);

/** With several cores: raises it on one of them. */
void machine_raise_on(unsigned core);

/** The next tick comes after about `instructions`, however long a tick is otherwise. From the tick's handler. */
void machine_next_tick(uint32_t instructions);

/** Starts or stops the timers whose handlers call interrupt_timer(), with other priorities than the tick's. None on virt-rv32. */
void machine_timers(bool on);

/** On machines with priorities: raises an interrupt that no critical section masks, and tells whether its handler ran at once. */
bool machine_urgent_runs(void);
bool machine_has_priorities(void);

/* Defined by the test. */
void interrupt_raised(void);
void interrupt_timer(unsigned number);

/** Prints, and ends the program with status 1. */
__attribute__((noreturn)) void machine_give_up(const char *text);
