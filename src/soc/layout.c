/* SPDX-License-Identifier: MIT */
/*
 * See layout.h. Reserved ranges come as the linker ordered them and cannot be sorted in place, so each step looks up the one that
 * comes next by address.
 *
 * A range is handled as its first and last byte, so that one that ends with the address space needs no special case.
 */
#include "soc/layout.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/report.h"
#include "capheap/config.h"
#include "capheap/port.h"

/* Pieces up to this size are not worth a heap. */
#define SCRAP_BYTES 16

static uintptr_t first_byte(const soc_reserved_region_t *range) { return (uintptr_t)range->start & ~(uintptr_t)3; }

/* Only of a range that is not empty. */
static uintptr_t last_byte(const soc_reserved_region_t *range) { return ((uintptr_t)range->end - 1) | 3; }

/* What an option of the chip has taken away; not the same as an empty range at an address. */
static bool is_absent(const soc_reserved_region_t *range) { return range->start == 0 && range->end == 0; }

static bool is_empty(const soc_reserved_region_t *range) { return (uintptr_t)range->end <= first_byte(range); }

/* One past the last byte; for messages, as it may wrap to 0. */
static uintptr_t end_of(const soc_reserved_region_t *range) { return is_empty(range) ? first_byte(range) : last_byte(range) + 1; }

static void check_direction(const soc_reserved_region_t *range) {
    if ((uintptr_t)range->end < (uintptr_t)range->start) {
        ch_report("SOC_RESERVE_MEMORY_REGION region range 0x%08lx - 0x%08lx ends before it starts", (unsigned long)range->start,
                  (unsigned long)range->end);
        ch_port_fatal("a reserved memory region ends before it starts", (const void *)range->start);
    }
}

/* Whether b starts where a does, or in it. */
static bool starts_in(const soc_reserved_region_t *a, const soc_reserved_region_t *b) {
    if (first_byte(a) >= first_byte(b)) {
        return first_byte(a) == first_byte(b);
    }
    return !is_empty(a) && last_byte(a) >= first_byte(b);
}

static void check_pair(const soc_reserved_region_t *a, const soc_reserved_region_t *b) {
    if (a != b && !is_absent(a) && !is_absent(b) && starts_in(a, b)) {
        ch_report("SOC_RESERVE_MEMORY_REGION region range 0x%08lx - 0x%08lx overlaps with 0x%08lx - 0x%08lx",
                  (unsigned long)first_byte(a), (unsigned long)end_of(a), (unsigned long)first_byte(b), (unsigned long)end_of(b));
        ch_port_fatal("reserved memory regions overlap", (const void *)b->start);
    }
}

static void check_reserved(const soc_reserved_region_t *reserved, size_t count) {
    for (size_t i = 0; i < count; i++) {
        check_direction(&reserved[i]);
    }
    for (size_t i = 0; i < count * count; i++) {
        check_pair(&reserved[i / count], &reserved[i % count]);
    }
}

/* The range that starts lowest of those from `from` on; NULL: none. */
static const soc_reserved_region_t *next_from(const soc_reserved_region_t *reserved, size_t count, uintptr_t from) {
    const soc_reserved_region_t *next = NULL;
    for (const soc_reserved_region_t *range = reserved; range != reserved + count; range++) {
        bool is_later = !is_absent(range) && first_byte(range) >= from;
        if (is_later && (!next || first_byte(range) < first_byte(next))) {
            next = range;
        }
    }
    return next;
}

static void list_reserved(const soc_reserved_region_t *reserved, size_t count) {
    int present = 0;
    for (size_t i = 0; i < count; i++) {
        present += !is_absent(&reserved[i]);
    }
    ch_report("memory_layout: Checking %d reserved memory ranges:", present);
    const soc_reserved_region_t *range = next_from(reserved, count, 0);
    for (; range; range = next_from(reserved, count, first_byte(range) + 1)) {
        ch_report("memory_layout: Reserved memory range 0x%08lx - 0x%08lx", (unsigned long)first_byte(range),
                  (unsigned long)end_of(range));
    }
}

/* The first and the last byte that a range takes. */
typedef struct {
    uintptr_t first, last;
} taken_t;

/* What the ranges take first of [at, end). {end, end}: nothing. */
static taken_t next_taken(const soc_reserved_region_t *reserved, size_t count, uintptr_t at, uintptr_t end) {
    taken_t next = {end, end};
    for (const soc_reserved_region_t *range = reserved; range != reserved + count; range++) {
        uintptr_t first = first_byte(range) > at ? first_byte(range) : at;
        if (first < next.first && !is_empty(range) && last_byte(range) >= at) {
            next = (taken_t){first, last_byte(range)};
        }
    }
    return next;
}

/* A part of a region. Field by field, as in builds for size a copy of the whole would be a call of memcpy. */
static inline soc_memory_region_t part_of(const soc_memory_region_t *region, intptr_t start, size_t size) {
    return (soc_memory_region_t){start, size, region->type, region->iram_address, region->startup_stack};
}

/* Writes what is left of a region; returns where the next entry goes. */
static soc_memory_region_t *subtract_from_region(const soc_memory_region_t *region, const soc_reserved_region_t *reserved,
                                                 size_t count, soc_memory_region_t *out) {
    uintptr_t at = (uintptr_t)region->start, end = at + region->size;
    taken_t taken;
    if (end < at) {
        end -= sizeof(uint32_t); /* it ends with the address space: no address is behind its last word */
    }
    do {
        taken = next_taken(reserved, count, at, end);
        if (taken.first - at > SCRAP_BYTES) {
            *out++ = part_of(region, (intptr_t)at, taken.first - at);
        }
        at = taken.last + 1;
    } while (taken.last < end);
    return out;
}

size_t ch_layout_subtract(const soc_memory_region_t *regions, size_t region_count, const soc_reserved_region_t *reserved,
                          size_t reserved_count, soc_memory_region_t *out) {
    if (CH_CFG_LOG_DEBUG) {
        list_reserved(reserved, reserved_count);
    }
    if (!CH_CFG_NDEBUG) {
        check_reserved(reserved, reserved_count);
    }
    soc_memory_region_t *next = out;
    for (size_t i = 0; i < region_count; i++) {
        next = subtract_from_region(&regions[i], reserved, reserved_count, next);
    }
    return (size_t)(next - out);
}

/* A region never ends with the address space: its end cannot wrap to the start of another. */
static bool can_join(const soc_memory_region_t *a, const soc_memory_region_t *b) {
    return (uintptr_t)a->start + a->size == (uintptr_t)b->start && a->type == b->type && a->startup_stack == b->startup_stack;
}

size_t ch_layout_coalesce(soc_memory_region_t *regions, size_t count) {
    soc_memory_region_t *next = regions;
    for (const soc_memory_region_t *region = regions; region != regions + count; region++) {
        if (next != regions && can_join(next - 1, region)) {
            next[-1].size += region->size;
        } else {
            *next++ = part_of(region, region->start, region->size);
        }
    }
    return (size_t)(next - regions);
}
