/* SPDX-License-Identifier: MIT */
/* Where heap_caps_malloc() and heap_caps_free() go for what is rare. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "caps/registry.h"

/** heap_caps_malloc() with another name for the failure callback. Here and below NULL stands for its own. */
void *ch_caps_malloc(size_t size, uint32_t caps, const char *name);

/** The same by a route that is known. */
void *ch_caps_malloc_by(const ch_route_t *route, size_t size, uint32_t caps, const char *name);

/** The same from a heap of the latest route, which is for caps, if n, the granules that size needs, is not beyond its limit; else from all. */
void *ch_caps_malloc_from(ch_engine_t *e, uint32_t n, size_t size, uint32_t caps, const char *name);

/** What a route could not serve: the complete search, and if that fails the callback. */
void *ch_caps_malloc_last(size_t size, uint32_t caps, const char *name);

/** Another mask than the latest, or flags that change the request. */
void *ch_caps_malloc_slow(size_t size, uint32_t caps, const char *name);

/** heap_caps_free() under a name that the linker's --wrap does not catch a second time. */
void ch_caps_free(void *ptr);

/** Frees what is not in the heap found last: NULL, an alias, another heap's block, or no block at all. */
void ch_caps_free_slow(void *ptr);
