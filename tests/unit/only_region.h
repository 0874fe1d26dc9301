/* SPDX-License-Identifier: MIT */
/* A span as the only region of the capability layer, which is put back to what it was when the program began. */
#pragma once

#include <string.h>

#include "caps/registry.h"
#include "ch_test.h"

#define CAPS (1u << 22) /* what the region can do, and no other */

static ch_region_t region;

/** The heap that the span is then. For one heap at a time: the one before is forgotten. */
static inline multi_heap_handle_t only_region(void *start, size_t size) {
    static ch_registry_t at_start;
    static ch_engine_t *recent_at_start[CH_RECENT];
    static bool known;
    if (!known) at_start = ch_registry, memcpy(recent_at_start, ch_heap_recent, sizeof recent_at_start);
    known = true;
    ch_registry = at_start;
    memcpy(ch_heap_recent, recent_at_start, sizeof recent_at_start);
    ch_route_latest = ch_registry.plain;
    memset(&region, 0, sizeof region);
    region.start = (uintptr_t)start, region.end = region.start + size;
    region.caps[0] = CAPS;
    multi_heap_lock_init(&region.lock);
    assert_true(ch_registry_add(&region));
    assert_true(ch_region_open(&region));
    return ch_region_heap(&region);
}
