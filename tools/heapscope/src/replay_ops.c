/* SPDX-License-Identifier: MIT */
/*
 * A recording names blocks by addresses, a replay by slots: an address is a slot from the event that brings it until the one
 * that takes it away. A realloc is told after the fact, when somebody may have got its old address already: the slot that such
 * a newcomer displaced is kept for it.
 */
#include "replay_ops.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* MALLOC_CAP_DEFAULT: esp_heap_caps.h belongs to firmware, and reads its options. */
enum { CAP_DEFAULT = 1 << 12 };

typedef struct {
    hs_ops_t *ops;
    hs_map_t live, displaced; /* slots by address */
    uint64_t *born;           /* number of the frame that brought a slot */
    size_t born_room;
    uint32_t *idle; /* slots that are empty */
    size_t idle_count, idle_room;
} builder_t;

static uint32_t narrow(uint64_t n) { return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n; }

static replay_op_t *add(hs_ops_t *o, uint64_t time) {
    if (o->count == UINT32_MAX) hs_die("replay: more than %u operations", UINT32_MAX);
    HS_ROOM(o->ops, o->room, o->count);
    HS_ROOM(o->times, o->times_room, o->count);
    o->times[o->count] = time;
    o->ops[o->count] = (replay_op_t){0};
    return &o->ops[o->count++];
}

static void bring(builder_t *b, uint64_t address, uint32_t slot, uint64_t number) {
    uint32_t before = hs_map_get(&b->live, address);
    if (before != HS_NONE) hs_map_set(&b->displaced, address, before);
    hs_map_set(&b->live, address, slot);
    HS_ROOM(b->born, b->born_room, slot);
    b->born[slot] = number;
}

static uint32_t new_slot(builder_t *b) { return b->idle_count ? b->idle[--b->idle_count] : (uint32_t)b->ops->slots++; }

/** The slot that a realloc began with: what came to its old address meanwhile is not it. */
static uint32_t leave(builder_t *b, const hs_event_t *e) {
    uint32_t slot = hs_map_get(&b->live, e->old);
    if (slot != HS_NONE && b->born[slot] >= e->since) return hs_map_take(&b->displaced, e->old);
    return hs_map_take(&b->live, e->old);
}

static replay_op_t aligned(replay_op_t op, uint32_t alignment) {
    op.kind = REPLAY_ALIGNED;
    op.alignment = alignment;
    return op;
}

static void take_alloc(builder_t *b, const hs_event_t *e) {
    replay_op_t *op = add(b->ops, e->time);
    *op = (replay_op_t){REPLAY_ALLOC, new_slot(b), narrow(e->size), e->caps, 0, e->address >> 32 ? 0 : (uint32_t)e->address};
    if (e->alignment && e->alignment < 32) *op = aligned(*op, 1u << e->alignment);
    bring(b, e->address, op->slot, e->number);
}

static void take_move(builder_t *b, const hs_event_t *e) {
    uint32_t slot = leave(b, e);
    if (slot == HS_NONE) { /* from before the recording: the new block is one like others */
        b->ops->unknown++;
        take_alloc(b, e);
        return;
    }
    replay_op_t *op = add(b->ops, e->time);
    *op = (replay_op_t){REPLAY_REALLOC, slot, narrow(e->size), e->caps, 0, e->address >> 32 ? 0 : (uint32_t)e->address};
    bring(b, e->address, slot, e->number);
}

static void take_free(builder_t *b, const hs_event_t *e) {
    uint32_t slot = hs_map_take(&b->live, e->address);
    if (slot == HS_NONE) {
        b->ops->unknown++;
        return;
    }
    *add(b->ops, e->time) = (replay_op_t){.kind = REPLAY_FREE, .slot = slot};
    HS_ROOM(b->idle, b->idle_room, b->idle_count);
    b->idle[b->idle_count++] = slot;
}

/** Aligned ones are left out: to what is not told, and without it they might be served where the target could not. */
static void take_failed(hs_ops_t *o, const hs_event_t *e) {
    if (strstr(e->text, "aligned")) return;
    *add(o, e->time) = (replay_op_t){.kind = REPLAY_FAILED, .size = narrow(e->size), .caps = e->caps};
}

static void take_region(hs_ops_t *o, const hs_event_t *e) {
    size_t i = 0;
    while (i < o->regions_count && o->regions[i].start < e->address) i++;
    if (i < o->regions_count && o->regions[i].start == e->address) {
        o->regions[i].size = e->size;
        return;
    }
    if (o->regions_count == HS_REPLAY_REGIONS) return;
    memmove(&o->regions[i + 1], &o->regions[i], (o->regions_count - i) * sizeof o->regions[0]);
    o->regions[i].start = e->address;
    o->regions[i].size = e->size;
    o->regions_count++;
}

static void forget(builder_t *b) {
    hs_ops_t *o = b->ops;
    hs_map_free(&b->live);
    hs_map_free(&b->displaced);
    b->live = b->displaced = (hs_map_t){0};
    b->idle_count = 0;
    o->restarts++;
    o->count = o->slots = o->regions_count = o->unknown = 0;
}

static void take(builder_t *b, const hs_event_t *e) {
    switch (e->type) {
    case HS_ALLOC: take_alloc(b, e); break;
    case HS_FREE: take_free(b, e); break;
    case HS_MOVE: take_move(b, e); break;
    case HS_FAILED: take_failed(b->ops, e); break;
    case HS_REGION: take_region(b->ops, e); break;
    case HS_RESTART: forget(b); break; /* the last boot is what is replayed */
    default: break;
    }
}

static void read_recording(hs_ops_t *o, hs_context_t *c) {
    builder_t b = {.ops = o};
    hs_event_t e;
    while (hs_reader_next(c->reader, &e)) {
        if (hs_reader_stats(c->reader)->is_dump) e.caps = CAP_DEFAULT; /* a dump has none */
        take(&b, &e);
    }
    hs_map_free(&b.live);
    hs_map_free(&b.displaced);
    free(b.born);
    free(b.idle);
}

/* ---- HTR1 ---- */

enum { HTR_ALIGNED = 5 };

static void take_htr(hs_ops_t *o, const uint32_t words[2], const char *name) {
    static const uint32_t kinds[] = {0, REPLAY_ALLOC, REPLAY_CALLOC, REPLAY_REALLOC, REPLAY_FREE, REPLAY_ALIGNED};
    uint32_t kind = words[0] & 15, slot = words[0] >> 9;
    if (kind == 0 || kind > HTR_ALIGNED || slot >= o->slots)
        hs_die("%s: operation %zu is none of format HTR1; the file is damaged", name, o->count);
    replay_op_t *op = add(o, o->count);
    *op = (replay_op_t){kinds[kind], slot, words[1], kind == 4 ? 0 : CAP_DEFAULT, 0, 0};
    if (kind == HTR_ALIGNED) op->alignment = 1u << (words[0] >> 4 & 31);
}

/** True if the file is one of these, packed with gzip or not. */
static bool read_htr(hs_ops_t *o, const char *name) {
    uint32_t head[8], words[2];
    if (strcmp(name, "-") == 0 || strncmp(name, "tcp:", 4) == 0) return false;
    gzFile file = gzopen(name, "rb");
    if (!file) return false; /* who opens it as a recording says why */
    bool is_one = gzread(file, head, sizeof head) == sizeof head && memcmp(head, "HTR1", 4) == 0;
    if (is_one) {
        o->is_htr = true;
        o->slots = head[2];
        for (uint32_t i = 0; i < head[1]; i++) {
            if (gzread(file, words, sizeof words) != sizeof words)
                hs_die("%s: ends after %u of %u operations; the file is cut off", name, i, head[1]);
            take_htr(o, words, name);
        }
    }
    gzclose(file);
    return is_one;
}

void hs_ops_read(hs_ops_t *o, hs_context_t *c) {
    *o = (hs_ops_t){0};
    if (read_htr(o, c->options->input)) return;
    hs_context_open(c, c->options, c->options->input, NULL);
    read_recording(o, c);
}

void hs_ops_free(hs_ops_t *o) {
    free(o->ops);
    free(o->times);
}
