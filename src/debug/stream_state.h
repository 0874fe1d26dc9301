/* SPDX-License-Identifier: MIT */
/*
 * What the files of the stream share: its state, and how a frame gets out.
 *
 *   I1  `frames` counts frames in the ring, and its low eight bits are the next frame's sequence number
 *   I2  stacks[i] is the check sum of the call stack that slot i stands for in the stream at this point, 0: of none; tasks[i]
 *       likewise. They change under the lock alone, together with the frame that says so
 *   I3  between two frames lie at most CH_TRACE_GAP_MAX ticks, unless the later one is a SYNC or CLOCK
 *   I4  who is to tell an event when `lost` has grown tells of that first, or counts the event as lost, too
 */
#pragma once

#include "capheap/port.h"
#include "debug/stream_frame.h"

typedef struct {
    ch_port_lock_t lock;
    bool running;
    uint64_t cycles; /* since the first start; goes on as ch_port_cycles() does, without its wraps */
    uint64_t last;   /* ticks of the last frame */
    uint32_t frames, lost, lost_told, runs, events;
    uint32_t region; /* the one to tell of next */
    uint32_t rate;   /* cycles a second; 0: not known */
    uintptr_t base;  /* addresses of blocks are told relative to it */
    uint32_t stacks[CH_CFG_TRACE_STACKS];
    uintptr_t tasks[CH_CFG_TRACE_TASKS];
} ch_stream_t;

extern ch_stream_t ch_stream;

/** A frame on its way, and what it takes for granted of the tables. */
typedef struct {
    ch_frame_t frame;
    bool timed;      /* carries the time in full: may come after any gap */
    bool event;      /* counts as lost if there is no room */
    uint32_t *stack; /* slot it refers to or defines; NULL: none */
    uint32_t stack_sum;
    bool stack_new;
    uintptr_t *task;
    uintptr_t task_id;
    bool task_new;
} ch_message_t;

typedef enum {
    CH_SENT,
    CH_FULL,  /* no room; counted if it was an event */
    CH_STALE, /* a slot stands for something else by now */
    CH_LATE,  /* a CLOCK has to come first */
} ch_sending_t;

/** Ends a frame and puts it into the ring. Takes the lock for a bounded time. */
ch_sending_t ch_stream_send(ch_message_t *m);

/** Ticks now. */
uint64_t ch_stream_now(void);

/** Begins a message of a type, with no promises. */
void ch_message_begin(ch_message_t *m, unsigned type);

/** Sends, with a CLOCK before it if one is due. */
ch_sending_t ch_message_send(ch_message_t *m);

/** An address in RAM as the stream tells it: relative to the base, its two lowest bits at the top. */
uint64_t ch_stream_place(const void *p);

/** An event that finds no room. */
void ch_stream_count_lost(void);

/** What goes before an event: what was lost, and in turn what a reader that comes late has to know. false: no room for it. */
bool ch_stream_keep_up(void);

/** SYNC, and all regions. */
void ch_stream_introduce(void);
