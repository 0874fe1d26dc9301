/* SPDX-License-Identifier: MIT */
/*
 * A region is added while something else goes on: by another task in the middle of an operation, or as the operation. After each
 * run the registry is put back as it was, so that the region can be added again. Rules R1 to R5 of src/caps/registry.h.
 */
#include "scenes.h"

#include <string.h>

#include "caps/registry.h"
#include "esp_heap_caps_init.h"

enum { ADDED = 1024 };

static ch_registry_t as_booted;
static ch_engine_t *recent_as_booted[CH_RECENT];

static void add(unsigned char *start, uint32_t caps0) {
    const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {caps0, 0, 0};
    esp_err_t error = heap_caps_add_region_with_caps(caps, (intptr_t)start, (intptr_t)(start + ADDED));
    race_require(error == ESP_OK, "a region cannot be added");
}

static void put_registry_back(void) {
    ch_region_t *newest = ch_registry.first;
    for (ch_region_t *r = as_booted.first; r; r = r->next) r->hosts = false;
    ch_registry = as_booted;
    if (newest != as_booted.first) heap_caps_free(newest);
    ch_registry = as_booted;
    memcpy(ch_heap_recent, recent_as_booted, sizeof ch_heap_recent);
}

void forget_masks(void) {
    memset(ch_registry.plain, 0, sizeof ch_registry.plain);
    memset(ch_registry.other, 0, sizeof ch_registry.other);
    as_booted = ch_registry;
    memcpy(recent_as_booted, ch_heap_recent, sizeof ch_heap_recent);
}

static bool lies_in(const void *p, const void *start) { return p && (uintptr_t)p - (uintptr_t)start < ADDED; }

/* ---- a mask is learned while a heap that serves it appears ---- */

static void *volatile learned;

static void begin(void) { learned = NULL; }
static void learn(void) { learned = heap_caps_malloc(20, CAP_LEARNED); }
static void learn_aligned(void) { learned = heap_caps_aligned_alloc(64, 20, CAP_LEARNED); }
static void add_fresh(void) { add(race_fresh, CAP_LEARNED); }

/* heap_caps_add_region() in two steps: linked before the mask is learned, made a heap while it is. */
static ch_region_t *linked;

static void begin_linked(void) {
    begin();
    linked = heap_caps_calloc(1, sizeof *linked, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    linked->start = (uintptr_t)race_fresh, linked->end = (uintptr_t)race_fresh + ADDED, linked->caps[0] = CAP_LEARNED;
    multi_heap_lock_init(&linked->lock);
    race_require(ch_registry_add(linked), "a region cannot be linked");
}

static void open_linked(void) {
    race_require(ch_region_open(linked), "a region cannot become a heap");
    ch_registry_activate(linked);
}

static void newest_is_asked_first(void) {
    if (race_has_struck) {
        void *p = heap_caps_malloc(20, CAP_LEARNED), *q = heap_caps_aligned_alloc(64, 20, CAP_LEARNED);
        race_require(lies_in(p, race_fresh) && lies_in(q, race_fresh), "the newest heap is not asked first");
        heap_caps_free(p), heap_caps_free(q);
    }
    heap_caps_free(learned);
    put_registry_back();
}

/* ---- a block becomes a heap while its neighbour is freed ---- */

static unsigned char *host, *neighbour;

/* FAR is not the heap that was found last, so that free has to look for it. */
static void begin_host(void) {
    host = heap_caps_malloc(ADDED, CAP_FAR), neighbour = heap_caps_malloc(100, CAP_FAR);
    slot_allocate(RESULT, 20, CAP_NEAR), slot_release(RESULT);
}

static void free_neighbour(void) { heap_caps_free(neighbour); }
static void add_host(void) { add(host, CAP_LEARNED); }

static void host_is_known(void) {
    if (race_has_struck) {
        CH_EXPECT_FATAL(heap_caps_free(host)); /* not freed as if it held nothing */
        ch_test_output_clear();
        void *p = heap_caps_malloc(20, CAP_LEARNED);
        race_require(lies_in(p, host), "the heap in the block is not asked first");
        heap_caps_free(p);
    }
    put_registry_back();
    heap_caps_free(host);
}

/* ---- add_region is the operation ---- */

static void added_serves(void) {
    void *p = heap_caps_malloc(20, CAP_LEARNED);
    race_require(lies_in(p, race_fresh), "the new heap is not asked first");
    heap_caps_free(p);
    put_registry_back();
}

static void use_learned(void) {
    slot_allocate(GUEST, 40, CAP_LEARNED), slot_allocate(GUEST + 1, 40, CAP_NEAR);
    slot_release(GUEST), slot_release(GUEST + 1);
}

const region_race_t region_races[] = {
    {{"malloc learns a mask", begin, learn, newest_is_asked_first, 9}, {"a task adds a region", add_fresh}},
    {{"aligned_alloc learns a mask", begin, learn_aligned, newest_is_asked_first, 9}, {"a task adds a region", add_fresh}},
    {{"malloc learns a mask", begin_linked, learn, newest_is_asked_first, 9}, {"a task opens a region", open_linked}},
    {{"aligned_alloc learns a mask", begin_linked, learn_aligned, newest_is_asked_first, 9},
     {"a task opens a region", open_linked}},
    {{"add_region", begin, add_fresh, added_serves, 21}, {"allocate by its mask", use_learned}},
    {{NULL, NULL, NULL, NULL, 0}, {NULL, NULL}},
};

const region_race_t host_race = {{"free next to a block", begin_host, free_neighbour, host_is_known, 3},
                                 {"a task makes the block a heap", add_host}};
