/* SPDX-License-Identifier: MIT */
/* See guard.h. The watchdog counts the process's own time, so that a busy machine makes no endless loops. */
#define _GNU_SOURCE
#include "guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <ucontext.h>

enum { TICK_US = 50000, PATIENCE = 6 /* ticks: a third of a second, where a piece takes less than a thousandth */ };

uintptr_t guard_pc, guard_address;
char guard_reason[160];
uint32_t guard_random;

static sigjmp_buf way_out;
static volatile sig_atomic_t inside, ticks;

_Noreturn void guard_leave(how_t how) {
    if (!inside) abort();
    siglongjmp(way_out, (int)how);
}

static uintptr_t pc_of(const void *context) {
    const ucontext_t *c = context;
#ifdef __x86_64__
    return (uintptr_t)c->uc_mcontext.gregs[REG_RIP];
#else
    return (uintptr_t)c->uc_mcontext.gregs[REG_EIP];
#endif
}

void guard_alive(void) { ticks = 0; }

static void on_fault(int number, siginfo_t *info, void *context) {
    if (!inside) {
        signal(number, SIG_DFL);
        return;
    }
    guard_pc = pc_of(context);
    guard_address = (uintptr_t)info->si_addr;
    guard_leave(CRASHED);
}

static void on_tick(int number, siginfo_t *info, void *context) {
    (void)number, (void)info;
    if (!inside || ++ticks < PATIENCE) return;
    guard_pc = pc_of(context);
    guard_address = 0;
    guard_leave(HUNG);
}

void guard_begin(void) {
    static unsigned char stack[1 << 16];
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&other, NULL);
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) sigaction(faults[i], &action, NULL);
    action.sa_sigaction = on_tick;
    sigaction(SIGVTALRM, &action, NULL);
    struct itimerval every = {{0, TICK_US}, {0, TICK_US}};
    setitimer(ITIMER_VIRTUAL, &every, NULL);
}

how_t guard_run(void (*function)(void *), void *arg) {
    how_t how = (how_t)sigsetjmp(way_out, 0);
    if (how == RAN) {
        guard_reason[0] = 0;
        ticks = 0;
        inside = 1;
        function(arg);
    }
    inside = 0;
    return how;
}

void guard_stuck(void) {
    guard_pc = (uintptr_t)__builtin_return_address(0);
    guard_address = 0;
    guard_leave(HUNG);
}
