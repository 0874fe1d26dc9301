/* SPDX-License-Identifier: MIT */
/*
 * From the chip's table to heaps, and regions that come later.
 *
 *      regions - reserved ─► joined ─► one heap each ─► linked, largest first, so that the smallest ends up at the head
 *
 * The descriptors live in the first region with 8BIT and INTERNAL that has room for them; run-time regions allocate theirs.
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
    memset(r, 0, sizeof *r);
    r->start = (uintptr_t)row->start;
    r->end = (uintptr_t)row->start + row->size;
    r->name = type->name;
    multi_heap_lock_init(&r->lock);
    for (int i = 0; i < SOC_MEMORY_TYPE_NO_PRIOS; i++) r->caps[i] = type->caps[i];
}

/** Opens the first region that can hold all descriptors and returns room for them; *home is its row. */
static ch_region_t *descriptors(const soc_memory_region_t *rows, size_t count, size_t *home) {
    const uint32_t needed = MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL;
    for (size_t i = 0; i < count; i++) {
        ch_region_t r;
        describe(&r, &rows[i]);
        if (rows[i].startup_stack || (ch_region_all_caps(&r) & needed) != needed) continue;
        multi_heap_handle_t heap = multi_heap_register((void *)r.start, r.end - r.start);
        ch_region_t *all = multi_heap_aligned_alloc(heap, count * sizeof *all, _Alignof(ch_region_t));
        if (!all) continue;
        describe(&all[i], &rows[i]);
        multi_heap_set_lock(heap, &all[i].lock);
        all[i].heap = heap;
        *home = i;
        return all;
    }
    ch_port_fatal("heap_caps_init: no region has room for the descriptors", NULL);
}

/** Whether a is linked before b: the larger one, of equal ones the earlier. */
static bool is_before(const ch_region_t *a, const ch_region_t *b) {
    size_t size_a = a->end - a->start, size_b = b->end - b->start;
    return size_a != size_b ? size_a > size_b : a < b;
}

/** The region to link after `previous` (NULL: the first), NULL when all are. */
static ch_region_t *next_to_link(ch_region_t *all, size_t count, const ch_region_t *previous) {
    ch_region_t *next = NULL;
    for (ch_region_t *r = all; r < all + count; r++) {
        bool is_left = !previous || is_before(previous, r);
        if (is_left && (!next || is_before(r, next))) next = r;
    }
    return next;
}

/** Links the regions, the largest first: the one linked last is asked first. */
static void link_by_size(ch_region_t *all, size_t count) {
    for (ch_region_t *r = next_to_link(all, count, NULL); r; r = next_to_link(all, count, r)) {
        if (!ch_registry_add(r)) ch_port_fatal("heap_caps_init: regions overlap", (void *)r->start);
    }
}

void heap_caps_init(void) {
    if (ch_registry.first) return; /* a system may register its own call of it at start-up beside the port's */
    ch_kasan_begins();
    soc_memory_region_t rows[soc_get_available_memory_region_max_count()];
    size_t count = ch_layout_coalesce(rows, soc_get_available_memory_regions(rows)), home = 0;
    ch_region_t *all = descriptors(rows, count, &home);
    ch_report("heap_init: Initializing. RAM available for dynamic allocation:");
    for (size_t i = 0; i < count; i++) {
        if (i != home) describe(&all[i], &rows[i]);
        size_t size = all[i].end - all[i].start;
        ch_report("heap_init: At %08X len %08X (%d KiB): %s", (unsigned)all[i].start, (unsigned)size, (int)(size / 1024),
                  all[i].name);
        if (size > ch_chip.max_request)
            ch_port_fatal("heap_caps_init: a region is larger than a heap may be", (void *)all[i].start);
        if (i == home || rows[i].startup_stack) continue;
        bool opened =
            ch_region_open(&all[i]); /* not if it is too small: reserved ranges may leave scraps, and no heap is worth a stop */
        if (CH_CFG_LOG_DEBUG && opened) ch_report("heap_init: New heap initialised at %p", (void *)all[i].heap);
    }
    link_by_size(all, count);
    /* What most programs ask for, so that the first request is as fast as the others. */
    static const uint32_t usual[] = {MALLOC_CAP_8BIT, MALLOC_CAP_DEFAULT | MALLOC_CAP_SPIRAM,
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
    ch_region_t *r = heap_caps_aligned_alloc_base(_Alignof(ch_region_t), sizeof *r, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    if (!r) return ESP_ERR_NO_MEM;
    memset(r, 0, sizeof *r);
    r->start = (uintptr_t)start, r->end = (uintptr_t)end;
    r->late = CH_LOAD_RELAXED(ch_registry.started);
    multi_heap_lock_init(&r->lock);
    for (int i = 0; i < SOC_MEMORY_TYPE_NO_PRIOS; i++) r->caps[i] = caps[i] & ~CH_CAPS_INVALID;
    r->name = name_for(r);
    /* The range is claimed before anything is written to it, and written to only if it is sure to become a heap. */
    esp_err_t result = !ch_engine_fits((void *)start, r->end - r->start) ? ESP_ERR_INVALID_SIZE
                       : ch_registry_add(r)                              ? ESP_OK
                                                                         : ESP_FAIL;
    if (result != ESP_OK) {
        heap_caps_free(r);
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
