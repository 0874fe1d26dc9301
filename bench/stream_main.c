/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: what an event of the trace stream costs, in instructions and in bytes, and how long
 * interrupts are off for it. Prints lines "NAME MEAN MOST BYTES"; bench/stream makes a table of them.
 *
 * Interrupts are off within ch_stream_send() alone, from its begin to its end but for some ten instructions; so that function is
 * measured with the frames that it gets: an event, the longest text, and an event that finds the ring full.
 */
#include <stdio.h>

#include "capheap/regions.h"
#include "capheap/trace_stream.h"
#include "counted.h"
#include "debug/stream.h"
#include "debug/stream_state.h"
#include "event.h"
#include "rv32_machine.h"

enum { ROUNDS = 2048, STACKS = 20, BLOCKS = 1000 };

static uint8_t ring[1 << 16];
static uint32_t random_state = 20261123;

static uint32_t below(uint32_t limit) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return (uint32_t)((uint64_t)random_state * limit >> 32);
}

/* ---- the machine: one region, a task, a clock that goes on a little from event to event ---- */

static uint32_t cycles;
uint32_t ch_port_cycles(void) { return cycles += 1000; }
void *ch_port_task_id(void) { return (void *)0x84001000u; }
bool ch_region_state(unsigned index, ch_region_state_t *state) {
    *state = (ch_region_state_t){POOL_ADDRESS, 1 << 18, 0x1c0e, "DRAM", 100000, 50000, 40000};
    return index == 0;
}

static size_t swallow(void *context, const uint8_t *bytes, size_t size) {
    (void)context;
    (void)bytes;
    return size;
}

/* ---- events ---- */

static void *callers[STACKS][8];
static unsigned depth;

static void tell_allocated(void *p, uint32_t size, uint32_t who) {
    ch_stream_tell_allocated(p, 0, size, 0x1000, (ch_stream_callers_t){callers[who], depth});
}
static void tell_freed(void *p, uint32_t who) { ch_stream_tell_freed(p, (ch_stream_callers_t){callers[who], depth}); }

typedef struct {
    uint32_t sum, most, bytes;
} figures_t;

static void note(figures_t *f, uint32_t cost) {
    f->sum += cost;
    if (cost > f->most) f->most = cost;
}

static void print(const char *name, const figures_t *f, uint32_t rounds) {
    printf("%s %u.%u %u %u.%u\n", name, (unsigned)(f->sum / rounds), (unsigned)(f->sum * 10ull / rounds % 10), (unsigned)f->most,
           (unsigned)(f->bytes / rounds), (unsigned)(f->bytes * 10ull / rounds % 10));
}

static void measure_events(unsigned with_depth) {
    figures_t allocated = {0}, freed = {0};
    char name[32];
    depth = with_depth;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        void *p = (void *)(uintptr_t)(POOL_ADDRESS + 8 * below(BLOCKS * 8));
        uint32_t who = below(STACKS), size = 1 + below(300), cost;
        COUNTED_CALL(tell_allocated, p, size, who, &cost);
        note(&allocated, cost);
        allocated.bytes += (uint32_t)ch_trace_drain(swallow, NULL);
        COUNTED_CALL(tell_freed, p, who, 0, &cost);
        note(&freed, cost);
        freed.bytes += (uint32_t)ch_trace_drain(swallow, NULL);
    }
    snprintf(name, sizeof name, "alloc-%u", depth);
    print(name, &allocated, ROUNDS);
    snprintf(name, sizeof name, "free-%u", depth);
    print(name, &freed, ROUNDS);
}

/* ---- the locked part ---- */

static void measure_send(const char *name, unsigned payload, bool drained) {
    figures_t f = {0};
    for (uint32_t i = 0; i < ROUNDS; i++) {
        ch_message_t m;
        uint32_t cost;
        ch_message_begin(&m, CH_TRACE_FREE);
        for (unsigned k = 0; k < payload; k++) ch_frame_byte(&m.frame, (uint8_t)below(256));
        COUNTED_CALL(ch_stream_send, &m, 0, 0, &cost);
        note(&f, cost);
        f.bytes += drained ? (uint32_t)ch_trace_drain(swallow, NULL) : 0;
    }
    print(name, &f, ROUNDS);
}

int main(void) {
    machine_start();
    if (!machine_counts_exactly()) return machine_fail("minstret does not count exactly; QEMU needs -icount shift=0");
    for (unsigned i = 0; i < STACKS; i++)
        for (unsigned k = 0; k < 8; k++) callers[i][k] = (void *)(uintptr_t)(0x80000000u + 2 * below(100000));
    ch_trace_ring_set(ring, sizeof ring);
    if (ch_stream_start() != 0) return machine_fail("the stream does not start");
    ch_trace_drain(swallow, NULL);
    static const unsigned depths[] = {0, 1, 2, 4, 8};
    for (unsigned i = 0; i < sizeof depths / sizeof depths[0]; i++) measure_events(depths[i]);
    measure_send("send-event", 12, true);
    measure_send("send-new-stack", 40, true);
    measure_send("send-longest", CH_TRACE_BODY_MAX - CH_TRACE_TRAILER - 1, true);
    while (ch_trace_lost() == 0) tell_freed(ring, 0);
    measure_send("send-full", 12, false);
    return STATUS_DONE;
}
