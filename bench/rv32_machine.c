/* SPDX-License-Identifier: MIT */
/* The machine behind rv32_machine.h: picolibc's semihosting and machine mode. */
#include "rv32_machine.h"

#include <semihost.h>
#include <stdio.h>
#include <stdlib.h>

#include "counted.h"

__attribute__((interrupt, aligned(4))) static void trap_entry(void) {
    uint32_t cause;
    uint32_t pc;
    uint32_t value;

    __asm__ volatile("csrr %0, mcause\n csrr %1, mepc\n csrr %2, mtval" : "=r"(cause), "=r"(pc), "=r"(value));
    printf("trap: cause %lu at %#lx, address %#lx\n", (unsigned long)cause, (unsigned long)pc, (unsigned long)value);
    exit(STATUS_TRAP);
}

__attribute__((naked, noinline)) static void empty_function(void) { __asm__ volatile("ret"); }

void machine_start(void) { __asm__ volatile("csrw mtvec, %0\n csrw mie, zero\n csrsi mstatus, 8" ::"r"(trap_entry) : "memory"); }

bool machine_counts_exactly(void) {
    for (unsigned i = 0; i < 100; i++) {
        uint32_t cost;
        COUNTED_CALL(empty_function, 0, 0, 0, &cost);
        if (cost != 2) {
            return false;
        }
    }
    return true;
}

size_t machine_read_file(const char *name, void *memory, size_t limit) {
    int file = (int)sys_semihost_open(name, SH_OPEN_R_B);
    size_t length;

    if (file < 0) {
        return 0;
    }
    length = sys_semihost_flen(file);
    if (length > limit || sys_semihost_read(file, memory, length) != 0) {
        length = 0;
    }
    sys_semihost_close(file);
    return length;
}

bool machine_write_file(const char *name, const void *memory, size_t length) {
    int file = (int)sys_semihost_open(name, SH_OPEN_W_B);
    bool written = file >= 0 && sys_semihost_write(file, memory, length) == 0;

    return written && sys_semihost_close(file) == 0;
}

int machine_fail(const char *why) {
    printf("set-up: %s\n", why);
    return STATUS_SETUP;
}
