/* SPDX-License-Identifier: MIT */
/*
 * Port to FreeRTOS: kernels V10 and V11 on one core, V11 on several, and ESP-IDF's. The lock masks the interrupts that may use
 * the kernel and puts the mask back as it WAS. It never calls the kernel, so it holds in every state of it:
 *
 *   before the scheduler starts   taskENTER_CRITICAL() counts from a magic value in many of the kernel's ports then, and its end
 *                                 leaves interrupts masked until the scheduler starts. A mask that is restored leaves no trace
 *   scheduler suspended           nothing here blocks, yields or asks the scheduler
 *   in an interrupt handler       taskENTER_CRITICAL() is for tasks only, and its end would unmask inside the handler
 *   inside critical sections      interrupts are masked already, and stay so
 *
 * Where the mask comes from, first match:
 *
 *   configCAPHEAP_MASK()                in FreeRTOSConfig.h: your own; with configCAPHEAP_UNMASK(state)
 *   portMUX_TYPE                        ESP-IDF's kernel: its spinlock, portENTER_CRITICAL_SAFE(), which is for tasks and
 *                                       handlers
 *   portSET_INTERRUPT_MASK()            V11 on several cores, together with a ticket lock of our own
 *   __riscv                             mstatus.MIE. The kernel's port has no portSET_INTERRUPT_MASK_FROM_ISR(), as it does not
 *                                       nest interrupts; nor does it tell a handler from a task, which this makes unnecessary
 *   portSET_INTERRUPT_MASK_FROM_ISR()   everything else: BASEPRI or PRIMASK on Cortex-M
 *
 * Handlers above configMAX_SYSCALL_INTERRUPT_PRIORITY are not masked where the kernel does not mask them: they may not use the
 * heap. All of this needs the right to mask interrupts: a task that runs unprivileged under an MPU port may not use the heap.
 */
#pragma once

#include <stdint.h>

#if !__has_include(<FreeRTOS.h>) && __has_include(<freertos/FreeRTOS.h>)
#include <freertos/FreeRTOS.h>
#else
#include <FreeRTOS.h>
#endif

/** Number of cores that the kernel schedules. V10 knows no such option and has one; its SMP branch called it configNUM_CORES. */
#if defined portNUM_PROCESSORS
#define CH_FREERTOS_CORES portNUM_PROCESSORS
#elif defined configNUMBER_OF_CORES
#define CH_FREERTOS_CORES configNUMBER_OF_CORES
#elif defined configNUM_CORES
#define CH_FREERTOS_CORES configNUM_CORES
#else
#define CH_FREERTOS_CORES 1
#endif

#if defined configCAPHEAP_MASK != defined configCAPHEAP_UNMASK
#error "FreeRTOSConfig.h must define configCAPHEAP_MASK() and configCAPHEAP_UNMASK(state) both, or neither"
#endif

#if defined portMUX_INITIALIZER_UNLOCKED && !defined configCAPHEAP_MASK
#define CH_FREERTOS_MUX 1
#else
#define CH_FREERTOS_MUX 0
#endif

/* ---- the mask: saves it, masks; puts it back ---- */

#if CH_FREERTOS_MUX

/** Nothing to remember: the kernel keeps the mask of the outermost section. */
typedef uint8_t ch_port_state_t;

#elif defined configCAPHEAP_MASK

typedef UBaseType_t ch_port_state_t;
static inline ch_port_state_t ch_freertos_mask(void) { return (ch_port_state_t)configCAPHEAP_MASK(); }
static inline void ch_freertos_unmask(ch_port_state_t state) { configCAPHEAP_UNMASK(state); }

#elif CH_FREERTOS_CORES > 1

typedef UBaseType_t ch_port_state_t;
static inline ch_port_state_t ch_freertos_mask(void) { return (ch_port_state_t)portSET_INTERRUPT_MASK(); }
static inline void ch_freertos_unmask(ch_port_state_t state) { portCLEAR_INTERRUPT_MASK(state); }

#elif defined __riscv

/** mstatus as it was. */
typedef UBaseType_t ch_port_state_t;

/** Bit of mstatus that lets interrupts through. */
#define CH_PORT_MSTATUS_MIE 8

static inline ch_port_state_t ch_freertos_mask(void) {
    ch_port_state_t before;
    __asm__ volatile("csrrci %0, mstatus, %1" : "=r"(before) : "i"(CH_PORT_MSTATUS_MIE) : "memory");
    return before;
}

static inline void ch_freertos_unmask(ch_port_state_t state) {
    __asm__ volatile("csrs mstatus, %0" : : "r"(state & CH_PORT_MSTATUS_MIE) : "memory");
}

#else

typedef UBaseType_t ch_port_state_t;

static inline ch_port_state_t ch_freertos_mask(void) {
    /* A kernel port whose interrupts do not nest has none of its own; FreeRTOS.h then makes it 0, which masks nothing. */
    _Static_assert(
        !__builtin_constant_p(portSET_INTERRUPT_MASK_FROM_ISR()),
        "this FreeRTOS port cannot save the interrupt mask: define configCAPHEAP_MASK() and configCAPHEAP_UNMASK(state) "
        "in FreeRTOSConfig.h");
    return (ch_port_state_t)portSET_INTERRUPT_MASK_FROM_ISR();
}

static inline void ch_freertos_unmask(ch_port_state_t state) { portCLEAR_INTERRUPT_MASK_FROM_ISR(state); }

#endif

/* ---- the lock ---- */

#if CH_FREERTOS_MUX

typedef portMUX_TYPE ch_port_lock_t;
#define CH_PORT_LOCK_INIT portMUX_INITIALIZER_UNLOCKED

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    portENTER_CRITICAL_SAFE(lock);
    __asm__ volatile("" : : : "memory");
    return 0;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)state;
    __asm__ volatile("" : : : "memory");
    portEXIT_CRITICAL_SAFE(lock);
}

#elif CH_FREERTOS_CORES > 1

/**
 * A ticket lock behind the mask: cores are served in the order of asking, so one waits for at most one section of each other
 * core. Sections of its owner nest. The kernel's own two locks are not used: they are no good before the scheduler starts, and
 * held for long.
 *
 * Nobody but a core itself writes its name into owner, and it takes it away before it leaves: the first look at owner needs no
 * lock.
 */
typedef struct {
    uint32_t next;    /**< ticket of who comes next */
    uint32_t serving; /**< ticket of who is inside */
    uint32_t owner;   /**< core inside, counted from 1; 0: nobody */
    uint32_t depth;   /**< sections of the owner that are open */
} ch_port_lock_t;
/* clang-format off: a formatter would take this for a block */
#define CH_PORT_LOCK_INIT                                                                                                        \
    { 0, 0, 0, 0 }
/* clang-format on */

#if defined configCAPHEAP_TAKE_TICKET
/*
 * The configuration adds 1 to a word atomically and returns what it was: for cores without such instructions (hardware
 * spinlocks).
 */
#elif defined __GCC_HAVE_SYNC_COMPARE_AND_SWAP_4
#define configCAPHEAP_TAKE_TICKET(word) __atomic_fetch_add(word, 1u, __ATOMIC_RELAXED)
#else
#error "this core has no atomic instructions: define configCAPHEAP_TAKE_TICKET(word) in FreeRTOSConfig.h"
#endif

/* What to do while another core holds the lock: nothing, or the core's instruction for it. */
#ifndef configCAPHEAP_SPIN
#define configCAPHEAP_SPIN()
#endif

static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    ch_port_state_t before = ch_freertos_mask();
    uint32_t me = (uint32_t)portGET_CORE_ID() + 1;
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == me) {
        lock->depth++;
        return before;
    }
    uint32_t ticket = configCAPHEAP_TAKE_TICKET(&lock->next);
    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) {
        configCAPHEAP_SPIN();
    }
    __atomic_store_n(&lock->owner, me, __ATOMIC_RELAXED);
    lock->depth = 1;
    return before;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    if (--lock->depth == 0) {
        __atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
    }
    ch_freertos_unmask(state);
}

#else

/** One byte that nobody reads: masking is all that one core needs. */
typedef uint8_t ch_port_lock_t;
#define CH_PORT_LOCK_INIT 0

/* The barriers are for kernel ports whose functions are inline and forget to clobber memory. */
static inline ch_port_state_t ch_port_lock(ch_port_lock_t *lock) {
    (void)lock;
    ch_port_state_t before = ch_freertos_mask();
    __asm__ volatile("" : : : "memory");
    return before;
}

static inline void ch_port_unlock(ch_port_lock_t *lock, ch_port_state_t state) {
    (void)lock;
    __asm__ volatile("" : : : "memory");
    ch_freertos_unmask(state);
}

#endif

/** Orders accesses for other cores; a compiler barrier where there is one core. */
static inline void ch_port_fence(void) {
#if CH_FREERTOS_CORES > 1
    __atomic_thread_fence(__ATOMIC_ACQ_REL);
#else
    __asm__ volatile("" : : : "memory");
#endif
}
