/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the trace stream, for those who write it and those who read it. docs/TRACE_FORMAT.md says what they mean.
 *
 *      on the wire   COBS(body) 00
 *      body          type  payload  time (2)  sequence (1)  CRC (2)        little endian
 */
#pragma once

enum {
    CH_TRACE_VERSION = 1,
    CH_TRACE_BODY_MAX = 254, /* bytes of a body: with that many COBS adds one byte, never two */
    CH_TRACE_TRAILER = 5,    /* time, sequence, CRC */
    CH_TRACE_FRAME_MAX = CH_TRACE_BODY_MAX + 2,
    CH_TRACE_DEPTH_MAX = 16,   /* callers of a call stack: more would not fit on 64-bit machines */
    CH_TRACE_NAME_MAX = 31,    /* bytes of a name */
    CH_TRACE_TEXT_MAX = 200,   /* bytes of a mark's text */
    CH_TRACE_GAP_MAX = 0x7fff, /* ticks from frame to frame; beyond it a CLOCK comes first */
    CH_TRACE_CRC_START = 0xffff,
    CH_TRACE_CRC_POLY = 0x1021,
};

/** Low four bits of the first byte. A reader skips types that it does not know. */
enum {
    CH_TRACE_SYNC = 1,   /* all that a reader has to know before it understands events */
    CH_TRACE_REGION = 2, /* a heap: where, what it can do, its name */
    CH_TRACE_STATE = 3,  /* a heap's free bytes, largest free block, low watermark */
    CH_TRACE_CLOCK = 4,  /* the time in full */
    CH_TRACE_LOST = 5,   /* events that found the ring full */
    CH_TRACE_MARK = 6,   /* text of the program */
    CH_TRACE_INFO = 7,   /* key and value about the program */
    CH_TRACE_ALLOC = 8,
    CH_TRACE_FREE = 9,
    CH_TRACE_MOVE = 10,
    CH_TRACE_FAILED = 11,
    CH_TRACE_STOP = 12, /* tracing ends */
    CH_TRACE_TYPE_MASK = 0x0f,
};

/** High four bits, of events: which fields follow, in this order. */
enum {
    CH_TRACE_HAS_CORE = 0x10,  /* else core 0 */
    CH_TRACE_HAS_TASK = 0x20,  /* else no task */
    CH_TRACE_HAS_STACK = 0x40, /* else no call stack */
    CH_TRACE_HAS_CAPS = 0x80,  /* else SYNC's usual caps */
};
