/* SPDX-License-Identifier: MIT */
/*
 * What the stream says beside events: who it is, which heaps there are and how full they are, what was lost, what the program
 * has to say. Told at the start, and again in turn, one frame every few events, so that a reader may come late and may lose some.
 */
#include "capheap/regions.h"
#include "capheap/trace_stream.h"
#include "debug/stream.h"
#include "debug/stream_state.h"
#include "esp_heap_caps.h"

/* Events from one frame of each kind to the next. */
enum { SYNC_EVERY = 128, REGION_EVERY = 128, STATE_EVERY = 32, FORGET_EVERY = 16 };

CH_IRAM uint64_t ch_stream_place(const void *p) {
    uintptr_t distance = (uintptr_t)p - ch_stream.base;
    return distance >> 2 | (distance & 3) << (sizeof distance * 8 - 2);
}

static ch_sending_t send_sync(void) {
    ch_message_t m;
    ch_frame_t *f = &m.frame;
    ch_message_begin(&m, CH_TRACE_SYNC);
    ch_frame_byte(f, 'C');
    ch_frame_byte(f, 'H');
    ch_frame_byte(f, CH_TRACE_VERSION);
    ch_frame_number(f, sizeof(uintptr_t));
    ch_frame_number(f, CH_CFG_GRANULE);
    ch_frame_number(f, ch_stream.base);
    ch_frame_number(f, ch_stream.rate >> CH_CFG_TRACE_TICK_SHIFT);
    ch_frame_number(f, ch_stream_now());
    ch_frame_number(f, CH_LOAD_RELAXED(ch_stream.frames));
    ch_frame_number(f, CH_LOAD_RELAXED(ch_stream.lost));
    ch_frame_number(f, ch_stream.runs);
    ch_frame_number(f, MALLOC_CAP_DEFAULT);
    return ch_message_send(&m);
}

static ch_sending_t send_region(const ch_region_state_t *region) {
    ch_message_t m;
    ch_message_begin(&m, CH_TRACE_REGION);
    ch_frame_number(&m.frame, ch_stream_place((const void *)region->start));
    ch_frame_number(&m.frame, region->size);
    ch_frame_number(&m.frame, region->caps);
    ch_frame_text(&m.frame, region->name, CH_TRACE_NAME_MAX);
    return ch_message_send(&m);
}

static ch_sending_t send_state(const ch_region_state_t *region) {
    ch_message_t m;
    ch_message_begin(&m, CH_TRACE_STATE);
    ch_frame_number(&m.frame, ch_stream_place((const void *)region->start));
    ch_frame_number(&m.frame, region->free);
    ch_frame_number(&m.frame, region->largest);
    ch_frame_number(&m.frame, region->minimum);
    return ch_message_send(&m);
}

/** The region whose turn it is; false: there are no regions at all. */
static bool next_region(ch_region_state_t *region) {
    uint32_t turn = CH_LOAD_RELAXED(ch_stream.region);
    CH_STORE_RELAXED(ch_stream.region, turn + 1);
    if (ch_region_state(turn, region)) return true;
    CH_STORE_RELAXED(ch_stream.region, 1);
    return ch_region_state(0, region);
}

/** Takes a slot of the tables back: whoever needs it next tells it anew. */
static void forget_one(uint32_t turn) {
    ch_port_state_t state = ch_port_lock(&ch_stream.lock);
    CH_STORE_RELAXED(ch_stream.stacks[turn % CH_CFG_TRACE_STACKS], 0);
    CH_STORE_RELAXED(ch_stream.tasks[turn % CH_CFG_TRACE_TASKS], 0);
    ch_port_unlock(&ch_stream.lock, state);
}

/** Tells what was lost; false: there is not even room for that. */
static bool tell_lost(void) {
    uint32_t lost = CH_LOAD_RELAXED(ch_stream.lost);
    if (CH_LIKELY(lost == CH_LOAD_RELAXED(ch_stream.lost_told))) return true;
    ch_message_t m;
    ch_message_begin(&m, CH_TRACE_LOST);
    ch_frame_number(&m.frame, lost);
    if (ch_message_send(&m) != CH_SENT) return false;
    CH_STORE_RELAXED(ch_stream.lost_told, lost);
    return true;
}

bool ch_stream_keep_up(void) {
    if (!tell_lost()) return false;
    uint32_t n = CH_LOAD_RELAXED(ch_stream.events) + 1;
    CH_STORE_RELAXED(ch_stream.events, n); /* two cores may count one: a turn is done twice */
    if (CH_LIKELY(n % FORGET_EVERY)) return true;
    forget_one(n / FORGET_EVERY);
    ch_region_state_t region;
    if (n % SYNC_EVERY == 0) {
        send_sync();
    } else if (n % REGION_EVERY == REGION_EVERY / 2 && next_region(&region)) {
        send_region(&region);
    } else if (n % STATE_EVERY == STATE_EVERY / 2 && next_region(&region)) {
        send_state(&region);
    }
    return true;
}

void ch_stream_introduce(void) {
    ch_region_state_t region;
    ch_stream.base = UINTPTR_MAX;
    for (unsigned i = 0; ch_region_state(i, &region); i++)
        if (region.start < ch_stream.base) ch_stream.base = region.start;
    if (ch_stream.base == UINTPTR_MAX) ch_stream.base = 0; /* no regions */
    for (unsigned i = 0; i < CH_CFG_TRACE_STACKS || i < CH_CFG_TRACE_TASKS; i++) forget_one(i);
    send_sync();
    for (unsigned i = 0; ch_region_state(i, &region); i++) {
        send_region(&region);
        send_state(&region);
    }
}

void ch_trace_mark(const char *text) {
    if (!ch_stream_runs()) return;
    ch_message_t m;
    ch_message_begin(&m, CH_TRACE_MARK);
    ch_frame_text(&m.frame, text, CH_TRACE_TEXT_MAX);
    ch_message_send(&m);
}

void ch_trace_info(const char *key, const char *value) {
    if (!ch_stream_runs()) return;
    ch_message_t m;
    ch_message_begin(&m, CH_TRACE_INFO);
    ch_frame_text(&m.frame, key, CH_TRACE_NAME_MAX);
    ch_frame_text(&m.frame, value, CH_TRACE_TEXT_MAX);
    ch_message_send(&m);
}
