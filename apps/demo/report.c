/* SPDX-License-Identifier: MIT */
/*
 * The demo's books, kept with nothing but the public interface of the heap:
 *
 *   region   one heap, found by walking all of them. Its free bytes at the end must be those at the start.
 *   kind     one memory type of the chip, or the region added at run time. The queries take capabilities, and one kind's may
 *            contain another's; what belongs to a kind alone is what its capabilities match, less the kinds that have more.
 */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "capheap/chip.h"
#include "capheap/port.h"
#include "esp_heap_caps.h"
#include "heap_memory_layout.h"

#define KINDS 12
#define BAR 40

typedef struct {
    uintptr_t start, end;
    const char *name;
    size_t free_at_start; /* less what a descriptor keeps */
    size_t free_noted;    /* by report_before_added_region() */
    size_t free_now;
    size_t used_at_start; /* blocks */
    size_t used_now;
} region_t;

typedef struct {
    const char *name;
    uint32_t caps;      /* all that the kind can do */
    uint32_t best;      /* what it is best used for: column 0 */
    bool has_watermark; /* a region added at run time has none */
    size_t idle;        /* bytes in use before anything was taken: the heap's own */
    size_t peak;        /* most bytes seen in use */
} kind_t;

static region_t regions[REPORT_REGIONS];
static size_t region_count;
static kind_t kinds[KINDS];
static size_t kind_count;

void report_fail(const char *why, ...) {
    va_list args;
    fputs("\ndemo: FAILED: ", stdout);
    va_start(args, why);
    vprintf(why, args);
    va_end(args);
    fputs("\n", stdout);
    fflush(stdout);
    exit(1);
}

/** The heap found a fault and has reported it; takes the place of the port's own function. */
void ch_port_fatal(const char *reason, const void *address) {
    report_fail("%s (at 0x%08lx)", reason, (unsigned long)(uintptr_t)address);
}

/* Regions ---------------------------------------------------------------------------------------------------------------------*/

static const soc_memory_region_t *table_row(uintptr_t address) {
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        const soc_memory_region_t *row = &soc_memory_regions[i];
        if (address - (uintptr_t)row->start < row->size) return row;
    }
    return NULL;
}

static region_t *find_region(uintptr_t start) {
    for (size_t i = 0; i < region_count; i++) {
        if (regions[i].start == start) return &regions[i];
    }
    if (region_count == REPORT_REGIONS) report_fail("more than %d heaps", REPORT_REGIONS);
    region_t *region = &regions[region_count++];
    const soc_memory_region_t *row = table_row(start);
    *region = (region_t){.start = start, .name = row ? soc_memory_types[row->type].name : "?"};
    return region;
}

static bool count_block(walker_heap_into_t heap, walker_block_info_t block, void *unused) {
    region_t *region = find_region((uintptr_t)heap.start);
    (void)unused;
    region->end = (uintptr_t)heap.end;
    if (block.used) {
        region->used_now++;
    } else {
        region->free_now += block.size;
    }
    return true;
}

static void count_blocks(void) {
    size_t sum = 0;
    for (size_t i = 0; i < region_count; i++) regions[i].free_now = regions[i].used_now = 0;
    heap_caps_walk_all(count_block, NULL);
    for (size_t i = 0; i < region_count; i++) sum += regions[i].free_now;
    report_require(sum == heap_caps_get_free_size(0), "the walk finds more or fewer free bytes than the heaps count");
}

int report_region_index(const void *address) {
    for (size_t i = 0; i < region_count; i++) {
        uintptr_t at = (uintptr_t)address;
        if (at >= regions[i].start && at < regions[i].end) return (int)i;
    }
    return -1;
}

const char *report_index_name(int index) { return index >= 0 && (size_t)index < region_count ? regions[index].name : "?"; }

const char *report_region_name(const void *address) { return report_index_name(report_region_index(address)); }

bool report_plays_word_only(const void *address) {
    const soc_memory_region_t *row = table_row((uintptr_t)address);
    if (ch_chip.word_only_types == 0) return true;
    return row && (ch_chip.word_only_types >> row->type & 1) != 0;
}

/* Kinds -----------------------------------------------------------------------------------------------------------------------*/

typedef size_t (*query_t)(uint32_t caps);

/** What a query says of one kind alone. */
static size_t of_kind(const kind_t *kind, query_t query) {
    size_t bytes = query(kind->caps);
    for (const kind_t *other = kinds; other < kinds + kind_count; other++) {
        bool can_more = other->caps != kind->caps && (other->caps & kind->caps) == kind->caps;
        if (can_more) bytes -= of_kind(other, query);
    }
    return bytes;
}

static void add_kind(kind_t added) {
    for (const kind_t *kind = kinds; kind < kinds + kind_count; kind++) {
        if (kind->caps == added.caps) return; /* same RAM to every caller: one kind */
    }
    if (kind_count == KINDS) report_fail("more than %d kinds of RAM", KINDS);
    if (heap_caps_get_total_size(added.caps) != 0) kinds[kind_count++] = added;
}

static void find_kinds(void) {
    for (size_t i = 0; i < soc_memory_type_count; i++) {
        const soc_memory_type_desc_t *type = &soc_memory_types[i];
        uint32_t caps = type->caps[0] | type->caps[1] | type->caps[2];
        add_kind((kind_t){.name = type->name, .caps = caps, .best = type->caps[0], .has_watermark = true});
    }
}

static size_t in_use(const kind_t *kind, query_t free_query) {
    return of_kind(kind, heap_caps_get_total_size) - of_kind(kind, free_query);
}

static void note_idle(void) {
    for (kind_t *kind = kinds; kind < kinds + kind_count; kind++) {
        if (kind->idle == 0) kind->idle = in_use(kind, heap_caps_get_free_size);
    }
}

void report_sample(void) {
    for (kind_t *kind = kinds; kind < kinds + kind_count; kind++) {
        size_t used = in_use(kind, kind->has_watermark ? heap_caps_get_minimum_free_size : heap_caps_get_free_size);
        if (used > kind->peak) kind->peak = used;
    }
}

/* Books -----------------------------------------------------------------------------------------------------------------------*/

void report_open(void) {
    count_blocks();
    find_kinds();
    note_idle();
    printf("\n%zu heaps of %zu kinds of RAM:\n", region_count, kind_count);
    for (region_t *region = regions; region < regions + region_count; region++) {
        region->free_at_start = region->free_now;
        region->used_at_start = region->used_now;
        printf("  0x%08lx  %-8s %9lu bytes, %9zu free\n", (unsigned long)region->start, region->name,
               (unsigned long)(region->end - region->start), region->free_at_start);
    }
}

void report_step(const char *what, const void *where, size_t bytes, const char *result, ...) {
    va_list args;
    const char *name = where ? report_region_name(where) : "nowhere";
    printf("  %-22s 0x%08lx %-8s %8zu bytes: ", what, (unsigned long)(uintptr_t)where, name, bytes);
    va_start(args, result);
    vprintf(result, args);
    va_end(args);
    printf("\n");
    report_sample();
}

void report_before_added_region(void) {
    count_blocks();
    for (region_t *region = regions; region < regions + region_count; region++) region->free_noted = region->free_now;
}

void report_after_added_region(const char *name, uint32_t caps, uintptr_t start, size_t size) {
    size_t known = region_count;
    count_blocks();
    for (region_t *region = regions; region < regions + known; region++) {
        size_t kept = region->free_noted - region->free_now;
        if (kept == 0) continue;
        region->free_at_start -= kept;
        region->used_at_start++;
        printf("  %-22s            %-8s %8zu bytes: stay in use, a region cannot be removed\n", "its descriptor", region->name,
               kept);
    }
    report_require(region_count == known + 1, "the added region is not among the heaps");
    region_t *added = find_region(start);
    report_require(added->end == start + size, "the added region has another size");
    added->name = name;
    added->free_at_start = added->free_now;
    added->used_at_start = added->used_now;
    add_kind((kind_t){.name = name, .caps = caps, .best = caps, .has_watermark = false});
    note_idle();
}

void report_summary(const char *title) {
    printf("\n=== %s ===\n", title);
    for (const kind_t *kind = kinds; kind < kinds + kind_count; kind++) {
        printf("[%s, and the others that can do what it is best at]\n", kind->name);
        heap_caps_print_heap_info(kind->best);
    }
}

void report_chart(void) {
    report_sample();
    printf("\nIn use at the peak, of each kind of RAM (bookkeeping of the heap included):\n");
    for (const kind_t *kind = kinds; kind < kinds + kind_count; kind++) {
        size_t total = of_kind(kind, heap_caps_get_total_size);
        size_t mark = kind->peak / (total / BAR + 1);
        unsigned permille = (unsigned)((uint64_t)kind->peak * 1000 / total);
        if (kind->peak <= kind->idle) report_fail("%s was never used", kind->name);
        printf("  %-8s |", kind->name);
        for (size_t i = 0; i < BAR; i++) putchar(i <= mark ? '#' : '.');
        printf("| %8zu of %8zu bytes, %2u.%u %%\n", kind->peak, total, permille / 10, permille % 10);
    }
}

/* End -------------------------------------------------------------------------------------------------------------------------*/

static bool name_block(walker_heap_into_t heap, walker_block_info_t block, void *wanted) {
    const region_t *region = wanted;
    if ((uintptr_t)heap.start == region->start && block.used) {
        printf("    in use: 0x%08lx, %zu bytes\n", (unsigned long)(uintptr_t)block.ptr, block.size);
    }
    return true;
}

void report_close(void) {
    const region_t *bad = NULL;
    report_require(heap_caps_check_integrity_all(true), "a heap is damaged");
    count_blocks();
    printf("\nGiven back:\n");
    for (const region_t *region = regions; region < regions + region_count; region++) {
        bool same = region->free_now == region->free_at_start && region->used_now == region->used_at_start;
        printf("  0x%08lx  %-8s %9zu bytes free, %s\n", (unsigned long)region->start, region->name, region->free_now,
               same ? "as at the start" : "NOT as at the start");
        if (same) continue;
        bad = region;
        heap_caps_walk_all(name_block, (void *)(uintptr_t)region);
    }
    if (bad) report_fail("%s: %zu bytes free at the start, %zu now", bad->name, bad->free_at_start, bad->free_now);
    printf("  integrity of all heaps checked: sound\n");
}
