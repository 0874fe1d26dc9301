/* SPDX-License-Identifier: MIT */
/* Questions to an Xtensa core; the rest of the contract is in ../baremetal.c. Weak: firmware may define its own. */
#include "capheap/port.h"

#define WEAK __attribute__((weak))

/* Chips differ in what their processor number register tells the cores apart by; this is right where it counts from 0. */
WEAK unsigned ch_port_core_id(void) {
    unsigned id;
    __asm__ volatile("rsr %0, prid" : "=r"(id));
    return id & 15;
}

WEAK uint32_t ch_port_cycles(void) {
    uint32_t cycles;
    __asm__ volatile("rsr %0, ccount" : "=r"(cycles));
    return cycles;
}
