/* SPDX-License-Identifier: MIT */
/*
 * Reports of pointers that lie in no heap: what they may be instead. And what the reports of all heaps want to know of the
 * registry.
 */
#include "caps/outside.h"

#include "base/line.h"
#include "capheap/chip.h"
#include "caps/alias.h"
#include "heap/culprit.h"

enum {
    STACK_ABOVE = 16384, /* bytes above a local variable of ours that are taken for the stack */
    STACK_BELOW = 2048,  /* and below */
    NEAR = 4096,         /* bytes beside a heap that are worth a word */
};

const char *ch_culprit_heap_name(multi_heap_handle_t heap) {
    const ch_region_t *r = ch_registry_of(ch_heap_engine(heap));
    return r ? r->name : NULL;
}

static bool is_in(const ch_window_t *w, uintptr_t p) { return p >= w->low && p < w->high; }

/** What lies at an address in the chip's table of windows; NULL: nothing that it knows. */
static const char *window_of(uintptr_t p) {
    if (is_in(&ch_chip.flash_data, p)) return "constants in flash";
    if (is_in(&ch_chip.rom, p)) return "mask ROM";
    if (is_in(&ch_chip.rtc_slow, p)) return "low-power slow RAM";
    if (is_in(&ch_chip.external, p)) return "external RAM";
    if (is_in(&ch_chip.dram, p)) return "internal RAM: a variable, a stack, or a buffer of the system";
    if (is_in(&ch_chip.iram, p)) return "instruction RAM: code, or an instruction-bus address of data";
    if (is_in(&ch_chip.internal, p)) return "internal memory";
    return NULL;
}

/** Bytes from an address to a region that it is not in. */
static uintptr_t distance_to(const ch_region_t *r, uintptr_t p) { return p < r->start ? r->start - p : p - r->end; }

/** The region that is nearest to an address, the one that it is in first of all. NULL: there is none. */
static const ch_region_t *nearest(uintptr_t p) {
    const ch_region_t *best = NULL;
    for (const ch_region_t *r = ch_registry_first(); r; r = r->next) {
        if (p >= r->start && p < r->end) return r;
        if (!best || distance_to(r, p) < distance_to(best, p)) best = r;
    }
    return best;
}

static void print_nearest(uintptr_t p) {
    const ch_region_t *r = nearest(p);
    if (!r) {
        ch_line_print("  place: there are no heaps yet");
        return;
    }
    uintptr_t distance = p >= r->start && p < r->end ? 0 : distance_to(r, p);
    if (distance == 0 && p != r->end)
        ch_line_print("  place: memory from %p to %p, %s, which is no heap yet: the start-up stack lies in it", (void *)r->start,
                      (void *)r->end, r->name);
    else if (distance < NEAR)
        ch_line_print("  place: %lu bytes %s the heap from %p to %p, %s", (unsigned long)distance,
                      p < r->start ? "before" : "behind", (void *)r->start, (void *)r->end, r->name);
}

/** What the pointer may be. */
static void print_place(const ch_culprit_t *c) {
    uintptr_t p = (uintptr_t)c->given, here = (uintptr_t)&c;
    if (p - here < STACK_ABOVE) {
        ch_line_print("  place: the stack of the caller, most likely: %lu bytes above the frame of this report",
                      (unsigned long)(p - here));
        return;
    }
    if (here - p < STACK_BELOW) {
        ch_line_print("  place: below the stack of the caller: a variable of a function that has returned");
        return;
    }
    const char *window = window_of(p);
    if (ch_alias_is(c->given)) {
        const void *data = ch_alias_words((const void *)(p & ~(uintptr_t)3)).first;
        const ch_region_t *r = ch_registry_find(data);
        ch_line_print("  place: instruction-bus address of %p, %s %s; no block was handed out by it", data,
                      r ? "in the heap" : "which is in no heap", r ? r->name : "either");
    } else if (window) {
        ch_line_print("  place: %s", window);
    }
    print_nearest(p);
}

void ch_caps_report_outside(const void *ptr, const char *call, const char *stop, const void *caller) {
    const ch_culprit_t c = {
        .reason = CH_REASON_OUTSIDE, .call = call, .given = ptr, .stop = stop, .caller = caller, .more = print_place};
    ch_culprit_stop(&c);
}
