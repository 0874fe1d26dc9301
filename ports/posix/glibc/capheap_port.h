/* SPDX-License-Identifier: MIT */
/*
 * Port to programs of glibc whose malloc the heap is (src/libc/posix): the lock is called from within the dynamic loader, across
 * fork(), and in programs that never make a thread. So it is a word of its own and needs nothing to be initialised:
 *
 *      word   0 open   1 taken   2 taken, and somebody sleeps until it is opened
 *
 *   alone     while the process has one thread, nobody can hold the lock: no atomic instruction, the word stays as it is
 *   again     the thread that is inside walks through: so the one that forks may allocate while it holds all locks
 *
 * A signal handler may not use the heap, as with glibc's own malloc. lock.c has what is not inline; the rest of the contract of
 * capheap/port.h is the posix port's.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <sys/single_threaded.h>

typedef struct {
    _Atomic uint32_t word;
    _Atomic uintptr_t
        owner; /* thread that is inside, 0: nobody. Written inside only, so a thread finds itself exactly when it is there */
    uint64_t sections; /* how often it was taken; written by the holder */
} ch_port_lock_t;

#define CH_PORT_LOCK_INIT                                                                                                        \
    { 0, 0, 0 }

/** How a lock was passed: what unlocking has to undo. */
typedef enum { CH_LOCK_TAKEN, CH_LOCK_ALONE, CH_LOCK_AGAIN } ch_port_state_t;

/** Takes a lock that is not open, unless this thread is inside. Keeps errno. */
ch_port_state_t ch_port_lock_wait(ch_port_lock_t *lock);
/** Wakes a thread that sleeps until the lock is open. Keeps errno. */
void ch_port_lock_wake(ch_port_lock_t *lock);

/** The calling thread, as a number that no other thread has. */
static inline uintptr_t ch_port_me(void) { return (uintptr_t)__builtin_thread_pointer(); }

/** Notes who is inside; the last step of taking the lock. */
static inline ch_port_state_t ch_port_enter(ch_port_lock_t *lock) {
    atomic_store_explicit(&lock->owner, ch_port_me(), memory_order_relaxed);
    lock->sections++;
    return CH_LOCK_TAKEN;
}

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    if (__libc_single_threaded) {
        atomic_signal_fence(memory_order_seq_cst);
        lock->sections++;
        return CH_LOCK_ALONE;
    }
    uint32_t open = 0;
    if (!atomic_compare_exchange_strong_explicit(&lock->word, &open, 1, memory_order_acquire, memory_order_relaxed))
        return ch_port_lock_wait(lock);
    return ch_port_enter(lock);
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    atomic_signal_fence(memory_order_seq_cst);
    if (state != CH_LOCK_TAKEN) return;
    atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);
    if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2) ch_port_lock_wake(lock);
}

static inline void ch_port_fence(void) { atomic_thread_fence(memory_order_acq_rel); }
