/* SPDX-License-Identifier: MIT */
/* cores.h with threads. */
#if defined __unix__
#include "cores.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static __thread unsigned me;
static void (*job)(unsigned core);

static void *begin(void *number) {
    me = (unsigned)(uintptr_t)number;
    job(me);
    return NULL;
}

void cores_run(void (*work)(unsigned core)) {
    pthread_t other[CORES];
    job = work;
    for (unsigned i = 1; i < CORES; i++) {
        if (pthread_create(&other[i], NULL, begin, (void *)(uintptr_t)i) != 0) abort();
    }
    work(0);
    for (unsigned i = 1; i < CORES; i++) pthread_join(other[i], NULL);
}

uint32_t cores_rounds(uint32_t usual) {
    const char *text = getenv("CH_OPS");
    uint32_t rounds = text ? (uint32_t)strtoul(text, NULL, 0) : 0;
    return rounds && rounds < usual ? rounds : usual;
}

unsigned cores_me(void) { return me; }

void cores_relax(void) { sched_yield(); }

void *cores_exchange(void **place, void *pointer) { return __atomic_exchange_n(place, pointer, __ATOMIC_ACQ_REL); }

bool cores_timer_start(void (*handler)(unsigned core), uint32_t microseconds) {
    (void)handler;
    (void)microseconds;
    return false;
}

void cores_timer_stop(void) {}

bool cores_is_open(void) { return true; }

void cores_open(bool open) { (void)open; }

#endif
