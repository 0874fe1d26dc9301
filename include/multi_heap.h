/* SPDX-License-Identifier: MIT */
/*
 * multi_heap: one heap over one contiguous range of memory.
 *
 * Usable by itself, without the capability layer and without an RTOS, on 32- and 64-bit machines. All control data of a
 * heap lies inside the range it was given, as 32-bit words at aligned addresses, so the range may be word-only memory.
 *
 * Common rules, unless a function says otherwise:
 *   sizes      bytes. A block is rounded up to whole granules (CH_CFG_GRANULE bytes: 4, 8 or 16), at least two of them.
 *   alignment  every block is aligned to the granule.
 *   failure    an allocation returns NULL and changes nothing; a failed realloc leaves the block as it was.
 *   time       "bounded": no loop over blocks; the longest path depends on log2 of the heap size only.
 *   lock       each call takes the heap's lock (multi_heap_set_lock) once or a few times, each time for a bounded number of
 *              instructions; copying, printing and callbacks happen outside it.
 *   interrupts allowed in interrupt handlers when the lock given to the heap masks interrupts.
 *   bad frees  a pointer that is not a live block of the heap is found before anything is changed; one line
 *              "CORRUPT HEAP: ..." is printed and the port's fatal function is called.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A heap. Opaque: it points into the range that the heap lives in. */
typedef struct multi_heap_info *multi_heap_handle_t;

/** Totals of one heap or of several, in bytes and blocks. */
typedef struct {
    size_t total_free_bytes;      /**< sum of the free blocks, as multi_heap_free_size() */
    size_t total_allocated_bytes; /**< sum of the used blocks, debugging frames left out */
    size_t largest_free_block;    /**< the largest request that would succeed now; exact */
    size_t minimum_free_bytes;    /**< low watermark, as multi_heap_minimum_free_size() */
    size_t allocated_blocks;      /**< number of used blocks */
    size_t free_blocks;           /**< number of free blocks */
    size_t total_blocks;          /**< sum of the two */
} multi_heap_info_t;

/**
 * Called once for each block of a walk.
 *
 * @param block_ptr  first byte of the block's data area
 * @param block_size bytes of the data area, debugging frame included
 * @param block_used 1 in use, 0 free
 * @param user_data  as given to multi_heap_walk()
 * @return true to go on, false to end the walk
 */
typedef bool (*multi_heap_walker_cb_t)(void *block_ptr, size_t block_size, int block_used, void *user_data);

/**
 * Makes a heap of a range of memory.
 *
 * @param start first byte; a multiple of 4. NULL is a programming error and ends in the port's fatal function.
 * @param size  bytes. A range of 256 bytes is always large enough.
 * @return the heap, empty and without a lock, or NULL if start is misaligned, the range wraps round the address space or is
 *         too small to serve one request.
 *
 * Takes time proportional to size / 32 granules (it clears the heap's bits). Not for interrupt handlers.
 */
multi_heap_handle_t multi_heap_register(void *start, size_t size);

/**
 * Gives the heap a lock. Before this call (and with NULL) the heap takes none.
 *
 * @param heap the heap; NULL ends in the port's fatal function
 * @param lock a multi_heap_lock_t of the port (multi_heap_platform.h), or NULL. It must outlive the heap. Need not be recursive.
 */
void multi_heap_set_lock(multi_heap_handle_t heap, void *lock);

/** Allocates size bytes. heap NULL, size 0 or no room: NULL. Bounded. */
void *multi_heap_malloc(multi_heap_handle_t heap, size_t size);

/**
 * Allocates size bytes at a multiple of alignment.
 *
 * @param alignment a power of two, up to 2^31; anything else gives NULL. Values up to the granule act as multi_heap_malloc().
 * @return NULL also for heap NULL, size 0 or no room. Bounded. Freed with multi_heap_free().
 */
void *multi_heap_aligned_alloc(multi_heap_handle_t heap, size_t size, size_t alignment);

/**
 * Allocates size bytes at p so that p + offset is a multiple of alignment: for metadata in front of aligned user data.
 *
 * @param offset bytes, rounded up to 4; they are part of size. Must be a multiple of the smaller of granule and alignment, as
 *               blocks start at granules: anything else gives NULL
 * @return as multi_heap_aligned_alloc(); NULL also where size + alignment + offset overflows.
 */
void *multi_heap_aligned_alloc_offs(multi_heap_handle_t heap, size_t size, size_t alignment, size_t offset);

/** Frees a block. heap or p NULL: nothing. Bounded. A p that is no live block of this heap: see "bad frees" above. */
void multi_heap_free(multi_heap_handle_t heap, void *p);

/** The same as multi_heap_free(). */
void multi_heap_aligned_free(multi_heap_handle_t heap, void *p) __attribute__((deprecated("use multi_heap_free")));

/**
 * Changes the size of a block, in place where possible.
 *
 * @param p    the block; NULL acts as multi_heap_malloc()
 * @param size 0 frees p and returns NULL
 * @return the block, perhaps at another address of the same heap and with its first min(old, new) bytes kept; NULL if there is
 *         no room: p is then untouched. A shrinking block may move too, into a smaller hole (CONFIG_HEAP_SHRINK_MOVE).
 *
 * Bounded, plus the copy, which is made outside the lock.
 */
void *multi_heap_realloc(multi_heap_handle_t heap, void *p, size_t size);

/** Bytes that the owner of p may use: at least what was asked. Bounded. A bad p is reported as a bad free is. */
size_t multi_heap_get_allocated_size(multi_heap_handle_t heap, void *p);

/** Bytes of p's whole data area, debugging frame included. Bounded. */
size_t multi_heap_get_full_block_size(multi_heap_handle_t heap, void *p);

/**
 * Finds the used block that contains an address.
 *
 * @return its start, as multi_heap_malloc() returned it. An address in free memory or outside the heap ends in the port's
 *         fatal function. Sliced: time grows with the heap, time under the lock does not.
 */
void *multi_heap_find_containing_block(multi_heap_handle_t heap, void *ptr);

/** Free bytes now: the sum of the free blocks. heap NULL: 0. Reads a counter, takes no lock. */
size_t multi_heap_free_size(multi_heap_handle_t heap);

/** The least that multi_heap_free_size() ever was. heap NULL: 0. Reads a counter, takes no lock. */
size_t multi_heap_minimum_free_size(multi_heap_handle_t heap);

/** Fills *info. heap NULL: all zero. Bounded: totals are kept, not computed. */
void multi_heap_get_info(multi_heap_handle_t heap, multi_heap_info_t *info);

/**
 * Checks the whole heap.
 *
 * @param print_errors print one line "CORRUPT HEAP: ..." for each fault found
 * @return true if the heap is sound. Never follows a damaged size or link. Sliced; may run while others allocate.
 */
bool multi_heap_check(multi_heap_handle_t heap, bool print_errors);

/** Prints every block to the low-level console. Sliced; prints outside the lock. */
void multi_heap_dump(multi_heap_handle_t heap);

/**
 * Calls walker_func for every block, in address order.
 *
 * The callback runs without the lock and may use the heap. A block that exists unchanged during the whole walk is shown exactly
 * once; blocks that come, go, merge or split meanwhile may or may not be. heap or walker_func NULL: fatal.
 */
void multi_heap_walk(multi_heap_handle_t heap, multi_heap_walker_cb_t walker_func, void *user_data);

/** Sets the low watermark to the bytes free now and returns the old one. */
size_t multi_heap_reset_minimum_free_bytes(multi_heap_handle_t heap);

/** Lowers the low watermark to new_minimum_free_bytes_value if that is less; 0 pins it at 0. */
void multi_heap_restore_minimum_free_bytes(multi_heap_handle_t heap, const size_t new_minimum_free_bytes_value);

#ifdef __cplusplus
}
#endif
