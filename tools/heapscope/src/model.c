/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- sums ---- */

static void sum_add(hs_sum_t *sum, uint64_t size) {
    sum->live_bytes += size;
    sum->live_count++;
    sum->total_bytes += size;
    sum->total_count++;
    if (sum->live_bytes > sum->peak_bytes) sum->peak_bytes = sum->live_bytes;
}

static void sum_take(hs_sum_t *sum, uint64_t size, uint64_t life) {
    sum->live_bytes -= size;
    sum->live_count--;
    sum->freed_bytes += size;
    sum->freed_count++;
    sum->life += life;
}

/* ---- regions ---- */

static unsigned region_of(const hs_model_t *m, uint64_t address) {
    for (size_t i = 1; i < m->regions_count; i++)
        if (address - m->regions[i].start < m->regions[i].size) return (unsigned)i;
    return 0;
}

static hs_region_t *region_at(hs_model_t *m, uint64_t start) {
    for (size_t i = 1; i < m->regions_count; i++)
        if (m->regions[i].start == start) return &m->regions[i];
    return NULL;
}

static void clear_region(hs_region_t *r) {
    memset(r, 0, sizeof *r);
    r->free = r->largest = r->minimum = UINT64_MAX;
    for (size_t i = 0; i < HS_BUCKETS; i++) r->buckets[i].free = r->buckets[i].largest = UINT64_MAX;
}

static void take_region(hs_model_t *m, const hs_event_t *e) {
    hs_region_t *r = region_at(m, e->address);
    if (!r) {
        if (m->regions_count >= HS_REGIONS_MOST) return;
        clear_region(r = &m->regions[m->regions_count++]);
    }
    r->start = e->address;
    r->size = e->size;
    r->caps = e->caps;
    snprintf(r->name, sizeof r->name, "%s", e->text);
}

/* ---- timeline ---- */

/** Two buckets as one. */
static void join(hs_bucket_t *to, const hs_bucket_t *a, const hs_bucket_t *b) {
    hs_bucket_t sum = a->seen ? *a : *b;
    if (a->seen && b->seen) {
        sum = *b;
        if (a->most > sum.most) sum.most = a->most;
        if (b->free == UINT64_MAX) sum.free = a->free, sum.largest = a->largest;
        sum.allocs += a->allocs;
        sum.frees += a->frees;
    }
    *to = sum;
}

/** The bucket of now. When time runs out of the table, each bucket becomes twice as long. */
static hs_bucket_t *bucket(hs_model_t *m, hs_region_t *r) {
    const hs_bucket_t none = {.free = UINT64_MAX, .largest = UINT64_MAX};
    while ((m->now - m->first) / m->bucket_ticks >= HS_BUCKETS) {
        for (size_t k = 0; k < m->regions_count; k++) {
            hs_bucket_t *b = m->regions[k].buckets;
            for (size_t i = 0; i < HS_BUCKETS / 2; i++) join(&b[i], &b[2 * i], &b[2 * i + 1]);
            for (size_t i = HS_BUCKETS / 2; i < HS_BUCKETS; i++) b[i] = none;
        }
        m->bucket_ticks *= 2;
    }
    hs_bucket_t *b = &r->buckets[(m->now - m->first) / m->bucket_ticks];
    b->seen = true;
    return b;
}

static void note_use(hs_model_t *m, hs_region_t *r, bool alloc) {
    hs_bucket_t *b = bucket(m, r);
    b->last = r->sum.live_bytes;
    if (b->last > b->most) b->most = b->last;
    if (alloc) b->allocs++;
    if (!alloc) b->frees++;
}

static void take_state(hs_model_t *m, const hs_event_t *e) {
    hs_region_t *r = region_at(m, e->address);
    if (!r) return;
    r->free = e->free;
    r->largest = e->largest;
    r->minimum = e->minimum;
    hs_bucket_t *b = bucket(m, r);
    b->free = e->free;
    b->largest = e->largest;
    b->last = r->sum.live_bytes;
    if (b->last > b->most) b->most = b->last;
}

/* ---- blocks ---- */

static unsigned class_of(uint64_t ticks) {
    unsigned class = ticks ? 64 - (unsigned)__builtin_clzll(ticks) : 0;
    return class < HS_LIFE_CLASSES ? class : HS_LIFE_CLASSES - 1;
}

static void end_block(hs_model_t *m, uint32_t index, bool freed) {
    hs_block_t *b = &m->blocks[index];
    uint64_t life = m->now - b->time;
    hs_region_t *r = &m->regions[b->region];
    sum_take(&m->all, b->size, life);
    sum_take(&m->stacks[b->stack], b->size, life);
    sum_take(&m->tasks[b->task], b->size, life);
    sum_take(&r->sum, b->size, life);
    if (freed) {
        m->life_count[class_of(life)]++;
        m->life_bytes[class_of(life)] += b->size;
    }
    note_use(m, r, false);
    b->size = 0;
    b->address = 0;
    HS_ROOM(m->empty, m->empty_room, m->empty_count);
    m->empty[m->empty_count++] = index;
}

static void give_back(hs_model_t *m, uint64_t address) {
    uint32_t index = hs_map_take(&m->live, address);
    if (index == HS_NONE) {
        m->frees_of_unknown++;
    } else {
        end_block(m, index, true);
    }
}

/**
 * The old block of a realloc. Somebody else may have got its address while the realloc ran, and was told of first: then the old
 * block is gone already, and what is there now stays.
 */
static void leave(hs_model_t *m, const hs_event_t *e) {
    uint32_t index = hs_map_get(&m->live, e->old);
    if (index == HS_NONE || m->blocks[index].number < e->since || e->old == e->address) {
        give_back(m, e->old);
    } else if (m->reused > 0) {
        m->reused--; /* no free is missing: this is it */
    }
}

static void hand_out(hs_model_t *m, const hs_event_t *e) {
    uint32_t old = hs_map_take(&m->live, e->address);
    if (old != HS_NONE) {
        m->reused++;
        end_block(m, old, false);
    }
    if (m->live.count >= HS_BLOCKS_MOST) {
        m->full = true;
        return;
    }
    uint32_t index = m->empty_count ? m->empty[--m->empty_count] : (uint32_t)m->blocks_count++;
    HS_ROOM(m->blocks, m->blocks_room, index);
    HS_ROOM(m->stacks, m->stacks_room, e->stack);
    HS_ROOM(m->tasks, m->tasks_room, e->task);
    unsigned region = region_of(m, e->address);
    m->blocks[index] =
        (hs_block_t){e->address, e->size, e->time, e->number, e->stack, e->task, e->caps, (uint16_t)e->core, (uint16_t)region};
    hs_map_set(&m->live, e->address, index);
    sum_add(&m->all, e->size);
    sum_add(&m->stacks[e->stack], e->size);
    sum_add(&m->tasks[e->task], e->size);
    sum_add(&m->regions[region].sum, e->size);
    note_use(m, &m->regions[region], true);
    if (m->all.live_bytes > m->peak.bytes) {
        m->peak.bytes = m->all.live_bytes;
        m->peak.event = m->events;
        m->peak.time = m->now;
    }
}

static void end_all(hs_model_t *m) {
    for (uint32_t i = 0; i < m->blocks_count; i++)
        if (m->blocks[i].address && hs_map_take(&m->live, m->blocks[i].address) != HS_NONE) end_block(m, i, false);
}

static void take_note(hs_model_t *m, const hs_event_t *e) {
    bool failed = e->type == HS_FAILED;
    if (failed) m->failures++;
    if (!failed) m->marks++;
    if (m->notes_count >= HS_NOTES_MOST) return;
    hs_note_t *n = &m->notes[m->notes_count++];
    *n = (hs_note_t){e->time, m->events, e->size, e->caps, e->stack, e->task, failed, ""};
    snprintf(n->text, sizeof n->text, "%s", e->text ? e->text : "");
}

static void begin(hs_model_t *m, const hs_event_t *e) {
    if (m->bucket_ticks) return;
    m->bucket_ticks = 1;
    m->first = m->now = e->time;
    clear_region(&m->regions[0]);
    snprintf(m->regions[0].name, sizeof m->regions[0].name, "(other)");
    m->regions_count = 1;
}

void hs_model_take(hs_model_t *m, const hs_event_t *e) {
    begin(m, e);
    m->events++;
    if (e->time > m->now) m->now = e->time;
    switch (e->type) {
    case HS_MOVE:
        leave(m, e);
        hand_out(m, e);
        break;
    case HS_ALLOC: hand_out(m, e); break;
    case HS_FREE: give_back(m, e->address); break;
    case HS_REGION: take_region(m, e); break;
    case HS_STATE: take_state(m, e); break;
    case HS_RESTART: end_all(m); break;
    case HS_FAILED:
    case HS_MARK: take_note(m, e); break;
    default: break;
    }
}

void hs_model_run(hs_model_t *m, hs_reader_t *reader, uint64_t events) {
    hs_event_t e;
    m->reader = reader;
    HS_ROOM(m->stacks, m->stacks_room, 0);
    HS_ROOM(m->tasks, m->tasks_room, 0);
    while (m->events < events && hs_reader_next(reader, &e)) hs_model_take(m, &e);
}

void hs_model_live(const hs_model_t *m, void (*call)(void *context, const hs_block_t *block), void *context) {
    for (size_t i = 0; i < m->blocks_count; i++) {
        const hs_block_t *b = &m->blocks[i];
        if (b->address && hs_map_get(&m->live, b->address) == i) call(context, b);
    }
}

void hs_model_free(hs_model_t *m) {
    free(m->blocks);
    free(m->empty);
    free(m->stacks);
    free(m->tasks);
    hs_map_free(&m->live);
    *m = (hs_model_t){0};
}
