/* SPDX-License-Identifier: MIT */
/*
 * An operation, and an interrupt that uses the heap too, at every instruction of it where interrupts are open.
 *
 *      NEAR, FAR      two small heaps, with capabilities that no other memory has; SHARED asks NEAR first, then FAR
 *      slots          blocks that are filled with a pattern of their own, and must hold it when they are given back
 *
 * For each point (machine.h) the heaps are laid out anew, the operation runs, the interrupt checks the heaps, uses them and
 * checks again; then what the operation promised is checked, all patterns, and that all memory comes back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ch_test.h"

#include "capheap/config.h"
#include "esp_heap_caps.h"

#define CAP_NEAR (1u << 22)
#define CAP_FAR (1u << 24)
#define CAP_LEARNED (1u << 25)
#define CAP_SHARED (1u << 26)
#define HEAP_BYTES 6144u
#define LONG_BYTES (110u * CH_CFG_GRANULE) /* a block whose length is written in its bits */

/*
 * Rows of a layout are slots 0 to 9; the operation has 12 to 19 for its results, the interrupt 20 to 29, what fills the heap 30
 * to 39.
 */
enum { ROW = 0, RESULT = 12, GUEST = 20, FILLING = 30, SLOTS = 40 };

typedef struct {
    const char *name;
    void (*prepare)(void);   /* from empty heaps, always to the same state */
    void (*operation)(void); /* calls of the library and nothing else that could go wrong */
    void (*finish)(void);    /* checks the result; puts what is left into slots, for clear_away() */
    unsigned stride;         /* on the host only every stride-th instruction is tried */
} scene_t;

typedef struct {
    const char *name;
    void (*handler)(void);
} interrupt_t;

/** Whether the interrupt came in this run: for finish(). */
extern bool race_has_struck;

/** Two heaps in memory of the test, and a third piece of it that no heap owns. */
void race_boot(void);
extern unsigned char *race_fresh;

/** One scene with one interrupt, at every point. */
void race_run(const scene_t *scene, const interrupt_t *interrupt);

/* ---- slots ---- */

/** Fills a block with its slot's pattern; NULL is fine. */
void slot_put(int i, void *p, size_t size);
/** Checks the pattern of the first `size` bytes and forgets the slot. Returns the block. */
void *slot_take(int i);
/** The same, and frees it. */
void slot_release(int i);
void slot_allocate(int i, size_t size, uint32_t caps);
void *slot_block(int i);
size_t slot_size(int i);
/** Whether the first bytes hold the pattern of slot i, wherever they are now. */
bool slot_pattern_is(int i, const void *p, size_t bytes);

/** In a handler a test cannot end: the fault is noted, and ends it afterwards. Elsewhere it ends it at once. */
void race_require(bool good, const char *what);

/** Both heaps are sound, and their totals are what a walk adds up. */
void race_check_heaps(void);
