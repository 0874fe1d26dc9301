/* SPDX-License-Identifier: MIT */
/* profile.proto of pprof, gzip'd: one sample a call stack with four values, its addresses with functions and lines. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "export.h"

/* ---- protocol buffers: a message is a growing array of bytes ---- */

typedef struct {
    uint8_t *bytes;
    size_t count, room;
} bytes_t;

static void put_byte(bytes_t *b, uint8_t byte) {
    HS_ROOM(b->bytes, b->room, b->count);
    b->bytes[b->count++] = byte;
}

static void put_varint(bytes_t *b, uint64_t value) {
    for (; value >> 7; value >>= 7) put_byte(b, (uint8_t)(value | 0x80));
    put_byte(b, (uint8_t)value);
}

static void put_number(bytes_t *b, unsigned field, uint64_t value) {
    put_varint(b, (uint64_t)field << 3);
    put_varint(b, value);
}

static void put_bytes(bytes_t *b, unsigned field, const void *bytes, size_t count) {
    put_varint(b, (uint64_t)field << 3 | 2);
    put_varint(b, count);
    for (size_t i = 0; i < count; i++) put_byte(b, ((const uint8_t *)bytes)[i]);
}

/** Ends an inner message: it becomes a field of the outer one. */
static void put_message(bytes_t *b, unsigned field, bytes_t *inner) {
    put_bytes(b, field, inner->bytes, inner->count);
    inner->count = 0;
}

/* ---- the profile ---- */

enum { SAMPLE_TYPE = 1, SAMPLE = 2, MAPPING = 3, LOCATION = 4, FUNCTION = 5, STRING = 6, DURATION = 10, DEFAULT_TYPE = 14 };

typedef struct {
    hs_context_t *context;
    bytes_t out, strings, inner, line;
    hs_map_t string_of, location_of, function_of;
    uint32_t strings_count, locations, functions;
} writer_t;

static uint32_t string_index(writer_t *w, const char *text) {
    uint64_t key = 14695981039346656037u;
    for (const char *at = text; *at; at++) key = (key ^ (uint8_t)*at) * 1099511628211u;
    uint32_t known = hs_map_get(&w->string_of, key);
    if (known != HS_NONE) return known;
    put_bytes(&w->strings, STRING, text, strlen(text));
    hs_map_set(&w->string_of, key, w->strings_count);
    return w->strings_count++;
}

static uint32_t function_index(writer_t *w, const hs_place_t *p) {
    uint32_t name = string_index(w, p->function ? p->function : "?"), file = string_index(w, p->file ? p->file : "");
    uint64_t key = (uint64_t)name << 32 | file;
    uint32_t known = hs_map_get(&w->function_of, key);
    if (known != HS_NONE) return known;
    bytes_t *f = &w->inner;
    f->count = 0;
    put_number(f, 1, ++w->functions);
    put_number(f, 2, name);
    put_number(f, 3, name);
    put_number(f, 4, file);
    put_message(&w->out, FUNCTION, f);
    hs_map_set(&w->function_of, key, w->functions);
    return w->functions;
}

static uint32_t location_index(writer_t *w, uint64_t address) {
    uint32_t known = hs_map_get(&w->location_of, address);
    if (known != HS_NONE) return known;
    const hs_place_t *places = NULL;
    size_t n = w->context->symbols ? hs_symbols_of(w->context->symbols, address, &places) : 0;
    bytes_t location = {0};
    put_number(&location, 1, ++w->locations);
    put_number(&location, 2, 1);
    put_number(&location, 3, address);
    for (size_t i = 0; i < n; i++) {
        put_number(&w->line, 1, function_index(w, &places[i]));
        put_number(&w->line, 2, (uint64_t)places[i].line);
        put_message(&location, 4, &w->line);
    }
    put_message(&w->out, LOCATION, &location);
    free(location.bytes);
    hs_map_set(&w->location_of, address, w->locations);
    return w->locations;
}

static void put_type(writer_t *w, const char *type, const char *unit) {
    put_number(&w->inner, 1, string_index(w, type));
    put_number(&w->inner, 2, string_index(w, unit));
    put_message(&w->out, SAMPLE_TYPE, &w->inner);
}

static void put_sample(writer_t *w, uint32_t stack, const hs_sum_t *s) {
    uint64_t addresses[64];
    size_t depth = hs_stacks_get(hs_reader_stacks(w->context->reader), stack, addresses, 64);
    bytes_t sample = {0};
    for (size_t i = 0; i < depth; i++) put_number(&sample, 1, location_index(w, addresses[i]));
    put_number(&sample, 2, s->total_count);
    put_number(&sample, 2, s->total_bytes);
    put_number(&sample, 2, s->live_count);
    put_number(&sample, 2, s->live_bytes);
    put_message(&w->out, SAMPLE, &sample);
    free(sample.bytes);
}

static void put_mapping(writer_t *w) {
    put_number(&w->inner, 1, 1);
    put_number(&w->inner, 3, UINT64_MAX); /* all addresses are the program's */
    put_number(&w->inner, 5, string_index(w, w->context->options->elf ? w->context->options->elf : "firmware"));
    bool named = w->context->symbols != NULL;
    for (unsigned field = 7; named && field <= 10; field++) put_number(&w->inner, field, 1); /* nothing is left to look up */
    put_message(&w->out, MAPPING, &w->inner);
}

static void compress_to(FILE *out, const bytes_t *parts, size_t count) {
    fflush(out);
    gzFile gz = gzdopen(dup(fileno(out)), "wb");
    if (!gz) hs_die("out of memory");
    for (size_t i = 0; i < count; i++)
        if (parts[i].count && gzfwrite(parts[i].bytes, 1, parts[i].count, gz) != parts[i].count)
            hs_die("export pprof: can't write");
    if (gzclose(gz) != Z_OK) hs_die("export pprof: can't write");
}

void hs_export_pprof(hs_context_t *c, FILE *out) {
    writer_t w = {.context = c};
    hs_context_run(c);
    const hs_model_t *m = &c->model;
    string_index(&w, ""); /* string 0 */
    put_type(&w, "alloc_objects", "count");
    put_type(&w, "alloc_space", "bytes");
    put_type(&w, "inuse_objects", "count");
    put_type(&w, "inuse_space", "bytes");
    put_mapping(&w);
    for (size_t i = 0; i < m->stacks_room && i < hs_reader_stacks(c->reader)->count; i++)
        if (m->stacks[i].total_count) put_sample(&w, (uint32_t)i, &m->stacks[i]);
    put_number(&w.out, DEFAULT_TYPE, string_index(&w, "inuse_space"));
    if (hs_reader_stats(c->reader)->rate) put_number(&w.out, DURATION, (uint64_t)(hs_time(c, m->now - m->first) * 1e9));
    compress_to(out, (bytes_t[]){w.out, w.strings}, 2);
    free(w.out.bytes);
    free(w.strings.bytes);
    free(w.inner.bytes);
    free(w.line.bytes);
    hs_map_free(&w.string_of);
    hs_map_free(&w.location_of);
    hs_map_free(&w.function_of);
}
