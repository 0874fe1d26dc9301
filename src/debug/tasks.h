/* SPDX-License-Identifier: MIT */
/*
 * The books of task tracking: a fixed table of owners, and of each what it holds, in all and of each heap.
 *
 *      handle ─► bucket ─► entry ─► entry         living tasks, by a hash of the handle
 *      word of a block: | entry, 8 bits | number of the allocation among the entry's, 24 bits |
 *      spare ─► entry ─► ... ─► entry             entries of dead tasks without blocks, the one that is longest so first
 *
 * T1  An entry is given to another task only while no block names it: so a block needs no more than its number, and a handle that
 *     is used again never mixes two tasks.
 * T2  The sum of an entry's cells is the entry's own account; a peak is never less than what it is the peak of, and never falls.
 * T3  What is booked out has been booked in: a word that says otherwise is damaged, and ignored. So nothing underflows.
 * T4  Of a block's word only the owner of the block, and here only under the books' lock, is a writer.
 *
 * All is done under one lock of the table's own, in constant time, without memory of any heap: from interrupts, too, and with the
 * scheduler suspended.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "multi_heap.h"

/* Numbers of entries; 0 is nobody. Tasks come behind the special ones. */
enum { CH_TASK_NOBODY, CH_TASK_EARLY, CH_TASK_INTERRUPT, CH_TASK_OTHER, CH_TASK_FIRST };
enum {
    CH_TASKS = CH_CFG_TRACKED_TASKS + CH_TASK_FIRST - 1, /* entries; the last one's number */
    CH_TASK_HEAPS = CH_CFG_TRACKED_HEAPS + 1,            /* the last one is of all heaps that have no number of their own */
    CH_TASK_NAME = 16,
    CH_TASK_SHIFT = 24, /* of the number in a word */
};
#define CH_TASK_ORDER 0xFFFFFFu /* the number of the allocation */

/** What a task holds of a heap. */
typedef struct {
    size_t bytes, peak; /* of whole blocks */
    uint32_t blocks;    /* live */
    uint32_t place;     /* among the heaps of the task, from 1; 0: never used */
} ch_task_cell_t;

typedef struct {
    void *handle;
    uint32_t born; /* the how-many-eth entry that was made; 0: never used, or being filled: of no interest to anybody */
    size_t bytes, peak;
    uint32_t blocks;
    uint32_t allocations; /* so far */
    uint8_t next;         /* entry behind this one in its bucket, or among the spare; 0: none */
    uint8_t heaps;        /* ever used */
    bool alive;
    char name[CH_TASK_NAME];
    ch_task_cell_t cells[CH_TASK_HEAPS];
} ch_task_t;

/** Copies an entry; false: nobody is to see it. */
bool ch_tasks_read(uint32_t number, ch_task_t *copy);

/** The same of an entry that is not listed, as its task is dead, but may still have blocks. */
bool ch_tasks_any(uint32_t number, ch_task_t *copy);

/** Number of the entry that a handle means: the living task's, else that of the one that died last; 0: there is none. */
uint32_t ch_tasks_find(const void *handle);

/** Number of the entry that would own what the caller allocates now, 0: it never did. */
uint32_t ch_tasks_caller(void);

/**
 * Copies the entry that is listed next, behind that of `number` in *copy, which begins with 0 and an empty one. Returns its
 * number; 0: none is left. By handle, of one handle the living task first.
 */
uint32_t ch_tasks_next(uint32_t number, ch_task_t *copy);

/** Column of a heap in an entry's cells. */
uint32_t ch_tasks_column(multi_heap_handle_t heap);
