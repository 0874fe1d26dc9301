/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target of heapscope (libFuzzer): whatever a recording says, every command ends, and sums agree.
 *
 *   first byte even   the rest is what is on the wire
 *   odd               the rest are records, each with its length before it, which are framed as they have to be: so the fuzzer
 *                     gets behind the check sum
 *
 * A SYNC comes before either. Bit 1 of the first byte: a target of 64 bits; bits 2 to 4: the command.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "debug/stream_frame.h"
#include "export.h"
#include "paint.h"

typedef struct {
    uint8_t *bytes;
    size_t size;
    uint8_t sequence;
} wire_t;

static void put_frame(wire_t *w, ch_frame_t *f, uint16_t time) {
    ch_frame_end(f, time, w->sequence++);
    memcpy(w->bytes + w->size, f->bytes, f->length);
    w->size += f->length;
}

static void put_sync(wire_t *w, unsigned word) {
    const uint64_t numbers[] = {word, 8, 0x3f800000, 1000000, 0, 0, 0, 1, 0x1000};
    ch_frame_t f;
    ch_frame_begin(&f, CH_TRACE_SYNC);
    for (const char *c = "CH\1"; *c; c++) ch_frame_byte(&f, (uint8_t)*c);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) ch_frame_number(&f, numbers[i]);
    put_frame(w, &f, 0);
}

static void put_records(wire_t *w, const uint8_t *data, size_t size) {
    for (size_t i = 0; i + 1 < size;) {
        size_t length = data[i] & 63;
        ch_frame_t f;
        ch_frame_begin(&f, data[i + 1]);
        for (size_t k = i + 2; k < i + 2 + length && k < size; k++) ch_frame_byte(&f, data[k]);
        if (data[i] & 64) w->sequence++; /* one is missing */
        put_frame(w, &f, (uint16_t)(i * 37));
        i += 2 + length;
    }
}

/* ---- what must hold ---- */

static void require(bool holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

/** M1 and M2 of model.h. */
static void check_sums(const hs_context_t *c) {
    const hs_model_t *m = &c->model;
    uint64_t stacks = 0, tasks = 0, regions = 0;
    for (size_t i = 0; i < m->stacks_room; i++) stacks += m->stacks[i].live_bytes;
    for (size_t i = 0; i < m->tasks_room; i++) tasks += m->tasks[i].live_bytes;
    for (size_t i = 0; i < m->regions_count; i++) regions += m->regions[i].sum.live_bytes;
    require(stacks == m->all.live_bytes && tasks == m->all.live_bytes && regions == m->all.live_bytes, "sums differ");
    require(m->live.count == m->all.live_count, "live blocks differ");
    require(m->peak.bytes == m->all.peak_bytes, "peaks differ");
}

typedef struct {
    json_t *(*ask)(hs_context_t *c);
    void (*show)(const json_t *document);
    bool to_end; /* the model has seen everything */
} command_t;

static void run(const wire_t *w, const command_t *command) {
    static const hs_options_t options = {.input = "fuzz", .top = 5, .blocks = 3, .color = -1};
    hs_context_t c = {.options = &options};
    c.reader = hs_reader_open(hs_source_of(w->bytes, w->size));
    json_t *document = command->ask(&c);
    if (command->to_end) check_sums(&c);
    if (command->show) command->show(document);
    json_decref(document);
    hs_context_close(&c);
}

static FILE *nowhere;
static json_t *export_all(hs_context_t *c) {
    void (*const writers[])(hs_context_t *, FILE *) = {hs_export_heaptrack, hs_export_text, hs_export_folded};
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        hs_model_free(&c->model);
        hs_reader_rewind(c->reader);
        writers[i](c, nowhere);
    }
    hs_model_free(&c->model);
    hs_reader_rewind(c->reader);
    hs_export_chrome(c, nowhere);
    return NULL;
}

static const command_t commands[8] = {
    {hs_ask_leaks, hs_show_leaks, true},       {hs_ask_top, hs_show_top, true},
    {hs_ask_peak, hs_show_peak, false},        {hs_ask_blame, hs_show_blame, true},
    {hs_ask_timeline, hs_show_timeline, true}, {hs_ask_lifetimes, hs_show_lifetimes, true},
    {hs_ask_info, hs_show_info, true},         {export_all, NULL, false},
};

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    nowhere = fopen("/dev/null", "w");
    if (!freopen("/dev/null", "w", stdout) || !nowhere) abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    /* A record of two bytes becomes a frame of nine at most. */
    wire_t w = {.bytes = malloc(64 + size * 8)};
    put_sync(&w, data[0] & 2 ? 8 : 4);
    if (data[0] & 1) {
        put_records(&w, data + 1, size - 1);
    } else {
        memcpy(w.bytes + w.size, data + 1, size - 1);
        w.size += size - 1;
    }
    run(&w, &commands[data[0] >> 2 & 7]);
    free(w.bytes);
    return 0;
}
