/* SPDX-License-Identifier: MIT */
/* Block by block access to a heap, for tools that hold its lock themselves. */
#pragma once

#include "multi_heap.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A block of a heap. Opaque; good until the heap changes. */
typedef struct multi_heap_block *multi_heap_block_handle_t;

/**
 * Takes the heap's lock, which must be a multi_heap_lock_t, if it has one. The holder may take it again, and call the heap's
 * functions; but while a tool goes through the blocks, a change may make its handle a stale one.
 */
void multi_heap_internal_lock(multi_heap_handle_t heap);
/** Opens it, once for each time it was taken. */
void multi_heap_internal_unlock(multi_heap_handle_t heap);

/** The block with the lowest address. */
multi_heap_block_handle_t multi_heap_get_first_block(multi_heap_handle_t heap);
/**
 * The block behind another one; NULL at the end, and where the heap is damaged. Time grows with the block's length / 512
 * granules.
 */
multi_heap_block_handle_t multi_heap_get_next_block(multi_heap_handle_t heap, multi_heap_block_handle_t block);
/** Whether the block is free. */
bool multi_heap_is_free(multi_heap_block_handle_t block);
/** Start of its data area, behind the head of the debugging frame. */
void *multi_heap_get_block_address(multi_heap_block_handle_t block);

/**
 * Whether the bytes of a block, as multi_heap_walk() shows it, are what they should be: canaries and size of a used one; the fill
 * of a free one, but for its links and sizes. Always true without corruption detection.
 */
bool multi_heap_internal_check_block_poisoning(void *start, size_t size, bool is_free, bool print_errors);
/** Fills memory as after a free (0xFE) or an allocation (0xCE), by words where it is aligned. */
void multi_heap_internal_poison_fill_region(void *start, size_t size, bool is_free);

/** How an allocator in ROM locks. */
typedef struct {
    void (*lock)(void *lock);
    void (*unlock)(void *lock);
} multi_heap_os_funcs_t;

/** Tells an allocator in ROM how to lock. Ours is not in ROM and locks through its port: nothing happens. */
void multi_heap_os_funcs_init(multi_heap_os_funcs_t *functions);

#ifdef __cplusplus
}
#endif
