/* SPDX-License-Identifier: MIT */
/*
 * The N-th allocation fails: not by a trap in the library, but because there is no memory. Right before it every free byte of
 * every heap (or of one heap) is taken, and given back right after, or kept taken for good. So the library under test is the
 * one that ships, and what fails, fails where it would in the field: in the search, in the growth in place, in the copy, in a
 * descriptor.
 *
 *      FULL(p = heap_caps_malloc(...))     counts, and makes the N-th of them meet full heaps
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    FULL_NEVER,
    FULL_ONCE,    /* the N-th allocation finds the heaps full */
    FULL_FOR_GOOD /* it and every one after it does */
} full_mode_t;

#define FULL_EVERY_HEAP SIZE_MAX

/** From now on allocations are counted from 1; the n-th meets full heaps: every one, or the one with this number in the list. */
void full_begin(full_mode_t mode, unsigned long n, size_t heap);
/** Gives back what was taken. @return whether the n-th allocation came. */
bool full_end(void);
/** Allocations since full_begin(). */
unsigned long full_count(void);
/** Whether the allocation before met full heaps. */
bool full_was(void);
/** Heaps there are. */
size_t full_heaps(void);

/** Around an allocation. */
void full_before(void);
void full_after(void);
#define FULL(statement)                                                                                                          \
    do {                                                                                                                         \
        full_before();                                                                                                           \
        statement;                                                                                                               \
        full_after();                                                                                                            \
    } while (0)
