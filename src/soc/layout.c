/* SPDX-License-Identifier: MIT */
/*
 * See layout.h. Reserved ranges come as the linker ordered them and cannot be sorted in place, so each step looks up the one that
 * comes next by address.
 *
 * A range is handled as its first and last byte, so that the word at the top of the address space needs no special case.
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

static bool is_empty(const soc_reserved_region_t *range) { return (uintptr_t)range->end == first_byte(range); }

/* One past the last byte; for messages, as it may wrap to 0. */
static uintptr_t end_of(const soc_reserved_region_t *range) { return is_empty(range) ? first_byte(range) : last_byte(range) + 1; }

/* Order by start; equal starts as they come in the array. */
static bool comes_before(const soc_reserved_region_t *reserved, size_t a, size_t b) {
    uintptr_t start_a = first_byte(&reserved[a]);
    uintptr_t start_b = first_byte(&reserved[b]);
    return start_a < start_b || (start_a == start_b && a < b);
}

/* Index of the range that follows `current` by address; with current == count, the first. Returns count after the last. */
static size_t next_by_address(const soc_reserved_region_t *reserved, size_t count, size_t current) {
    size_t next = count;
    for (size_t i = 0; i < count; i++) {
        bool is_later = current == count || comes_before(reserved, current, i);
        if (is_later && !is_absent(&reserved[i]) && (next == count || comes_before(reserved, i, next))) {
            next = i;
        }
    }
    return next;
}

static void check_direction(const soc_reserved_region_t *range) {
    if ((uintptr_t)range->end < (uintptr_t)range->start) {
        ch_report("SOC_RESERVE_MEMORY_REGION region range 0x%08lx - 0x%08lx ends before it starts", (unsigned long)range->start,
                  (unsigned long)range->end);
        ch_port_fatal("a reserved memory region ends before it starts", (const void *)range->start);
    }
}

/* `range` does not start below `previous`. */
static void check_neighbours(const soc_reserved_region_t *previous, const soc_reserved_region_t *range) {
    bool same_start = first_byte(previous) == first_byte(range);
    if (same_start || (!is_empty(previous) && last_byte(previous) >= first_byte(range))) {
        ch_report("SOC_RESERVE_MEMORY_REGION region range 0x%08lx - 0x%08lx overlaps with 0x%08lx - 0x%08lx",
                  (unsigned long)first_byte(previous), (unsigned long)end_of(previous), (unsigned long)first_byte(range),
                  (unsigned long)end_of(range));
        ch_port_fatal("reserved memory regions overlap", (const void *)range->start);
    }
}

static int present_count(const soc_reserved_region_t *reserved, size_t count) {
    int present = 0;
    for (size_t i = 0; i < count; i++) {
        present += !is_absent(&reserved[i]);
    }
    return present;
}

static void check_reserved(const soc_reserved_region_t *reserved, size_t count) {
    if (CH_CFG_LOG_DEBUG) {
        ch_report("memory_layout: Checking %d reserved memory ranges:", present_count(reserved, count));
    }
    for (size_t i = 0; i < count; i++) {
        check_direction(&reserved[i]);
    }
    size_t previous = count;
    for (size_t i = next_by_address(reserved, count, count); i != count; i = next_by_address(reserved, count, i)) {
        if (CH_CFG_LOG_DEBUG) {
            ch_report("memory_layout: Reserved memory range 0x%08lx - 0x%08lx", (unsigned long)first_byte(&reserved[i]),
                      (unsigned long)end_of(&reserved[i]));
        }
        if (previous != count) {
            check_neighbours(&reserved[previous], &reserved[i]);
        }
        previous = i;
    }
}

/* Writes the piece of `region` from offset `from` up to offset `to`; returns how many entries that made, 0 or 1. */
static size_t keep_piece(const soc_memory_region_t *region, size_t from, size_t to, soc_memory_region_t *out) {
    if (to - from <= SCRAP_BYTES) {
        return 0;
    }
    *out = *region;
    out->start = (intptr_t)((uintptr_t)region->start + from);
    out->size = to - from;
    return 1;
}

/* Finds the part of `region` that `range` takes, as offsets [*from, *to). False if they do not meet. */
static bool find_taken(const soc_memory_region_t *region, const soc_reserved_region_t *range, size_t *from, size_t *to) {
    uintptr_t start = (uintptr_t)region->start;
    if (is_empty(range) || last_byte(range) < start) {
        return false;
    }
    *from = first_byte(range) > start ? first_byte(range) - start : 0;
    if (*from >= region->size) {
        return false;
    }
    size_t last = last_byte(range) - start;
    *to = last < region->size ? last + 1 : region->size;
    return true;
}

static size_t subtract_from_region(const soc_memory_region_t *region, const soc_reserved_region_t *reserved, size_t count,
                                   soc_memory_region_t *out) {
    size_t written = 0;
    size_t kept_from = 0; /* offset of the first byte that no range has taken */
    for (size_t i = next_by_address(reserved, count, count); i != count; i = next_by_address(reserved, count, i)) {
        size_t taken_from, taken_to;
        if (find_taken(region, &reserved[i], &taken_from, &taken_to)) {
            written += keep_piece(region, kept_from, taken_from, &out[written]);
            kept_from = taken_to;
        }
    }
    return written + keep_piece(region, kept_from, region->size, &out[written]);
}

size_t ch_layout_subtract(const soc_memory_region_t *regions, size_t region_count, const soc_reserved_region_t *reserved,
                          size_t reserved_count, soc_memory_region_t *out) {
    check_reserved(reserved, reserved_count);
    size_t written = 0;
    for (size_t i = 0; i < region_count; i++) {
        written += subtract_from_region(&regions[i], reserved, reserved_count, &out[written]);
    }
    return written;
}

static bool can_join(const soc_memory_region_t *a, const soc_memory_region_t *b) {
    uintptr_t start_a = (uintptr_t)a->start;
    uintptr_t start_b = (uintptr_t)b->start;
    /* By distance: the end of a region at the top of the address space would wrap to 0. */
    return start_b > start_a && start_b - start_a == a->size && a->type == b->type && a->startup_stack == b->startup_stack;
}

size_t ch_layout_coalesce(soc_memory_region_t *regions, size_t count) {
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (left > 0 && can_join(&regions[left - 1], &regions[i])) {
            regions[left - 1].size += regions[i].size;
        } else {
            regions[left] = regions[i];
            left++;
        }
    }
    return left;
}
