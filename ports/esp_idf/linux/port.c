/* SPDX-License-Identifier: MIT */
/* The functions of capheap/port.h on ESP-IDF's Linux target. None uses malloc or stdio. All weak. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "capheap/port.h"

#define WEAK __attribute__((weak))

WEAK void ch_port_print(const char *text, size_t len) {
    while (len > 0) {
        ssize_t written = write(STDERR_FILENO, text, len);
        if (written <= 0) return;
        text += written;
        len -= (size_t)written;
    }
}

WEAK void ch_port_fatal(const char *reason, const void *address) {
    (void)address;
    ch_port_print(reason, strlen(reason));
    ch_port_print("\n", 1);
    abort();
}

WEAK unsigned ch_port_core_id(void) { return 0; }

WEAK void *ch_port_task_id(void) { return (void *)(uintptr_t)pthread_self(); }

WEAK uint32_t ch_port_cycles(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000000000u + (uint32_t)now.tv_nsec;
}

WEAK uint32_t ch_port_random(void) {
    uint32_t number;
    if (getrandom(&number, sizeof number, 0) == (ssize_t)sizeof number) return number;
    return ch_port_cycles() * 0x9E3779B1u ^ (uint32_t)getpid();
}

WEAK unsigned ch_port_callers(void **callers, unsigned depth) {
    (void)callers;
    (void)depth;
    return 0;
}

WEAK unsigned ch_port_callers_from(const void *frame, void **callers, unsigned depth) {
    (void)frame;
    (void)callers;
    (void)depth;
    return 0;
}
