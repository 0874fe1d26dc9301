/* SPDX-License-Identifier: MIT */
/* Questions to a RISC-V hart; the rest of the contract is in ../baremetal.c. Weak: firmware may define its own. */
#include "capheap/port.h"

#define WEAK __attribute__((weak))

WEAK unsigned ch_port_core_id(void) {
    unsigned hart;
    __asm__ volatile("csrr %0, mhartid" : "=r"(hart));
    return hart;
}

WEAK uint32_t ch_port_cycles(void) {
    uint32_t cycles;
    __asm__ volatile("csrr %0, mcycle" : "=r"(cycles));
    return cycles;
}
