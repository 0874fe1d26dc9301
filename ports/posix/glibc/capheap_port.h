/* SPDX-License-Identifier: MIT */
/*
 * Port to programs of glibc whose malloc the heap is (src/libc/posix): the lock is called from within the dynamic loader, across fork(),
 * and in programs that never make a thread. So it is a word of its own and needs nothing to be initialised:
 *
 *      word   0 open   1 taken   2 taken, and somebody sleeps until it is opened
 *
 *   alone     while the process has one thread, nobody can hold the lock: no atomic instruction, the word stays as it is
 *   lent      between two ch_port_lend() calls (fork) the calling thread, which holds all locks, walks through them
 *
 * A signal handler may not use the heap, as with glibc's own malloc. lock.c has what is not inline; the rest of the contract of
 * capheap/port.h is the posix port's.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/single_threaded.h>

typedef struct {
    _Atomic uint32_t word;
    uint64_t sections; /* how often it was taken; written by the holder */
} ch_port_lock_t;

#define CH_PORT_LOCK_INIT                                                                                                        \
    { 0, 0 }

/** How a lock was passed: what unlocking has to undo. */
typedef enum { CH_LOCK_TAKEN, CH_LOCK_ALONE, CH_LOCK_LENT } ch_port_state_t;

/** Takes a lock that is not open, or walks through it if it is lent to this thread. Keeps errno. */
ch_port_state_t ch_port_lock_wait(ch_port_lock_t *lock);
/** Wakes a thread that sleeps until the lock is open. Keeps errno. */
void ch_port_lock_wake(ch_port_lock_t *lock);
/** Lets the calling thread through all locks that it holds, until it says false. */
void ch_port_lend(bool begin);

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    if (__libc_single_threaded) {
        atomic_signal_fence(memory_order_seq_cst);
        lock->sections++;
        return CH_LOCK_ALONE;
    }
    uint32_t open = 0;
    if (!atomic_compare_exchange_strong_explicit(&lock->word, &open, 1, memory_order_acquire, memory_order_relaxed))
        return ch_port_lock_wait(lock);
    lock->sections++;
    return CH_LOCK_TAKEN;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    atomic_signal_fence(memory_order_seq_cst);
    if (state != CH_LOCK_TAKEN) return;
    if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2) ch_port_lock_wake(lock);
}

static inline void ch_port_fence(void) { atomic_thread_fence(memory_order_release); }
