/* SPDX-License-Identifier: MIT */
/*
 * Memory by capability: the caller says what the memory must be able to do, the heap finds the best region for it.
 *
 * Common rules, unless a function says otherwise:
 *   caps       the OR of MALLOC_CAP_* flags; the memory offers all of them. Among the heaps that do, those whose type names one
 *              of the flags in an earlier priority column are asked first, smaller heaps before larger ones.
 *   sizes      bytes. alignment: every block is aligned to CH_CFG_GRANULE bytes (4, 8 or 16), at least 4.
 *   failure    NULL, and the failed-allocation callback is called exactly once with (size, caps, name of the function), except
 *              for size 0, which is NULL without a callback. Nothing else changes; a failed realloc leaves the block as it was.
 *   time       bounded for each heap tried: no loop over blocks. Clearing and copying come on top, with interrupts on.
 *   locks      one short critical section for each heap tried. Callbacks and hooks run outside it.
 *   interrupts allocation, free and the size queries may be called from interrupt handlers.
 *   bad frees  a pointer that is no live block (freed already, inside a block, on a stack) is found before anything is changed:
 *              one line "CORRUPT HEAP: ..." and the port's fatal function.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "capheap/config.h"
#include "esp_attr.h"
#include "esp_err.h"
#include "multi_heap.h"
#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Attribute of the functions that must run while the flash cache is off. */
#if CH_CFG_PLACE_FUNCTION_INTO_FLASH
#define HEAP_IRAM_ATTR
#else
#define HEAP_IRAM_ATTR IRAM_ATTR
#endif

/* Capability flags. Bits 22 to 30 are free for the user. */
#if CH_CFG_HAS_EXEC_HEAP
#define MALLOC_CAP_EXEC (1u << 0) /**< executable; not together with 8BIT or DMA */
#endif
#define MALLOC_CAP_32BIT (1u << 1)          /**< aligned 32-bit access; the size is rounded up to 4 */
#define MALLOC_CAP_8BIT (1u << 2)           /**< access of any width */
#define MALLOC_CAP_DMA (1u << 3)            /**< reachable by general DMA */
#define MALLOC_CAP_PID2 (1u << 4)           /**< mapped for process 2 */
#define MALLOC_CAP_PID3 (1u << 5)           /**< mapped for process 3 */
#define MALLOC_CAP_PID4 (1u << 6)           /**< mapped for process 4 */
#define MALLOC_CAP_PID5 (1u << 7)           /**< mapped for process 5 */
#define MALLOC_CAP_PID6 (1u << 8)           /**< mapped for process 6 */
#define MALLOC_CAP_PID7 (1u << 9)           /**< mapped for process 7 */
#define MALLOC_CAP_SPIRAM (1u << 10)        /**< external RAM */
#define MALLOC_CAP_INTERNAL (1u << 11)      /**< on the chip; stays reachable while the cache is off */
#define MALLOC_CAP_DEFAULT (1u << 12)       /**< may be handed out by plain malloc() */
#define MALLOC_CAP_IRAM_8BIT (1u << 13)     /**< instruction RAM that takes byte access */
#define MALLOC_CAP_RETENTION (1u << 14)     /**< reachable by the retention DMA */
#define MALLOC_CAP_RTCRAM (1u << 15)        /**< low-power fast RAM */
#define MALLOC_CAP_SPM (1u << 16)           /**< scratchpad next to the core */
#define MALLOC_CAP_DMA_DESC_AHB (1u << 17)  /**< request only: descriptors of an AHB DMA engine */
#define MALLOC_CAP_DMA_DESC_AXI (1u << 18)  /**< request only: descriptors of an AXI DMA engine */
#define MALLOC_CAP_CACHE_ALIGNED (1u << 19) /**< request only: address and size in whole cache lines */
#define MALLOC_CAP_SIMD (1u << 20)          /**< vector loads and stores */
#define MALLOC_CAP_SPIRAM_NO_ENC (1u << 21) /**< external RAM that is not encrypted; such a heap has no other flag */
#define MALLOC_CAP_INVALID (1u << 31)       /**< no memory has it; selects every heap in check, dump and walk */
/** Old name of MALLOC_CAP_SPM. */
#define MALLOC_CAP_TCM _Pragma("GCC warning \"'MALLOC_CAP_TCM' macro is deprecated, please use `MALLOC_CAP_SPM`\"") MALLOC_CAP_SPM

/** Called after a failed request: size and caps as asked, and the name of the function that was called. May allocate. */
typedef void (*esp_alloc_failed_hook_t)(size_t size, uint32_t caps, const char *function_name);

/** A heap, as a walker sees it: [start, end). */
typedef struct walker_heap_info {
    intptr_t start;
    intptr_t end;
} walker_heap_into_t;

/** A block, as a walker sees it: data area, its bytes (debugging frame included), in use or free. */
typedef struct walker_block_info {
    void *ptr;
    size_t size;
    bool used;
} walker_block_info_t;

/** Called for each block; false ends the walk of this heap, the next heap goes on. Runs without a lock. */
typedef bool (*heap_caps_walker_cb_t)(walker_heap_into_t heap_info, walker_block_info_t block_info, void *user_data);

/** Registers the callback for failed requests; replaces the one before. NULL: ESP_ERR_INVALID_ARG, nothing changes. */
esp_err_t heap_caps_register_failed_alloc_callback(esp_alloc_failed_hook_t callback);

/* Hooks, defined by the user, both optional; called only with CONFIG_HEAP_USE_HOOKS. They may run in interrupt handlers. */
/** Called after each success with the pointer handed out, the size and caps in force. */
__attribute__((weak)) HEAP_IRAM_ATTR void esp_heap_trace_alloc_hook(void *ptr, size_t size, uint32_t caps);
/** Called after each free, with the pointer that was freed. */
__attribute__((weak)) HEAP_IRAM_ATTR void esp_heap_trace_free_hook(void *ptr);

/** Allocates size bytes with all of caps. */
void *heap_caps_malloc(size_t size, uint32_t caps);

/** Frees a block of any of these functions or of the C library. NULL: nothing. Also takes instruction-bus addresses. */
void heap_caps_free(void *ptr);

/**
 * Changes the size of a block; contents are kept up to min(old, new) bytes.
 *
 * ptr NULL: heap_caps_malloc(size, caps). size 0: frees ptr, NULL. Stays in its heap where that has all of caps, else moves to
 * one that has. A block that was allocated aligned keeps at least that alignment. A shrinking block may move into a smaller hole
 * (CONFIG_HEAP_SHRINK_MOVE).
 */
void *heap_caps_realloc(void *ptr, size_t size, uint32_t caps);

/**
 * Allocates n * size bytes, cleared. An overflowing product fails with callback size SIZE_MAX; size 0 is NULL without callback.
 */
void *heap_caps_calloc(size_t n, size_t size, uint32_t caps);

/** Allocates at a multiple of alignment, a power of two up to 2^31; any other alignment is NULL without callback. */
void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps);

/** As heap_caps_aligned_alloc() with n * size bytes, cleared. */
void *heap_caps_aligned_calloc(size_t alignment, size_t n, size_t size, uint32_t caps);

/** The same as heap_caps_free(). */
void heap_caps_aligned_free(void *ptr) __attribute__((deprecated("use heap_caps_free")));

/** Tries num caps words (uint32_t) in order; the callback is called once, with the last. num 0: fails with DEFAULT. */
void *heap_caps_malloc_prefer(size_t size, size_t num, ...);
/** heap_caps_realloc() with each of num caps words in order. */
void *heap_caps_realloc_prefer(void *ptr, size_t size, size_t num, ...);
/** heap_caps_calloc() with each of num caps words in order. */
void *heap_caps_calloc_prefer(size_t n, size_t size, size_t num, ...);

/*
 * Queries. caps 0 matches every active heap. Sums over the matching heaps; read counters, take no lock.
 */
/** Bytes of the matching heaps, bookkeeping included. */
size_t heap_caps_get_total_size(uint32_t caps);
/** Free bytes. */
size_t heap_caps_get_free_size(uint32_t caps);
/** Sum of the low watermarks; a heap added after start-up counts 0. */
size_t heap_caps_get_minimum_free_size(uint32_t caps);
/** The largest size that heap_caps_malloc(size, caps) would serve now; exact. One short lock for each heap. */
size_t heap_caps_get_largest_free_block(uint32_t caps);
/** Fills *info with sums; largest_free_block is the maximum. */
void heap_caps_get_info(multi_heap_info_t *info, uint32_t caps);
/** Prints a summary of the matching heaps to stdout. */
void heap_caps_print_heap_info(uint32_t caps);

/** Starts watching local minima: each heap's low watermark restarts at its free size. Always ESP_OK. Needs no memory. */
esp_err_t heap_caps_monitor_local_minimum_free_size_start(void);
/** Ends it: each watermark becomes the lower of the old and the new one. Not started: ESP_FAIL. */
esp_err_t heap_caps_monitor_local_minimum_free_size_stop(void);

/** Checks every matching heap, also after a bad one; true if all are sound. print_errors: one line for each fault. Sliced. */
bool heap_caps_check_integrity(uint32_t caps, bool print_errors);
/** Checks every heap. */
bool heap_caps_check_integrity_all(bool print_errors);
/** Checks the heap that contains addr; false where none does. */
bool heap_caps_check_integrity_addr(intptr_t addr, bool print_errors);

/** Prints every block of the matching heaps to the low-level console. Sliced. */
void heap_caps_dump(uint32_t caps);
/** The same for every heap. */
void heap_caps_dump_all(void);

/** Bytes that the owner of the block at ptr may use. NULL or no block: fatal. */
size_t heap_caps_get_allocated_size(void *ptr);
/** The same for a ptr anywhere inside a used block. Sliced. */
size_t heap_caps_get_containing_block_size(void *ptr);

/** Calls walker_func for every block of the matching heaps, by address within a heap. NULL: fatal. Sliced. */
void heap_caps_walk(uint32_t caps, heap_caps_walker_cb_t walker_func, void *user_data);
/** The same for every heap. */
void heap_caps_walk_all(heap_caps_walker_cb_t walker_func, void *user_data);

/** From now on malloc() serves sizes up to limit from internal memory first, larger ones from external memory first. */
void heap_caps_malloc_extmem_enable(size_t limit);

#ifdef __cplusplus
}
#endif
