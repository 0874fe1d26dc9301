/* SPDX-License-Identifier: MIT */
/* leaks: what is live at the end. peak: what was live when most was. info: what the recording is. */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "paint.h"

json_t *hs_ask_leaks(hs_context_t *c) {
    hs_context_run(c);
    json_t *document = json_object();
    json_object_set_new(document, "trace", hs_json_trace(c));
    hs_json_groups(c, document);
    return document;
}

void hs_show_leaks(const json_t *document) {
    hs_show_trace(document);
    hs_show_groups(document, "not freed");
}

json_t *hs_ask_peak(hs_context_t *c) {
    hs_context_run(c);
    json_t *document = json_object(), *trace = hs_json_trace(c);
    double at = hs_time(c, c->model.peak.time - hs_reader_stats(c->reader)->begin);
    json_object_set_new(document, "trace", trace);
    json_object_set_new(document, "at", json_real(at));
    json_object_set_new(document, "event", json_integer((json_int_t)c->model.peak.event));
    if (c->model.peak.event) {
        hs_context_run_to_peak(c);
        hs_json_groups(c, document);
    }
    return document;
}

void hs_show_peak(const json_t *document) {
    hs_show_trace(document);
    const json_t *trace = json_object_get(document, "trace");
    printf("The peak came %s after the begin.\n", hs_seconds(trace, hs_number(document, "at")));
    hs_show_groups(document, "live then");
}

/* ---- info ---- */

static json_t *known(uint64_t number) { return number == UINT64_MAX ? json_null() : json_integer((json_int_t)number); }

static json_t *region_info(const hs_context_t *c, const hs_region_t *r) {
    (void)c;
    char start[24], caps[16];
    snprintf(start, sizeof start, "0x%08llx", (unsigned long long)r->start);
    snprintf(caps, sizeof caps, "0x%08x", (unsigned)r->caps);
    return json_pack("{ss ss sI ss so so so sI sI}", "name", r->name, "start", start, "size", (json_int_t)r->size, "caps", caps,
                     "free", known(r->free), "largest", known(r->largest), "minimum", known(r->minimum), "live_bytes",
                     (json_int_t)r->sum.live_bytes, "peak_bytes", (json_int_t)r->sum.peak_bytes);
}

static json_t *note_info(hs_context_t *c, const hs_note_t *n) {
    double at = hs_time(c, n->time - hs_reader_stats(c->reader)->begin);
    if (!n->failed) return json_pack("{ss sf ss}", "kind", "mark", "at", at, "text", n->text);
    return json_pack("{ss sf ss sI sI ss so}", "kind", "failed", "at", at, "text", n->text, "size", (json_int_t)n->size, "caps",
                     (json_int_t)n->caps, "task", hs_task_name(c, n->task), "stack", hs_json_stack(c, n->stack));
}

json_t *hs_ask_info(hs_context_t *c) {
    hs_context_run(c);
    const hs_model_t *m = &c->model;
    json_t *document = json_object(), *regions = json_array(), *notes = json_array();
    json_object_set_new(document, "trace", hs_json_trace(c));
    for (size_t i = 0; i < m->regions_count; i++)
        if (i > 0 || m->regions[i].sum.total_count) json_array_append_new(regions, region_info(c, &m->regions[i]));
    for (size_t i = 0; i < m->notes_count; i++) json_array_append_new(notes, note_info(c, &m->notes[i]));
    json_object_set_new(document, "regions", regions);
    json_object_set_new(document, "notes", notes);
    json_object_set_new(document, "peak_bytes", json_integer((json_int_t)m->peak.bytes));
    return document;
}

static void show_region(const json_t *r) {
    bool told = !json_is_null(json_object_get(r, "free"));
    printf("  %-12s %s  %10s  live %10s, peak %10s", hs_string(r, "name"), hs_string(r, "start"), hs_bytes(hs_number(r, "size")),
           hs_bytes(hs_number(r, "live_bytes")), hs_bytes(hs_number(r, "peak_bytes")));
    if (told)
        printf("; free %s, largest %s, least ever %s", hs_bytes(hs_number(r, "free")), hs_bytes(hs_number(r, "largest")),
               hs_bytes(hs_number(r, "minimum")));
    putchar('\n');
}

static void show_note(const json_t *trace, const json_t *n) {
    const char *at = hs_seconds(trace, hs_number(n, "at"));
    if (strcmp(hs_string(n, "kind"), "mark") == 0) {
        printf("  %10s  mark \"%s\"\n", at, hs_string(n, "text"));
        return;
    }
    printf("  %10s  %sfailed%s: %s, caps 0x%x, %s, %s\n", at, hs_paint(HS_RED), hs_paint(HS_PLAIN),
           hs_bytes(hs_number(n, "size")), (unsigned)hs_number(n, "caps"), hs_string(n, "text"), hs_string(n, "task"));
    hs_show_stack(json_object_get(n, "stack"), 14);
}

void hs_show_info(const json_t *document) {
    const json_t *trace = json_object_get(document, "trace"), *item;
    const char *key;
    json_t *value;
    size_t i;
    hs_show_trace(document);
    printf("%s of %s, %s; %.0f-bit target\n", hs_string(trace, "kind"), hs_bytes(hs_number(trace, "bytes")),
           hs_count(hs_number(trace, "frames"), "frame"), hs_number(trace, "word") * 8);
    json_object_foreach(json_object_get(trace, "info"), key, value) printf("  %s: %s\n", key, json_string_value(value));
    if (json_array_size(json_object_get(document, "regions"))) puts("\nregions");
    json_array_foreach(json_object_get(document, "regions"), i, item) show_region(item);
    if (json_array_size(json_object_get(document, "notes"))) puts("\nmarks and failures");
    json_array_foreach(json_object_get(document, "notes"), i, item) show_note(trace, item);
}
