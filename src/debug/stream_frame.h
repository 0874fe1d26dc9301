/* SPDX-License-Identifier: MIT */
/*
 * Frames of the trace stream, made byte by byte: no lock, no port, no globals. docs/TRACE_FORMAT.md has the format.
 *
 * Each byte goes through the check sum and through COBS as it comes, so that ending a frame, which is done with interrupts off,
 * is the same small work for a short frame and a long one.
 *
 *      bytes:  code  body ...  code  body ...  00
 *              ▲               ▲ `code`: place of the last one, still open; filled in when the next 0 of the body comes
 *
 *   I1  1 <= body + CH_TRACE_TRAILER <= CH_TRACE_BODY_MAX while the frame is not `spoilt`
 *   I2  length == 1 + body, so a frame never outgrows bytes[]
 *   I3  no byte of a frame but its last is 0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "capheap/trace_format.h"

typedef struct {
    uint16_t length; /* bytes so far */
    uint16_t crc;    /* of the body so far */
    uint8_t code;    /* index of the open code byte */
    bool spoilt;     /* the body would be too long: the frame may not be sent */
    uint8_t bytes[CH_TRACE_FRAME_MAX];
} ch_frame_t;

/** Begins a frame with its type and flags. */
void ch_frame_begin(ch_frame_t *f, unsigned type);

/** Adds a byte of the body. */
void ch_frame_byte(ch_frame_t *f, uint8_t byte);

/** Adds a number, seven bits a byte, the lowest first. */
void ch_frame_number(ch_frame_t *f, uint64_t number);

/** Adds a number that may be negative: 0, -1, 1, -2, ... as 0, 1, 2, 3, ... */
void ch_frame_signed(ch_frame_t *f, int64_t number);

/** Adds the length of a text and its bytes, at most `most`. NULL is "". */
void ch_frame_text(ch_frame_t *f, const char *text, size_t most);

/** Adds the trailer and ends the frame: afterwards bytes[0..length) is what goes on the wire. */
void ch_frame_end(ch_frame_t *f, uint16_t time, uint8_t sequence);

/** Length that ch_frame_end() makes of the frame. */
CH_INLINE size_t ch_frame_final(const ch_frame_t *f) { return (size_t)f->length + CH_TRACE_TRAILER + 1; }
