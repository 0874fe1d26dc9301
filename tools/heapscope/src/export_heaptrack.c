/* SPDX-License-Identifier: MIT */
/*
 * The text that heaptrack_print and heaptrack_gui read. Lines, all numbers in hexadecimal, indices from 1 in order of appearance:
 *
 *   s LENGTH TEXT                        a string
 *   i ADDRESS MODULE [FUNCTION FILE LINE]...   an address; more functions: those it is inlined into
 *   t ADDRESS CALLER                     a node of the tree of call stacks
 *   a SIZE NODE                          an allocation of a size at a call stack
 *   + A, - A                             it happened; it was freed
 *   c MILLISECONDS                       time
 */
#include <stdlib.h>
#include <string.h>

#include "export.h"

typedef struct {
    FILE *out;
    hs_context_t *context;
    hs_map_t strings, addresses, nodes, allocations; /* to indices */
    hs_map_t live;                                   /* address of a block to index of its allocation */
    uint32_t strings_count, addresses_count, nodes_count, allocations_count;
    uint64_t told; /* milliseconds */
} writer_t;

static uint32_t string_index(writer_t *w, const char *text) {
    if (!text || !*text) return 0;
    uint64_t key = 14695981039346656037u;
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) key = (key ^ (uint8_t)text[i]) * 1099511628211u;
    uint32_t known = hs_map_get(&w->strings, key);
    if (known != HS_NONE) return known;
    fprintf(w->out, "s %zx %s\n", length, text);
    hs_map_set(&w->strings, key, ++w->strings_count);
    return w->strings_count;
}

static uint32_t address_index(writer_t *w, uint64_t address) {
    uint32_t known = hs_map_get(&w->addresses, address);
    if (known != HS_NONE) return known;
    const hs_place_t *places = NULL;
    size_t n = w->context->symbols ? hs_symbols_of(w->context->symbols, address, &places) : 0;
    uint32_t module = string_index(w, w->context->options->elf ? w->context->options->elf : "firmware");
    for (size_t i = 0; i < n; i++) { /* strings come before the line that uses them */
        string_index(w, places[i].function);
        string_index(w, places[i].file);
    }
    fprintf(w->out, "i %llx %x", (unsigned long long)address, module);
    for (size_t i = 0; i < n && places[i].function; i++)
        fprintf(w->out, " %x %x %x", string_index(w, places[i].function), string_index(w, places[i].file),
                (unsigned)places[i].line);
    fputc('\n', w->out);
    hs_map_set(&w->addresses, address, ++w->addresses_count);
    return w->addresses_count;
}

/** The node of a call stack: its callers come first. */
static uint32_t node_index(writer_t *w, uint32_t stack) {
    uint64_t addresses[64];
    const hs_stacks_t *stacks = hs_reader_stacks(w->context->reader);
    size_t depth = hs_stacks_get(stacks, stack, addresses, 64);
    uint32_t caller = 0;
    while (depth-- > 0) {
        uint64_t key = (uint64_t)caller << 32 | address_index(w, addresses[depth]);
        uint32_t known = hs_map_get(&w->nodes, key);
        if (known == HS_NONE) {
            fprintf(w->out, "t %x %x\n", (unsigned)(key & UINT32_MAX), caller);
            hs_map_set(&w->nodes, key, known = ++w->nodes_count);
        }
        caller = known;
    }
    return caller;
}

static void allocated(writer_t *w, const hs_event_t *e) {
    uint64_t key = hs_mix(e->size) ^ (uint64_t)e->stack << 32;
    uint32_t index = hs_map_get(&w->allocations, key);
    if (index == HS_NONE) {
        uint32_t node = node_index(w, e->stack);
        fprintf(w->out, "a %llx %x\n", (unsigned long long)e->size, node);
        hs_map_set(&w->allocations, key, index = w->allocations_count++); /* these alone count from 0 */
    }
    fprintf(w->out, "+ %x\n", index);
    hs_map_set(&w->live, e->address, index);
}

static void freed(writer_t *w, uint64_t address) {
    uint32_t index = hs_map_take(&w->live, address);
    if (index != HS_NONE) fprintf(w->out, "- %x\n", index);
}

static void tell_time(writer_t *w, uint64_t time) {
    const hs_stats_t *s = hs_reader_stats(w->context->reader);
    uint64_t now = (uint64_t)(hs_time(w->context, time - s->begin) * (s->rate ? 1000 : 1));
    if (now > w->told) fprintf(w->out, "c %llx\n", (unsigned long long)(w->told = now));
}

void hs_export_heaptrack(hs_context_t *c, FILE *out) {
    writer_t w = {.out = out, .context = c};
    hs_event_t e;
    fprintf(out, "v 10400 3\nX %s\nI 1000 400\n", c->options->elf ? c->options->elf : "firmware");
    while (hs_reader_next(c->reader, &e)) {
        if (e.type > HS_MOVE) continue;
        tell_time(&w, e.time);
        if (e.type == HS_FREE) freed(&w, e.address);
        if (e.type == HS_MOVE) freed(&w, e.old);
        if (e.type == HS_FREE) continue;
        freed(&w, e.address); /* a free that is missing */
        allocated(&w, &e);
    }
    hs_map_free(&w.strings);
    hs_map_free(&w.addresses);
    hs_map_free(&w.nodes);
    hs_map_free(&w.allocations);
    hs_map_free(&w.live);
}
