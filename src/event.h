/* SPDX-License-Identifier: MIT */
/*
 * What happens to blocks, told to those who watch. Observers change nothing. There are two kinds, and two places where they are
 * told; both are called without a lock, and fold to nothing where nobody is built in to watch.
 *
 *   hooks   the user's two functions of esp_heap_caps.h. They want a request as it was adjusted to the hardware, and are told
 *           where that is known: ch_hook_*(), deep in the library
 *   events  the trace, the stream to a host. They want a call as the user made it, and who made it: ch_event_*(), told by the
 *           public function that was called, in src/caps/told.c and src/libc. What such a function calls in turn goes by the
 *           names CH_UNTOLD(...), so whatever layers a call passes, it is told once
 *
 * An allocation is told after the block is complete, a free before the block can be handed out again. A realloc is one event,
 * told when it is done. By then somebody else may have got the old address, and may have been told of first: so a realloc begins
 * with noting the time, by which observers tell the two blocks apart.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "capheap/port.h"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "kasan.h"
#include "multi_heap.h"
#include "sites.h"

/* ---- hooks ---- */

/** Whether somebody watches; constants where neither hooks nor tasks are. */
#define CH_HAS_ALLOC_HOOK (CH_CFG_TASK_TRACKING || (CH_CFG_USE_HOOKS && esp_heap_trace_alloc_hook))
#define CH_HAS_FREE_HOOK (CH_CFG_TASK_TRACKING || (CH_CFG_USE_HOOKS && esp_heap_trace_free_hook))

/** A block was handed out: pointer for the user, size and caps in force. */
CH_INLINE void ch_hook_allocated(void *ptr, size_t size, uint32_t caps) {
    if (CH_CFG_USE_HOOKS && esp_heap_trace_alloc_hook) esp_heap_trace_alloc_hook(ptr, size, caps);
}

/** A block is being given back. */
CH_INLINE void ch_hook_freed(void *ptr) {
    if (CH_CFG_USE_HOOKS && esp_heap_trace_free_hook) esp_heap_trace_free_hook(ptr);
}

/** A block was resized: in its heap (the hooks see an allocation), or into another one (they see a free of the old one too). */
CH_INLINE void ch_hook_moved(void *old, void *ptr, size_t size, uint32_t caps, bool same_heap) {
    ch_hook_allocated(ptr, size, caps);
    if (!same_heap) ch_hook_freed(old);
}

/* ---- events ---- */

/* The standalone trace, src/debug/trace_record.c. What it does at the moment: */
extern uint32_t ch_trace_watches_frees, ch_trace_watches_allocations; /* words, as loads of them are shortest */
/* Allocations ever recorded, by which a realloc that moves a block tells its record from that of who got the address since. */
extern uint32_t ch_trace_sequence;
void *ch_trace_allocated(void *ptr, size_t size, uint32_t ccount, ch_caller_t by); /* returns ptr, as freed: so nobody has */
void *ch_trace_freed(void *ptr, ch_caller_t by);                                   /* to keep it meanwhile */
void *ch_trace_moved(uint32_t since, void *old, void *ptr, size_t size, uint32_t ccount, ch_caller_t by);

/* The stream to a host, of builds for it. */
esp_err_t ch_stream_init(void);
esp_err_t ch_stream_start(void);
esp_err_t ch_stream_stop(void);
void ch_stream_allocated(const void *ptr, size_t alignment, size_t size, uint32_t caps, ch_caller_t by);
void ch_stream_freed(const void *ptr, ch_caller_t by);
void ch_stream_moved(uint32_t since, const void *old, const void *ptr, size_t size, uint32_t caps, ch_caller_t by);
void ch_stream_failed(size_t size, uint32_t caps, const char *function_name);
uint32_t ch_stream_frames(void); /* written so far: the time by which a reader tells the two blocks of an address apart */

#define CH_TRACES (CH_CFG_TRACE == CH_TRACE_STANDALONE)
#define CH_STREAMS (CH_CFG_TRACE == CH_TRACE_TOHOST)
#define CH_COUNTS_SITES (CH_CFG_CALL_SITES > 0)
#define CH_COUNTS_SITES_ALONE (CH_COUNTS_SITES && !CH_TRACES && !CH_STREAMS && !CH_CFG_KASAN && CH_TELLS_CALLER_BY_TAIL)

/** Of MALLOC_CAP_EXEC, whose blocks may have two addresses. */
#define CH_EVENT_EXEC 1u

CH_INLINE void *ch_site_allocated(void *ptr, size_t size, uint32_t caps, ch_caller_t by) {
    if (CH_UNLIKELY(caps & CH_EVENT_EXEC)) return ch_sites_allocated_exec(ptr, size, ch_caller_pc(by));
    return ch_sites_allocated(ptr, size, ch_caller_pc(by));
}

/** Time of an allocation as records have it: with the core's number in the lowest two bits. */
CH_INLINE uint32_t ch_event_time(void) {
    unsigned core = CH_PORT_ONE_CORE ? 0 : ch_port_core_id();
    return (ch_port_cycles() & ~3u) | (core & 3u);
}

/** As ch_event_allocated(), of a request for an address that is a multiple of `alignment`; 0: any. */
CH_INLINE void *ch_event_aligned(void *ptr, size_t alignment, size_t size, uint32_t caps, ch_caller_t by) {
    if (CH_CFG_OBSERVED) ch_kasan_allocated_by(ptr, ch_caller_pc(by));
    if (CH_STREAMS && ptr) ch_stream_allocated(ptr, alignment, size, caps, by);
    if (CH_COUNTS_SITES && ptr) ptr = ch_site_allocated(ptr, size, caps, by);
    if (CH_TRACES && ptr && CH_LOAD_RELAXED(ch_trace_watches_allocations))
        return ch_trace_allocated(ptr, size, ch_event_time(), by);
    return ptr;
}

/** A block was handed out for `size` bytes as asked; NULL: it was not, which ch_event_failed() has told. Returns ptr. */
CH_INLINE void *ch_event_allocated(void *ptr, size_t size, uint32_t caps, ch_caller_t by) {
    return ch_event_aligned(ptr, 0, size, caps, by);
}

/** A block is about to be given back. NULL is none. Returns ptr. */
CH_INLINE void *ch_event_freed(void *ptr, ch_caller_t by) {
    if (CH_STREAMS && ptr) ch_stream_freed(ptr, by);
    if (CH_COUNTS_SITES && ptr) ptr = ch_sites_freed(ptr);
    if (CH_TRACES && ptr && CH_LOAD_RELAXED(ch_trace_watches_frees)) return ch_trace_freed(ptr, by);
    return ptr;
}

/** What is kept of the time before a realloc. */
typedef uint32_t ch_moving_t;

/** realloc begins. For no bytes it is a free. */
CH_INLINE ch_moving_t ch_event_leaves(void *old, size_t size, ch_caller_t by) {
    if (CH_CFG_OBSERVED && size == 0) ch_event_freed(old, by);
    if (CH_STREAMS) return ch_stream_frames();
    return CH_TRACES ? CH_LOAD_RELAXED(ch_trace_sequence) : 0;
}

/** realloc ends, with a block at ptr; NULL: the old one is as it was, or was freed. Returns ptr. */
CH_INLINE void *ch_event_moved(ch_moving_t since, void *old, void *ptr, size_t size, uint32_t caps, ch_caller_t by) {
    if (!CH_CFG_OBSERVED || !ptr) return ptr;
    if (!old) return ch_event_allocated(ptr, size, caps, by);
    ch_kasan_allocated_by(ptr, ch_caller_pc(by));
    if (CH_STREAMS) ch_stream_moved(since, old, ptr, size, caps, by);
    if (CH_COUNTS_SITES) ptr = ch_sites_moved(ptr, size, ch_caller_pc(by));
    if (CH_TRACES && CH_LOAD_RELAXED(ch_trace_watches_frees)) return ch_trace_moved(since, old, ptr, size, ch_event_time(), by);
    return ptr;
}

/** A request could not be served: it has been given up, or will be made once more otherwise. */
CH_INLINE void ch_event_failed(size_t size, uint32_t caps, const char *function_name) {
    if (CH_STREAMS) ch_stream_failed(size, caps, function_name);
}

/*
 * Task tracking (src/debug/tasks.c), told beside the hooks, where the block is known: by its heap and its data-bus address.
 * Without CH_CFG_TASK_TRACKING nobody calls these.
 */

/** A block as it was before a realloc. */
typedef struct {
    multi_heap_handle_t heap;
    size_t bytes;
    uint32_t word;
} ch_tasks_leaving_t;

/** A block is complete: it becomes the caller's. _at: ptr is the user's, by whichever address. */
void ch_tasks_allocated(multi_heap_handle_t heap, const void *block);
void ch_tasks_allocated_at(const void *ptr);

/** A block, the user's at ptr, is about to be given back. If ptr is a task's handle, the task is dead. */
void ch_tasks_freed(multi_heap_handle_t heap, const void *block, const void *ptr);

/** A block is about to be resized in its heap; and it was, it is the caller's now. If it was not, nothing is to be told. */
ch_tasks_leaving_t ch_tasks_leaves(multi_heap_handle_t heap, const void *block);
void ch_tasks_resized(ch_tasks_leaving_t was, multi_heap_handle_t heap, const void *block);
