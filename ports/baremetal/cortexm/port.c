/* SPDX-License-Identifier: MIT */
/* Questions to a Cortex-M core; the rest of the contract is in ../baremetal.c. Weak: firmware may define its own. */
#include "capheap/port.h"
#include "board.h"

#define WEAK __attribute__((weak))

WEAK unsigned ch_port_core_id(void) { return CH_CFG_CORES > 1 ? ch_board_core_id() : 0; }

/* The trace unit's cycle counter: counts once firmware has set DEMCR.TRCENA and DWT_CTRL.CYCCNTENA, else reads 0. */
WEAK uint32_t ch_port_cycles(void) { return *(const volatile uint32_t *)0xe0001004u; }
