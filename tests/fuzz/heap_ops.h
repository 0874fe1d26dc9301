/* SPDX-License-Identifier: MIT */
/* Operations on one heap (multi_heap.h), each compared with the reference: shared by the targets that differ in which they
 * mix. */
#pragma once

#include "fuzz.h"
#include "multi_heap.h"

typedef void heap_op_t(void);

heap_op_t heap_op_malloc, heap_op_aligned, heap_op_offset, heap_op_realloc, heap_op_free, heap_op_bad_pointer, heap_op_look,
    heap_op_minimum, heap_op_compare;

/**
 * One input: the first bytes choose the heap (length, shift, with a lock or not), each of the others the next operation out of
 * the table; in the end everything is freed, and the heap must be what it was.
 *
 * @param most bytes of the longest heap
 */
void heap_run(heap_op_t *const *table, size_t entries, size_t most);
