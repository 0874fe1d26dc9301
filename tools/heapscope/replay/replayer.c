/* SPDX-License-Identifier: MIT */
/*
 * Runs recorded operations through the library as it would run on one chip, at the chip's own addresses.
 *
 *     replayer OPERATIONS [--heap=START:SIZE]... [--cut=START:SIZE]... [--late=START:SIZE]
 *              [--record=FILE] [--stop]
 *
 *     --heap   the heaps at boot, as a recording tells them; without it, the chip's regions less the reserved ranges of the link
 *     --cut    the heap at START gets that many bytes only, 0: it is not there
 *     --late   external RAM, added after boot as a driver would
 *     --record writes a trace stream of the replay; a tick is an operation
 *     --stop   ends with the first request that fails
 *
 * The heaps come about as they do on the chip: the wished-for ones are what is left of the table's rows after all else was
 * reserved, in the linker's own list of reserved ranges. heap_caps_init() then does the rest. Prints one JSON document.
 */
#include "replayer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capheap/chip.h"
#include "capheap/port.h"
#include "capheap/trace_stream.h"
#include "caps/registry.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "esp_heap_trace.h"
#include "heap_memory_layout.h"
#include "posix_ram.h"
#include "soc/layout.h"

enum { MOST = 128, LOWEST = 0x10000 /* a process has no memory below */ };

typedef struct {
    uintptr_t start;
    size_t size;
} range_t;

typedef struct {
    range_t of[MOST];
    size_t count;
} ranges_t;

/* More entries for the linker's list of reserved ranges: {0, 0} is none. Aligned explicitly, so that no gap lies before it. */
__attribute__((section(".reserved_memory_address"), used, aligned(4))) static soc_reserved_region_t spare[2 * MOST] = {{0, 0}};
extern soc_reserved_region_t soc_reserved_memory_region_start[], soc_reserved_memory_region_end[];

static ranges_t heaps, cuts, late;
static bool stops, recorded, has_stacks;
static size_t left_out; /* bytes of RAM below 64 KiB */
static FILE *output;    /* the recording of the replay; NULL: none */
static uint32_t now;    /* the operation */

_Noreturn static void give_up(const char *what, unsigned long where) {
    printf("{\"error\": \"%s\", \"at\": %lu}\n", what, where);
    fflush(stdout);
    exit(1);
}

/* ---- what the port leaves to the program ---- */

void ch_port_print(const char *text, size_t len) { (void)text, (void)len; /* the boot log is in the document */ }
void ch_port_fatal(const char *reason, const void *address) { give_up(reason, (unsigned long)(uintptr_t)address); }
unsigned ch_port_core_id(void) { return 0; }
void *ch_port_task_id(void) { return NULL; }
uint32_t ch_port_cycles(void) { return now << CH_CFG_TRACE_TICK_SHIFT; }
uint32_t ch_port_random(void) { return 0x2CAB1E55u; }

unsigned ch_port_callers(void **callers, unsigned depth) {
    (void)callers, (void)depth;
    return 0;
}

unsigned ch_port_callers_from(const void *frame, void **callers, unsigned depth) {
    (void)frame, (void)callers, (void)depth;
    return 0;
}

/* ---- heaps ---- */

static const range_t *find(const ranges_t *ranges, uintptr_t start) {
    for (size_t i = 0; i < ranges->count; i++)
        if (ranges->of[i].start == start) return &ranges->of[i];
    return NULL;
}

/** The heaps that the table and the link's reserved ranges give. */
static void heaps_of_table(void) {
    soc_memory_region_t rows[soc_get_available_memory_region_max_count()];
    size_t count = ch_layout_coalesce(rows, soc_get_available_memory_regions(rows));
    if (count > MOST) give_up("the chip has too many regions", count);
    for (size_t i = 0; i < count; i++) heaps.of[heaps.count++] = (range_t){(uintptr_t)rows[i].start, rows[i].size};
}

/** Whether a range lies in the chip's rows, neighbours counting as one. */
static bool in_rows(range_t r) {
    uintptr_t at = r.start, end = r.start + r.size;
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        uintptr_t low = (uintptr_t)soc_memory_regions[i].start, high = low + soc_memory_regions[i].size;
        if (at >= low && at < high) at = high < end ? high : end;
    }
    return at == end;
}

static void insert(ranges_t *ranges, range_t r) {
    size_t i = ranges->count;
    if (i == MOST) give_up("too many heaps", i);
    for (; i > 0 && ranges->of[i - 1].start > r.start; i--) ranges->of[i] = ranges->of[i - 1];
    ranges->of[i] = r;
    ranges->count++;
}

static bool touches(const ranges_t *ranges, uintptr_t start, size_t size) {
    for (size_t i = 0; i < ranges->count; i++)
        if (ranges->of[i].start < start + size && start < ranges->of[i].start + ranges->of[i].size) return true;
    return false;
}

/** Start-up stacks have a descriptor, but are told only once they are heaps: those that were not told stay stacks. */
static void keep_stacks(ranges_t *boot_heaps) {
    soc_memory_region_t rows[soc_get_available_memory_region_max_count()];
    size_t count = ch_layout_coalesce(rows, soc_get_available_memory_regions(rows));
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].startup_stack || touches(boot_heaps, (uintptr_t)rows[i].start, rows[i].size)) continue;
        insert(boot_heaps, (range_t){(uintptr_t)rows[i].start, rows[i].size});
        has_stacks = true;
    }
}

/** Heaps of a recording are used if the chip can have them: external RAM comes late, and without --late as it was. */
static bool take_recorded(void) {
    ranges_t boot_heaps = {.count = 0}, later = {.count = 0};
    for (size_t i = 0; i < heaps.count; i++) {
        range_t r = heaps.of[i];
        if (in_rows(r))
            insert(&boot_heaps, r);
        else if (r.start - ch_chip.external.low < ch_chip.external.high - ch_chip.external.low)
            insert(&later, r);
        else
            return false;
    }
    if (!boot_heaps.count) return false;
    keep_stacks(&boot_heaps);
    heaps = boot_heaps;
    if (!late.count) late = later;
    return true;
}

static void cut_heaps(void) {
    size_t left = 0;
    for (size_t i = 0; i < heaps.count; i++) {
        range_t heap = heaps.of[i];
        if (heap.size && heap.start < LOWEST) {
            size_t low = LOWEST - heap.start < heap.size ? LOWEST - heap.start : heap.size;
            heap.start += low, heap.size -= low;
            left_out += low;
        }
        const range_t *cut = find(&cuts, heap.start);
        if (cut && cut->size < heap.size) heap.size = cut->size & ~(size_t)3;
        if (heap.size) heaps.of[left++] = heap;
    }
    heaps.count = left;
}

/** Reserves all of a row but what belongs to heaps; both lists ascend. */
static size_t reserve_rest(const soc_memory_region_t *row, size_t n) {
    uintptr_t at = (uintptr_t)row->start, end = at + row->size;
    for (size_t i = 0; i < heaps.count && row->size; i++) {
        uintptr_t low = heaps.of[i].start, high = low + heaps.of[i].size;
        if (high <= at || low >= end) continue;
        if (n >= 2 * MOST) give_up("too many heaps", n);
        if (low > at) spare[n++] = (soc_reserved_region_t){(intptr_t)at, (intptr_t)low};
        at = high;
    }
    if (at < end && n < 2 * MOST) spare[n++] = (soc_reserved_region_t){(intptr_t)at, (intptr_t)end};
    return n;
}

/** Where external RAM begins, if nobody says it: in the chip's window, or where many chips have SDRAM. */
static uintptr_t place_of(const range_t *r) {
    return r->start ? r->start : ch_chip.external.low ? ch_chip.external.low : 0xC0000000u;
}

static void boot(void) {
    recorded = take_recorded();
    if (!recorded) {
        heaps.count = 0;
        heaps_of_table();
    }
    cut_heaps();
    for (soc_reserved_region_t *r = soc_reserved_memory_region_start; r < soc_reserved_memory_region_end; r++)
        *r = (soc_reserved_region_t){0, 0};
    size_t n = 0;
    for (size_t i = 0; i < soc_memory_region_count; i++) n = reserve_rest(&soc_memory_regions[i], n);
    if (!posix_ram_map_chip()) give_up("this process can't have memory at the chip's addresses", 0);
    heap_caps_init();
    if (!has_stacks) heap_caps_enable_nonos_stack_heaps();
    for (size_t i = 0; i < late.count; i++) {
        static const uint32_t usual[] = {MALLOC_CAP_SPIRAM, 0, MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT};
        const range_t *r = &late.of[i], *cut = find(&cuts, place_of(r));
        const ch_late_region_t *ram = ch_chip.late_count ? &ch_chip.late[0] : NULL;
        uintptr_t start = place_of(r);
        size_t size = cut && cut->size < r->size ? cut->size & ~(size_t)3 : r->size;
        if (!size) continue;
        if (ram && !r->start && r->size > ram->max_size) give_up("the chip's window shows less external RAM", ram->max_size);
        if (in_rows((range_t){start, size})) give_up("the chip's table has RAM there already; say SIZE@ADDRESS", start);
        if (!posix_ram_map(start, size)) give_up("external RAM can't be had at this address", start);
        if (heap_caps_add_region_with_caps(ram ? ram->caps : usual, (intptr_t)start, (intptr_t)(start + size)) != ESP_OK)
            give_up("external RAM did not become a heap", start);
    }
}

/* ---- operations ---- */

typedef struct {
    uint32_t fails, first_op, served, same, other, other_op, wanted, got;
    size_t free, largest, total;
} outcome_t;

static void *perform(const replay_op_t *op, void *old) {
    switch (op->kind) {
    case REPLAY_CALLOC: return heap_caps_calloc(1, op->size, op->caps);
    case REPLAY_REALLOC: return heap_caps_realloc(old, op->size, op->caps);
    case REPLAY_ALIGNED: return heap_caps_aligned_alloc(op->alignment, op->size, op->caps);
    default: return heap_caps_malloc(op->size, op->caps);
    }
}

static void note_failure(outcome_t *o, const replay_op_t *op, uint32_t n) {
    if (o->fails++) return;
    o->first_op = n;
    o->total = heap_caps_get_total_size(op->caps);
    o->free = heap_caps_get_free_size(op->caps);
    o->largest = heap_caps_get_largest_free_block(op->caps);
}

static void compare(outcome_t *o, const replay_op_t *op, uint32_t n, const void *p) {
    if (!op->address) return;
    if ((uintptr_t)p == op->address) {
        o->same++;
        return;
    }
    if (o->other++) return;
    o->other_op = n;
    o->wanted = op->address;
    o->got = (uint32_t)(uintptr_t)p;
}

static void step(outcome_t *o, const replay_op_t *op, uint32_t n, void **slots) {
    void **slot = &slots[op->slot];
    if (op->kind == REPLAY_FREE) {
        heap_caps_free(*slot);
        *slot = NULL;
        return;
    }
    if (op->kind == REPLAY_FAILED) { /* failed on the recorded machine */
        void *p = heap_caps_malloc(op->size, op->caps);
        o->served += p != NULL;
        heap_caps_free(p);
        return;
    }
    void *p = perform(op, op->kind == REPLAY_REALLOC ? *slot : NULL);
    if (!p) {
        note_failure(o, op, n);
        return;
    }
    *slot = p;
    compare(o, op, n, p);
}

/* ---- a recording of the replay ---- */

static size_t to_output(void *context, const uint8_t *bytes, size_t size) {
    (void)context;
    return fwrite(bytes, 1, size, output);
}

static void begin_recording(const char *path) {
    output = fopen(path, "wb");
    if (!output) give_up("the recording can't be written", 0);
    if (heap_trace_init_tohost() != ESP_OK || heap_trace_start(HEAP_TRACE_ALL) != ESP_OK)
        give_up("a recording needs CONFIG_HEAP_TRACING_TOHOST=1", 0);
    ch_trace_info("chip", ch_chip.name);
    ch_trace_drain(to_output, NULL);
}

static void end_recording(void) {
    heap_trace_stop();
    ch_trace_drain(to_output, NULL);
    if (fclose(output) != 0) give_up("the recording can't be written", 0);
}

/* ---- the document ---- */

static void print_regions(void) {
    const char *comma = "";
    printf("\"regions\": [");
    for (const ch_region_t *r = ch_registry_first(); r; r = r->next) {
        multi_heap_info_t info = {0};
        if (!r->heap) continue;
        multi_heap_get_info(r->heap, &info);
        printf("%s{\"name\": \"%s\", \"start\": %lu, \"size\": %lu, \"free\": %zu, \"minimum\": %zu, \"largest\": %zu}", comma,
               r->name, (unsigned long)r->start, (unsigned long)(r->end - r->start), info.total_free_bytes,
               info.minimum_free_bytes, info.largest_free_block);
        comma = ", ";
    }
    printf("]");
}

static void print(const outcome_t *o) {
    printf(
        "{\"chip\": \"%s\", \"as_recorded\": %s, \"left_out\": %zu, \"fails\": %u, \"served\": %u, \"same\": %u, \"other\": %u, ",
        ch_chip.name, recorded ? "true" : "false", left_out, o->fails, o->served, o->same, o->other);
    if (o->fails)
        printf("\"first\": {\"op\": %u, \"total\": %zu, \"free\": %zu, \"largest\": %zu}, ", o->first_op, o->total, o->free,
               o->largest);
    if (o->other) printf("\"differs\": {\"op\": %u, \"recorded\": %u, \"replayed\": %u}, ", o->other_op, o->wanted, o->got);
    print_regions();
    printf("}\n");
}

/* ---- the command line ---- */

static bool take_range(const char *argument, const char *option, ranges_t *ranges) {
    char *end;
    size_t length = strlen(option);
    if (strncmp(argument, option, length) != 0) return false;
    range_t r = {strtoul(argument + length, &end, 0), 0};
    if (*end++ != ':' || ranges->count == MOST) give_up("an option that the replayer doesn't know", 0);
    r.size = strtoul(end, NULL, 0);
    ranges->of[ranges->count++] = r;
    return true;
}

static replay_op_t *load(const char *path, replay_header_t *header) {
    FILE *file = fopen(path, "rb");
    if (!file || fread(header, sizeof *header, 1, file) != 1) give_up("no operations", 0);
    replay_op_t *ops = calloc(header->count + 1u, sizeof *ops);
    if (!ops || fread(ops, sizeof *ops, header->count, file) != header->count)
        give_up("fewer operations than announced", header->count);
    fclose(file);
    return ops;
}

int main(int argc, char **argv) {
    replay_header_t header;
    outcome_t outcome = {0};
    const char *record = NULL;
    if (argc < 2) give_up("replayer OPERATIONS [OPTION...]; heapscope replay runs it", 0);
    for (int i = 2; i < argc; i++) {
        if (strncmp(argv[i], "--record=", 9) == 0)
            record = argv[i] + 9;
        else if (strcmp(argv[i], "--stop") == 0)
            stops = true;
        else if (!take_range(argv[i], "--heap=", &heaps) && !take_range(argv[i], "--cut=", &cuts) &&
                 !take_range(argv[i], "--late=", &late))
            give_up("an option that the replayer doesn't know", (unsigned long)i);
    }
    const replay_op_t *ops = load(argv[1], &header);
    void **slots = calloc(header.slots + 1u, sizeof *slots);
    if (!slots) give_up("out of memory", header.slots);
    boot();
    if (record) begin_recording(record);
    for (uint32_t n = 0; n < header.count && !(stops && outcome.fails); n++) {
        now = n;
        if (ops[n].slot >= header.slots && ops[n].kind != REPLAY_FAILED) give_up("a slot that is none", n);
        step(&outcome, &ops[n], n, slots);
        if (record) ch_trace_drain(to_output, NULL);
    }
    if (record) end_recording();
    print(&outcome);
    return 0;
}
