/* SPDX-License-Identifier: MIT */
/*
 * The trace stream as an observer: events in, frames into the ring. event.h has its calls; these are what they come down to.
 * docs/TRACE_FORMAT.md has the format, trace_stream.h what programs see of it.
 *
 * An event is encoded without a lock into a buffer of the caller's stack; the lock, the stream's own, is held for the frame's
 * trailer and the copy into the ring. What a frame relies on (that a slot of a table stands for a certain call stack) is looked
 * at again under the lock; if it has changed, the frame is made anew, this time with the call stack inside.
 *
 * Stack of the caller: about 400 bytes. Any context; legal in interrupts if the ring is in internal RAM.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/** Who does it: return addresses, innermost first, up to `depth` of them or a NULL. */
typedef struct {
    void *const *addresses;
    unsigned depth;
} ch_stream_callers_t;

/** Whether events are wanted, so that callers need not look for a call stack in vain. May be old. */
bool ch_stream_runs(void);

/** A block was handed out; alignment: as asked for, a power of two, 0: none. */
void ch_stream_tell_allocated(const void *ptr, size_t alignment, size_t size, uint32_t caps, ch_stream_callers_t by);

/** A block is being given back. */
void ch_stream_tell_freed(const void *ptr, ch_stream_callers_t by);

/** A block was resized; ptr may be old. `since`: ch_stream_frames() before. */
void ch_stream_tell_moved(uint32_t since, const void *old, const void *ptr, size_t size, uint32_t caps, ch_stream_callers_t by);

/** A request failed in a function of that name (NULL: not known). */
void ch_stream_tell_failed(size_t size, uint32_t caps, const char *function, ch_stream_callers_t by);
