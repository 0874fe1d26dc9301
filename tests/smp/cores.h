/* SPDX-License-Identifier: MIT */
/*
 * Several cores for a test: two on boards, threads on the host. A test runs on core 0 and asks for the others by cores_run().
 * What runs there may not use the framework's asserts (they jump to core 0's stack): it counts, and the test looks at the counts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#if defined __unix__
enum { CORES = 4 };
#else
enum { CORES = 2 };
#endif

/** Runs work(core) on every core at once, this one included; returns when all are done. */
void cores_run(void (*work)(unsigned core));

/** How often to do something that is done `usual` times: less if CH_OPS says so. */
uint32_t cores_rounds(uint32_t usual);

/** Number of the core or thread that calls. */
unsigned cores_me(void);

/** For waiting loops: lets the others go on. */
void cores_relax(void);

/** Stores a pointer and returns what was there, in one step. */
void *cores_exchange(void **place, void *pointer);

/** Reads and writes words that cores tell each other: what was written before a store is seen after the load. */
static inline uint32_t cores_load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void cores_store(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

/* ---- interrupts of the core that calls; on the host there are none ---- */

/** Calls handler(core) in an interrupt, about every `microseconds`. False where there are no interrupts. */
bool cores_timer_start(void (*handler)(unsigned core), uint32_t microseconds);

/** Ends that; none comes any more. */
void cores_timer_stop(void);

/** Whether interrupts are open; true on the host. */
bool cores_is_open(void);

/** Opens or masks interrupts. */
void cores_open(bool open);
