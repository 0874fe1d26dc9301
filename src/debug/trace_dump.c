/* SPDX-License-Identifier: MIT */
/*
 * The text of heap_trace_dump(). Each record is copied in a critical section of its own and printed outside, so blocks may come
 * and go meanwhile: the dump ends after as many records as there were at its start.
 */
#include "base/line.h"
#include "debug/trace_record.h"
#include "esp_heap_caps.h"
#include "esp_memory_utils.h"

/** What the printed records came to. */
typedef struct {
    size_t bytes, live;
} alive_t;

/** A number, with blanks in front up to six places. */
static void add_bytes(ch_line_t *line, size_t bytes) {
    for (size_t limit = 100000; limit > 1 && bytes < limit; limit /= 10) ch_line_add(line, " ");
    ch_line_add(line, "%lu", (unsigned long)bytes);
}

/** Return addresses with colons between them, up to the first that is none. */
static void add_callers(ch_line_t *line, void *const *callers) {
    for (int i = 0; i < CH_CFG_TRACE_DEPTH && callers[i]; i++) ch_line_add(line, i ? ":%p" : "%p", callers[i]);
}

static const char *label_of(const void *address) {
    if (esp_ptr_external_ram(address)) return ",    PSRAM";
    return esp_ptr_internal(address) ? ", Internal" : "";
}

static void print_record(const heap_trace_record_t *r) {
    ch_line_t line;
    ch_line_begin(&line);
    add_bytes(&line, r->size);
    ch_line_add(&line, " bytes (@ %p%s) allocated CPU %u ccount 0x%08lx", r->address, label_of(r->address),
                (unsigned)(r->ccount & 1), (unsigned long)(r->ccount & ~(uint32_t)3));
    if (CH_CFG_TRACE_DEPTH > 0 && r->alloced_by[0]) {
        ch_line_add(&line, " caller ");
        add_callers(&line, r->alloced_by);
    }
    if (r->freed && CH_CFG_TRACE_DEPTH > 0 && r->freed_by[0]) {
        ch_line_end(&line);
        ch_line_begin(&line);
        ch_line_add(&line, "freed by ");
        add_callers(&line, r->freed_by);
    } else if (r->freed) {
        ch_line_add(&line, " freed");
    }
    ch_line_end(&line);
}

/** Whether a dump of these caps shows a block. */
static bool is_wanted(const void *address, uint32_t caps) {
    bool internal = caps & MALLOC_CAP_INTERNAL, external = caps & MALLOC_CAP_SPIRAM;
    return (internal && external) || (internal && esp_ptr_internal(address)) || (external && esp_ptr_external_ram(address));
}

/** Copies the record that comes next and goes on; false: there is none. *broken: its number is none that was ever used. */
static bool next_record(ch_trace_walk_t *walk, heap_trace_record_t *r, bool *broken) {
    ch_port_state_t state = ch_port_lock(&ch_trace_store.lock);
    bool is_there = walk->number != 0;
    *broken = walk->number > ch_trace_store.fresh;
    if (is_there && !*broken) {
        *r = *ch_trace_record(walk->number);
        ch_trace_walk_next(walk);
    }
    ch_port_unlock(&ch_trace_store.lock, state);
    return is_there && !*broken;
}

/** The records, `count` at most, as long as that many are there. */
static alive_t print_records(size_t count, uint32_t caps) {
    alive_t alive = {0, 0};
    ch_trace_walk_t walk;
    ch_port_state_t state = ch_port_lock(&ch_trace_store.lock);
    size_t frees = ch_trace_store.frees, evictions = ch_trace_store.evictions;
    ch_trace_walk_begin(&walk);
    ch_port_unlock(&ch_trace_store.lock, state);
    heap_trace_record_t r;
    bool broken = false;
    size_t passed = 0;
    for (; passed < count && next_record(&walk, &r, &broken); passed++) {
        if (!r.address || !is_wanted(r.address, caps)) continue;
        print_record(&r);
        if (!r.freed) alive.bytes += r.size, alive.live++;
    }
    state = ch_port_lock(&ch_trace_store.lock);
    if (passed < count && frees == ch_trace_store.frees && evictions == ch_trace_store.evictions) broken = true;
    ch_trace_walk_end(&walk);
    ch_port_unlock(&ch_trace_store.lock, state);
    if (broken) ch_line_print("Error: heap trace linked list is corrupt. expected more records.");
    return alive;
}

static unsigned long number(size_t value) { return (unsigned long)value; }

void heap_trace_dump_caps(const uint32_t caps) {
    if (!CH_TRACES) return;
    heap_trace_summary_t before, after;
    heap_trace_summary(&before);
    ch_line_print("====== Heap Trace: %lu records (%lu capacity) ======", number(before.count), number(before.capacity));
    alive_t alive = print_records(before.count, caps);
    heap_trace_summary(&after);
    ch_line_print("====== Heap Trace Summary ======");
    if (before.mode == HEAP_TRACE_ALL) {
        ch_line_print("Mode: Heap Trace All");
        ch_line_print("%lu bytes alive in trace (%lu/%lu allocations)", number(alive.bytes), number(alive.live),
                      number(before.count));
    } else {
        ch_line_print("Mode: Heap Trace Leaks");
        ch_line_print("%lu bytes 'leaked' in trace (%lu allocations)", number(alive.bytes), number(alive.live));
    }
    ch_line_print("records: %lu (%lu capacity, %lu high water mark)", number(before.count), number(before.capacity),
                  number(after.high_water_mark));
    if (CH_CFG_TRACE_HASH_MAP) {
        size_t hits = 0, misses = 0;
        CH_TRACE_SUMMARY_TOLD(after, hits, misses);
        ch_line_print("hashmap: %lu capacity (%lu hits, %lu misses)", number(before.capacity), number(hits), number(misses));
    }
    ch_line_print("total allocations: %lu", number(after.total_allocations));
    ch_line_print("total frees: %lu", number(after.total_frees));
    if (after.total_allocations != before.total_allocations)
        ch_line_print("(NB: New entries were traced while dumping, so trace dump may have duplicate entries.)");
    if (after.has_overflowed) ch_line_print("(NB: Internal Buffer has overflowed, so trace data is incomplete.)");
    ch_line_print("================================");
}

void heap_trace_dump(void) { heap_trace_dump_caps(MALLOC_CAP_INTERNAL | MALLOC_CAP_SPIRAM); }
