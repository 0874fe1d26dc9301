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
 * An allocation is told after the block is complete, a free before the block can be handed out again. A realloc is told twice:
 * before, when nobody can have the old address yet, that the block leaves it; and afterwards where it is now, or that it stayed
 * as it was. So no observer ever confuses the old block with another one that has got its address in between.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "kasan.h"
#include "multi_heap.h"

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

/** Who called the public function that tells. */
typedef struct {
    void *pc;          /* where it returns to; NULL: not recorded */
    const void *frame; /* of that function, for ch_port_callers_from(); NULL: no more than pc is wanted */
} ch_caller_t;

/* The caller of the function in which this stands: nothing at depth 0, one load at depth 1. */
#define CH_CALLER                                                                                                                \
    ((ch_caller_t){CH_CFG_OBSERVED && CH_CFG_TRACE_DEPTH > 0 ? __builtin_return_address(0) : NULL,                               \
                   CH_CFG_OBSERVED && CH_CFG_TRACE_DEPTH > 1 ? __builtin_frame_address(0) : NULL})

/** What an observer keeps while a block is between two addresses. */
typedef struct {
    uint32_t record; /* the trace's, of the old block; 0: none */
    uint32_t ccount; /* its time, by which the record is known again */
} ch_moving_t;

/* What the standalone trace does at the moment: src/debug/trace_record.c. The bits of ch_trace_watches. */
enum { CH_TRACE_FREES = 1, CH_TRACE_ALLOCATIONS = 2 };
extern uint32_t ch_trace_watches;
void ch_trace_allocated(void *ptr, size_t size, ch_caller_t by);
void ch_trace_freed(void *ptr, ch_caller_t by);
ch_moving_t ch_trace_leaves(void *old);
void ch_trace_stays(ch_moving_t moving, void *old);
void ch_trace_moved(ch_moving_t moving, void *old, void *ptr, size_t size, ch_caller_t by);

/* The stream to a host, of builds for it. */
esp_err_t ch_stream_init(void);
esp_err_t ch_stream_start(void);
esp_err_t ch_stream_stop(void);
void ch_stream_allocated(const void *ptr, size_t size, uint32_t caps, ch_caller_t by);
void ch_stream_freed(const void *ptr, ch_caller_t by);
void ch_stream_moved(const void *old, const void *ptr, size_t size, uint32_t caps, ch_caller_t by);
void ch_stream_failed(size_t size, uint32_t caps, const char *function_name);

#define CH_TRACES (CH_CFG_TRACE == CH_TRACE_STANDALONE)
#define CH_STREAMS (CH_CFG_TRACE == CH_TRACE_TOHOST)

/** A block was handed out for `size` bytes as asked; NULL: it was not, which ch_event_failed() has told. Returns ptr. */
CH_INLINE void *ch_event_allocated(void *ptr, size_t size, uint32_t caps, ch_caller_t by) {
    if (CH_TRACES && ptr && CH_LOAD_RELAXED(ch_trace_watches) & CH_TRACE_ALLOCATIONS) ch_trace_allocated(ptr, size, by);
    if (CH_STREAMS && ptr) ch_stream_allocated(ptr, size, caps, by);
    return CH_CFG_OBSERVED ? ch_kasan_allocated_by(ptr, by.pc) : ptr;
}

/** A block is about to be given back. NULL is none. */
CH_INLINE void ch_event_freed(void *ptr, ch_caller_t by) {
    if (CH_TRACES && ptr && CH_LOAD_RELAXED(ch_trace_watches)) ch_trace_freed(ptr, by);
    if (CH_STREAMS && ptr) ch_stream_freed(ptr, by);
}

/** realloc begins. For no bytes it is a free. */
CH_INLINE ch_moving_t ch_event_leaves(void *old, size_t size, ch_caller_t by) {
    if (size == 0) ch_event_freed(old, by);
    if (CH_TRACES && old && size && CH_LOAD_RELAXED(ch_trace_watches)) return ch_trace_leaves(old);
    return (ch_moving_t){0, 0};
}

/** realloc ends, with a block at ptr; NULL: the old one is as it was, or was freed. Returns ptr. */
CH_INLINE void *ch_event_moved(ch_moving_t moving, void *old, void *ptr, size_t size, uint32_t caps, ch_caller_t by) {
    if (!old) return ch_event_allocated(ptr, size, caps, by);
    if (CH_TRACES && !ptr && moving.record) ch_trace_stays(moving, old);
    if (CH_TRACES && ptr && (moving.record | CH_LOAD_RELAXED(ch_trace_watches))) ch_trace_moved(moving, old, ptr, size, by);
    if (CH_STREAMS && ptr) ch_stream_moved(old, ptr, size, caps, by);
    return CH_CFG_OBSERVED ? ch_kasan_allocated_by(ptr, by.pc) : ptr;
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
