/* SPDX-License-Identifier: MIT */
/* The heaps of the system one by one: what they are and how full, each in constant time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A heap. */
typedef struct {
    uintptr_t start; /**< its identity: no two heaps have the same */
    size_t size;
    uint32_t caps;    /**< all that its memory can do */
    const char *name; /**< of its memory type */
    size_t free;      /**< bytes */
    size_t largest;   /**< bytes of the largest free block */
    size_t minimum;   /**< low watermark, bytes */
} ch_region_state_t;

/**
 * Heap number `index` of the list, counted from 0; false: there are no more. A heap that comes at run time is the first of the
 * list from then on. Any context; one short critical section.
 */
bool ch_region_state(unsigned index, ch_region_state_t *state);

#ifdef __cplusplus
}
#endif
