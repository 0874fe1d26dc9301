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

/** Whether somebody watches; constants where the hooks are off. */
#define CH_HAS_ALLOC_HOOK (CH_CFG_USE_HOOKS && esp_heap_trace_alloc_hook)
#define CH_HAS_FREE_HOOK (CH_CFG_USE_HOOKS && esp_heap_trace_free_hook)

/** A block was handed out: pointer for the user, size and caps in force. */
CH_INLINE void ch_event_allocated(void *ptr, size_t size, uint32_t caps) {
    if (CH_HAS_ALLOC_HOOK) esp_heap_trace_alloc_hook(ptr, size, caps);
}

/** A block is being given back. */
CH_INLINE void ch_event_freed(void *ptr) {
    if (CH_HAS_FREE_HOOK) esp_heap_trace_free_hook(ptr);
}

/** A block was resized: in its heap (the hooks see an allocation), or into another one (they see a free of the old one too). */
CH_INLINE void ch_event_moved(void *old, void *ptr, size_t size, uint32_t caps, bool same_heap) {
    ch_event_allocated(ptr, size, caps);
    if (!same_heap) ch_event_freed(old);
}
