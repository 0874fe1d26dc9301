/* SPDX-License-Identifier: MIT */
/*
 * Every option: meaning, cost, range, default. The one place that reads CONFIG_* (from sdkconfig.h or the command line); the rest
 * of the library sees CH_CFG_*, always defined to a number, and tests them with plain `if`.
 */
#pragma once

#include <stdint.h>

#include "sdkconfig.h"

/*
 * CH_CFG_GRANULE: unit of sizes and least alignment, bytes: 4, 8 or 16. Set by CONFIG_HEAP_GRANULE.
 * 4 is the tightest; choose at least what the ABI wants of malloc (8 on Arm and RISC-V, 16 on 64-bit hosts).
 * Default: 4 for ESP-IDF flavours, else 8 on 32-bit and 16 on 64-bit machines. Cost of the bits: 1 in 32, 64 or 128.
 */
#ifdef CONFIG_HEAP_GRANULE
#define CH_CFG_GRANULE CONFIG_HEAP_GRANULE
#elif defined CONFIG_IDF_TARGET
#define CH_CFG_GRANULE 4
#elif UINTPTR_MAX > 0xffffffffu
#define CH_CFG_GRANULE 16
#else
#define CH_CFG_GRANULE 8
#endif

/* CH_CFG_SHRINK_MOVE: a block that shrinks to at most this many bytes moves if a hole smaller than itself fits it. 0 turns it
 * off: shrinking then never changes the address, at the price of fragmentation. Range 0 to 4096. Set by
 * CONFIG_HEAP_SHRINK_MOVE. */
#ifdef CONFIG_HEAP_SHRINK_MOVE
#define CH_CFG_SHRINK_MOVE CONFIG_HEAP_SHRINK_MOVE
#else
#define CH_CFG_SHRINK_MOVE 256
#endif

/* CH_CFG_HAS_EXEC_HEAP: MALLOC_CAP_EXEC exists. Default 1 unless CONFIG_ESP_SYSTEM_MEMPROT. */
#ifdef CONFIG_HEAP_HAS_EXEC_HEAP
#define CH_CFG_HAS_EXEC_HEAP CONFIG_HEAP_HAS_EXEC_HEAP
#elif defined CONFIG_ESP_SYSTEM_MEMPROT
#define CH_CFG_HAS_EXEC_HEAP (!CONFIG_ESP_SYSTEM_MEMPROT)
#else
#define CH_CFG_HAS_EXEC_HEAP 1
#endif

/* CH_CFG_USE_HOOKS: esp_heap_trace_alloc_hook and esp_heap_trace_free_hook are called where defined. Default 0. */
#ifdef CONFIG_HEAP_USE_HOOKS
#define CH_CFG_USE_HOOKS CONFIG_HEAP_USE_HOOKS
#else
#define CH_CFG_USE_HOOKS 0
#endif

/* CH_CFG_TASK_TRACKING: who holds which memory, task by task (esp_heap_task_info.h, docs/TASKS.md). Costs a word in each block,
 * rounded up to the granule where there is no guard; static tables of 44 bytes a task and 16 for each pair of a task and a
 * heap; and the short ways of malloc and free. Default 0; set by CONFIG_HEAP_TASK_TRACKING, the next three by
 * CONFIG_HEAP_TRACK_DELETED_TASKS, CONFIG_HEAP_TASK_TRACKING_TASKS and _HEAPS.
 * CH_CFG_TRACK_DELETED_TASKS: a deleted task stays in the lists, until its place is needed. Default 0: its blocks alone stay
 * booked. CH_CFG_TRACKED_TASKS: tasks that are told apart at a time, with deleted ones that have blocks left; those beyond share
 * one entry. Range 1 to 240, default 32. CH_CFG_TRACKED_HEAPS: heaps likewise. Range 1 to 64, default 8. */
#ifdef CONFIG_HEAP_TASK_TRACKING
#define CH_CFG_TASK_TRACKING CONFIG_HEAP_TASK_TRACKING
#else
#define CH_CFG_TASK_TRACKING 0
#endif
#ifdef CONFIG_HEAP_TRACK_DELETED_TASKS
#define CH_CFG_TRACK_DELETED_TASKS CONFIG_HEAP_TRACK_DELETED_TASKS
#else
#define CH_CFG_TRACK_DELETED_TASKS 0
#endif
#ifdef CONFIG_HEAP_TASK_TRACKING_TASKS
#define CH_CFG_TRACKED_TASKS CONFIG_HEAP_TASK_TRACKING_TASKS
#else
#define CH_CFG_TRACKED_TASKS 32
#endif
#ifdef CONFIG_HEAP_TASK_TRACKING_HEAPS
#define CH_CFG_TRACKED_HEAPS CONFIG_HEAP_TASK_TRACKING_HEAPS
#else
#define CH_CFG_TRACKED_HEAPS 8
#endif

/* CH_CFG_CALL_SITES: entries of the table of call sites, which counts for each place in the program that allocates how much of
 * that is live, was at most, and how often (capheap/call_sites.h, docs/TASKS.md); places beyond share one entry. 0, the default:
 * none. Costs 24 bytes an entry, a word in each block, and at most 40 instructions a call. Range 0, 8 to 512, powers of two. Set
 * by CONFIG_HEAP_CALL_SITES. */
#ifdef CONFIG_HEAP_CALL_SITES
#define CH_CFG_CALL_SITES CONFIG_HEAP_CALL_SITES
#else
#define CH_CFG_CALL_SITES 0
#endif

/* CH_CFG_TRACE: who records allocations (esp_heap_trace.h, docs/TRACING.md). Default 0.
 *   0 none
 *   1 standalone  in a buffer of the program's, set by CONFIG_HEAP_TRACING_STANDALONE. While a trace runs, a malloc or free takes
 *                 at most 80 instructions more (rv32, -O2, depth 0); while none does, 16 and 6
 *   2 to a host   as a stream of bytes, set by CONFIG_HEAP_TRACING_TOHOST
 * CH_CFG_TRACE_DEPTH: return addresses that are recorded of each call. Range 0 to 32, default 0. 1 is the caller of the heap,
 * which is always known; more need a port that finds them (ch_port_callers_from()). Set by CONFIG_HEAP_TRACING_STACK_DEPTH.
 * CH_CFG_TRACE_HASH_MAP: the summary counts hits and misses of the index; there is an index anyway. Default 0. Set by
 * CONFIG_HEAP_TRACE_HASH_MAP. */
#define CH_TRACE_NONE 0
#define CH_TRACE_STANDALONE 1
#define CH_TRACE_TOHOST 2
#if defined CONFIG_HEAP_TRACING_STANDALONE && CONFIG_HEAP_TRACING_STANDALONE
#define CH_CFG_TRACE CH_TRACE_STANDALONE
#elif defined CONFIG_HEAP_TRACING_TOHOST && CONFIG_HEAP_TRACING_TOHOST
#define CH_CFG_TRACE CH_TRACE_TOHOST
#else
#define CH_CFG_TRACE CH_TRACE_NONE
#endif
#ifdef CONFIG_HEAP_TRACING_STACK_DEPTH
#define CH_CFG_TRACE_DEPTH CONFIG_HEAP_TRACING_STACK_DEPTH
#else
#define CH_CFG_TRACE_DEPTH 0
#endif
#ifdef CONFIG_HEAP_TRACE_HASH_MAP
#define CH_CFG_TRACE_HASH_MAP CONFIG_HEAP_TRACE_HASH_MAP
#else
#define CH_CFG_TRACE_HASH_MAP 0
#endif

/* CH_CFG_FRAME_POINTERS: all code is compiled with frame pointers (-fno-omit-frame-pointer), so that call stacks can be followed
 * by them. Without it a port gives no more than it is sure of. Default 0. Set by CONFIG_ESP_SYSTEM_USE_FRAME_POINTER. */
#ifdef CONFIG_ESP_SYSTEM_USE_FRAME_POINTER
#define CH_CFG_FRAME_POINTERS CONFIG_ESP_SYSTEM_USE_FRAME_POINTER
#else
#define CH_CFG_FRAME_POINTERS 0
#endif

/* CH_CFG_STACK_SCAN: words of the stack that a bare-metal port looks through for return addresses, where frames cannot be
 * followed: what points behind a call instruction is taken for one, so that addresses left over from earlier calls may be among
 * them. 0, the default: none. Range 0 to 1024. Set by CONFIG_HEAP_STACK_SCAN. */
#ifdef CONFIG_HEAP_STACK_SCAN
#define CH_CFG_STACK_SCAN CONFIG_HEAP_STACK_SCAN
#else
#define CH_CFG_STACK_SCAN 0
#endif

/* CH_CFG_OBSERVED: somebody is told of each call of the heap (event.h): the public functions are those of src/caps/told.c. */
#define CH_CFG_OBSERVED (CH_CFG_TRACE != CH_TRACE_NONE || CH_CFG_CALL_SITES > 0)

/* CH_CFG_DETECTION: what of corruption is noticed. At every level a pointer that is no live block is, and no link or length is
 * followed unchecked. docs/RELIABILITY.md says what each catches and costs. Default 0; set by CONFIG_HEAP_POISONING_LIGHT,
 * _COMPREHENSIVE, _HARDENED.
 *   0 none           structure only
 *   1 light          canaries and the size around each block
 *   2 comprehensive  and fills: 0xCE in fresh memory, 0xFE in free memory, looked after when it is handed out; a seal of the
 *                    control block
 *   3 hardened       and keys: canaries, sizes and links differ from boot to boot and from place to place; freed blocks are held
 *                    back a while */
#define CH_DETECT_NONE 0
#define CH_DETECT_LIGHT 1
#define CH_DETECT_COMPREHENSIVE 2
#define CH_DETECT_HARDENED 3
#if defined CONFIG_HEAP_POISONING_HARDENED && CONFIG_HEAP_POISONING_HARDENED
#define CH_CFG_DETECTION CH_DETECT_HARDENED
#elif defined CONFIG_HEAP_POISONING_COMPREHENSIVE && CONFIG_HEAP_POISONING_COMPREHENSIVE
#define CH_CFG_DETECTION CH_DETECT_COMPREHENSIVE
#elif defined CONFIG_HEAP_POISONING_LIGHT && CONFIG_HEAP_POISONING_LIGHT
#define CH_CFG_DETECTION CH_DETECT_LIGHT
#else
#define CH_CFG_DETECTION CH_DETECT_NONE
#endif

/* CH_CFG_QUARANTINE_BLOCKS, CH_CFG_QUARANTINE_BYTES: how many freed blocks of the system's heaps level `hardened` holds back, and
 * how many bytes they have in all at most; the oldest come out first, and all when memory is short. Until then they count as
 * used, stay filled, and a second free of one is told as such. 0 blocks: none. Costs three words a block. Range 0 to 255, 0 to
 * 65536. Defaults 16 and 2048. */
#ifdef CONFIG_HEAP_QUARANTINE_BLOCKS
#define CH_CFG_QUARANTINE_BLOCKS CONFIG_HEAP_QUARANTINE_BLOCKS
#else
#define CH_CFG_QUARANTINE_BLOCKS 16
#endif
#ifdef CONFIG_HEAP_QUARANTINE_BYTES
#define CH_CFG_QUARANTINE_BYTES CONFIG_HEAP_QUARANTINE_BYTES
#else
#define CH_CFG_QUARANTINE_BYTES 2048
#endif

/* CH_CFG_REPORT: how much is printed when a heap is found damaged, or given a wrong pointer. 1, the default: cause, call, block,
 * neighbours, the bytes around, a line for machines (docs/REPORTS.md); about 12 KB of flash, no RAM. 0: the first line alone. Set
 * by CONFIG_HEAP_REPORT. */
#ifdef CONFIG_HEAP_REPORT
#define CH_CFG_REPORT CONFIG_HEAP_REPORT
#else
#define CH_CFG_REPORT 1
#endif

/* CH_CFG_KASAN: the library tells the runtime of code compiled with -fsanitize=kernel-address (src/debug/kasan, docs/KASAN.md)
 * what is allocated: redzones, quarantine, and a check of every pointer that is given back. Costs two redzones a block, 1/8 of
 * the covered RAM, and the short ways of malloc and free. Default 0. Set by CONFIG_COMPILER_KASAN; so are the next five by
 * CONFIG_KASAN_*. */
#ifdef CONFIG_COMPILER_KASAN
#define CH_CFG_KASAN CONFIG_COMPILER_KASAN
#else
#define CH_CFG_KASAN 0
#endif

/* CH_CFG_KASAN_REDZONE: bytes before and behind each block. 0: none; from 8 on the left one tells the size, from 16 on who
 * allocated and who freed, from 24 on their tasks, from 32 on call stacks where the port has them. Range 0, 8 to 64, multiples of
 * 4. Default 8. */
#ifdef CONFIG_KASAN_HEAP_REDZONE_SIZE
#define CH_CFG_KASAN_REDZONE CONFIG_KASAN_HEAP_REDZONE_SIZE
#else
#define CH_CFG_KASAN_REDZONE 8
#endif

/* CH_CFG_KASAN_QUARANTINE: user bytes of freed blocks that are held back, in at most 63 blocks. 0: none. Range 0 to 65536. */
#ifdef CONFIG_KASAN_QUARANTINE_SIZE
#define CH_CFG_KASAN_QUARANTINE CONFIG_KASAN_QUARANTINE_SIZE
#else
#define CH_CFG_KASAN_QUARANTINE 8192
#endif

/* CH_CFG_KASAN_NO_HALT: the program goes on after a report. Default 0. */
#ifdef CONFIG_KASAN_NO_HALT
#define CH_CFG_KASAN_NO_HALT CONFIG_KASAN_NO_HALT
#else
#define CH_CFG_KASAN_NO_HALT 0
#endif

/* CH_CFG_KASAN_SHADOW_SIZE: bytes of shadow memory that the library has as an array: CH_CFG_KASAN_RAM_LOW and 8 times as many
 * bytes from there on are covered. 0, the default: the linker script, or a table of the board, says what is covered
 * (capheap/kasan.h). */
#ifdef CONFIG_KASAN_SHADOW_SIZE
#define CH_CFG_KASAN_SHADOW_SIZE CONFIG_KASAN_SHADOW_SIZE
#else
#define CH_CFG_KASAN_SHADOW_SIZE 0
#endif
#ifdef CONFIG_KASAN_RAM_LOW
#define CH_CFG_KASAN_RAM_LOW CONFIG_KASAN_RAM_LOW
#else
#define CH_CFG_KASAN_RAM_LOW 0
#endif

/* CH_CFG_WRAPPABLE: every allocation goes through heap_caps_malloc_base, heap_caps_calloc_base or heap_caps_aligned_alloc_base as
 * a call that the linker's --wrap can catch. Default 0: plain requests take a short cut; but 1 with CH_CFG_KASAN or from level
 * comprehensive on. Costs about 256 instructions a request (bench/run --only caps6 --cflags=-D...). */
#ifdef CONFIG_HEAP_WRAPPABLE
#define CH_CFG_WRAPPABLE CONFIG_HEAP_WRAPPABLE
#else
#define CH_CFG_WRAPPABLE ((CH_CFG_KASAN | (CH_CFG_DETECTION >= CH_DETECT_COMPREHENSIVE)) != 0)
#endif

/* CH_CFG_ABORT_ON_FAIL: a failed request ends the program after the callback. Default 0. */
#ifdef CONFIG_HEAP_ABORT_WHEN_ALLOCATION_FAILS
#define CH_CFG_ABORT_ON_FAIL CONFIG_HEAP_ABORT_WHEN_ALLOCATION_FAILS
#else
#define CH_CFG_ABORT_ON_FAIL 0
#endif

/* CH_CFG_PLACE_FUNCTION_INTO_FLASH: nothing is placed in IRAM. Default 0. */
#ifdef CONFIG_HEAP_PLACE_FUNCTION_INTO_FLASH
#define CH_CFG_PLACE_FUNCTION_INTO_FLASH CONFIG_HEAP_PLACE_FUNCTION_INTO_FLASH
#else
#define CH_CFG_PLACE_FUNCTION_INTO_FLASH 0
#endif

/* CH_CFG_PURE_RAM_APP: the program runs from RAM alone, without a cache driver: no request that asks for cache lines of cached
 * memory can be served. Default 0. */
#ifdef CONFIG_APP_BUILD_TYPE_PURE_RAM_APP
#define CH_CFG_PURE_RAM_APP CONFIG_APP_BUILD_TYPE_PURE_RAM_APP
#else
#define CH_CFG_PURE_RAM_APP 0
#endif

/* CH_CFG_ROUTES: capability masks whose order of heaps is kept ready (others are searched each time). Range 1 to 32, powers of
 * two. CH_CFG_ROUTE_HEAPS: heaps that a kept order can name; a mask with more is searched each time. Range 1 to 32.
 * RAM: 2 * CH_CFG_ROUTES * (CH_CFG_ROUTE_HEAPS + 2) words, for masks as asked and as adjusted. Defaults 8 and 6. */
#ifdef CONFIG_HEAP_ROUTES
#define CH_CFG_ROUTES CONFIG_HEAP_ROUTES
#else
#define CH_CFG_ROUTES 8
#endif
#ifdef CONFIG_HEAP_ROUTE_HEAPS
#define CH_CFG_ROUTE_HEAPS CONFIG_HEAP_ROUTE_HEAPS
#else
#define CH_CFG_ROUTE_HEAPS 6
#endif

/* CH_CFG_SLICE: blocks that a walk, dump or search handles in one critical section. Range 1 to 64, default 1. */
#ifdef CONFIG_HEAP_SLICE
#define CH_CFG_SLICE CONFIG_HEAP_SLICE
#else
#define CH_CFG_SLICE 1
#endif

/* CH_CFG_CORES: cores that use the heap, of the bare-metal ports; ports to an RTOS lock with what that has. With 1 a lock masks
 * interrupts and takes one byte. With more there is a ticket lock behind the mask (ports/baremetal/core_lock.h): 16 bytes, 19
 * instructions more in each critical section (rv32), and interrupts off for at most as many sections as there are cores. Range 1
 * to 32, default 1. */
#ifdef CONFIG_HEAP_CORES
#define CH_CFG_CORES CONFIG_HEAP_CORES
#else
#define CH_CFG_CORES 1
#endif

/* CH_CFG_LOG_DEBUG: boot prints the debug lines too (reserved ranges, available regions, handles). Default 0. */
#ifdef CONFIG_HEAP_LOG_DEBUG
#define CH_CFG_LOG_DEBUG CONFIG_HEAP_LOG_DEBUG
#else
#define CH_CFG_LOG_DEBUG 0
#endif

/* CH_CFG_TRACE_RING: bytes of the trace stream's ring, for programs that set none (capheap/trace_stream.h); it takes RAM in
 * programs that stream alone. Range 512 to 2^30, default 4096. CH_CFG_TRACE_STACKS, CH_CFG_TRACE_TASKS: call stacks and tasks
 * that the stream may name by a number; 4 bytes of RAM each, and fewer bytes an event. Range 1 to 1024, defaults 64 and 8.
 * CH_CFG_TRACE_TICK_SHIFT: a tick of the stream is 2^this cycles of ch_port_cycles(). Range 0 to 16, default 8. Set by
 * CONFIG_HEAP_TRACING_RING, _STREAM_STACKS, _STREAM_TASKS, _TICK_SHIFT. */
#ifdef CONFIG_HEAP_TRACING_RING
#define CH_CFG_TRACE_RING CONFIG_HEAP_TRACING_RING
#else
#define CH_CFG_TRACE_RING 4096
#endif
#ifdef CONFIG_HEAP_TRACING_STREAM_STACKS
#define CH_CFG_TRACE_STACKS CONFIG_HEAP_TRACING_STREAM_STACKS
#else
#define CH_CFG_TRACE_STACKS 64
#endif
#ifdef CONFIG_HEAP_TRACING_STREAM_TASKS
#define CH_CFG_TRACE_TASKS CONFIG_HEAP_TRACING_STREAM_TASKS
#else
#define CH_CFG_TRACE_TASKS 8
#endif
#ifdef CONFIG_HEAP_TRACING_TICK_SHIFT
#define CH_CFG_TRACE_TICK_SHIFT CONFIG_HEAP_TRACING_TICK_SHIFT
#else
#define CH_CFG_TRACE_TICK_SHIFT 8
#endif

/* CH_CFG_NDEBUG: no assertions, as NDEBUG does in ESP-IDF. A bad pointer given to free or realloc is ignored instead of reported;
 * nobody looks for a heap or callback that is NULL where it must not be; and boot trusts the chip's table: it does not look for
 * reserved ranges that overlap or end before they start, nor for regions that overlap, are out of order, or are larger than a
 * heap may be. Default 0. */
#ifdef NDEBUG
#define CH_CFG_NDEBUG 1
#else
#define CH_CFG_NDEBUG 0
#endif

#if CH_CFG_GRANULE != 4 && CH_CFG_GRANULE != 8 && CH_CFG_GRANULE != 16
#error "CONFIG_HEAP_GRANULE must be 4, 8 or 16"
#endif
#if CH_CFG_SHRINK_MOVE < 0 || CH_CFG_SHRINK_MOVE > 4096
#error "CONFIG_HEAP_SHRINK_MOVE must be 0 to 4096"
#endif
#if CH_CFG_ROUTES < 1 || CH_CFG_ROUTES > 32 || (CH_CFG_ROUTES & (CH_CFG_ROUTES - 1))
#error "CONFIG_HEAP_ROUTES must be 1, 2, 4, 8, 16 or 32"
#endif
#if CH_CFG_ROUTE_HEAPS < 1 || CH_CFG_ROUTE_HEAPS > 32
#error "CONFIG_HEAP_ROUTE_HEAPS must be 1 to 32"
#endif
#if CH_CFG_SLICE < 1 || CH_CFG_SLICE > 64
#error "CONFIG_HEAP_SLICE must be 1 to 64"
#endif
#if CH_CFG_TRACKED_TASKS < 1 || CH_CFG_TRACKED_TASKS > 240
#error "CONFIG_HEAP_TASK_TRACKING_TASKS must be 1 to 240"
#endif
#if CH_CFG_TRACKED_HEAPS < 1 || CH_CFG_TRACKED_HEAPS > 64
#error "CONFIG_HEAP_TASK_TRACKING_HEAPS must be 1 to 64"
#endif
#if CH_CFG_CALL_SITES && (CH_CFG_CALL_SITES < 8 || CH_CFG_CALL_SITES > 512 || (CH_CFG_CALL_SITES & (CH_CFG_CALL_SITES - 1)))
#error "CONFIG_HEAP_CALL_SITES must be 0, 8, 16, 32, 64, 128, 256 or 512"
#endif
#if CH_CFG_CORES < 1 || CH_CFG_CORES > 32
#error "CONFIG_HEAP_CORES must be 1 to 32"
#endif
#if CH_CFG_TRACE_RING < 512
#error "CONFIG_HEAP_TRACING_RING must be 512 or more"
#endif
#if CH_CFG_TRACE_STACKS < 1 || CH_CFG_TRACE_STACKS > 1024 || CH_CFG_TRACE_TASKS < 1 || CH_CFG_TRACE_TASKS > 1024
#error "CONFIG_HEAP_TRACING_STREAM_STACKS and _TASKS must be 1 to 1024"
#endif
#if CH_CFG_TRACE_TICK_SHIFT < 0 || CH_CFG_TRACE_TICK_SHIFT > 16
#error "CONFIG_HEAP_TRACING_TICK_SHIFT must be 0 to 16"
#endif
#if CH_CFG_KASAN_REDZONE < 0 || CH_CFG_KASAN_REDZONE > 64 || CH_CFG_KASAN_REDZONE % 4 || CH_CFG_KASAN_REDZONE == 4
#error "CONFIG_KASAN_HEAP_REDZONE_SIZE must be 0 or a multiple of 4 from 8 to 64"
#endif
#if CH_CFG_KASAN_QUARANTINE < 0 || CH_CFG_KASAN_QUARANTINE > 65536
#error "CONFIG_KASAN_QUARANTINE_SIZE must be 0 to 65536"
#endif
#if CH_CFG_KASAN_RAM_LOW % 8
#error "CONFIG_KASAN_RAM_LOW must be a multiple of 8"
#endif
#if CH_CFG_KASAN && CH_CFG_DETECTION
#error "CONFIG_HEAP_POISONING_* does not go with CONFIG_COMPILER_KASAN, which has redzones and a quarantine of its own"
#endif
#if CH_CFG_QUARANTINE_BLOCKS < 0 || CH_CFG_QUARANTINE_BLOCKS > 255
#error "CONFIG_HEAP_QUARANTINE_BLOCKS must be 0 to 255"
#endif
#if CH_CFG_QUARANTINE_BYTES < 0 || CH_CFG_QUARANTINE_BYTES > 65536
#error "CONFIG_HEAP_QUARANTINE_BYTES must be 0 to 65536"
#endif
#if (CH_CFG_KASAN || CH_CFG_DETECTION >= CH_DETECT_COMPREHENSIVE) && !CH_CFG_WRAPPABLE
#error "CONFIG_HEAP_WRAPPABLE=0 does not go with CONFIG_COMPILER_KASAN or CONFIG_HEAP_POISONING_COMPREHENSIVE"
#endif
#if CH_CFG_TRACE_DEPTH < 0 || CH_CFG_TRACE_DEPTH > 32
#error "CONFIG_HEAP_TRACING_STACK_DEPTH must be 0 to 32"
#endif
#if CH_CFG_STACK_SCAN < 0 || CH_CFG_STACK_SCAN > 1024
#error "CONFIG_HEAP_STACK_SCAN must be 0 to 1024"
#endif
