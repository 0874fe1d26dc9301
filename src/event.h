/* SPDX-License-Identifier: MIT */
/*
 * What happens to blocks, told to those who watch. Observers change nothing. Called without a lock: for an allocation after the
 * block is complete, for a free before the block can be handed out again, for a move after the copy, for a failure when it is
 * certain.
 *
 * A realloc is one event, ch_event_moved(). The observers of this build are the two hooks of esp_heap_caps.h; without
 * CH_CFG_USE_HOOKS there are none and everything here folds to nothing.
 */
#pragma once

#include "base/compiler.h"
#include "esp_heap_caps.h"
#include "multi_heap.h"

/** Whether somebody watches; constants where neither hooks nor tasks are. */
#define CH_HAS_ALLOC_HOOK (CH_CFG_TASK_TRACKING || (CH_CFG_USE_HOOKS && esp_heap_trace_alloc_hook))
#define CH_HAS_FREE_HOOK (CH_CFG_TASK_TRACKING || (CH_CFG_USE_HOOKS && esp_heap_trace_free_hook))

/** A block was handed out: pointer for the user, size and caps in force. */
CH_INLINE void ch_event_allocated(void *ptr, size_t size, uint32_t caps) {
    if (CH_CFG_USE_HOOKS && esp_heap_trace_alloc_hook) esp_heap_trace_alloc_hook(ptr, size, caps);
}

/** A block is being given back. */
CH_INLINE void ch_event_freed(void *ptr) {
    if (CH_CFG_USE_HOOKS && esp_heap_trace_free_hook) esp_heap_trace_free_hook(ptr);
}

/** A block was resized: in its heap (the hooks see an allocation), or into another one (they see a free of the old one too). */
CH_INLINE void ch_event_moved(void *old, void *ptr, size_t size, uint32_t caps, bool same_heap) {
    ch_event_allocated(ptr, size, caps);
    if (!same_heap) ch_event_freed(old);
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
