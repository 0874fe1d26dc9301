/* SPDX-License-Identifier: MIT */
/*
 * Target resize: realloc and alignment, on heaps so small that each change of size has little choice of where to: in place,
 * into a smaller hole, into a new block, down over the hole before.
 */
#include "heap_ops.h"

const char fuzz_target_name[] = "resize";

void fuzz_target_begin(void) {}

void fuzz_target_run(void) {
    static heap_op_t *const table[] = {heap_op_realloc, heap_op_realloc, heap_op_realloc, heap_op_realloc,
                                       heap_op_realloc, heap_op_malloc,  heap_op_malloc,  heap_op_aligned,
                                       heap_op_aligned, heap_op_free,    heap_op_free,    heap_op_compare};
    heap_run(table, sizeof table / sizeof table[0], 3072);
}
