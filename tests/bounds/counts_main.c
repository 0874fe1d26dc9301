/* SPDX-License-Identifier: MIT */
/*
 * Firmware for QEMU's riscv32 virt board: looks for the states in which a call takes most instructions.
 *
 * An order of calls is played from an empty heap, each call counted by minstret; then a few of its calls are changed at random,
 * and the change stays if the call under attack did not get cheaper by it (hill climbing, each kind of call in turn, begun anew
 * several times). Orders come with what makes calls long: full bins, blocks that hide others, blocks of sizes beside the edges of
 * bins, every second one freed, alignments. First one heap through multi_heap, then heap_caps on one heap more and more.
 *
 * Console: "HEAPS KIND MOST" for each kind of call, heaps 0 for multi_heap; then "end". Exit status: 0, 2 fatal report, 3 trap, 4
 * set-up.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capheap/config.h"
#include "capheap/port.h"
#include "counted.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "multi_heap.h"
#include "sample.h"

enum { CALLS = 100, HELD = 600, MOST_HEAPS = 6, HEAP_BYTES = 32768, CAP = 1 << 22, STATUS_TRAP = 3, STATUS_SETUP = 4 };
enum { MOST_MOVED = 512 }; /* bytes; realloc copies no more: a parameter of its formula */
#ifndef ROUNDS
#define ROUNDS 60
#endif
#define QUICK (ROUNDS <= 60)

typedef enum { MALLOC, FREE, REALLOC, ALIGNED, CALLOC, INFO, SIZE, LARGEST, KINDS } kind_t;
static const char *const names[KINDS] = {"malloc", "free", "realloc", "aligned", "calloc", "info", "size", "largest"};

static uint32_t memory[MOST_HEAPS + 1][HEAP_BYTES / 4 + 16] __attribute__((aligned(64)));
static ch_port_lock_t lock = CH_PORT_LOCK_INIT;
static multi_heap_handle_t single; /* NULL: heap_caps */
static uint32_t mask = CAP;        /* what is asked for */
static unsigned active;            /* heaps of the mask */
static uint32_t most[KINDS];       /* in this order of calls */

__attribute__((interrupt, aligned(4))) static void trap_entry(void) {
    uint32_t cause, pc;
    __asm__ volatile("csrr %0, mcause\n csrr %1, mepc" : "=r"(cause), "=r"(pc));
    printf("trap: cause %lu at %#lx\n", (unsigned long)cause, (unsigned long)pc);
    exit(STATUS_TRAP);
}

/* ------------------------------------------------------------------------------------------------ counted calls */

static void *note(kind_t kind, uint32_t cost, uintptr_t result) {
    if (cost > most[kind]) most[kind] = cost;
    return (void *)result;
}

static void *do_malloc(size_t size) {
    uint32_t cost;
    uintptr_t p =
        single ? COUNTED_CALL(multi_heap_malloc, single, size, 0, &cost) : COUNTED_CALL(heap_caps_malloc, size, mask, 0, &cost);
    return note(MALLOC, cost, p);
}

static void *do_calloc(size_t size) {
    uint32_t cost;
    if (single || size > MOST_MOVED) return do_malloc(size);
    uintptr_t p = COUNTED_CALL(heap_caps_calloc, 1, size, mask, &cost);
    return note(CALLOC, cost, p);
}

static void *do_aligned(size_t size, size_t alignment) {
    uint32_t cost;
    uintptr_t p = single ? COUNTED_CALL(multi_heap_aligned_alloc, single, size, alignment, &cost)
                         : COUNTED_CALL(heap_caps_aligned_alloc, alignment, size, mask, &cost);
    return note(ALIGNED, cost, p);
}

static void do_free(void *p) {
    uint32_t cost;
    if (single)
        COUNTED_CALL(multi_heap_free, single, p, 0, &cost);
    else
        COUNTED_CALL(heap_caps_free, p, 0, 0, &cost);
    note(FREE, cost, 0);
}

static void *do_realloc(void *p, size_t size) {
    uint32_t cost;
    uintptr_t q =
        single ? COUNTED_CALL(multi_heap_realloc, single, p, size, &cost) : COUNTED_CALL(heap_caps_realloc, p, size, mask, &cost);
    return note(REALLOC, cost, q);
}

static void ask(void *p) {
    uint32_t cost;
    if (single) {
        multi_heap_info_t info;
        COUNTED_CALL(multi_heap_get_info, single, &info, 0, &cost);
        note(INFO, cost, 0);
        if (p) note(SIZE, (COUNTED_CALL(multi_heap_get_allocated_size, single, p, 0, &cost), cost), 0);
    } else {
        COUNTED_CALL(heap_caps_get_largest_free_block, mask, 0, 0, &cost);
        note(LARGEST, cost, 0);
        COUNTED_CALL(heap_caps_get_free_size, mask, 0, 0, &cost);
        note(INFO, cost, 0);
        if (p) note(SIZE, (COUNTED_CALL(heap_caps_get_allocated_size, p, 0, 0, &cost), cost), 0);
    }
}

/* ------------------------------------------------------------------------------------------------ an order of calls */

typedef struct {
    uint16_t what, size, which;
} call_t;

static struct {
    void *p;
    size_t size;
    bool hidden; /* of a scene: about to be freed */
} held[HELD];
static unsigned count;
static uint32_t seed = 1;

static uint32_t random_word(void) {
    seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
    return seed;
}

/** Granules 2 to 16, edges of bins and what is beside them, all powers of two alike, what is nearly a whole heap. */
static size_t size_of(uint16_t code) {
    uint32_t a = code >> 3 & 31, b = code >> 8, power = 1u << (4 + b % 10), n;
    switch (code & 7) {
    case 0: n = 2 + a % 15; break;
    case 1: n = power + power / 4 * (a & 3); break;
    case 2: n = power + power / 4 * (a & 3) - 1; break;
    case 3: n = power + power / 4 * (a & 3) + 1 + (a >> 2); break;
    case 4: n = 90 + b % 24; break;
    case 5: n = HEAP_BYTES / CH_CFG_GRANULE - 40 - b * 8; break;
    default: n = 2 + (a * 256 + b) % 600; break;
    }
    size_t bytes = (size_t)n * CH_CFG_GRANULE - (code >> 5 & 3);
    return bytes < HEAP_BYTES ? bytes : HEAP_BYTES / 2;
}

static void keep(void *p, size_t size) {
    if (!p) return;
    held[count].p = p, held[count].hidden = false, held[count++].size = size;
}

static void drop(unsigned i) {
    do_free(held[i].p);
    held[i] = held[--count];
}

static void many(const call_t *call, size_t size) {
    for (unsigned times = 1 + (call->what >> 4 & 15); times > 0 && count < HELD - 1; times--) keep(do_malloc(size), size);
}

/** Frees all but one in some; the places of those that stay tell their neighbours. */
static void thin(const call_t *call) {
    unsigned step = 2 + (call->what >> 4 & 3);
    for (unsigned i = count; i-- > 0;) {
        if ((i + call->which) % step) drop(i);
    }
}

static unsigned heap_of(const void *p) { return (unsigned)(((uintptr_t)p - (uintptr_t)memory) / sizeof memory[0]); }

/** Takes a block if it comes from this heap; else leaves things as they are. */
static bool keep_in(unsigned heap, size_t size, bool hidden) {
    void *p = count < HELD - 2 ? do_malloc(size) : NULL;
    if (p && heap_of(p) != heap) do_free(p), p = NULL;
    if (p) keep(p, size), held[count - 1].hidden = hidden;
    return p != NULL;
}

/**
 * Fills one heap, all but blocks of a bin that it leaves used for now: the first is the longest, of the others each is `less`
 * shorter.
 */
static void fill_but(unsigned heap, size_t first, size_t longest, unsigned blocks, size_t less) {
    for (unsigned i = 0; i < blocks; i++) {
        keep_in(heap, i ? first + (blocks - 1 - i) * less : longest, true);
        keep_in(heap, 1, false);
    }
    for (size_t size = HEAP_BYTES; size > 0; size = size * 7 / 8) {
        while (keep_in(heap, size, false)) continue;
    }
}

/**
 * A scene in all heaps: blocks of one bin are free, and nothing else; in front of a long one wait some that are too short for the
 * last request. So that looks at many blocks before it is served, or at as many as it may, and is not.
 */
static void hide(const call_t *call) {
    unsigned power = 4 + (call->size & 7) % 6, blocks = 1 + (call->what >> 4 & 15), heaps = single ? 1 : active;
    size_t step = ((size_t)1 << (power - 2)) * CH_CFG_GRANULE, first = (4 + (call->size >> 3 & 3)) * step;
    size_t less = blocks * CH_CFG_GRANULE < step && call->which & 32 ? CH_CFG_GRANULE : 0;
    for (unsigned i = 0; i < heaps; i++)
        fill_but(single ? MOST_HEAPS : active - 1 - i, first, first + step - CH_CFG_GRANULE, blocks, less);
    for (unsigned i = 0; i < count; i++) {
        if (held[i].hidden) do_free(held[i].p);
    }
    for (unsigned i = count; i-- > 0;) {
        if (held[i].hidden) held[i] = held[--count];
    }
    size_t size = call->which & 1 ? first + step - CH_CFG_GRANULE * (1 + (call->which >> 6 & 3)) : first + blocks * less + 1;
    if (call->which & 2)
        keep(do_aligned(size - 4, 8u << (call->which >> 2 & 7)), size);
    else
        keep(do_malloc(size), size);
}

static void change(unsigned i, size_t size) {
    if (held[i].size > MOST_MOVED || size > MOST_MOVED) return;
    void *p = do_realloc(held[i].p, size);
    if (p) held[i].p = p, held[i].size = size;
}

static void play_one(const call_t *call) {
    size_t size = size_of(call->size);
    mask = call->which >> 8 & 7
               ? CAP
               : CAP | (uint32_t)CAP << (1 + (call->which >> 11 & 3)) | (uint32_t)CAP << (1 + (call->which >> 13 & 3));
    unsigned i = count ? call->which % count : 0, what = call->what & 15;
    if (count >= HELD - 1 && what < 8) what = 12;
    if (what < 4)
        keep(do_malloc(size), size);
    else if (what == 4)
        keep(do_calloc(size), size);
    else if (what == 5 && call->which & 64)
        hide(call);
    else if (what == 5)
        many(call, size);
    else if (what < 8)
        keep(do_aligned(size, 8u << (call->what >> 4 & 7)), size);
    else if (what == 8)
        thin(call);
    else if (what < 11 && count)
        change(i, size);
    else if (what == 11)
        ask(count ? held[i].p : NULL);
    else if (count)
        drop(i);
}

static uint32_t play(const call_t *calls, kind_t kind) {
    memset(most, 0, sizeof most);
    for (unsigned i = 0; i < CALLS; i++) play_one(&calls[i]);
    while (count) drop(count - 1);
    return most[kind];
}

/* ------------------------------------------------------------------------------------------------ search */

static uint32_t record[KINDS];

static void climb(kind_t kind, unsigned rounds) {
    static call_t best[CALLS], tried[CALLS];
    uint32_t reached = 0;
    for (unsigned round = 0; round < rounds; round++) {
        memcpy(tried, best, sizeof best);
        unsigned changes = round ? 1 + random_word() % 5 : CALLS;
        for (unsigned i = 0; i < changes; i++) {
            unsigned at = round ? random_word() % CALLS : i;
            uint32_t bits = random_word();
            tried[at] = (call_t){(uint16_t)bits, (uint16_t)(bits >> 16), (uint16_t)random_word()};
        }
        uint32_t now = play(tried, kind);
        for (unsigned k = 0; k < KINDS; k++) record[k] = most[k] > record[k] ? most[k] : record[k];
        if (now < reached) continue;
        reached = now;
        memcpy(best, tried, sizeof best);
    }
}

static void attack(unsigned heaps) {
    memset(record, 0, sizeof record);
    for (unsigned k = 0; k < KINDS; k++) {
        for (unsigned anew = 0; anew < 3; anew++) climb((kind_t)k, k < INFO ? ROUNDS : ROUNDS / 4);
    }
    for (unsigned k = 0; k < KINDS; k++) {
        if (record[k]) printf("%u %s %lu\n", heaps, names[k], (unsigned long)record[k]);
    }
    fflush(stdout);
}

int main(void) {
    static const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {CAP | CAP << 1, CAP << 2 | CAP << 3,
                                                            CAP << 4}; /* ten masks and more, of which eight are remembered */
    __asm__ volatile("csrw mtvec, %0\n csrw mie, zero\n csrsi mstatus, 8" ::"r"(trap_entry) : "memory");
    for (unsigned i = 0; i < sample_count; i++) {
        uint32_t cost;
        COUNTED_CALL(samples[i].function, samples[i].argument, 0, 0, &cost);
        printf("0 %s %lu\n", samples[i].name, (unsigned long)cost);
    }
    single = multi_heap_register(memory[MOST_HEAPS], HEAP_BYTES);
    if (!single) return STATUS_SETUP;
    multi_heap_set_lock(single, &lock);
    attack(0);
    single = NULL;
    heap_caps_init();
    for (unsigned heaps = 1; heaps <= MOST_HEAPS; heaps++) {
        intptr_t start = (intptr_t)memory[heaps - 1]; /* asked before the older ones */
        if (heap_caps_add_region_with_caps(caps, start, start + HEAP_BYTES) != ESP_OK) return STATUS_SETUP;
        active = heaps;
        if (heaps == 1 || heaps == MOST_HEAPS || !QUICK) attack(heaps);
    }
    printf("end\n");
    return 0;
}
