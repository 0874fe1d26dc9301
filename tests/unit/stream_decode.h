/* SPDX-License-Identifier: MIT */
/*
 * The trace stream read back, in the plainest way, from docs/TRACE_FORMAT.md and not from the code of the writer: what tests of
 * the writer compare with.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capheap/trace_format.h"

/** A frame taken apart; `at` moves through the payload. */
typedef struct {
    uint8_t body[CH_TRACE_FRAME_MAX];
    size_t size, at; /* size: of type and payload */
    unsigned type, flags, time, sequence;
} decoded_t;

static inline uint16_t plain_crc(const uint8_t *bytes, size_t size) {
    uint16_t crc = CH_TRACE_CRC_START;
    for (size_t i = 0; i < size * 8; i++) {
        unsigned bit = bytes[i / 8] >> (7 - i % 8) & 1;
        crc = (uint16_t)(crc >> 15 != bit ? crc << 1 ^ CH_TRACE_CRC_POLY : crc << 1);
    }
    return crc;
}

/** One frame without its end mark; false: it is damaged. */
static inline bool decode(decoded_t *d, const uint8_t *wire, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < size;) {
        unsigned code = wire[i++];
        if (code == 0 || i + code - 1 > size || n + code > sizeof d->body) return false;
        for (unsigned k = 1; k < code; k++) d->body[n++] = wire[i++];
        if (i < size && code < 255) d->body[n++] = 0;
    }
    if (n < 1 + CH_TRACE_TRAILER) return false;
    const uint8_t *t = d->body + n - CH_TRACE_TRAILER;
    if (plain_crc(d->body, n - 2) != (t[3] | t[4] << 8)) return false;
    d->size = n - CH_TRACE_TRAILER;
    d->at = 1;
    d->type = d->body[0] & CH_TRACE_TYPE_MASK;
    d->flags = d->body[0] & ~(unsigned)CH_TRACE_TYPE_MASK;
    d->time = t[0] | (unsigned)t[1] << 8;
    d->sequence = t[2];
    return true;
}

static inline uint64_t number(decoded_t *d) {
    uint64_t value = 0;
    for (unsigned shift = 0; d->at < d->size && shift < 64; shift += 7) {
        uint8_t byte = d->body[d->at++];
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) break;
    }
    return value;
}

static inline int64_t signed_number(decoded_t *d) {
    uint64_t value = number(d);
    return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
}
