/* SPDX-License-Identifier: MIT */
/* Several threads tell events while another one empties the ring: each event comes out once, whole, or is counted as lost. */
#include <pthread.h>
#include <stdatomic.h>

#include "capheap/trace_stream.h"
#include "ch_test.h"
#include "debug/stream.h"
#include "event.h"
#include "unit/stream_decode.h"

enum { THREADS = 3, EVENTS = 20000, CALLERS = 100 };

/* Sizes of blocks say who told of them and in which order: thread * EVENTS + number. */
static struct {
    uint8_t wire[CH_TRACE_FRAME_MAX];
    size_t fill;
    unsigned next, damaged, missing, events, lost, disorder;
    bool begun;
    uintptr_t stacks[CH_CFG_TRACE_STACKS];
    unsigned wrong_stacks;
    int64_t last[THREADS];
} reader;

/** The caller that thread t gives with its event n: who refers to a slot that somebody else has taken shows another one. */
static uintptr_t caller_of(uint64_t thread, uint64_t n) { return (uintptr_t)(0x1000 + (thread * 31 + n / 3) % CALLERS * 4); }

static void take_alloc(decoded_t *d) {
    number(d); /* place */
    uint64_t size = number(d), thread = size / EVENTS, n = size % EVENTS;
    if (d->flags & CH_TRACE_HAS_CORE) number(d);
    if (d->flags & CH_TRACE_HAS_TASK && number(d) & 1) {
        number(d);
        d->at += (size_t)number(d);
    }
    uint64_t reference = number(d), slot = (reference >> 1) % CH_CFG_TRACE_STACKS;
    if (reference & 1) {
        number(d); /* depth: 1 */
        reader.stacks[slot] = (uintptr_t)signed_number(d);
    }
    reader.events++;
    if (thread >= THREADS || (int64_t)n <= reader.last[thread]) reader.disorder++;
    if (thread < THREADS) reader.last[thread] = (int64_t)n;
    if (reader.stacks[slot] != caller_of(thread, n)) reader.wrong_stacks++;
}

static void take_frame(void) {
    decoded_t d = {0};
    if (!decode(&d, reader.wire, reader.fill)) {
        reader.damaged++;
        return;
    }
    if (reader.begun && d.sequence != reader.next) reader.missing++;
    reader.begun = true;
    reader.next = (d.sequence + 1) & 255;
    if (d.type == CH_TRACE_ALLOC) take_alloc(&d);
    if (d.type == CH_TRACE_LOST) reader.lost = (unsigned)number(&d);
}

static size_t take_bytes(void *context, const uint8_t *bytes, size_t size) {
    (void)context;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i]) {
            reader.wire[reader.fill++ % sizeof reader.wire] = bytes[i];
        } else {
            take_frame();
            reader.fill = 0;
        }
    }
    return size;
}

static atomic_int working;

static void *tell(void *argument) {
    uintptr_t thread = (uintptr_t)argument;
    for (size_t n = 0; n < EVENTS; n++) {
        void *caller = (void *)caller_of(thread, n);
        ch_stream_tell_allocated(&caller, 0, thread * EVENTS + n, 0x1000, (ch_stream_callers_t){&caller, 1});
    }
    atomic_fetch_sub(&working, 1);
    return NULL;
}

static void each_event_comes_out_or_is_counted(void **state) {
    (void)state;
    static uint8_t ring[8192];
    pthread_t threads[THREADS];
    assert_int_equal(ch_trace_ring_set(ring, sizeof ring), ESP_OK);
    assert_int_equal(ch_stream_start(), ESP_OK);
    for (int i = 0; i < THREADS; i++) reader.last[i] = -1;
    atomic_store(&working, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, tell, (void *)i), 0);
    while (atomic_load(&working) > 0) ch_trace_drain(take_bytes, NULL);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    ch_trace_drain(take_bytes, NULL);
    ch_stream_stop(); /* tells of the last losses */
    ch_trace_drain(take_bytes, NULL);
    assert_int_equal(reader.damaged, 0);
    assert_int_equal(reader.missing, 0);
    assert_int_equal(reader.disorder, 0);
    assert_int_equal(reader.wrong_stacks, 0);
    assert_int_equal(reader.lost, ch_trace_lost());
    assert_int_equal(reader.events + reader.lost, THREADS * EVENTS);
    assert_true(reader.events > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_event_comes_out_or_is_counted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
