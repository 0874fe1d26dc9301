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

/* A process has no memory below. */
#define LOWEST 0x10000u

typedef struct {
    uintptr_t start;
    uintptr_t last; /* inclusive, so that a range may end with the address space */
} span_t;

/*
 * The C library's heap begins at a random place, up to 1 GiB behind the program: right where a chip may have its RAM. A page
 * without access at that place, mapped before the first malloc(), keeps it from ever growing there; malloc() then takes other
 * memory. The page goes when a chip's RAM takes its place, which keeps the C library out just as well.
 */
static void *barrier;

__attribute__((constructor)) static void keep_libc_out(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), end = ((uintptr_t)sbrk(0) + page - 1) & ~(page - 1);
    void *got = mmap((void *)end, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    barrier = got == MAP_FAILED ? NULL : got;
}

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
    if (span.start < LOWEST) { /* not allowed, and the page at 0 could not be told from a failure */
        errno = EPERM;
        return NULL;
    }
    if (barrier != NULL && (uintptr_t)barrier >= span.start && (uintptr_t)barrier <= span.last) {
        munmap(barrier, (size_t)sysconf(_SC_PAGESIZE));
        barrier = NULL;
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

/* Address of a region on the data bus, or on the instruction bus (0: none, or no other). */
static uintptr_t view(const soc_memory_region_t *region, bool instruction_bus) {
    if (!instruction_bus) return (uintptr_t)region->start;
    return region->iram_address == region->start ? 0 : (uintptr_t)region->iram_address;
}

/* The part of a region's view that a process can have: false if there is none. */
static bool span_of_view(const soc_memory_region_t *region, bool instruction_bus, span_t *span) {
    uintptr_t start = view(region, instruction_bus);
    if (region->size == 0 || (instruction_bus && start == 0)) return false;
    if (!span_of(start, region->size, span) || span->last < LOWEST) return false;
    if (span->start < LOWEST) span->start = LOWEST;
    return true;
}

/*
 * Maps the views of all regions on one bus; a run of neighbours is mapped once, when a gap or the end shows that it is complete.
 */
static bool map_views(bool instruction_bus) {
    span_t run = {0, 0}, next;
    bool open = false;
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        if (!span_of_view(&soc_memory_regions[i], instruction_bus, &next)) continue;
        if (open && join(&run, next)) continue;
        if (open && !map_span(run)) return false;
        run = next;
        open = true;
    }
    return !open || map_span(run) != NULL;
}

bool posix_ram_map_chip(void) { return map_views(false) && map_views(true); }
