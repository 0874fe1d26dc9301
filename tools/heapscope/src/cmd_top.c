/* SPDX-License-Identifier: MIT */
/* top: who uses most, by call stack, function, task or region. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "paint.h"

/** A row before it is shown. */
typedef struct {
    hs_sum_t sum;
    char *name; /* NULL: a call stack */
    uint32_t stack;
} row_t;

typedef struct {
    row_t *rows;
    size_t count, room;
} rows_t;

static void add_row(rows_t *r, const hs_sum_t *sum, const char *name, uint32_t stack) {
    if (!sum->total_count) return;
    HS_ROOM(r->rows, r->room, r->count);
    r->rows[r->count++] = (row_t){*sum, name ? hs_text("%s", name) : NULL, stack};
}

/** The function that asked, of a call stack; "" where there is none. */
static const char *function_of(hs_context_t *c, uint32_t stack, char *address, size_t room) {
    uint64_t first;
    const hs_place_t *places = NULL;
    if (hs_stacks_get(hs_reader_stacks(c->reader), stack, &first, 1) == 0) return "(no call stack)";
    size_t n = c->symbols ? hs_symbols_of(c->symbols, first, &places) : 0;
    if (n && places[0].function) return places[0].function;
    snprintf(address, room, "0x%08llx", (unsigned long long)first);
    return address;
}

static int by_name(const void *a, const void *b) { return strcmp(((const row_t *)a)->name, ((const row_t *)b)->name); }

/**
 * Rows of the same name as one. Peaks do not add up: theirs is the largest sum of peaks that may have been, so it is left out.
 */
static void merge(rows_t *r) {
    size_t n = 0;
    if (r->count) qsort(r->rows, r->count, sizeof *r->rows, by_name);
    for (size_t i = 0; i < r->count; i++) {
        if (n == 0 || strcmp(r->rows[n - 1].name, r->rows[i].name) != 0) {
            r->rows[n++] = r->rows[i];
            continue;
        }
        hs_sum_t *to = &r->rows[n - 1].sum, *from = &r->rows[i].sum;
        to->live_bytes += from->live_bytes;
        to->live_count += from->live_count;
        to->total_bytes += from->total_bytes;
        to->total_count += from->total_count;
        to->freed_count += from->freed_count;
        to->life += from->life;
        if (from->peak_bytes > to->peak_bytes) to->peak_bytes = from->peak_bytes;
        free(r->rows[i].name);
    }
    r->count = n;
}

static rows_t rows_by(hs_context_t *c, const char *by) {
    const hs_model_t *m = &c->model;
    rows_t r = {0};
    char address[24];
    if (strcmp(by, "tasks") == 0) {
        for (size_t i = 0; i < m->tasks_room && i < hs_reader_tasks(c->reader)->count; i++)
            add_row(&r, &m->tasks[i], hs_task_name(c, (uint32_t)i), 0);
    } else if (strcmp(by, "regions") == 0) {
        for (size_t i = 0; i < m->regions_count; i++) add_row(&r, &m->regions[i].sum, m->regions[i].name, 0);
    } else {
        bool functions = strcmp(by, "functions") == 0;
        for (size_t i = 0; i < m->stacks_room && i < hs_reader_stacks(c->reader)->count; i++)
            if (m->stacks[i].total_count)
                add_row(&r, &m->stacks[i], functions ? function_of(c, (uint32_t)i, address, sizeof address) : NULL, (uint32_t)i);
        if (functions) merge(&r);
    }
    return r;
}

static const char *sort_key;
static uint64_t key_of(const hs_sum_t *s) {
    if (strcmp(sort_key, "count") == 0) return s->live_count;
    if (strcmp(sort_key, "churn") == 0) return s->total_count;
    if (strcmp(sort_key, "total") == 0) return s->total_bytes;
    if (strcmp(sort_key, "peak") == 0) return s->peak_bytes;
    return s->live_bytes;
}

static int by_key(const void *left, const void *right) {
    const row_t *a = left, *b = right;
    uint64_t x = key_of(&a->sum), y = key_of(&b->sum);
    if (x == y) x = a->sum.total_bytes, y = b->sum.total_bytes;
    if (x != y) return x < y ? 1 : -1;
    return a->name ? strcmp(a->name, b->name) : (a->stack > b->stack) - (a->stack < b->stack);
}

static json_t *row_json(hs_context_t *c, const row_t *r) {
    const hs_sum_t *s = &r->sum;
    json_t *row =
        json_pack("{sI sI sI sI sI sf}", "live_bytes", (json_int_t)s->live_bytes, "live_blocks", (json_int_t)s->live_count,
                  "peak_bytes", (json_int_t)s->peak_bytes, "total_bytes", (json_int_t)s->total_bytes, "allocations",
                  (json_int_t)s->total_count, "mean_life", s->freed_count ? hs_time(c, s->life) / (double)s->freed_count : 0.0);
    if (r->name) json_object_set_new(row, "name", json_string(r->name));
    if (!r->name) json_object_set_new(row, "stack", hs_json_stack(c, r->stack));
    json_object_set_new(row, "key", json_integer((json_int_t)key_of(s)));
    return row;
}

json_t *hs_ask_top(hs_context_t *c) {
    const char *by = c->options->by ? c->options->by : "sites";
    sort_key = c->options->sort ? c->options->sort : "bytes";
    hs_context_run(c);
    rows_t r = rows_by(c, by);
    if (r.count) qsort(r.rows, r.count, sizeof *r.rows, by_key);
    json_t *document = json_object(), *array = json_array();
    uint64_t top = c->options->top ? c->options->top : UINT64_MAX;
    for (size_t i = 0; i < r.count; i++) {
        if (i < top) json_array_append_new(array, row_json(c, &r.rows[i]));
        free(r.rows[i].name);
    }
    free(r.rows);
    json_object_set_new(document, "trace", hs_json_trace(c));
    json_object_set_new(document, "by", json_string(by));
    json_object_set_new(document, "sort", json_string(sort_key));
    json_object_set_new(document, "rows_count", json_integer((json_int_t)r.count));
    json_object_set_new(document, "rows", array);
    return document;
}

void hs_show_top(const json_t *document) {
    const json_t *rows = json_object_get(document, "rows"), *trace = json_object_get(document, "trace"), *row;
    size_t i;
    hs_show_trace(document);
    double most = hs_number(json_array_get(rows, 0), "key");
    printf("%s%9s %7s %9s %9s %7s %9s  by %s%s\n", hs_paint(HS_DIM), "live", "blocks", "peak", "allocated", "times", "mean life",
           hs_string(document, "sort"), hs_paint(HS_PLAIN));
    json_array_foreach((json_t *)rows, i, row) { /* names have room in 80 columns */
        printf("%9s %7.0f %9s %9s %7.0f %9s  ", hs_bytes(hs_number(row, "live_bytes")), hs_number(row, "live_blocks"),
               hs_bytes(hs_number(row, "peak_bytes")), hs_bytes(hs_number(row, "total_bytes")), hs_number(row, "allocations"),
               hs_number(row, "mean_life") > 0 ? hs_seconds(trace, hs_number(row, "mean_life")) : "-");
        hs_bar(most > 0 ? hs_number(row, "key") / most : 0, 8, HS_GREEN);
        printf("  %s%s%s\n", hs_paint(HS_BOLD), hs_string(row, "name"), hs_paint(HS_PLAIN));
        if (json_object_get(row, "stack")) hs_show_stack(json_object_get(row, "stack"), 14);
    }
    double count = hs_number(document, "rows_count");
    if (count > (double)json_array_size(rows))
        printf("and %.0f more (--top=0 shows all)\n", count - (double)json_array_size(rows));
}
