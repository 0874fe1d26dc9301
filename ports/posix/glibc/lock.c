/* SPDX-License-Identifier: MIT */
/* The slow half of the lock: a short spin, as critical sections are short, then sleep in the kernel. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capheap/port.h"

enum { SPINS = 64 };

static bool take_if_open(ch_port_lock_t *lock) {
    uint32_t open = 0;
    return atomic_compare_exchange_weak_explicit(&lock->word, &open, 1, memory_order_acquire, memory_order_relaxed);
}

/* Says 2 even if nobody else sleeps: one needless wake, but nobody sleeps for ever. */
static void sleep_until_taken(ch_port_lock_t *lock) {
    int kept = errno;
    while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0) {
        syscall(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, 2, NULL);
    }
    errno = kept;
}

ch_port_state_t ch_port_lock_wait(ch_port_lock_t *lock) {
    if (atomic_load_explicit(&lock->owner, memory_order_relaxed) == ch_port_me()) return CH_LOCK_AGAIN;
    int spins = 0;
    while (spins < SPINS && !take_if_open(lock)) spins++;
    if (spins == SPINS) sleep_until_taken(lock);
    return ch_port_enter(lock);
}

void ch_port_lock_wake(ch_port_lock_t *lock) {
    int kept = errno;
    syscall(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1);
    errno = kept;
}
