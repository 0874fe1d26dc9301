/* SPDX-License-Identifier: MIT */
/*
 * diff: what two recordings have live at their ends, call stack by call stack. Call stacks are compared by names of functions and
 * files, so that two builds of a program can be compared; without ELF files by addresses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "paint.h"

typedef struct {
    char *key;
    json_t *stack;
    uint64_t bytes[2], blocks[2], allocations[2];
} row_t;

typedef struct {
    row_t *rows;
    size_t count, room;
} rows_t;

/** The names on a call stack in one text; lines are left out, as they move when code above is edited. */
static char *key_of(const json_t *stack) {
    char *key = hs_text("%s", "");
    size_t i;
    const json_t *place;
    json_array_foreach((json_t *)stack, i, place) {
        const char *function = hs_string(place, "function"), *file = hs_string(place, "file"), *slash = strrchr(file, '/');
        char *longer = hs_text("%s;%s@%s", key, *function ? function : hs_string(place, "address"), slash ? slash + 1 : file);
        free(key);
        key = longer;
    }
    return key;
}

static void add_rows(rows_t *r, hs_context_t *c, int side) {
    const hs_model_t *m = &c->model;
    for (size_t i = 0; i < m->stacks_room && i < hs_reader_stacks(c->reader)->count; i++) {
        const hs_sum_t *s = &m->stacks[i];
        if (!s->total_count) continue;
        json_t *stack = hs_json_stack(c, (uint32_t)i);
        HS_ROOM(r->rows, r->room, r->count);
        row_t *row = &r->rows[r->count++];
        *row = (row_t){.key = key_of(stack), .stack = stack};
        row->bytes[side] = s->live_bytes;
        row->blocks[side] = s->live_count;
        row->allocations[side] = s->total_count;
    }
}

static int by_key(const void *a, const void *b) { return strcmp(((const row_t *)a)->key, ((const row_t *)b)->key); }

static void merge(rows_t *r) {
    size_t n = 0;
    if (r->count) qsort(r->rows, r->count, sizeof *r->rows, by_key);
    for (size_t i = 0; i < r->count; i++) {
        if (n == 0 || strcmp(r->rows[n - 1].key, r->rows[i].key) != 0) {
            r->rows[n++] = r->rows[i];
            continue;
        }
        row_t *to = &r->rows[n - 1], *from = &r->rows[i];
        for (int side = 0; side < 2; side++) {
            to->bytes[side] += from->bytes[side];
            to->blocks[side] += from->blocks[side];
            to->allocations[side] += from->allocations[side];
        }
        free(from->key);
        json_decref(from->stack);
    }
    r->count = n;
}

static uint64_t distance(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

static const char *sort_key;
static int by_change(const void *left, const void *right) {
    const row_t *a = left, *b = right;
    uint64_t x = distance(a->bytes[0], a->bytes[1]), y = distance(b->bytes[0], b->bytes[1]);
    if (strcmp(sort_key, "count") == 0) x = distance(a->blocks[0], a->blocks[1]), y = distance(b->blocks[0], b->blocks[1]);
    if (strcmp(sort_key, "churn") == 0)
        x = distance(a->allocations[0], a->allocations[1]), y = distance(b->allocations[0], b->allocations[1]);
    if (x != y) return x < y ? 1 : -1;
    return strcmp(a->key, b->key);
}

static json_t *row_json(const row_t *r) {
    return json_pack("{s[II] s[II] s[II] sO}", "bytes", (json_int_t)r->bytes[0], (json_int_t)r->bytes[1], "blocks",
                     (json_int_t)r->blocks[0], (json_int_t)r->blocks[1], "allocations", (json_int_t)r->allocations[0],
                     (json_int_t)r->allocations[1], "stack", r->stack);
}

json_t *hs_ask_diff(hs_context_t *c) {
    hs_options_t second = *c->options;
    hs_context_t other;
    second.input = c->options->other;
    hs_context_run(c);
    hs_context_open(&other, &second, second.input, second.other_elf ? second.other_elf : second.elf);
    hs_context_run(&other);
    rows_t r = {0};
    add_rows(&r, c, 0);
    add_rows(&r, &other, 1);
    merge(&r);
    sort_key = c->options->sort ? c->options->sort : "bytes";
    if (r.count) qsort(r.rows, r.count, sizeof *r.rows, by_change);
    json_t *rows = json_array();
    uint64_t top = c->options->top ? c->options->top : UINT64_MAX, changed = 0;
    for (size_t i = 0; i < r.count; i++) {
        row_t *row = &r.rows[i];
        bool same = row->bytes[0] == row->bytes[1] && row->blocks[0] == row->blocks[1] &&
                    (strcmp(sort_key, "churn") != 0 || row->allocations[0] == row->allocations[1]);
        if (!same && changed++ < top) json_array_append_new(rows, row_json(row));
        free(row->key);
        json_decref(row->stack);
    }
    free(r.rows);
    json_t *document = json_object();
    json_object_set_new(document, "trace", hs_json_trace(c));
    json_object_set_new(document, "other", json_pack("{so}", "trace", hs_json_trace(&other)));
    json_object_set_new(document, "bytes",
                        json_pack("[II]", (json_int_t)c->model.all.live_bytes, (json_int_t)other.model.all.live_bytes));
    json_object_set_new(document, "peak_bytes",
                        json_pack("[II]", (json_int_t)c->model.peak.bytes, (json_int_t)other.model.peak.bytes));
    json_object_set_new(document, "changed", json_integer((json_int_t)changed));
    json_object_set_new(document, "rows", rows);
    hs_context_close(&other);
    return document;
}

static double at(const json_t *object, const char *key, size_t i) {
    return json_number_value(json_array_get(json_object_get(object, key), i));
}

static const char *change(const json_t *object, const char *key) {
    double d = at(object, key, 1) - at(object, key, 0);
    static char texts[4][48];
    static unsigned n;
    char *text = texts[n++ % 4];
    snprintf(text, sizeof texts[0], "%s%s", d > 0 ? "+" : "", hs_bytes(d));
    return text;
}

void hs_show_diff(const json_t *document) {
    const json_t *rows = json_object_get(document, "rows"), *row;
    size_t i;
    hs_show_trace(document);
    hs_show_trace(json_object_get(document, "other"));
    printf("%slive at the end: %s to %s (%s); peak: %s to %s (%s)%s\n\n", hs_paint(HS_BOLD), hs_bytes(at(document, "bytes", 0)),
           hs_bytes(at(document, "bytes", 1)), change(document, "bytes"), hs_bytes(at(document, "peak_bytes", 0)),
           hs_bytes(at(document, "peak_bytes", 1)), change(document, "peak_bytes"), hs_paint(HS_PLAIN));
    json_array_foreach((json_t *)rows, i, row) {
        bool more = at(row, "bytes", 1) > at(row, "bytes", 0);
        printf("%s%10s%s  %s to %s, %.0f to %s, allocated %.0f to %.0f times\n", hs_paint(more ? HS_RED : HS_GREEN),
               change(row, "bytes"), hs_paint(HS_PLAIN), hs_bytes(at(row, "bytes", 0)), hs_bytes(at(row, "bytes", 1)),
               at(row, "blocks", 0), hs_count(at(row, "blocks", 1), "block"), at(row, "allocations", 0),
               at(row, "allocations", 1));
        hs_show_stack(json_object_get(row, "stack"), 12);
        putchar('\n');
    }
    if (json_array_size(rows) == 0) puts("No call stack has other blocks live at the end.");
    double count = hs_number(document, "changed");
    if (count > (double)json_array_size(rows))
        printf("and %.0f more (--top=0 shows all)\n", count - (double)json_array_size(rows));
}
