/* SPDX-License-Identifier: MIT */
/*
 * Interrupts on x86 Linux: the operation is single-stepped. A point is a number of instructions. The C library's mutexes, which
 * are the posix port's locks, are replaced by a count: an "interrupt" waits until it is 0, as it would with interrupts masked.
 */
#define _GNU_SOURCE
#include "machine.h"

#if defined __linux__ && (defined __x86_64__ || defined __i386__)
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#define TRAP_FLAG 0x100

static int locks_held;

/* One thread needs no waiting. The functions may be used before main(), by anybody. */
int pthread_mutex_lock(pthread_mutex_t *mutex) {
    (void)mutex;
    locks_held++;
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    (void)mutex;
    locks_held--;
    return 0;
}

static void (*pending)(void);
static unsigned long countdown, late;
static bool has_struck;

static void on_step(int signal_number, siginfo_t *info, void *context) {
    (void)signal_number, (void)info;
    ucontext_t *c = context;
    if (countdown > 0) countdown--;
    if (countdown > 0) return;
    if (locks_held > 0) {
        late++;
        return;
    }
    c->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
    has_struck = true;
    pending();
}

static void step_on(void) {
#if defined __x86_64__
    __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; orq $0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" : : : "memory", "cc");
#else
    __asm__ volatile("pushfl; orl $0x100, (%%esp); popfl" : : : "memory", "cc");
#endif
}

static void step_off(void) {
#if defined __x86_64__
    __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andq $~0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" : : : "memory", "cc");
#else
    __asm__ volatile("pushfl; andl $~0x100, (%%esp); popfl" : : : "memory", "cc");
#endif
}

bool machine_can_interrupt(void) { return true; }

void machine_begin(void) {
    struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGTRAP, &action, NULL);
}

machine_result_t machine_race(void (*operation)(void), void (*interrupt)(void), unsigned long point) {
    pending = interrupt;
    countdown = point;
    late = 0;
    has_struck = false;
    if (point) step_on();
    operation();
    if (point) step_off();
    return has_struck ? MACHINE_STRUCK : MACHINE_NEVER;
}

unsigned long machine_next(unsigned long point, unsigned long stride) { return point + late + stride; }
#else
bool machine_can_interrupt(void) { return false; }
void machine_begin(void) {}

machine_result_t machine_race(void (*operation)(void), void (*interrupt)(void), unsigned long point) {
    (void)interrupt, (void)point;
    operation();
    return MACHINE_NEVER;
}

unsigned long machine_next(unsigned long point, unsigned long stride) { return point + stride; }
#endif

void machine_mark_scene(void) {}
