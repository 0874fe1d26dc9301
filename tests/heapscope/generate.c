/* SPDX-License-Identifier: MIT */
/*
 * Writes a trace stream to standard output with the writer of the target: generate EVENTS [SEED]. Two regions, three tasks, 500
 * call stacks of one to eight callers; blocks live shortly or long, some for ever; a realloc and a failure now and then. What is
 * live at the end goes to standard error.
 */
#include <stdio.h>
#include <stdlib.h>

#include "capheap/port.h"
#include "capheap/regions.h"
#include "capheap/trace_stream.h"
#include "debug/stream.h"
#include "event.h"

enum { SLOTS = 20000, UNIT = 32 };

/* ---- the machine ---- */

static uint32_t cycles;
static void *task;
static const ch_region_state_t regions[] = {
    {0x3ffb0000, 180000, 0x1c0e, "DRAM", 100000, 60000, 50000},
    {0x3f800000, 4 << 20, 0x1404, "SPIRAM", 4000000, 3000000, 2000000},
};

uint32_t ch_port_cycles(void) { return cycles; }
unsigned ch_port_core_id(void) { return cycles >> 12 & 1; }
void *ch_port_task_id(void) { return task; }
const char *ch_trace_task_name(const void *id) {
    return id == (void *)0x3ffc0000 ? "main" : id == (void *)0x3ffc1000 ? "net" : "ui";
}
bool ch_region_state(unsigned index, ch_region_state_t *state) {
    if (index < 2) *state = regions[index];
    return index < 2;
}

/* ---- the program ---- */

static uint32_t seed = 1;
static uint32_t any(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

static void *callers[500][8];
static unsigned depths[500];
static void *place_of(uint32_t slot) { return (void *)(uintptr_t)(0x3f800000 + slot * UNIT); }

static ch_stream_callers_t someone(void) {
    uint32_t who = any(2) ? any(20) : any(500);
    return (ch_stream_callers_t){callers[who], depths[who]};
}

static size_t to_stdout(void *context, const uint8_t *bytes, size_t size) {
    (void)context;
    return fwrite(bytes, 1, size, stdout);
}

static uint32_t live[SLOTS]; /* bytes */
static void one_event(void) {
    uint32_t slot = any(8) ? any(SLOTS / 50) : any(SLOTS);
    void *p = place_of(slot);
    task = (void *)(uintptr_t)(0x3ffc0000 + any(3) * 0x1000);
    cycles += any(20) ? any(3000) : any(30000000);
    if (any(1000) == 0) {
        ch_stream_tell_failed(100000 + any(100000), 0x1800, "heap_caps_malloc", someone());
    } else if (!live[slot]) {
        live[slot] = 1 + any(UNIT);
        ch_stream_tell_allocated(p, 0, live[slot], any(4) ? 0x1000 : 0x1800, someone());
    } else if (any(16) == 0) {
        live[slot] = 1 + any(UNIT);
        ch_stream_tell_moved(ch_stream_frames(), p, p, live[slot], 0x1000, someone());
    } else {
        ch_stream_tell_freed(p, someone());
        live[slot] = 0;
    }
}

int main(int argc, char **argv) {
    static uint8_t ring[1 << 16];
    long events = argc > 1 ? strtol(argv[1], NULL, 0) : 1000;
    if (argc > 2) seed = (uint32_t)strtoul(argv[2], NULL, 0);
    for (unsigned i = 0; i < 500; i++) {
        depths[i] = 1 + any(8);
        for (unsigned k = 0; k < depths[i]; k++) callers[i][k] = (void *)(uintptr_t)(0x400d0000 + any(k < 2 ? 4000 : 400) * 6);
    }
    ch_trace_ring_set(ring, sizeof ring);
    ch_trace_clock_rate(160000000);
    ch_stream_init();
    ch_stream_start();
    ch_trace_info("chip", "esp32");
    for (long i = 0; i < events; i++) {
        if (i == events / 2) ch_trace_mark("half");
        one_event();
        ch_trace_drain(to_stdout, NULL);
    }
    ch_stream_stop();
    ch_trace_drain(to_stdout, NULL);
    uint32_t bytes = 0, blocks = 0;
    for (unsigned i = 0; i < SLOTS; i++) bytes += live[i], blocks += live[i] != 0;
    fprintf(stderr, "bytes=%u blocks=%u\n", (unsigned)bytes, (unsigned)blocks);
    return fflush(stdout) != 0 || ch_trace_lost() != 0;
}
