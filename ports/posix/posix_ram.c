/* SPDX-License-Identifier: MIT */
/*
 * RAM at chosen addresses. MAP_FIXED_NOREPLACE makes the kernel refuse instead of silently replacing what is there; a kernel that
 * does not know it takes the address as a wish, so the answer is compared as well.
 */
#define _GNU_SOURCE
#include "posix_ram.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap_memory_layout.h"

typedef struct {
    uintptr_t start;
    uintptr_t last; /* inclusive, so that a range may end with the address space */
} span_t;

/* Rounded outwards to pages. False if there is no such range. */
static bool span_of(uintptr_t address, size_t size, span_t *span) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    if (size == 0 || address + (size - 1) < address) {
        errno = EINVAL;
        return false;
    }
    span->start = address & ~(page - 1);
    span->last = (address + (size - 1)) | (page - 1);
    return true;
}

static void *map_span(span_t span) {
    void *wish = (void *)span.start;
    if (span.start == 0) { /* its address could not be told from a failure */
        errno = EPERM;
        return NULL;
    }
    size_t size = span.last - span.start + 1;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    void *got = mmap(wish, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (got == MAP_FAILED) return NULL;
    if (got == wish) return got;
    munmap(got, size);
    errno = EEXIST;
    return NULL;
}

void *posix_ram_map(uintptr_t address, size_t size) {
    span_t span;
    if (!span_of(address, size, &span)) return NULL;
    return map_span(span) ? (void *)address : NULL;
}

bool posix_ram_unmap(uintptr_t address, size_t size) {
    span_t span;
    return span_of(address, size, &span) && munmap((void *)span.start, span.last - span.start + 1) == 0;
}

/* Grows *span by next if they touch or overlap (whole pages: regions may share one); false if there is a gap. */
static bool join(span_t *span, span_t next) {
    if (next.start > span->last && next.start - span->last > 1) return false;
    if (span->start > next.last && span->start - next.last > 1) return false;
    if (next.start < span->start) span->start = next.start;
    if (next.last > span->last) span->last = next.last;
    return true;
}

/* Address of a region on the data bus, or on the instruction bus (0: none). */
static uintptr_t view(const soc_memory_region_t *region, bool instruction_bus) {
    return (uintptr_t)(instruction_bus ? region->iram_address : region->start);
}

/* Maps the views of all regions on one bus; a run of neighbours is mapped once, when a gap or the end shows that it is complete. */
static bool map_views(bool instruction_bus) {
    span_t run = {0, 0}, next;
    bool open = false;
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        const soc_memory_region_t *region = &soc_memory_regions[i];
        if (region->size == 0 || (instruction_bus && view(region, true) == 0)) continue;
        if (!span_of(view(region, instruction_bus), region->size, &next)) return false;
        if (open && join(&run, next)) continue;
        if (open && !map_span(run)) return false;
        run = next;
        open = true;
    }
    return !open || map_span(run) != NULL;
}

bool posix_ram_map_chip(void) { return map_views(false) && map_views(true); }
