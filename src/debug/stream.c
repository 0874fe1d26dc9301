/* SPDX-License-Identifier: MIT */
#include "debug/stream.h"

#include "capheap/trace_stream.h"
#include "debug/stream_ring.h"
#include "debug/stream_state.h"
#include "event.h"

ch_stream_t ch_stream = {.lock = CH_PORT_LOCK_INIT};

/** The ring of programs that set none. */
static uint8_t own_ring[CH_CFG_TRACE_RING];

/** Ticks, under the lock. A counter of another core that has a little less does not bring the time of day forward by a wrap. */
static CH_IRAM uint64_t tick(void) {
    enum { LITTLE = 1 << 20 };
    uint32_t more = ch_port_cycles() - (uint32_t)ch_stream.cycles;
    if (more <= UINT32_MAX - LITTLE) ch_stream.cycles += more;
    return ch_stream.cycles >> CH_CFG_TRACE_TICK_SHIFT;
}

uint64_t ch_stream_now(void) {
    ch_port_state_t state = ch_port_lock(&ch_stream.lock);
    uint64_t now = tick();
    ch_port_unlock(&ch_stream.lock, state);
    return now;
}

/** Whether what a message relies on still holds (I2). */
CH_INLINE bool holds(const ch_message_t *m) {
    return !(m->stack && !m->stack_new && *m->stack != m->stack_sum) && !(m->task && !m->task_new && *m->task != m->task_id);
}

static CH_IRAM ch_sending_t send_locked(ch_message_t *m) {
    ch_trace_ring_t *ring = &ch_stream_control.up[0];
    uint64_t now = tick();
    if (!m->timed && now - ch_stream.last > CH_TRACE_GAP_MAX) return CH_LATE;
    if (!holds(m)) return CH_STALE;
    if (m->frame.spoilt || ch_frame_final(&m->frame) > ch_ring_room(ring)) {
        if (m->event) CH_STORE_RELAXED(ch_stream.lost, ch_stream.lost + 1);
        return CH_FULL;
    }
    ch_frame_end(&m->frame, (uint16_t)now, (uint8_t)ch_stream.frames);
    ch_ring_put(ring, m->frame.bytes, m->frame.length);
    CH_STORE_RELAXED(ch_stream.frames, ch_stream.frames + 1);
    ch_stream.last = now;
    if (m->stack) CH_STORE_RELAXED(*m->stack, m->stack_sum);
    if (m->task) CH_STORE_RELAXED(*m->task, m->task_id);
    return CH_SENT;
}

CH_IRAM ch_sending_t ch_stream_send(ch_message_t *m) {
    ch_port_state_t state = ch_port_lock(&ch_stream.lock);
    ch_sending_t result = send_locked(m);
    ch_port_unlock(&ch_stream.lock, state);
    return result;
}

CH_IRAM void ch_message_begin(ch_message_t *m, unsigned type) {
    unsigned kind = type & CH_TRACE_TYPE_MASK;
    m->timed = kind == CH_TRACE_SYNC || kind == CH_TRACE_CLOCK;
    m->event = kind >= CH_TRACE_ALLOC && kind <= CH_TRACE_FAILED;
    m->stack = NULL;
    m->task = NULL;
    ch_frame_begin(&m->frame, type);
}

static CH_IRAM void send_clock(void) {
    ch_message_t m;
    ch_message_begin(&m, CH_TRACE_CLOCK);
    ch_frame_number(&m.frame, ch_stream_now());
    ch_stream_send(&m);
}

CH_IRAM void ch_stream_count_lost(void) {
    ch_port_state_t state = ch_port_lock(&ch_stream.lock);
    CH_STORE_RELAXED(ch_stream.lost, ch_stream.lost + 1);
    ch_port_unlock(&ch_stream.lock, state);
}

CH_IRAM ch_sending_t ch_message_send(ch_message_t *m) {
    ch_sending_t result = ch_stream_send(m);
    if (CH_LIKELY(result != CH_LATE)) return result;
    send_clock();
    result = ch_stream_send(m);
    if (result != CH_LATE) return result;
    if (m->event) ch_stream_count_lost(); /* no room for the clock: none for what needs it */
    return CH_FULL;
}

uint32_t ch_stream_frames(void) { return CH_LOAD_RELAXED(ch_stream.frames); }

bool ch_stream_runs(void) { return CH_LOAD_RELAXED(ch_stream.running); }

esp_err_t ch_trace_ring_set(void *buffer, size_t size) {
    static const char id[16] = "TTR REGGES"; /* backwards, so that a probe does not take this text for the control block */
    enum { ID_LENGTH = sizeof "SEGGER RTT" - 1 };
    if (ch_stream_runs()) return ESP_ERR_INVALID_STATE;
    if (!buffer) return ESP_ERR_INVALID_ARG;
    if (size < CH_RING_LEAST || size > 1u << 30) return ESP_ERR_INVALID_SIZE;
    ch_trace_control_t *control = &ch_stream_control;
    control->id[0] = 0;
    control->up_buffers = 1;
    control->down_buffers = 0;
    control->up[0] = (ch_trace_ring_t){.name = "capheap", .buffer = buffer, .size = (uint32_t)size};
    for (int i = ID_LENGTH - 1; i > 0; i--) ((volatile char *)control->id)[i] = id[ID_LENGTH - 1 - i];
    CH_STORE_LINK(control->id[0], id[ID_LENGTH - 1]); /* now it is one */
    return ESP_OK;
}

esp_err_t ch_stream_init(void) {
    if (ch_stream_runs()) return ESP_ERR_INVALID_STATE;
    return ch_ring_is_set() ? ESP_OK : ch_trace_ring_set(own_ring, sizeof own_ring);
}

esp_err_t ch_stream_start(void) {
    if (!ch_ring_is_set()) return ESP_ERR_INVALID_STATE;
    if (ch_stream_runs()) return ESP_OK;
    if (ch_stream.runs++ == 0) ch_stream.cycles = ch_port_cycles();
    ch_stream_introduce();
    CH_STORE_RELAXED(ch_stream.running, true);
    return ESP_OK;
}

esp_err_t ch_stream_stop(void) {
    if (!ch_stream_runs()) return ESP_ERR_INVALID_STATE;
    CH_STORE_RELAXED(ch_stream.running, false);
    ch_stream_keep_up();
    ch_message_t m;
    ch_message_begin(&m, CH_TRACE_STOP);
    ch_message_send(&m);
    return ESP_OK;
}

void ch_trace_clock_rate(uint32_t cycles_a_second) { ch_stream.rate = cycles_a_second; }

uint32_t ch_trace_lost(void) { return CH_LOAD_RELAXED(ch_stream.lost); }
