/* SPDX-License-Identifier: MIT */
/* The functions of capheap/port.h for the benchmark's programs. The lock, which is measured, is the one of the real port. */
#include <stdio.h>
#include <stdlib.h>

#include "capheap/port.h"

void ch_port_print(const char *text, size_t len) {
    /* The boot log would drown the results. */
    (void)text;
    (void)len;
}

void ch_port_fatal(const char *reason, const void *address) {
    printf("fatal: %s at %p\n", reason, address);
    exit(2);
}

unsigned ch_port_core_id(void) { return 0; }

void *ch_port_task_id(void) { return NULL; }

uint32_t ch_port_cycles(void) { return 0; }

uint32_t ch_port_random(void) { return 0x2CAB1E55u; }

unsigned ch_port_callers(void **callers, unsigned depth) {
    (void)callers;
    (void)depth;
    return 0;
}
