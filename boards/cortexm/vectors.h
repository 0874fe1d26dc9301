/* SPDX-License-Identifier: MIT */
/* The vector table of a Cortex-M core. Boards with a second core make another for it. */
#pragma once

#include <stddef.h>

/** Any fault: prints it and ends the program. */
void board_fault_entry(void);

/** A program with interrupts defines these; without, they are faults. */
void board_svcall(void);
void board_pendsv(void);
void board_systick(void);

typedef struct {
    char *stack;
    void (*handlers[15])(void); /* reset, NMI, the four faults, 4 unused, SVCall, debug, unused, PendSV, SysTick */
} board_vectors_t;

/** The table of a core that starts on this stack (its end) with this function. */
#define BOARD_VECTORS(stack_end, reset)                                                                                          \
    {                                                                                                                            \
        (stack_end), {                                                                                                           \
            (reset), board_fault_entry, board_fault_entry, board_fault_entry, board_fault_entry, board_fault_entry, NULL, NULL,  \
                NULL, NULL, board_svcall, board_fault_entry, NULL, board_pendsv, board_systick                                   \
        }                                                                                                                        \
    }
