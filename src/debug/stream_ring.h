/* SPDX-License-Identifier: MIT */
/*
 * The ring of the trace stream. One writer at a time (the stream's lock), one reader: the program or a debug probe.
 *
 *      buffer   . . . . a b c d . . . .      I1  read == write: empty; so one byte always stays free
 *                       ▲       ▲            I2  only the writer changes `write`, after the bytes; only the reader `read`
 *                     read    write          I3  both are below `size`; a reader that breaks this loses data, nothing else
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "capheap/trace_stream.h"

enum { CH_RING_LEAST = 512 };

extern ch_trace_control_t ch_stream_control;

/** Whether a ring was set. */
bool ch_ring_is_set(void);

/** Bytes that can be put. Never more than there is room for, whatever a reader wrote into `read`. */
size_t ch_ring_room(const ch_trace_ring_t *ring);

/** Puts bytes for which there is room: the caller has looked, with the same lock held. */
void ch_ring_put(ch_trace_ring_t *ring, const uint8_t *bytes, size_t size);
