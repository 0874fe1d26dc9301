/* SPDX-License-Identifier: MIT */
/*
 * The dump that heap_trace_dump() prints, within a log of whatever else the program prints:
 *
 *        64 bytes (@ 0x3ffb1234, Internal) allocated CPU 0 ccount 0x0001f4c0 caller 0x400d1234:0x400d0f00
 *     freed by 0x400d1240
 */
#include <stdlib.h>
#include <string.h>

#include "reader_private.h"

/** The next line without its end; false: no more. What is too long is cut. */
static bool next_line(hs_reader_t *r) {
    r->line_length = 0;
    for (;;) {
        if (r->at == r->fill) {
            r->at = 0;
            r->fill = hs_source_read(r->source, r->buffer, sizeof r->buffer);
            if (!r->fill) break;
        }
        char c = (char)r->buffer[r->at++];
        r->stats.bytes++;
        if (c == '\n') {
            r->line[r->line_length] = 0;
            return true;
        }
        if (c && c != '\r' && r->line_length + 1 < sizeof r->line) r->line[r->line_length++] = c;
    }
    r->line[r->line_length] = 0;
    return r->line_length > 0;
}

/** A list of addresses joined by ':'. */
static uint32_t callers(hs_reader_t *r, const char *text) {
    uint64_t addresses[CH_TRACE_DEPTH_MAX * 4];
    size_t depth = 0;
    while (depth < sizeof addresses / sizeof addresses[0] && strncmp(text, "0x", 2) == 0) {
        char *end;
        addresses[depth++] = strtoull(text, &end, 16);
        text = *end == ':' ? end + 1 : end;
    }
    return hs_stacks_intern(&r->stacks, addresses, depth);
}

static void freed(hs_reader_t *r, hs_event_t *e, uint32_t stack) {
    *e = (hs_event_t){.type = HS_FREE, .address = r->last_address, .stack = stack, .time = r->time};
    r->stats.events++;
}

/** A line of a record. */
static bool allocated(hs_reader_t *r, hs_event_t *e, const char *at) {
    const char *number = at;
    while (number > r->line && number[-1] >= '0' && number[-1] <= '9') number--;
    if (number == at) return false;
    const char *count = strstr(at, "ccount 0x"), *cpu = strstr(at, "CPU "), *list = strstr(at, " caller ");
    if (!count || !cpu) return false;
    e->type = HS_ALLOC;
    e->size = strtoull(number, NULL, 10);
    e->address = strtoull(at + strlen(" bytes (@ "), NULL, 16);
    e->core = (unsigned)strtoul(cpu + 4, NULL, 10);
    uint32_t cycles = (uint32_t)strtoul(count + 7, NULL, 16);
    r->time = r->stats.events ? r->time + (uint32_t)(cycles - (uint32_t)r->time) : cycles; /* records are in order of time */
    e->time = r->time;
    if (!r->stats.events) r->stats.begin = r->time;
    if (list) e->stack = callers(r, list + strlen(" caller "));
    size_t length = r->line_length;
    r->last_address = e->address;
    r->stats.events++;
    r->waits = length >= 6 && strcmp(r->line + length - 6, " freed") == 0;
    if (r->waits) freed(r, &r->waiting, 0);
    return true;
}

bool hs_dump_next(hs_reader_t *r, hs_event_t *e) {
    *e = (hs_event_t){0};
    if (r->waits) {
        *e = r->waiting;
        r->waits = false;
        return true;
    }
    while (next_line(r)) {
        const char *at = strstr(r->line, " bytes (@ 0x"), *by = strstr(r->line, "freed by 0x");
        r->stats.end = r->time;
        if (strstr(r->line, "Internal Buffer has overflowed")) r->stats.overflowed = true;
        if (at && allocated(r, e, at)) return true;
        if (!by || !r->last_address) continue;
        freed(r, e, callers(r, by + strlen("freed by ")));
        return true;
    }
    r->stats.end = r->time;
    return false;
}
