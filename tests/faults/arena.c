/* SPDX-License-Identifier: MIT */
/* See arena.h. */
#define _GNU_SOURCE
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capheap/chip.h"
#include "esp_heap_caps.h"
#include "world.h"

enum { FILL = 0xA5, MOST_VARIABLES = 16384 };

static struct {
    unsigned char *all, *pages, *heap;
    size_t bytes;
} arena[HEAPS];
static size_t page, whole;

void arenas_begin(void) {
    page = (size_t)sysconf(_SC_PAGESIZE);
    whole = LONGEST_HEAP + 2 * page;
    for (unsigned i = 0; i < HEAPS; i++) {
        arena[i].all = mmap(NULL, whole + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (arena[i].all != MAP_FAILED) continue;
        perror("faults: no memory for the heaps");
        exit(2);
    }
    library_renew();
}

unsigned char *arena_open(unsigned i, size_t size, bool close_to_end) {
    size_t bytes = (size + page - 1) / page * page;
    mprotect(arena[i].all, whole + 2 * page, PROT_NONE);
    arena[i].pages = arena[i].all + page;
    arena[i].bytes = bytes;
    mprotect(arena[i].pages, bytes, PROT_READ | PROT_WRITE);
    memset(arena[i].pages, FILL, bytes);
    arena[i].heap = arena[i].pages + (close_to_end ? bytes - size : 0);
    return arena[i].heap;
}

unsigned char *arena_pages(unsigned i, size_t *bytes) {
    *bytes = arena[i].bytes;
    return arena[i].pages;
}

/* ---- the memory map ---- */

#define BYTES (MALLOC_CAP_8BIT | MALLOC_CAP_32BIT)

const soc_memory_type_desc_t soc_memory_types[] = {
    {"main", {MALLOC_CAP_8BIT | MALLOC_CAP_DEFAULT, MALLOC_CAP_INTERNAL | MALLOC_CAP_32BIT, 1u << 22}},
    {"other", {MALLOC_CAP_RETENTION, BYTES | MALLOC_CAP_INTERNAL, MALLOC_CAP_DEFAULT}},
    {"outer", {MALLOC_CAP_SPIRAM, BYTES | MALLOC_CAP_DEFAULT, 0}},
};
const size_t soc_memory_type_count = HEAPS;
static const uint32_t only[HEAPS] = {1u << 22, MALLOC_CAP_RETENTION, MALLOC_CAP_SPIRAM};

uint32_t arena_caps(unsigned i) { return only[i]; }

/* The library reads both as constants; they change between worlds only. */
static soc_memory_region_t rows[HEAPS];
extern const soc_memory_region_t soc_memory_regions[HEAPS] __attribute__((alias("rows")));
const size_t soc_memory_region_count = HEAPS;
static ch_chip_t chip_now = {.name = "faults", .cores = 1, .max_request = 2 * LONGEST_HEAP};
extern const ch_chip_t ch_chip __attribute__((alias("chip_now")));

void arena_rows(const size_t size[3]) {
    bool listed[HEAPS] = {false};
    for (size_t k = 0; k < HEAPS; k++) { /* ascending by address */
        size_t next = HEAPS;
        for (size_t i = 0; i < HEAPS; i++) {
            if (!listed[i] && (next == HEAPS || arena[i].heap < arena[next].heap)) next = i;
        }
        listed[next] = true;
        rows[k] = (soc_memory_region_t){(intptr_t)arena[next].heap, size[next], next, 0, false};
    }
}

/* ---- the library's variables: the linker names the ends of sections whose names are words ---- */

extern unsigned char __start_library_data[], __stop_library_data[];
static unsigned char first[MOST_VARIABLES];
static bool known;

static size_t bytes_of_library(void) {
    size_t bytes = (size_t)(__stop_library_data - __start_library_data);
    if (bytes <= MOST_VARIABLES) return bytes;
    fprintf(stderr, "faults: the library has %zu bytes of variables; raise MOST_VARIABLES in tests/faults/arena.c\n", bytes);
    exit(2);
}

size_t library_save(void *to) {
    memcpy(to, __start_library_data, bytes_of_library());
    return bytes_of_library();
}

void library_load(const void *from) { memcpy(__start_library_data, from, bytes_of_library()); }

void library_renew(void) {
    if (known)
        library_load(first);
    else
        library_save(first);
    known = true;
}
