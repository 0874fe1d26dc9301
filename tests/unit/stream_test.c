/* SPDX-License-Identifier: MIT */
/* The trace stream from events to the ring's bytes: nothing comes out that did not happen, and what is missing is counted. */
#include <string.h>

#include "capheap/trace_stream.h"
#include "ch_test.h"
#include "debug/stream.h"
#include "debug/stream_ring.h"
#include "debug/stream_state.h"
#include "event.h"
#include "stream_decode.h"

static uint32_t seed;
static uint32_t any(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* ---- the machine ---- */

static uint32_t cycles;
static void *task;
static void (*meanwhile)(void); /* somebody who comes in between, once */

/* The clock is asked when an event is encoded and the lock is taken: whoever is told of here is told of before that event. */
uint32_t ch_port_cycles(void) {
    void (*call)(void) = meanwhile;
    meanwhile = NULL;
    if (call) call();
    return cycles;
}
void *ch_port_task_id(void) { return task; }
unsigned ch_port_core_id(void) { return 0; }
const char *ch_port_task_name(const void *id) { return id == (void *)0x1000 ? "net" : NULL; }

/* ---- a reader ---- */

static struct {
    uint8_t wire[CH_TRACE_FRAME_MAX];
    size_t fill;
    unsigned next;
    bool begun;
    unsigned frames, events, lost, lost_frames, syncs, defined, tasks_defined;
    uintptr_t stacks[CH_CFG_TRACE_STACKS]; /* innermost caller */
    uintptr_t by, outermost;               /* of the last event; outermost: of the last stack that was defined */
    unsigned alignment;                    /* log2, of the last event; 0: none */
    decoded_t last;
} reader;

static void take_stack(decoded_t *d) {
    uint64_t reference = number(d);
    uint64_t slot = reference >> 1;
    assert_true(slot < CH_CFG_TRACE_STACKS);
    if (reference & 1) {
        uint64_t depth = number(d);
        uintptr_t address = 0;
        for (uint64_t i = 0; i < depth; i++) {
            address += (uintptr_t)signed_number(d);
            if (i == 0) reader.stacks[slot] = address;
        }
        reader.outermost = address;
        reader.defined++;
    }
    assert_true(reader.stacks[slot] != 0);
    reader.by = reader.stacks[slot];
}

static void take_event(decoded_t *d) {
    reader.events++;
    reader.last = *d;
    reader.by = 0;
    reader.alignment = 0;
    if (d->type != CH_TRACE_FAILED) number(d);
    if (d->type == CH_TRACE_MOVE) number(d);
    if (d->type != CH_TRACE_FREE) number(d);
    if (d->type == CH_TRACE_MOVE) d->at += 2;
    if (d->type == CH_TRACE_FAILED) d->at += (size_t)number(d);
    if (d->flags & CH_TRACE_HAS_TASK && number(d) & 1) {
        reader.tasks_defined++;
        number(d);
        d->at += (size_t)number(d);
    }
    if (d->flags & CH_TRACE_HAS_STACK) take_stack(d);
    if (d->flags & CH_TRACE_HAS_CAPS) number(d);
    if (d->type == CH_TRACE_ALLOC && d->at < d->size) reader.alignment = d->body[d->at++];
    assert_int_equal(d->at, d->size);
}

static void take_frame(void) {
    decoded_t d = {0};
    assert_true(decode(&d, reader.wire, reader.fill));
    if (reader.begun) assert_int_equal(d.sequence, reader.next);
    reader.begun = true;
    reader.next = (d.sequence + 1) & 255;
    reader.frames++;
    if (d.type >= CH_TRACE_ALLOC && d.type <= CH_TRACE_FAILED) take_event(&d);
    if (d.type == CH_TRACE_SYNC) reader.syncs++;
    if (d.type != CH_TRACE_LOST) return;
    reader.lost = (unsigned)number(&d);
    reader.lost_frames++;
}

static void drain(size_t most) {
    uint8_t byte;
    while (most-- > 0 && ch_trace_read(&byte, 1) == 1) {
        if (byte) {
            assert_true(reader.fill < sizeof reader.wire);
            reader.wire[reader.fill++] = byte;
        } else {
            take_frame();
            reader.fill = 0;
        }
    }
}

static uint8_t memory[4096];

static int begin(void **state) {
    (void)state;
    if (ch_stream_runs()) ch_stream_stop();
    memset(&ch_stream, 0, sizeof ch_stream);
    ch_stream.lock = (ch_port_lock_t)CH_PORT_LOCK_INIT;
    memset(&reader, 0, sizeof reader);
    memset(memory, 0xee, sizeof memory);
    seed = ch_test_seed();
    cycles = 0xfffff000u; /* it wraps soon */
    task = NULL;
    meanwhile = NULL;
    return 0;
}

static const ch_stream_callers_t nobody = {NULL, 0};

/* ---- tests ---- */

static void states_are_those_of_the_api(void **state) {
    (void)state;
    assert_int_equal(ch_stream_stop(), ESP_ERR_INVALID_STATE);
    assert_int_equal(ch_trace_ring_set(NULL, 4096), ESP_ERR_INVALID_ARG);
    assert_int_equal(ch_trace_ring_set(memory, 511), ESP_ERR_INVALID_SIZE);
    assert_int_equal(ch_trace_ring_set(memory, sizeof memory), ESP_OK);
    assert_int_equal(ch_stream_init(), ESP_OK);
    assert_int_equal(ch_stream_start(), ESP_OK);
    assert_int_equal(ch_stream_start(), ESP_OK);
    assert_int_equal(ch_stream_init(), ESP_ERR_INVALID_STATE);
    assert_int_equal(ch_trace_ring_set(memory, sizeof memory), ESP_ERR_INVALID_STATE);
    assert_int_equal(ch_stream_stop(), ESP_OK);
    assert_int_equal(ch_stream_stop(), ESP_ERR_INVALID_STATE);
}

static void the_control_block_is_what_probes_look_for(void **state) {
    (void)state;
    ch_trace_ring_set(memory, sizeof memory);
    const ch_trace_control_t *c = ch_trace_control();
    assert_string_equal(c->id, "SEGGER RTT");
    assert_int_equal(c->up_buffers, 1);
    assert_string_equal(c->up[0].name, "capheap");
    assert_ptr_equal(c->up[0].buffer, memory);
    assert_int_equal(c->up[0].size, sizeof memory);
    assert_int_equal(offsetof(ch_trace_control_t, up), 24);
}

static void nothing_is_told_before_the_start_and_after_the_stop(void **state) {
    (void)state;
    ch_trace_ring_set(memory, sizeof memory);
    ch_stream_tell_freed(memory, nobody);
    assert_int_equal(ch_trace_read(reader.wire, 1), 0);
    ch_stream_start();
    ch_stream_tell_freed(memory, nobody);
    ch_stream_stop();
    ch_stream_tell_freed(memory, nobody);
    drain(SIZE_MAX);
    assert_int_equal(reader.events, 1);
}

static void random_event(void) {
    void *callers[3] = {(void *)(uintptr_t)(0x40000000u + 2 * any(40)), (void *)(uintptr_t)(0x3f000000u + any(1000)), NULL};
    ch_stream_callers_t by = {callers, any(4)};
    if (by.depth == 3) by.depth = 0;
    uint8_t *p = memory + 4 * any(512);
    task = (void *)(uintptr_t)(any(3) * 0x1000);
    switch (any(4)) {
    case 0:
        ch_stream_tell_allocated(p, any(2) ? (size_t)1 << any(20) : 0, any(100000), any(2) ? 1u << 12 : any(1u << 22), by);
        break;
    case 1: ch_stream_tell_freed(p, by); break;
    case 2: ch_stream_tell_moved(ch_stream_frames(), p, memory + 4 * any(512), any(1000), 1u << 12, by); break;
    default: ch_stream_tell_failed(any(2) ? SIZE_MAX : 7, 1u << 11, any(2) ? "heap_caps_malloc" : NULL, by); break;
    }
    cycles += any(10) ? any(5000) : any(100000000);
}

static void an_alignment_is_told_behind_all_else(void **state) {
    (void)state;
    void *one[] = {(void *)0x40001000};
    ch_trace_ring_set(memory, sizeof memory);
    ch_stream_start();
    drain(SIZE_MAX);
    for (unsigned bits = 0; bits < 31; bits++) {
        ch_stream_tell_allocated(memory, (size_t)1 << bits, 100, 1u << (bits % 2 ? 12 : 11),
                                 (ch_stream_callers_t){one, bits % 3 == 0});
        drain(SIZE_MAX);
        assert_int_equal(reader.alignment, bits);
    }
    ch_stream_tell_allocated(memory, 0, 100, 1u << 12, nobody);
    drain(SIZE_MAX);
    assert_int_equal(reader.alignment, 0);
}

static void every_event_comes_out_or_is_counted(void **state) {
    (void)state;
    ch_trace_ring_set(memory, 700);
    ch_stream_start();
    unsigned told = 0;
    for (int round = 0; round < 4000; round++, told++) {
        random_event();
        if (any(100) < 60) drain(any(80));
    }
    drain(SIZE_MAX);
    ch_stream_tell_freed(memory, nobody); /* a LOST comes before it */
    told++;
    drain(SIZE_MAX);
    assert_true(reader.lost > 0);
    assert_int_equal(reader.lost, ch_trace_lost());
    assert_int_equal(reader.events + reader.lost, told);
    assert_int_equal(reader.frames, ch_stream.frames);
}

static void a_full_ring_writes_no_byte_outside(void **state) {
    (void)state;
    ch_trace_ring_set(memory + 1024, 600);
    ch_stream_start();
    for (int round = 0; round < 500; round++) random_event();
    for (size_t i = 0; i < sizeof memory; i++)
        if (i < 1024 || i >= 1024 + 600) assert_int_equal(memory[i], 0xee);
    assert_true(ch_trace_lost() > 0);
}

static void a_reader_that_writes_nonsense_harms_nobody(void **state) {
    (void)state;
    ch_trace_ring_set(memory, 600);
    ch_stream_start();
    ch_stream_control.up[0].read = 600;
    uint32_t before = ch_trace_lost();
    ch_stream_tell_freed(memory, nobody);
    assert_int_equal(ch_trace_lost(), before + 1);
    ch_stream_control.up[0].read = ch_stream_control.up[0].write;
    ch_stream_tell_freed(memory, nobody);
    assert_int_equal(ch_trace_lost(), before + 1);
}

static void a_call_stack_is_told_once_and_then_by_its_number(void **state) {
    (void)state;
    void *one[] = {(void *)0x40001000}, *other[] = {(void *)0x40002000, (void *)0x40003000};
    ch_trace_ring_set(memory, sizeof memory);
    ch_stream_start();
    for (int i = 0; i < 5; i++) {
        ch_stream_tell_freed(memory, (ch_stream_callers_t){one, 1});
        ch_stream_tell_freed(memory, (ch_stream_callers_t){other, 2});
    }
    drain(SIZE_MAX);
    assert_int_equal(reader.events, 10);
    assert_in_range(reader.defined, 2, CH_CFG_TRACE_STACKS == 1 ? 10 : 2);
    assert_true(reader.by == 0x40002000);
    assert_true(reader.outermost == 0x40003000);
}

static void a_task_is_told_once_and_then_by_its_number(void **state) {
    (void)state;
    ch_trace_ring_set(memory, sizeof memory);
    ch_stream_start();
    task = (void *)0x1000;
    for (int i = 0; i < 5; i++) ch_stream_tell_freed(memory, nobody);
    drain(SIZE_MAX);
    assert_int_equal(reader.events, 5);
    assert_int_equal(reader.tasks_defined, 1);
}

static void *rival[1];
static void tell_rival(void) { ch_stream_tell_freed(memory, (ch_stream_callers_t){rival, 1}); }

static void who_takes_the_number_of_a_call_stack_meanwhile_is_noticed(void **state) {
    (void)state;
    void *one[] = {(void *)0x40001000};
    ch_trace_ring_set(memory, sizeof memory);
    ch_stream_start();
    ch_stream_tell_freed(memory, (ch_stream_callers_t){one, 1});
    drain(SIZE_MAX);
    uintptr_t other = 0x50000000;
    unsigned slot = 0;
    while (reader.stacks[slot] != 0x40001000) slot++;
    for (; reader.stacks[slot] == 0x40001000; other += 16) { /* until one gets the same number */
        rival[0] = (void *)other;
        tell_rival();
        drain(SIZE_MAX);
    }
    ch_stream_tell_freed(memory, (ch_stream_callers_t){one, 1});
    drain(SIZE_MAX);
    assert_true(reader.by == 0x40001000);
    unsigned before = reader.events;
    meanwhile = tell_rival;
    ch_stream_tell_freed(memory, (ch_stream_callers_t){one, 1});
    drain(SIZE_MAX);
    assert_int_equal(reader.events, before + 2);
    assert_true(reader.by == 0x40001000);
}

static void what_a_late_reader_needs_comes_again(void **state) {
    (void)state;
    void *one[] = {(void *)0x40001000};
    ch_trace_ring_set(memory, sizeof memory);
    ch_stream_start();
    task = (void *)0x1000;
    for (int i = 0; i < 16 * CH_CFG_TRACE_STACKS + 16; i++) {
        ch_stream_tell_freed(memory, (ch_stream_callers_t){one, 1});
        drain(SIZE_MAX);
    }
    assert_true(reader.syncs >= 1 + 16 * CH_CFG_TRACE_STACKS / 128);
    assert_true(reader.defined >= 2);
    assert_true(reader.tasks_defined >= 2);
}

static void a_call_stack_whose_frame_found_no_room_is_told_again(void **state) {
    (void)state;
    void *one[] = {(void *)0x40001000};
    ch_trace_ring_set(memory, 512);
    ch_stream_start();
    while (ch_trace_lost() == 0) ch_stream_tell_freed(memory, nobody);
    ch_stream_tell_freed(memory, (ch_stream_callers_t){one, 1}); /* lost */
    drain(SIZE_MAX);
    ch_stream_tell_freed(memory, (ch_stream_callers_t){one, 1});
    drain(SIZE_MAX);
    assert_int_equal(reader.lost_frames, 1);
    ch_stream_tell_freed(memory, nobody);
    drain(SIZE_MAX);
    assert_int_equal(reader.lost_frames, 1); /* told once */
    ch_stream_tell_freed(memory, (ch_stream_callers_t){one, 1});
    drain(SIZE_MAX);
    assert_int_equal(reader.defined, 1);
    assert_true(reader.by == 0x40001000);
}

static void time_goes_on_over_wraps_and_long_rests(void **state) {
    (void)state;
    ch_trace_ring_set(memory, sizeof memory);
    ch_stream_start();
    uint64_t begun = ch_stream_now();
    uint64_t passed = 0;
    for (int i = 0; i < 20; i++) {
        cycles += 0x30000000u;
        passed += 0x30000000u;
        ch_stream_tell_freed(memory, nobody);
        drain(SIZE_MAX);
        assert_true(ch_stream_now() == begun + (passed >> CH_CFG_TRACE_TICK_SHIFT) ||
                    ch_stream_now() == begun + (passed >> CH_CFG_TRACE_TICK_SHIFT) + 1);
        assert_int_equal(reader.last.time, ch_stream_now() & 0xffff);
    }
    assert_true(reader.frames >= 2 * 20); /* a CLOCK before each */
}

static size_t half(void *context, const uint8_t *bytes, size_t size) {
    (void)bytes;
    *(size_t *)context += size / 2;
    return size / 2;
}

static void a_sink_that_takes_less_is_asked_again_for_the_rest(void **state) {
    (void)state;
    size_t seen = 0;
    ch_trace_ring_set(memory, 600);
    ch_stream_start();
    size_t there = sizeof memory;
    there = ch_stream_control.up[0].write - ch_stream_control.up[0].read;
    assert_int_equal(ch_trace_drain(half, &seen), there / 2);
    assert_int_equal(seen, there / 2);
    assert_int_equal(ch_stream_control.up[0].write - ch_stream_control.up[0].read, there - there / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(states_are_those_of_the_api, begin),
        cmocka_unit_test_setup(the_control_block_is_what_probes_look_for, begin),
        cmocka_unit_test_setup(nothing_is_told_before_the_start_and_after_the_stop, begin),
        cmocka_unit_test_setup(an_alignment_is_told_behind_all_else, begin),
        cmocka_unit_test_setup(every_event_comes_out_or_is_counted, begin),
        cmocka_unit_test_setup(a_full_ring_writes_no_byte_outside, begin),
        cmocka_unit_test_setup(a_reader_that_writes_nonsense_harms_nobody, begin),
        cmocka_unit_test_setup(a_call_stack_is_told_once_and_then_by_its_number, begin),
        cmocka_unit_test_setup(a_task_is_told_once_and_then_by_its_number, begin),
        cmocka_unit_test_setup(who_takes_the_number_of_a_call_stack_meanwhile_is_noticed, begin),
        cmocka_unit_test_setup(what_a_late_reader_needs_comes_again, begin),
        cmocka_unit_test_setup(a_call_stack_whose_frame_found_no_room_is_told_again, begin),
        cmocka_unit_test_setup(time_goes_on_over_wraps_and_long_rests, begin),
        cmocka_unit_test_setup(a_sink_that_takes_less_is_asked_again_for_the_rest, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
