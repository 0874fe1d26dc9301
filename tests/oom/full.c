/* SPDX-License-Identifier: MIT */
/* See full.h. Takes memory heap by heap, under the capabilities: no route changes, no callback comes, no hook sees it. */
#include "full.h"

#include "ch_test.h"

#include "caps/registry.h"

#define BLOCKS 6000u

typedef struct {
    multi_heap_handle_t heap;
    void *p;
} taken_t;

static CH_TEST_LARGE taken_t taken[BLOCKS];
static size_t taken_count;
static full_mode_t mode;
static unsigned long wanted, count;
static size_t only;
static bool came, was;

static void take_all_of(multi_heap_handle_t heap) {
    multi_heap_info_t info;
    for (multi_heap_get_info(heap, &info); info.largest_free_block; multi_heap_get_info(heap, &info)) {
        assert_true(taken_count < BLOCKS);
        void *p = multi_heap_malloc(heap, info.largest_free_block);
        assert_non_null(p);
        taken[taken_count++] = (taken_t){heap, p};
    }
}

static void take(void) {
    size_t number = 0;
    for (const ch_region_t *r = ch_registry_first(); r; r = r->next) {
        if (!ch_region_heap(r)) continue;
        if (only == FULL_EVERY_HEAP || number == only) take_all_of(ch_region_heap(r));
        number++;
    }
}

static void give_back(void) {
    for (; taken_count > 0; taken_count--) multi_heap_free(taken[taken_count - 1].heap, taken[taken_count - 1].p);
}

size_t full_heaps(void) {
    size_t number = 0;
    for (const ch_region_t *r = ch_registry_first(); r; r = r->next) number += ch_region_heap(r) != NULL;
    return number;
}

void full_begin(full_mode_t how, unsigned long n, size_t heap) {
    mode = how;
    wanted = n;
    only = heap;
    count = 0;
    came = was = false;
}

void full_before(void) {
    count++;
    was = mode != FULL_NEVER && (count == wanted || (mode == FULL_FOR_GOOD && count > wanted));
    if (!was) return;
    came = true;
    take();
}

void full_after(void) {
    if (mode == FULL_ONCE) give_back();
}

bool full_end(void) {
    give_back();
    mode = FULL_NEVER;
    return came;
}

unsigned long full_count(void) { return count; }

bool full_was(void) { return was; }
