/* SPDX-License-Identifier: MIT */
/* Target heap: every function of multi_heap.h, bad pointers too, on heaps from 256 bytes to 48 KB. */
#include "heap_ops.h"

const char fuzz_target_name[] = "heap";

void fuzz_target_begin(void) {}

void fuzz_target_run(void) {
    static heap_op_t *const table[] = {
        heap_op_malloc,  heap_op_malloc,  heap_op_malloc, heap_op_malloc,      heap_op_malloc, heap_op_malloc,  heap_op_aligned,
        heap_op_offset,  heap_op_free,    heap_op_free,   heap_op_free,        heap_op_free,   heap_op_free,    heap_op_free,
        heap_op_realloc, heap_op_realloc, heap_op_malloc, heap_op_bad_pointer, heap_op_look,   heap_op_minimum, heap_op_compare};
    heap_run(table, sizeof table / sizeof table[0], 49152);
}
