/* SPDX-License-Identifier: MIT */
/* What the demo tells about memory, and the books that prove that everything was given back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Most heaps that the books can hold. */
#define REPORT_REGIONS 16

/** Opens the books: the heaps there are now and what is free in each. Call once, after start-up, before anything is allocated. */
void report_open(void);

/** Name of the memory type at an address, or of the region added with report_added_region(); "?" where there is no heap. */
const char *report_region_name(const void *address);

/** Number of the heap at an address, below REPORT_REGIONS; its name. -1 where there is no heap. */
int report_region_index(const void *address);
const char *report_index_name(int index);

/** True if the memory at address was declared word-only by the chip, or no memory of this chip is. */
bool report_plays_word_only(const void *address);

/** Prints the line of one step: what was done, where the memory is, how many bytes it has, what came out (as printf). */
void report_step(const char *what, const void *where, size_t bytes, const char *result, ...)
    __attribute__((format(printf, 4, 5)));

/** Notes how much of each kind of RAM is in use now, for the peaks of regions without a watermark of their own. */
void report_sample(void);

/**
 * Around adding a region: its descriptor comes from a heap and stays. before() notes what is free, after() enters the difference
 * and the new region in the books.
 */
void report_before_added_region(void);
void report_after_added_region(const char *name, uint32_t caps, uintptr_t start, size_t size);

/** Prints heap_caps_print_heap_info() for each kind of RAM, under a title. */
void report_summary(const char *title);

/** Prints for each kind of RAM a bar of what was in use at its peak. A kind that was never used is a failure. */
void report_chart(void);

/** Compares what is free in each region with the books, names what is missing, and checks the integrity of every heap. */
void report_close(void);

/** Ends the demo with "demo: FAILED: why" and status 1. */
__attribute__((noreturn)) void report_fail(const char *why, ...) __attribute__((format(printf, 1, 2)));

/** Fails with why unless ok. */
static inline void report_require(bool ok, const char *why) {
    if (!ok) report_fail("%s", why);
}
