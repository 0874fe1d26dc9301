/* SPDX-License-Identifier: MIT */
/* Questions about the heaps: totals, summary, watermarks, check, dump, walk. Each goes region by region in list order. */
#include <stdio.h>
#include <string.h>

#include "base/report.h"
#include "capheap/chip.h"
#include "caps/alias.h"
#include "caps/request.h"
#include "esp_heap_caps.h"

/** For the calls in which the flag INVALID selects every heap. */
static uint32_t or_all(uint32_t caps) { return caps & MALLOC_CAP_INVALID ? 0 : caps; }

HEAP_IRAM_ATTR size_t heap_caps_get_total_size(uint32_t caps) {
    size_t sum = 0;
    for (ch_region_t *r = ch_registry_next(NULL, caps); r; r = ch_registry_next(r, caps)) sum += r->end - r->start;
    return sum;
}

HEAP_IRAM_ATTR size_t heap_caps_get_free_size(uint32_t caps) {
    size_t sum = 0;
    for (ch_region_t *r = ch_registry_next(NULL, caps); r; r = ch_registry_next(r, caps))
        sum += multi_heap_free_size(ch_region_heap(r));
    return sum;
}

/** Low watermark of a region; a heap that came after start-up counts 0, so that it never raises the system's. */
static HEAP_IRAM_ATTR size_t minimum_of(const ch_region_t *r) {
    return r->late && !CH_LOAD_RELAXED(r->watched) ? 0 : multi_heap_minimum_free_size(ch_region_heap(r));
}

HEAP_IRAM_ATTR size_t heap_caps_get_minimum_free_size(uint32_t caps) {
    size_t sum = 0;
    for (ch_region_t *r = ch_registry_next(NULL, caps); r; r = ch_registry_next(r, caps)) sum += minimum_of(r);
    return sum;
}

static multi_heap_info_t info_of(const ch_region_t *r) {
    multi_heap_info_t info;
    multi_heap_get_info(ch_region_heap(r), &info);
    info.minimum_free_bytes = minimum_of(r);
    return info;
}

/** The largest request like q that a region could serve now. */
static HEAP_IRAM_ATTR size_t largest_in(const ch_region_t *r, const ch_request_t *q) {
    size_t largest = ch_heap_largest(ch_region_heap(r), (uint32_t)q->alignment), head = 0;
    if (q->caps & CH_CAP_EXEC && ch_alias_has(r)) {
        head = CH_ALIAS_HEAD;
        largest &= ~(size_t)(CH_G - 1); /* with its head it takes whole granules, whatever a frame leaves of them */
        if (q->alignment > CH_LEAST_ALIGNMENT) head += q->alignment; /* wherever the user's address lies */
    }
    largest = largest > head ? largest - head : 0;
    if (largest > ch_chip.max_request) largest = ch_chip.max_request;
    return largest & ~(q->alignment - 1); /* sizes are rounded up to the alignment before they are served */
}

HEAP_IRAM_ATTR size_t heap_caps_get_largest_free_block(uint32_t caps) {
    ch_request_t q = {1, 4, caps};
    size_t largest = 0;
    if (caps != 0 && !ch_request_prepare(&q)) return 0;
    for (ch_region_t *r = ch_registry_next(NULL, q.caps); r; r = ch_registry_next(r, q.caps)) {
        size_t here = largest_in(r, &q);
        if (here > largest) largest = here;
    }
    return largest;
}

void heap_caps_get_info(multi_heap_info_t *info, uint32_t caps) {
    memset(info, 0, sizeof *info);
    for (ch_region_t *r = ch_registry_next(NULL, caps); r; r = ch_registry_next(r, caps)) {
        multi_heap_info_t here = info_of(r);
        info->total_free_bytes += here.total_free_bytes;
        info->total_allocated_bytes += here.total_allocated_bytes;
        info->minimum_free_bytes += here.minimum_free_bytes;
        info->allocated_blocks += here.allocated_blocks;
        info->free_blocks += here.free_blocks;
        info->total_blocks += here.total_blocks;
        if (here.largest_free_block > info->largest_free_block) info->largest_free_block = here.largest_free_block;
    }
}

void heap_caps_print_heap_info(uint32_t caps) {
    multi_heap_info_t all;
    printf("Heap summary for capabilities 0x%08X:\n", (unsigned)caps);
    for (ch_region_t *r = ch_registry_next(NULL, caps); r; r = ch_registry_next(r, caps)) {
        multi_heap_info_t i = info_of(r);
        printf("  At 0x%08zx len %zu free %zu allocated %zu min_free %zu\n", (size_t)r->start, (size_t)(r->end - r->start),
               i.total_free_bytes, i.total_allocated_bytes, i.minimum_free_bytes);
        printf("    largest_free_block %zu alloc_blocks %zu free_blocks %zu total_blocks %zu\n", i.largest_free_block,
               i.allocated_blocks, i.free_blocks, i.total_blocks);
    }
    heap_caps_get_info(&all, caps);
    printf("  Totals:\n    free %zu allocated %zu min_free %zu largest_free_block %zu\n", all.total_free_bytes,
           all.total_allocated_bytes, all.minimum_free_bytes, all.largest_free_block);
}

/** The monitor runs. What it notes of a region changes under the registry's lock. */
static bool watching;

esp_err_t heap_caps_monitor_local_minimum_free_size_start(void) {
    for (ch_region_t *r = ch_registry_next(NULL, 0); r; r = ch_registry_next(r, 0)) {
        ch_port_state_t state = ch_port_lock(&ch_registry.lock);
        size_t before = multi_heap_reset_minimum_free_bytes(ch_region_heap(r));
        if (!r->watched || before < r->minimum_before) r->minimum_before = before; /* a restart may not hide what was seen */
        if (r->late) r->minimum_before = 0;
        CH_STORE_RELAXED(r->watched, true);
        ch_port_unlock(&ch_registry.lock, state);
    }
    CH_STORE_RELAXED(watching, true);
    return ESP_OK;
}

esp_err_t heap_caps_monitor_local_minimum_free_size_stop(void) {
    if (!CH_LOAD_RELAXED(watching)) return ESP_FAIL;
    for (ch_region_t *r = ch_registry_next(NULL, 0); r; r = ch_registry_next(r, 0)) {
        ch_port_state_t state = ch_port_lock(&ch_registry.lock);
        if (r->watched) multi_heap_restore_minimum_free_bytes(ch_region_heap(r), r->minimum_before);
        CH_STORE_RELAXED(r->watched, false);
        ch_port_unlock(&ch_registry.lock, state);
    }
    CH_STORE_RELAXED(watching, false);
    return ESP_OK;
}

bool heap_caps_check_integrity(uint32_t caps, bool print_errors) {
    bool sound = true;
    for (ch_region_t *r = ch_registry_next(NULL, or_all(caps)); r; r = ch_registry_next(r, or_all(caps))) {
        sound &= multi_heap_check(ch_region_heap(r), print_errors);
    }
    return sound;
}

bool heap_caps_check_integrity_all(bool print_errors) { return heap_caps_check_integrity(MALLOC_CAP_INVALID, print_errors); }

bool heap_caps_check_integrity_addr(intptr_t addr, bool print_errors) {
    const ch_region_t *r = ch_registry_find((const void *)addr);
    return r && multi_heap_check(ch_region_heap(r), print_errors);
}

void heap_caps_dump(uint32_t caps) {
    for (ch_region_t *r = ch_registry_next(NULL, or_all(caps)); r; r = ch_registry_next(r, or_all(caps)))
        multi_heap_dump(ch_region_heap(r));
}

void heap_caps_dump_all(void) { heap_caps_dump(MALLOC_CAP_INVALID); }

/** What a user's walker needs in each call. */
typedef struct {
    heap_caps_walker_cb_t call;
    walker_heap_into_t heap;
    void *user_data;
} walk_t;

static bool show(void *block, size_t size, int used, void *walk) {
    const walk_t *w = walk;
    return w->call(w->heap, (walker_block_info_t){block, size, used != 0}, w->user_data);
}

void heap_caps_walk(uint32_t caps, heap_caps_walker_cb_t walker_func, void *user_data) {
    ch_require(walker_func, "heap_caps_walk: callback is NULL", NULL);
    for (ch_region_t *r = ch_registry_next(NULL, or_all(caps)); r; r = ch_registry_next(r, or_all(caps))) {
        walk_t walk = {walker_func, {(intptr_t)r->start, (intptr_t)r->end}, user_data};
        multi_heap_walk(ch_region_heap(r), show, &walk);
    }
}

void heap_caps_walk_all(heap_caps_walker_cb_t walker_func, void *user_data) {
    heap_caps_walk(MALLOC_CAP_INVALID, walker_func, user_data);
}

/** User bytes of the block that the caller holds as ptr. */
static HEAP_IRAM_ATTR size_t size_at(const void *ptr, const char *call) {
    ch_claim_t c = ch_alias_claim(ptr);
    if (c.size == 0) ch_heap_bad_pointer(c.r ? ch_region_heap(c.r) : NULL, c.block, call);
    if (c.size) ch_heap_verify(ch_region_heap(c.r), c.block, call);
    return c.size;
}

HEAP_IRAM_ATTR size_t heap_caps_get_allocated_size(void *ptr) { return size_at(ptr, "get_allocated_size"); }

size_t heap_caps_get_containing_block_size(void *ptr) {
    const void *inside = ptr;
    if (ch_alias_is(ptr)) inside = ch_alias_words((const void *)((uintptr_t)ptr & ~(uintptr_t)3)).first;
    const ch_region_t *r = ch_registry_find(inside);
    if (!r) ch_heap_bad_pointer(NULL, ptr, "get_containing_block_size");
    if (!r) return 0;
    const void *block = multi_heap_find_containing_block(ch_region_heap(r), (void *)(uintptr_t)inside);
    const void *user = block && inside != ptr ? ch_alias_user(r, block) : NULL;
    return block ? size_at(user ? user : block, "get_containing_block_size") : 0;
}
