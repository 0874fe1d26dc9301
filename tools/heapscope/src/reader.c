/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include "reader_private.h"

enum { LOOK = 1 << 20 }; /* bytes in which a recording must have begun to show */

/** Whether there is a sound frame among the first bytes. */
static bool is_stream(hs_source_t *source) {
    hs_framer_t *framer = hs_alloc(1, sizeof *framer);
    hs_frame_t f;
    framer->source = source;
    bool found = false;
    while (!found && framer->offset < LOOK && framer->damaged < 4096) {
        found = hs_frame_next(framer, &f);
        if (!found) break;
    }
    free(framer);
    hs_source_rewind(source);
    return found;
}

static void begin(hs_reader_t *r) {
    hs_source_rewind(r->source);
    bool is_dump = r->stats.is_dump;
    r->stats = (hs_stats_t){.is_dump = is_dump};
    r->framer.source = r->source;
    r->framer.fill = r->framer.at = r->framer.length = 0;
    r->framer.offset = r->framer.frames = r->framer.damaged = r->framer.first_damage = 0;
    r->synced = r->waits = false;
    r->time = r->next = r->lost = r->run = 0;
    r->epoch++;
    r->fill = r->at = 0;
    r->last_address = 0;
    r->info[0] = 0;
}

hs_reader_t *hs_reader_open(hs_source_t *source) {
    hs_reader_t *r = hs_alloc(1, sizeof *r);
    r->source = source;
    r->stats.is_dump = !is_stream(source);
    hs_stacks_intern(&r->stacks, NULL, 0);
    hs_tasks_intern(&r->tasks, 0, "", 0);
    begin(r);
    hs_event_t e;
    if (!hs_reader_next(r, &e)) {
        const char *name = hs_source_name(source);
        if (r->stats.bytes == 0) hs_die("%s: is empty", name);
        if (r->stats.frames)
            hs_die("%s: %llu bytes with %llu frames, but no SYNC of version 1: record longer, or take a newer heapscope", name,
                   (unsigned long long)r->stats.bytes, (unsigned long long)r->stats.frames);
        hs_die("%s: in %llu bytes is neither a trace stream (docs/TRACE_FORMAT.md) nor the output of heap_trace_dump()", name,
               (unsigned long long)r->stats.bytes);
    }
    begin(r);
    return r;
}

bool hs_reader_next(hs_reader_t *r, hs_event_t *e) { return r->stats.is_dump ? hs_dump_next(r, e) : hs_stream_next(r, e); }

void hs_reader_rewind(hs_reader_t *r) { begin(r); }

const hs_stats_t *hs_reader_stats(const hs_reader_t *r) { return &r->stats; }
const hs_stacks_t *hs_reader_stacks(const hs_reader_t *r) { return &r->stacks; }
const hs_tasks_t *hs_reader_tasks(const hs_reader_t *r) { return &r->tasks; }
const char *hs_reader_info(const hs_reader_t *r) { return r->info; }

void hs_reader_close(hs_reader_t *r) {
    hs_stacks_free(&r->stacks);
    hs_tasks_free(&r->tasks);
    hs_source_close(r->source);
    free(r);
}
