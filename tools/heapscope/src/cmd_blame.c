/* SPDX-License-Identifier: MIT */
/*
 * blame: the live blocks that stand in the way of a larger hole. In each region a window slides over the live blocks in order of
 * address:
 *
 *      ..hole..[a]....hole....[b]..hole..      without the blocks of the window, its holes and they themselves are one
 *              ╰─── window ───╯
 *
 * With --size the window with the fewest bytes of live blocks that makes a hole of that size; else, of windows of at most
 * --blocks blocks, the one that makes the largest hole. Only blocks that the recording saw are known: what is older counts as
 * hole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "paint.h"

typedef struct {
    const hs_block_t **blocks;
    size_t count, room;
    unsigned region;
} list_t;

static void take(void *context, const hs_block_t *b) {
    list_t *l = context;
    if (b->region != l->region) return;
    HS_ROOM(l->blocks, l->room, l->count);
    l->blocks[l->count++] = b;
}

static int by_address(const void *a, const void *b) {
    uint64_t x = (*(const hs_block_t *const *)a)->address, y = (*(const hs_block_t *const *)b)->address;
    return (x > y) - (x < y);
}

/** The hole that blocks [from, to) would leave. */
static uint64_t hole(const list_t *l, const hs_region_t *r, size_t from, size_t to, uint64_t *start) {
    uint64_t begin = from == 0 ? r->start : l->blocks[from - 1]->address + l->blocks[from - 1]->size;
    uint64_t end = to == l->count ? r->start + r->size : l->blocks[to]->address;
    *start = begin;
    return end > begin ? end - begin : 0;
}

typedef struct {
    size_t from, to;
    uint64_t start, size, bytes; /* the hole; live bytes in the window */
} window_t;

/** The largest hole for at most n blocks. */
static window_t largest(const list_t *l, const hs_region_t *r, size_t n) {
    window_t best = {0};
    if (n > l->count) n = l->count;
    for (size_t from = 0; from + n <= l->count; from++) {
        uint64_t start, size = hole(l, r, from, from + n, &start);
        if (size > best.size) best = (window_t){from, from + n, start, size, 0};
    }
    return best;
}

/** The hole of at least `size` bytes that costs the fewest live bytes; size 0: there is none. */
static window_t cheapest(const list_t *l, const hs_region_t *r, uint64_t size) {
    window_t best = {0};
    uint64_t bytes = 0, start;
    for (size_t from = 0, to = 0; from <= l->count; from++) {
        while (to < l->count && hole(l, r, from, to, &start) < size) bytes += l->blocks[to++]->size;
        uint64_t here = hole(l, r, from, to, &start);
        if (here < size) break;
        if (!best.size || bytes < best.bytes) best = (window_t){from, to, start, here, bytes};
        if (to > from)
            bytes -= l->blocks[from]->size;
        else if (to < l->count)
            to++;
    }
    return best;
}

static json_t *block_json(hs_context_t *c, const hs_block_t *b) {
    char address[24];
    snprintf(address, sizeof address, "0x%08llx", (unsigned long long)b->address);
    return json_pack("{ss sI sf ss so}", "address", address, "bytes", (json_int_t)b->size, "age",
                     hs_time(c, c->model.now - b->time), "task", hs_task_name(c, b->task), "stack", hs_json_stack(c, b->stack));
}

static json_t *blame_region(hs_context_t *c, unsigned number) {
    const hs_region_t *r = &c->model.regions[number];
    list_t l = {.region = number};
    hs_model_live(&c->model, take, &l);
    if (l.count) qsort(l.blocks, l.count, sizeof *l.blocks, by_address);
    window_t now = largest(&l, r, 0),
             w = c->options->size ? cheapest(&l, r, c->options->size) : largest(&l, r, c->options->blocks);
    json_t *blocks = json_array();
    uint64_t bytes = 0;
    for (size_t i = w.from; i < w.to; i++) {
        bytes += l.blocks[i]->size;
        json_array_append_new(blocks, block_json(c, l.blocks[i]));
    }
    free(l.blocks);
    char start[24];
    snprintf(start, sizeof start, "0x%08llx", (unsigned long long)w.start);
    uint64_t seen = r->sum.live_bytes, not_seen = 0;
    if (r->free != UINT64_MAX && r->size > seen && r->size - seen > r->free) not_seen = r->size - seen - r->free;
    return json_pack("{ss sI sI ss sI sI sI so}", "name", r->name, "hole_now", (json_int_t)now.size, "hole", (json_int_t)w.size,
                     "start", start, "bytes", (json_int_t)bytes, "not_seen", (json_int_t)not_seen, "live_blocks",
                     (json_int_t)r->sum.live_count, "blocks", blocks);
}

json_t *hs_ask_blame(hs_context_t *c) {
    hs_context_run(c);
    if (c->options->at_peak && c->model.peak.event) hs_context_run_to_peak(c);
    json_t *document = json_object(), *regions = json_array();
    for (unsigned i = 1; i < c->model.regions_count; i++) {
        const hs_region_t *r = &c->model.regions[i];
        if (c->options->region ? strcmp(c->options->region, r->name) == 0 : r->sum.live_count > 0)
            json_array_append_new(regions, blame_region(c, i));
    }
    json_object_set_new(document, "trace", hs_json_trace(c));
    json_object_set_new(document, "regions", regions);
    return document;
}

void hs_show_blame(const json_t *document) {
    const json_t *trace = json_object_get(document, "trace"), *region, *block;
    size_t k, i;
    hs_show_trace(document);
    if (json_array_size(json_object_get(document, "regions")) == 0) puts("No region has live blocks that the recording saw.");
    json_array_foreach(json_object_get(document, "regions"), k, region) {
        const json_t *blocks = json_object_get(region, "blocks");
        printf("%s%s%s: ", hs_paint(HS_BOLD), hs_string(region, "name"), hs_paint(HS_PLAIN));
        if (hs_number(region, "hole") == 0) {
            puts("no blocks that could be freed make a hole of that size\n");
            continue;
        }
        printf("without %s of %s the hole at %s would be %s; the largest now is %s\n",
               hs_count((double)json_array_size(blocks), "block"), hs_bytes(hs_number(region, "bytes")),
               hs_string(region, "start"), hs_bytes(hs_number(region, "hole")), hs_bytes(hs_number(region, "hole_now")));
        if (hs_number(region, "not_seen") > 0)
            printf("  (%s of it are used by blocks older than the recording, overhead included)\n",
                   hs_bytes(hs_number(region, "not_seen")));
        json_array_foreach((json_t *)blocks, i, block) {
            printf("  %s%10s%s  %s, age %s, %s\n", hs_paint(HS_RED), hs_bytes(hs_number(block, "bytes")), hs_paint(HS_PLAIN),
                   hs_string(block, "address"), hs_seconds(trace, hs_number(block, "age")), hs_string(block, "task"));
            hs_show_stack(json_object_get(block, "stack"), 14);
        }
        putchar('\n');
    }
}
