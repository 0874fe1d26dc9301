/* SPDX-License-Identifier: MIT */
/* The heaps one by one, for observers that may not know the registry. */
#include "capheap/regions.h"

#include "caps/registry.h"

bool ch_region_state(unsigned index, ch_region_state_t *state) {
    const ch_region_t *r = ch_registry_next(NULL, 0);
    for (; r && index > 0; index--) r = ch_registry_next(r, 0);
    if (!r) return false;
    multi_heap_info_t info;
    multi_heap_get_info(ch_region_heap(r), &info); /* totals are kept: no walk */
    *state = (ch_region_state_t){
        .start = r->start,
        .size = r->end - r->start,
        .caps = ch_region_all_caps(r),
        .name = r->name,
        .free = info.total_free_bytes,
        .largest = info.largest_free_block,
        .minimum = info.minimum_free_bytes,
    };
    return true;
}
