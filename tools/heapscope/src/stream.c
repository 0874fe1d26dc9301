/* SPDX-License-Identifier: MIT */
/* Frames of a stream into events: addresses, times, tables, and what is missing. */
#include <string.h>

#include "reader_private.h"

/** The smallest number that is not before `from` and ends in the same bits as `low`. */
static uint64_t not_before(uint64_t from, uint64_t low, uint64_t mask) { return from + ((low - from) & mask); }

static uint64_t address_of(const hs_reader_t *r, uint64_t place) {
    unsigned bits = r->stats.word * 8;
    place &= r->mask;
    uint64_t distance = place << 2 | place >> (bits - 2);
    return (r->base + distance) & r->mask;
}

static void forget(hs_reader_t *r, uint64_t missing) {
    r->stats.missing += missing;
    r->epoch++;
}

static void keep_text(hs_reader_t *r, hs_event_t *e, const char *text, size_t length) {
    if (length >= sizeof r->text) length = sizeof r->text - 1;
    for (size_t i = 0; i < length; i++) r->text[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
    r->text[length] = 0;
    e->text = r->text;
}

/* ---- who ---- */

static uint32_t take_slot(hs_reader_t *r, const hs_slot_t *slots, uint64_t slot, uint64_t *unknown) {
    const hs_slot_t *s = &slots[slot];
    if (s->epoch == r->epoch) return s->is;
    if (unknown) ++*unknown;
    return 0;
}

static uint32_t take_task(hs_reader_t *r, hs_frame_t *f) {
    uint64_t reference = hs_frame_number(f), slot = reference >> 1;
    if (slot >= HS_SLOTS) f->bad = true;
    if (f->bad) return 0;
    if (!(reference & 1)) return take_slot(r, r->task_slots, slot, NULL);
    size_t length;
    uint64_t handle = hs_frame_number(f);
    const char *name = hs_frame_text(f, &length);
    if (f->bad) return 0;
    r->task_slots[slot] = (hs_slot_t){hs_tasks_intern(&r->tasks, handle, name, length), r->epoch};
    return r->task_slots[slot].is;
}

static uint32_t take_stack(hs_reader_t *r, hs_frame_t *f) {
    uint64_t reference = hs_frame_number(f), slot = reference >> 1;
    if (slot >= HS_SLOTS) f->bad = true;
    if (f->bad) return 0;
    if (!(reference & 1)) return take_slot(r, r->stack_slots, slot, &r->stats.no_stack);
    uint64_t callers[CH_TRACE_DEPTH_MAX], depth = hs_frame_number(f), address = 0;
    if (depth < 1 || depth > CH_TRACE_DEPTH_MAX) f->bad = true;
    for (uint64_t i = 0; i < depth && !f->bad; i++) {
        address = (address + (uint64_t)hs_frame_signed(f)) & r->mask;
        callers[i] = address;
    }
    if (f->bad) return 0;
    r->stack_slots[slot] = (hs_slot_t){hs_stacks_intern(&r->stacks, callers, depth), r->epoch};
    return r->stack_slots[slot].is;
}

static void take_who(hs_reader_t *r, hs_frame_t *f, hs_event_t *e) {
    if (f->flags & CH_TRACE_HAS_CORE) e->core = (unsigned)hs_frame_number(f);
    if (f->flags & CH_TRACE_HAS_TASK) e->task = take_task(r, f);
    if (f->flags & CH_TRACE_HAS_STACK) e->stack = take_stack(r, f);
    e->caps = f->flags & CH_TRACE_HAS_CAPS ? (uint32_t)hs_frame_number(f) : r->usual_caps;
}

/* ---- records ---- */

static void begin_anew(hs_reader_t *r, hs_event_t *e) {
    e->type = HS_RESTART;
    r->stats.restarts++;
    r->lost = 0;
    r->epoch++;
}

/** Everything that a reader has to know. False: not of this version. */
static bool take_sync(hs_reader_t *r, hs_frame_t *f, hs_event_t *e) {
    bool ours = hs_frame_byte(f) == 'C';
    ours = hs_frame_byte(f) == 'H' && ours;
    ours = hs_frame_byte(f) == CH_TRACE_VERSION && ours;
    uint64_t word = hs_frame_number(f), granule = hs_frame_number(f), base = hs_frame_number(f), rate = hs_frame_number(f);
    uint64_t time = hs_frame_number(f), number = hs_frame_number(f), lost = hs_frame_number(f), run = hs_frame_number(f);
    uint64_t caps = hs_frame_number(f);
    if (f->bad || !ours || (word != 4 && word != 8)) return false;
    number = not_before(number, f->sequence, 0xff);
    time = not_before(time, f->time, 0xffff);
    bool first = !r->synced;
    bool again = !first && (number < r->next || run < r->run);
    e->type = HS_RUN;
    e->size = run;
    if (again) begin_anew(r, e);
    if (!first && !again && number > r->next) forget(r, number - r->next);
    if (first) r->lost = lost;
    if (first) r->stats.begin = time;
    if (first || again || run != r->run) r->stats.runs++;
    bool tell = first || again || run != r->run;
    if (again && time < r->time) time = r->time; /* what was before the restart stays before it */
    r->stats.word = (unsigned)word;
    r->stats.granule = (unsigned)granule;
    r->stats.rate = rate;
    r->mask = word == 8 ? UINT64_MAX : UINT32_MAX;
    r->base = base;
    r->usual_caps = (uint32_t)caps;
    r->next = number + 1;
    r->run = run;
    r->time = time > r->time || first ? time : r->time;
    r->synced = true;
    return tell;
}

static bool take_lost(hs_reader_t *r, hs_frame_t *f, hs_event_t *e) {
    uint64_t lost = hs_frame_number(f);
    if (f->bad || lost <= r->lost) return false;
    e->type = HS_LOST;
    e->size = lost - r->lost;
    r->stats.lost += e->size;
    r->lost = lost;
    return true;
}

static void take_region(hs_reader_t *r, hs_frame_t *f, hs_event_t *e) {
    size_t length;
    e->type = HS_REGION;
    e->address = address_of(r, hs_frame_number(f));
    e->size = hs_frame_number(f);
    e->caps = (uint32_t)hs_frame_number(f);
    const char *name = hs_frame_text(f, &length);
    keep_text(r, e, name, length);
}

static void take_state(hs_reader_t *r, hs_frame_t *f, hs_event_t *e) {
    e->type = HS_STATE;
    e->address = address_of(r, hs_frame_number(f));
    e->free = hs_frame_number(f);
    e->largest = hs_frame_number(f);
    e->minimum = hs_frame_number(f);
}

static void take_event(hs_reader_t *r, hs_frame_t *f, hs_event_t *e) {
    static const hs_event_type_t types[] = {HS_ALLOC, HS_FREE, HS_MOVE, HS_FAILED};
    e->type = types[f->type - CH_TRACE_ALLOC];
    if (f->type != CH_TRACE_FAILED) {
        uint64_t place = hs_frame_number(f);
        e->address = address_of(r, place);
        if (f->type == CH_TRACE_MOVE) e->old = address_of(r, place + (uint64_t)hs_frame_signed(f));
    }
    if (f->type != CH_TRACE_FREE) e->size = hs_frame_number(f);
    if (f->type == CH_TRACE_MOVE) {
        uint64_t low = hs_frame_byte(f);
        low |= (uint64_t)hs_frame_byte(f) << 8;
        e->since = e->number - ((e->number - low) & 0xffff);
    }
    if (f->type == CH_TRACE_FAILED) {
        size_t length;
        const char *name = hs_frame_text(f, &length);
        keep_text(r, e, name, length);
    }
    take_who(r, f, e);
    if (f->type == CH_TRACE_ALLOC && f->at < f->end) e->alignment = hs_frame_byte(f);
    if (e->alignment >= r->stats.word * 8) f->bad = true;
    if (!f->bad) r->stats.events++;
}

static bool take_info(hs_reader_t *r, hs_frame_t *f) {
    size_t key_length, length, used = strlen(r->info);
    const char *key = hs_frame_text(f, &key_length), *value = hs_frame_text(f, &length);
    if (f->bad || used + key_length + length + 3 > sizeof r->info) return false;
    char *to = r->info + used;
    for (size_t i = 0; i < key_length; i++) *to++ = key[i] < ' ' || key[i] > '~' || key[i] == '=' ? '?' : key[i];
    *to++ = '=';
    for (size_t i = 0; i < length; i++) *to++ = value[i] < ' ' || value[i] > '~' ? '?' : value[i];
    *to++ = '\n';
    *to = 0;
    return false;
}

/** A frame's record; false: it is no event for those above. */
static bool take_record(hs_reader_t *r, hs_frame_t *f, hs_event_t *e) {
    size_t length;
    const char *text;
    switch (f->type) {
    case CH_TRACE_REGION: take_region(r, f, e); return true;
    case CH_TRACE_STATE: take_state(r, f, e); return true;
    case CH_TRACE_CLOCK: return false; /* seen to already */
    case CH_TRACE_LOST: return take_lost(r, f, e);
    case CH_TRACE_MARK:
        e->type = HS_MARK;
        text = hs_frame_text(f, &length);
        keep_text(r, e, text, length);
        return true;
    case CH_TRACE_INFO: return take_info(r, f);
    case CH_TRACE_ALLOC:
    case CH_TRACE_FREE:
    case CH_TRACE_MOVE:
    case CH_TRACE_FAILED: take_event(r, f, e); return true;
    case CH_TRACE_STOP: e->type = HS_STOP; return true;
    default: r->stats.unknown++; return false;
    }
}

/** Number and time of a frame that is no SYNC. */
static void follow(hs_reader_t *r, hs_frame_t *f) {
    uint64_t number = not_before(r->next, f->sequence, 0xff);
    if (number != r->next) forget(r, number - r->next);
    r->next = number + 1;
    uint64_t from = r->time;
    if (f->type == CH_TRACE_CLOCK) {
        uint64_t told = hs_frame_number(f);
        if (!f->bad && told > from) from = told;
    }
    r->time = not_before(from, f->time, 0xffff);
}

/** What of a frame is for those above. */
static bool take_frame(hs_reader_t *r, hs_frame_t *f, hs_event_t *e) {
    if (f->type != CH_TRACE_SYNC && !r->synced) {
        r->stats.early++;
        return false;
    }
    if (f->type == CH_TRACE_SYNC) return take_sync(r, f, e);
    follow(r, f);
    e->number = r->next - 1;
    bool is_event = take_record(r, f, e);
    if (!f->bad) return is_event;
    r->framer.damaged++;
    return false;
}

bool hs_stream_next(hs_reader_t *r, hs_event_t *e) {
    hs_frame_t f;
    bool found = false;
    while (!found && hs_frame_next(&r->framer, &f)) {
        *e = (hs_event_t){0};
        found = take_frame(r, &f, e);
    }
    e->time = r->time;
    r->stats.end = r->time;
    r->stats.bytes = r->framer.offset;
    r->stats.frames = r->framer.frames;
    r->stats.damaged = r->framer.damaged;
    r->stats.first_damage = r->framer.first_damage;
    r->stats.cut = found ? 0 : r->framer.length;
    return found;
}
