/* SPDX-License-Identifier: MIT */
/* For observers that keep owner words in blocks (heap/owner.h): from a pointer to its block, and from heap to heap. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "caps/registry.h"

/** Where a caller's block lies. */
typedef struct {
    multi_heap_handle_t heap;
    void *block; /* data-bus address; NULL: the pointer is no live block */
} ch_owned_place_t;

/** The block that was handed out as p, by whichever address. Believes nothing that it reads. */
ch_owned_place_t ch_owned_find(const void *p);

/** The address by which the block was handed out. */
void *ch_owned_user(const ch_region_t *r, const void *block);

/** Memory that no observer is told of, NULL: none is left; and its way back. */
void *ch_owned_aside(size_t size);
void ch_owned_return(void *p);
