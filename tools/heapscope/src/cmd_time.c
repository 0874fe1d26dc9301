/* SPDX-License-Identifier: MIT */
/* timeline: how full each region was, and in how many pieces its free memory. lifetimes: how long blocks live. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "paint.h"

enum { ROWS = 24 };

/* ---- timeline ---- */

static json_t *known(uint64_t number) { return number == UINT64_MAX ? json_null() : json_integer((json_int_t)number); }

/** Buckets in which nothing happened are as the last one before them was. */
static json_t *buckets_of(const hs_context_t *c, const hs_region_t *r) {
    const hs_model_t *m = &c->model;
    json_t *array = json_array();
    uint64_t last = (m->now - m->first) / m->bucket_ticks, use = 0, free = UINT64_MAX, largest = UINT64_MAX;
    for (uint64_t i = 0; i <= last && i < HS_BUCKETS; i++) {
        const hs_bucket_t *b = &r->buckets[i];
        uint64_t most = b->seen && b->most > use ? b->most : use;
        if (b->seen) use = b->last;
        if (b->free != UINT64_MAX) free = b->free, largest = b->largest;
        json_array_append_new(array, json_pack("{sf sI sI so so sI sI}", "at", hs_time(c, i * m->bucket_ticks), "most",
                                               (json_int_t)most, "use", (json_int_t)use, "free", known(free), "largest",
                                               known(largest), "allocs", (json_int_t)b->allocs, "frees", (json_int_t)b->frees));
    }
    return array;
}

json_t *hs_ask_timeline(hs_context_t *c) {
    hs_context_run(c);
    const hs_model_t *m = &c->model;
    json_t *document = json_object(), *regions = json_array();
    for (size_t i = 0; i < m->regions_count; i++) {
        const hs_region_t *r = &m->regions[i];
        if (!r->sum.total_count && r->free == UINT64_MAX) continue;
        if (c->options->region && strcmp(c->options->region, r->name) != 0) continue;
        json_array_append_new(regions,
                              json_pack("{ss sI sI sI so}", "name", r->name, "size", (json_int_t)r->size, "peak_bytes",
                                        (json_int_t)r->sum.peak_bytes, "calls",
                                        (json_int_t)(r->sum.total_count + r->sum.freed_count), "buckets", buckets_of(c, r)));
    }
    json_object_set_new(document, "trace", hs_json_trace(c));
    json_object_set_new(document, "bucket", json_real(m->bucket_ticks ? hs_time(c, m->bucket_ticks) : 0));
    json_object_set_new(document, "regions", regions);
    return document;
}

/** Several buckets as a line: the most of them, and their end. */
static void show_span(const json_t *trace, const json_t *buckets, size_t from, size_t to, double scale) {
    double most = 0, changes = 0;
    const json_t *end = json_array_get(buckets, to - 1);
    for (size_t i = from; i < to; i++) {
        const json_t *b = json_array_get(buckets, i);
        if (hs_number(b, "most") > most) most = hs_number(b, "most");
        changes += hs_number(b, "allocs") + hs_number(b, "frees");
    }
    printf("  %10s %10s ", hs_seconds(trace, hs_number(json_array_get(buckets, from), "at")), hs_bytes(most));
    hs_bar(scale > 0 ? most / scale : 0, 30, HS_GREEN);
    printf(" %8.0f", changes);
    if (!json_is_null(json_object_get(end, "free"))) {
        double free = hs_number(end, "free"), largest = hs_number(end, "largest");
        double pieces = free > 0 ? 100 * (1 - largest / free) : 0;
        printf("  %10s %10s  %s%3.0f %%%s", hs_bytes(free), hs_bytes(largest), hs_paint(pieces > 50 ? HS_RED : HS_PLAIN), pieces,
               hs_paint(HS_PLAIN));
    }
    putchar('\n');
}

/** A region of which the recording has no calls is one line. */
static void show_idle(const json_t *region, const json_t *buckets) {
    const json_t *end = json_array_get(buckets, json_array_size(buckets) - 1);
    printf("%s%s%s, %s; no calls", hs_paint(HS_BOLD), hs_string(region, "name"), hs_paint(HS_PLAIN),
           hs_bytes(hs_number(region, "size")));
    if (!json_is_null(json_object_get(end, "free"))) printf("; %s free", hs_bytes(hs_number(end, "free")));
    printf("\n\n");
}

void hs_show_timeline(const json_t *document) {
    const json_t *trace = json_object_get(document, "trace"), *region;
    size_t k;
    hs_show_trace(document);
    json_array_foreach(json_object_get(document, "regions"), k, region) {
        const json_t *buckets = json_object_get(region, "buckets");
        if (hs_number(region, "calls") == 0) {
            show_idle(region, buckets);
            continue;
        }
        size_t count = json_array_size(buckets), step = (count + ROWS - 1) / ROWS;
        printf("%s%s%s, %s; the bar is full at the peak of %s\n", hs_paint(HS_BOLD), hs_string(region, "name"),
               hs_paint(HS_PLAIN), hs_bytes(hs_number(region, "size")), hs_bytes(hs_number(region, "peak_bytes")));
        printf("%s  %10s %10s %30s %8s  %10s %10s  fragmented%s\n", hs_paint(HS_DIM), "from", "in use", "", "calls", "free",
               "largest", hs_paint(HS_PLAIN));
        for (size_t i = 0; i < count; i += step)
            show_span(trace, buckets, i, i + step < count ? i + step : count, hs_number(region, "peak_bytes"));
        putchar('\n');
    }
}

/* ---- lifetimes ---- */

json_t *hs_ask_lifetimes(hs_context_t *c) {
    hs_context_run(c);
    const hs_model_t *m = &c->model;
    json_t *document = json_object(), *classes = json_array();
    unsigned last = 0;
    for (unsigned i = 0; i < HS_LIFE_CLASSES; i++)
        if (m->life_count[i]) last = i;
    for (unsigned i = 0; i <= last; i++) {
        json_array_append_new(classes, json_pack("{sf sI sI}", "below", hs_time(c, 1ull << i), "blocks",
                                                 (json_int_t)m->life_count[i], "bytes", (json_int_t)m->life_bytes[i]));
    }
    json_object_set_new(document, "trace", hs_json_trace(c));
    json_object_set_new(document, "freed", json_integer((json_int_t)m->all.freed_count));
    json_object_set_new(document, "live", json_integer((json_int_t)m->all.live_count));
    json_object_set_new(document, "mean",
                        json_real(m->all.freed_count ? hs_time(c, m->all.life) / (double)m->all.freed_count : 0));
    json_object_set_new(document, "classes", classes);
    return document;
}

void hs_show_lifetimes(const json_t *document) {
    const json_t *trace = json_object_get(document, "trace"), *class;
    size_t i;
    double most = 0;
    hs_show_trace(document);
    if (strcmp(hs_string(trace, "kind"), "dump") == 0)
        puts("A dump does not tell when blocks were freed: their lives count as none.\n");
    json_array_foreach(json_object_get(document, "classes"), i, class) if (hs_number(class, "blocks") > most) most =
        hs_number(class, "blocks");
    printf("%s freed, mean life %s; %s live at the end\n\n", hs_count(hs_number(document, "freed"), "block"),
           hs_seconds(trace, hs_number(document, "mean")), hs_count(hs_number(document, "live"), "block"));
    printf("%s  %14s %10s %10s%s\n", hs_paint(HS_DIM), "lived less than", "blocks", "bytes", hs_paint(HS_PLAIN));
    json_array_foreach(json_object_get(document, "classes"), i, class) {
        printf("  %15s %10.0f %10s ", hs_seconds(trace, hs_number(class, "below")), hs_number(class, "blocks"),
               hs_bytes(hs_number(class, "bytes")));
        hs_bar(most > 0 ? hs_number(class, "blocks") / most : 0, 40, HS_GREEN);
        putchar('\n');
    }
}
