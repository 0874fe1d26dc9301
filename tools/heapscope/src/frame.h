/* SPDX-License-Identifier: MIT */
/*
 * Bytes into frames (docs/TRACE_FORMAT.md). Whatever comes in, nothing is believed before its check sum was right, and after
 * damage it goes on behind the next 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capheap/trace_format.h"
#include "source.h"

/** A sound frame: type, flags, trailer, and the payload to be read from `at` on. */
typedef struct {
    uint8_t body[CH_TRACE_BODY_MAX];
    size_t at, end; /* of the payload */
    bool bad;       /* a field was missing or wrong */
    unsigned type, flags;
    uint16_t time;
    uint8_t sequence;
} hs_frame_t;

typedef struct {
    hs_source_t *source;
    uint8_t buffer[1 << 16];
    size_t fill, at;
    uint8_t wire[CH_TRACE_FRAME_MAX];
    size_t length;                                  /* of the frame that is being read; beyond sizeof wire: it is too long */
    uint64_t offset, frames, damaged, first_damage; /* bytes read; frames sound and not; offset behind the first bad one */
} hs_framer_t;

/** The next sound frame; false: the end. Bytes behind the last 0 are no frame. */
bool hs_frame_next(hs_framer_t *r, hs_frame_t *f);

/** Takes a frame without its end mark apart. */
bool hs_frame_decode(hs_frame_t *f, const uint8_t *wire, size_t length);

/** Fields of the payload. A missing one is 0 and makes the frame bad. */
uint8_t hs_frame_byte(hs_frame_t *f);
uint64_t hs_frame_number(hs_frame_t *f);
int64_t hs_frame_signed(hs_frame_t *f);
/** Points to the text within the frame; *length bytes. */
const char *hs_frame_text(hs_frame_t *f, size_t *length);
