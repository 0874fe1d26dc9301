/* SPDX-License-Identifier: MIT */
/* Where heap_caps_malloc() and heap_caps_free() go for what is rare. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "caps/registry.h"

/** Who is called, for the failure callback. */
typedef enum { CH_MALLOC, CH_CALLOC, CH_REALLOC, CH_CALLS = 3 } ch_call_t;

/* Where a chain keeps the call's number: in two bits of the mask, which is why no route is learned for a mask that has them. */
enum { CH_CALL_SHIFT = 28 };
#define CH_CALL_MASK ((uint32_t)CH_CALLS << CH_CALL_SHIFT)

/** heap_caps_malloc() for another caller. */
void *ch_caps_malloc(size_t size, uint32_t caps, ch_call_t call);

/** The same by a route that is known. */
void *ch_caps_malloc_by(const ch_route_t *route, size_t size, uint32_t caps, ch_call_t call);

/**
 * The same from a heap that serves caps, for n granules, which size needs; if it does not have them at once, from all that serve.
 */
void *ch_caps_malloc_from(ch_engine_t *e, uint32_t n, size_t size, uint32_t caps, ch_call_t call);

/** What a route could not serve: the complete search, and if that fails the callback. */
void *ch_caps_malloc_last(size_t size, uint32_t caps, ch_call_t call);

/** Another mask than the latest, or flags that change the request. */
void *ch_caps_malloc_slow(size_t size, uint32_t caps, ch_call_t call);

/** Frees the block at an offset of a heap that has a lock: one that was looked at before. */
void ch_caps_free_in(ch_engine_t *e, uint32_t offset);

/** Frees what is not in the heap found last: NULL, an alias, another heap's block, or no block at all. */
void ch_caps_free_slow(void *ptr);
