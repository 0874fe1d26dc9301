/* SPDX-License-Identifier: MIT */
/*
 * From the chip's table to heaps, and regions that come later.
 *
 *      regions - reserved ─► joined ─► one heap each ─► on the list, the smallest at the head
 *
 * The descriptors lie at the start of the first region with 8BIT and INTERNAL that has room for them, in front of its heap: so no
 * block lies beside them, and no link of a heap, right or wrong, leads to them. Run-time regions allocate theirs.
 */
#include <string.h>

#include "base/report.h"
#include "capheap/chip.h"
#include "caps/caps_base.h"
#include "caps/registry.h"
#include "esp_attr.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"
#include "soc/layout.h"

static void describe(ch_region_t *r, const soc_memory_region_t *row) {
    const soc_memory_type_desc_t *type = &soc_memory_types[row->type];
    r->start = (uintptr_t)row->start;
    r->end = (uintptr_t)row->start + row->size;
    r->name = type->name;
    for (int i = 0; i < SOC_MEMORY_TYPE_NO_PRIOS; i++) r->caps[i] = type->caps[i];
    multi_heap_lock_init(&r->lock);
}

/**
 * Opens the first region that can hold all descriptors, and returns them, clear but for the `heap` of that region. NULL: none
 * can.
 */
static ch_region_t *descriptors(const soc_memory_region_t *rows, size_t count) {
    const uint32_t needed = MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL;
    for (size_t i = 0; i < count; i++) {
        const uint32_t *caps = soc_memory_types[rows[i].type].caps;
        if (rows[i].startup_stack || ((caps[0] | caps[1] | caps[2]) & needed) != needed) continue;
        ch_region_t *all = (ch_region_t *)ch_size_round_up((uintptr_t)rows[i].start, _Alignof(ch_region_t));
        uintptr_t start = (uintptr_t)(all + count), end = (uintptr_t)rows[i].start + rows[i].size;
        multi_heap_handle_t heap = start < end ? multi_heap_register((void *)start, end - start) : NULL;
        if (!heap) continue;
        memset(all, 0, count * sizeof *all);
        all[i].heap = heap;
        return all;
    }
    return NULL;
}

static size_t size_of(const ch_region_t *r) { return r->end - r->start; }

/** What the author of a chip's table answers for. */
static void check_row(const ch_region_t *r, const ch_region_t *previous) {
    ch_require(size_of(r) <= ch_chip.max_request, "heap_caps_init: a region is larger than a heap may be", (void *)r->start);
    ch_require(!previous || r->start >= previous->end, "heap_caps_init: regions overlap, or are not ascending", (void *)r->start);
}

/** Puts a region on the list: behind the smaller ones, before those of equal size. Nobody else reads or writes the list yet. */
static void link_by_size(ch_region_t *r) {
    ch_region_t **place = &ch_registry.first;
    while (*place && size_of(*place) < size_of(r)) place = &(*place)->next;
    r->next = *place;
    *place = r;
}

void heap_caps_init(void) {
    if (ch_registry.first) return; /* a system may register its own call of it at start-up beside the port's */
    ch_kasan_begins();
    soc_memory_region_t rows[soc_get_available_memory_region_max_count()];
    size_t count = ch_layout_coalesce(rows, soc_get_available_memory_regions(rows));
    ch_region_t *all = descriptors(rows, count);
    ch_require(all, "heap_caps_init: no region has room for the descriptors", NULL);
    if (!all) return;
    ch_report("heap_init: Initializing. RAM available for dynamic allocation:");
    for (size_t i = 0; i < count; i++) {
        ch_region_t *r = &all[i];
        describe(r, &rows[i]);
        ch_report("heap_init: At %08X len %08X (%d KiB): %s", (unsigned)r->start, (unsigned)size_of(r), (int)(size_of(r) / 1024),
                  r->name);
        check_row(r, i ? r - 1 : NULL);
        if (!rows[i].startup_stack) ch_region_open(r); /* or not: reserved ranges may leave scraps, and no heap is worth a stop */
        if (CH_CFG_LOG_DEBUG && r->heap) ch_report("heap_init: New heap initialised at %p", (void *)r->heap);
        link_by_size(r);
    }
    /* What most programs ask for, so that the first request is as fast as the others. */
    static const uint16_t usual[] = {MALLOC_CAP_8BIT, MALLOC_CAP_DEFAULT | MALLOC_CAP_SPIRAM,
                                     MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT, MALLOC_CAP_DEFAULT,
                                     MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) ch_route_learn(ch_registry.plain, usual[i]);
}

void heap_caps_enable_nonos_stack_heaps(void) {
    for (ch_region_t *r = ch_registry_first(); r; r = r->next) {
        if (!ch_region_heap(r) && ch_region_open(r)) ch_registry_activate(r);
    }
    CH_STORE_RELAXED(ch_registry.started, true);
}

/** Whether [start, end) collides with a heap. */
static bool collides(intptr_t start, intptr_t end) {
    const ch_region_t *h = ch_registry_first();
    while (h && heap_caps_check_add_region_allowed((intptr_t)h->start, (intptr_t)h->end, start, end)) h = h->next;
    if (h && CH_CFG_LOG_DEBUG) ch_report("heap_init: invalid overlap detected with existing heap region");
    return h != NULL;
}

/** Name of the type that offers the same, or "custom". */
static const char *name_for(const ch_region_t *r) {
    for (size_t i = 0; i < soc_memory_type_count; i++) {
        const uint32_t *caps = soc_memory_types[i].caps;
        if ((caps[0] | caps[1] | caps[2]) == ch_region_all_caps(r)) return soc_memory_types[i].name;
    }
    return "custom";
}

esp_err_t heap_caps_add_region_with_caps(const uint32_t caps[], intptr_t start, intptr_t end) {
    if (!caps || start == 0 || end == 0 || (uintptr_t)end <= (uintptr_t)start) return ESP_ERR_INVALID_ARG;
    if (collides(start, end)) return ESP_FAIL;
    ch_region_t *r =
        CH_UNTOLD(heap_caps_aligned_alloc_base)(_Alignof(ch_region_t), sizeof *r, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    if (!r) return ESP_ERR_NO_MEM;
    memset(r, 0, sizeof *r);
    r->start = (uintptr_t)start, r->end = (uintptr_t)end;
    r->late = CH_LOAD_RELAXED(ch_registry.started);
    multi_heap_lock_init(&r->lock);
    for (int i = 0; i < SOC_MEMORY_TYPE_NO_PRIOS; i++) r->caps[i] = caps[i] & ~CH_CAPS_INVALID;
    r->name = name_for(r);
    /* The range is claimed before anything is written to it, and written to only if it is sure to become a heap. */
    esp_err_t result = !ch_heap_fits((void *)start, r->end - r->start) ? ESP_ERR_INVALID_SIZE
                       : ch_registry_add(r)                            ? ESP_OK
                                                                       : ESP_FAIL;
    if (result != ESP_OK) {
        CH_UNTOLD(heap_caps_free)(r);
        return result;
    }
    ch_region_open(r);
    ch_registry_activate(r);
    if (CH_CFG_LOG_DEBUG) ch_report("heap_init: New heap initialised at %p", (void *)r->heap);
    return ESP_OK;
}

esp_err_t heap_caps_add_region(intptr_t start, intptr_t end) {
    if (start == 0) return ESP_ERR_INVALID_ARG;
    for (size_t i = 0; i < soc_memory_region_count; i++) {
        const soc_memory_region_t *row = &soc_memory_regions[i];
        if ((uintptr_t)start - (uintptr_t)row->start < row->size)
            return heap_caps_add_region_with_caps(soc_memory_types[row->type].caps, start, end);
    }
    return ESP_ERR_NOT_FOUND;
}
