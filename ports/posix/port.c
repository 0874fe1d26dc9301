/* SPDX-License-Identifier: MIT */
/*
 * The functions of capheap/port.h on POSIX. All are weak: a program or a test puts its own in their place by defining them.
 * None of them uses malloc or stdio, because those may be the very code that is in trouble.
 */
#define _GNU_SOURCE
#include "capheap/port.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "capheap/config.h"

#define WEAK __attribute__((weak))

static void write_all(const char *text, size_t len) {
    while (len > 0) {
        ssize_t written = write(STDERR_FILENO, text, len);
        if (written <= 0) return;
        text += written;
        len -= (size_t)written;
    }
}

WEAK void ch_port_print(const char *text, size_t len) { write_all(text, len); }

WEAK void ch_port_fatal(const char *reason, const void *address) {
    static const char digits[] = "0123456789abcdef";
    char where[] = " (at 0x0000000000000000)\n";
    uintptr_t rest = (uintptr_t)address;
    for (size_t i = sizeof where - 4; i > sizeof " (at 0x" - 2; i--, rest >>= 4) where[i] = digits[rest & 15];
    write_all(reason, strlen(reason));
    write_all(where, sizeof where - 1);
    abort();
}

WEAK unsigned ch_port_core_id(void) {
    int core = sched_getcpu();
    return core < 0 ? 0 : (unsigned)core;
}

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

/* ---- call stacks ---- */

/** The end of the calling thread's stack; 0 while that is being found out, which may allocate. */
static uintptr_t stack_end(void) {
    static __thread uintptr_t end;
    static __thread bool asked;
    pthread_attr_t attributes;
    void *low;
    size_t size;
    if (asked) return end;
    asked = true;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0) end = (uintptr_t)low + size;
    pthread_attr_destroy(&attributes);
    return end;
}

/*
 * x86 and Arm: a frame pointer leads to the caller's frame pointer and the return address behind that. A frame lies above the one
 * before, inside the stack: whatever is found that is no frame pointer ends the list.
 */
WEAK unsigned ch_port_callers_from(const void *frame, void **callers, unsigned depth) {
    unsigned found = 0;
    if (!CH_CFG_FRAME_POINTERS) return 0;
    uintptr_t fp = (uintptr_t)frame, end = stack_end();
    while (found < depth) {
        uintptr_t next = *(const uintptr_t *)fp; /* NOLINT(performance-no-int-to-ptr) */
        if (next <= fp || next % sizeof next || next > end - 2 * sizeof next || end < fp) break;
        fp = next;
        void *address = ((void *const *)fp)[1]; /* NOLINT(performance-no-int-to-ptr) */
        if (!address) break;
        callers[found++] = address;
    }
    return found;
}
