/* SPDX-License-Identifier: MIT */
/* See blocks.h. */
#include "blocks.h"

#include <string.h>

#include <FreeRTOS.h>

#include "esp_heap_caps.h"

#define CAPS (MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT)

void *pvPortCalloc(size_t number, size_t size); /* kernels before V10.5 do not declare it */

volatile unsigned block_faults;
const char *volatile block_fault;

void block_report(const char *what) {
    if (block_fault == NULL) block_fault = what;
    __atomic_fetch_add(&block_faults, 1u, __ATOMIC_RELAXED);
}

uint32_t block_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void fill(block_t *block, uint32_t tag, uint32_t size) {
    block->tag = tag;
    block->size = size;
    memset(block->rest, (int)(tag & 0xffu), size - sizeof *block);
}

static void verify(const block_t *block, uint32_t size) {
    for (uint32_t i = 0; i < size - sizeof *block; i++) {
        if (block->rest[i] == (block->tag & 0xffu)) continue;
        block_report("a block holds what nobody put there");
        return;
    }
}

static uint32_t some_size(uint32_t *seed) {
    uint32_t r = block_random(seed);
    return (uint32_t)sizeof(block_t) + 1 + (r % 16 ? r / 16 % 120 : r / 16 % 2000);
}

block_t *block_new(uint32_t *seed) {
    uint32_t size = some_size(seed);
    block_t *block = NULL;
    switch (block_random(seed) % 4) {
    case 0: block = pvPortCalloc(1, size); break;
    case 1: block = heap_caps_malloc(size, MALLOC_CAP_DEFAULT); break;
    case 2: block = heap_caps_aligned_alloc(64, size, CAPS); break;
    default: block = pvPortMalloc(size); break;
    }
    if (block == NULL) {
        block_report("an allocation failed");
        return NULL;
    }
    fill(block, *seed, size);
    return block;
}

block_t *block_resize(block_t *block, uint32_t *seed) {
    uint32_t kept = block->size, size = some_size(seed);
    block_t *moved = heap_caps_realloc(block, size, CAPS);
    if (moved == NULL) {
        block_report("a realloc failed");
        return block;
    }
    verify(moved, kept < size ? kept : size);
    fill(moved, moved->tag, size);
    return moved;
}

void block_free(block_t *block, uint32_t *seed) {
    if (block == NULL) return;
    verify(block, block->size);
    block->tag = ~block->tag;
    if (block_random(seed) % 2) {
        vPortFree(block);
    } else {
        heap_caps_free(block);
    }
}
