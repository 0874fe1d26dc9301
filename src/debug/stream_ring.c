/* SPDX-License-Identifier: MIT */
#include "debug/stream_ring.h"

#include "capheap/port.h"

ch_trace_control_t ch_stream_control;

bool ch_ring_is_set(void) { return ch_stream_control.up[0].size != 0; }

const ch_trace_control_t *ch_trace_control(void) { return &ch_stream_control; }

CH_IRAM size_t ch_ring_room(const ch_trace_ring_t *ring) {
    uint32_t read = CH_LOAD_INDEX(ring->read);
    if (read >= ring->size) return 0;
    return read > ring->write ? read - ring->write - 1 : ring->size - ring->write + read - 1;
}

/** A few bytes, four a turn: interrupts are off. */
CH_INLINE void copy_few(uint8_t *to, const uint8_t *from, size_t size) {
    for (; size >= 4; size -= 4, to += 4, from += 4) {
        uint8_t a = from[0], b = from[1], c = from[2], d = from[3];
        to[0] = a, to[1] = b, to[2] = c, to[3] = d;
    }
    for (; size > 0; size--) *to++ = *from++;
}

CH_IRAM void ch_ring_put(ch_trace_ring_t *ring, const uint8_t *bytes, size_t size) {
    uint32_t at = ring->write, behind = ring->size - at;
    size_t first = CH_LIKELY(size < behind) ? size : behind;
    copy_few(ring->buffer + at, bytes, first);
    at = CH_LIKELY(size < behind) ? at + (uint32_t)size : (uint32_t)(size - first);
    if (CH_UNLIKELY(first < size)) copy_few(ring->buffer, bytes + first, size - first);
    CH_STORE_LINK(ring->write, at); /* I2: behind the bytes */
}

/** The bytes up to the end of what is there, or of the buffer. */
static size_t readable(const ch_trace_ring_t *ring, const uint8_t **bytes) {
    uint32_t write = CH_LOAD_INDEX(ring->write), read = ring->read;
    *bytes = ring->buffer + read;
    return write >= read ? write - read : ring->size - read;
}

static void take(ch_trace_ring_t *ring, size_t size) {
    uint32_t read = ring->read + (uint32_t)size;
    CH_STORE_LINK(ring->read, read == ring->size ? 0 : read); /* the bytes are out before their room is given back */
}

size_t ch_trace_drain(ch_trace_sink_t sink, void *context) {
    ch_trace_ring_t *ring = &ch_stream_control.up[0];
    const uint8_t *bytes;
    size_t sum = 0;
    if (!ch_ring_is_set()) return 0;
    for (size_t there; (there = readable(ring, &bytes)) > 0;) {
        size_t taken = sink(context, bytes, there);
        if (taken > there) taken = there;
        take(ring, taken);
        sum += taken;
        if (taken < there) break;
    }
    return sum;
}

typedef struct {
    uint8_t *bytes;
    size_t room;
} copy_t;

static size_t copy_out(void *context, const uint8_t *bytes, size_t size) {
    copy_t *copy = context;
    if (size > copy->room) size = copy->room;
    for (size_t i = 0; i < size; i++) copy->bytes[i] = bytes[i];
    copy->bytes += size;
    copy->room -= size;
    return size;
}

size_t ch_trace_read(void *bytes, size_t size) {
    copy_t copy = {bytes, size};
    return ch_trace_drain(copy_out, &copy);
}
