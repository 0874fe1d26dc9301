/* SPDX-License-Identifier: MIT */
/* Formats of text: an event a line; folded stacks (flamegraph.pl, speedscope, inferno); JSON of chrome://tracing and Perfetto. */
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "paint.h"

/* ---- an event a line, fields as in tests/stream/vectors.txt ---- */

static void put_who(hs_context_t *c, FILE *out, const hs_event_t *e) {
    uint64_t callers[64];
    size_t depth = hs_stacks_get(hs_reader_stacks(c->reader), e->stack, callers, 64);
    if (e->core) fprintf(out, " core=%u", e->core);
    if (e->task) {
        const hs_task_t *task = &hs_reader_tasks(c->reader)->tasks[e->task];
        fprintf(out, " task=%llx:%s", (unsigned long long)task->handle, task->name);
    }
    for (size_t i = 0; i < depth; i++) fprintf(out, "%s%llx", i ? "," : " stack=", (unsigned long long)callers[i]);
}

static void put_fields(FILE *out, const hs_event_t *e) {
    unsigned long long address = e->address, old = e->old, size = e->size;
    switch (e->type) {
    case HS_ALLOC:
        fprintf(out, "alloc at=%llx size=%llu caps=%x", address, size, e->caps);
        if (e->alignment) fprintf(out, " align=%llu", 1ull << e->alignment);
        break;
    case HS_FREE: fprintf(out, "free at=%llx", address); break;
    case HS_MOVE: fprintf(out, "move at=%llx old=%llx size=%llu caps=%x", address, old, size, e->caps); break;
    case HS_FAILED: fprintf(out, "failed size=%llu caps=%x function=%s", size, e->caps, e->text); break;
    case HS_REGION: fprintf(out, "region start=%llx size=%llu caps=%x name=%s", address, size, e->caps, e->text); break;
    case HS_STATE:
        fprintf(out, "state start=%llx free=%llu largest=%llu minimum=%llu", address, (unsigned long long)e->free,
                (unsigned long long)e->largest, (unsigned long long)e->minimum);
        break;
    case HS_MARK: fprintf(out, "mark text=%s", e->text); break;
    case HS_RESTART: fputs("restart", out); break;
    case HS_RUN: fprintf(out, "run number=%llu", size); break;
    case HS_STOP: fputs("stop", out); break;
    case HS_LOST: fprintf(out, "lost events=%llu", size); break;
    }
}

void hs_export_text(hs_context_t *c, FILE *out) {
    hs_event_t e;
    while (hs_reader_next(c->reader, &e)) {
        fprintf(out, "%llu ", (unsigned long long)e.time);
        put_fields(out, &e);
        if (e.type <= HS_FAILED) put_who(c, out, &e);
        fputc('\n', out);
    }
}

/* ---- folded stacks ---- */

/** A name without the characters that separate names. */
static void put_name(FILE *out, const char *name) {
    for (; *name; name++) fputc(*name == ';' || *name == ' ' || *name == '\n' ? '_' : *name, out);
}

static uint64_t value_of(const hs_sum_t *s, const char *what) {
    if (strcmp(what, "total") == 0) return s->total_bytes;
    if (strcmp(what, "count") == 0) return s->live_count;
    if (strcmp(what, "churn") == 0) return s->total_count;
    if (strcmp(what, "peak") == 0) return s->peak_bytes;
    return s->live_bytes;
}

void hs_export_folded(hs_context_t *c, FILE *out) {
    const char *what = c->options->sort ? c->options->sort : "bytes";
    hs_context_run(c);
    const hs_model_t *m = &c->model;
    for (size_t i = 0; i < m->stacks_room && i < hs_reader_stacks(c->reader)->count; i++) {
        uint64_t value = value_of(&m->stacks[i], what);
        if (!value) continue;
        json_t *stack = hs_json_stack(c, (uint32_t)i);
        for (size_t k = json_array_size(stack); k-- > 0;) {
            const json_t *place = json_array_get(stack, k);
            const char *function = hs_string(place, "function");
            put_name(out, *function ? function : hs_string(place, "address"));
            fputc(k ? ';' : ' ', out);
        }
        if (json_array_size(stack) == 0) fputs("(no_call_stack) ", out);
        fprintf(out, "%llu\n", (unsigned long long)value);
        json_decref(stack);
    }
}

/* ---- Chrome ---- */

enum { COUNTERS_MOST = 1 << 16 }; /* of a region: what a viewer can draw */

typedef struct {
    FILE *out;
    hs_context_t *context;
    uint64_t begin, step; /* ticks; least distance of two values of a counter */
    uint64_t told[HS_REGIONS_MOST];
    uint64_t value[HS_REGIONS_MOST];
    const char *comma;
} chrome_t;

static double micros(const chrome_t *w, uint64_t time) {
    uint64_t rate = hs_reader_stats(w->context->reader)->rate;
    double ticks = (double)(time - w->begin);
    return rate ? ticks * 1e6 / (double)rate : ticks;
}

static void emit(chrome_t *w, json_t *event) {
    fputs(w->comma, w->out);
    w->comma = ",\n";
    json_dumpf(event, w->out, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(event);
}

static void emit_use(chrome_t *w, unsigned region, uint64_t time) {
    const hs_region_t *r = &w->context->model.regions[region];
    w->value[region] = r->sum.live_bytes;
    w->told[region] = time;
    emit(w, json_pack("{ss+ ss si sf s{sI}}", "name", "in use: ", r->name, "ph", "C", "pid", 1, "ts", micros(w, time), "args",
                      "bytes", (json_int_t)r->sum.live_bytes));
}

static void emit_state(chrome_t *w, const hs_event_t *e) {
    const hs_model_t *m = &w->context->model;
    for (size_t i = 1; i < m->regions_count; i++) {
        const hs_region_t *r = &m->regions[i];
        if (r->start != e->address) continue;
        emit(w, json_pack("{ss+ ss si sf s{sI sI}}", "name", "free: ", r->name, "ph", "C", "pid", 1, "ts", micros(w, e->time),
                          "args", "largest", (json_int_t)e->largest, "rest",
                          (json_int_t)(e->free > e->largest ? e->free - e->largest : 0)));
    }
}

static void emit_note(chrome_t *w, const hs_event_t *e) {
    bool failed = e->type == HS_FAILED;
    char *name = failed ? hs_text("failed: %llu bytes", (unsigned long long)e->size) : hs_text("%s", e->text);
    json_t *event = json_pack("{ss ss ss si sI sf}", "name", name, "ph", "i", "s", failed ? "t" : "g", "pid", 1, "tid",
                              (json_int_t)e->task + 1, "ts", micros(w, e->time));
    if (failed)
        json_object_set_new(event, "args",
                            json_pack("{so sI}", "stack", hs_json_stack(w->context, e->stack), "caps", (json_int_t)e->caps));
    emit(w, event);
    free(name);
}

static void emit_event(chrome_t *w, const hs_event_t *e) {
    const hs_model_t *m = &w->context->model;
    if (e->type == HS_STATE) emit_state(w, e);
    if (e->type == HS_FAILED || e->type == HS_MARK) emit_note(w, e);
    for (unsigned i = 0; i < m->regions_count; i++)
        if (m->regions[i].sum.live_bytes != w->value[i] && (e->time - w->told[i] >= w->step || !w->told[i]))
            emit_use(w, i, e->time);
}

void hs_export_chrome(hs_context_t *c, FILE *out) {
    hs_event_t e;
    hs_context_run(c); /* once to know how long it is */
    chrome_t w = {.out = out, .context = c, .begin = c->model.first, .comma = ""};
    w.step = (c->model.now - c->model.first) / COUNTERS_MOST + 1;
    hs_model_free(&c->model);
    hs_reader_rewind(c->reader);
    hs_model_run(&c->model, c->reader, 0);
    fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n", out);
    emit(&w, json_pack("{ss ss si s{ss}}", "name", "process_name", "ph", "M", "pid", 1, "args", "name", "heap"));
    while (hs_reader_next(c->reader, &e)) {
        hs_model_take(&c->model, &e);
        emit_event(&w, &e);
    }
    for (unsigned i = 0; i < c->model.regions_count; i++)
        if (c->model.regions[i].sum.total_count) emit_use(&w, i, c->model.now);
    for (size_t i = 0; i < hs_reader_tasks(c->reader)->count; i++)
        emit(&w, json_pack("{ss ss si sI s{ss}}", "name", "thread_name", "ph", "M", "pid", 1, "tid", (json_int_t)i + 1, "args",
                           "name", hs_task_name(c, (uint32_t)i)));
    fputs("\n]}\n", out);
}
