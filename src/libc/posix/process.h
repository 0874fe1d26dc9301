/* SPDX-License-Identifier: MIT */
/*
 * The heap as malloc of a whole process of glibc: memory comes from mmap() when it is asked for.
 *
 *      small requests   regions of 16 MiB, 32 MiB, 64 MiB, ... 1 GiB     capability INTERNAL
 *      large requests   regions of 64 MiB, ... 4 GiB                     capability SPIRAM
 *
 * A region can't be given back, so the two are kept apart: small blocks that live long can't cut up the regions of large ones,
 * which are used again and again. Regions are address space first; pages cost memory once they are written, and large blocks give
 * theirs back to the system when they are freed.
 *
 * There is no start-up: the first request finds no heap with room, as any later one may, and adds a region. So it does not matter
 * who comes first, the dynamic loader, a constructor or a thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caps/registry.h"
#include "esp_heap_caps.h"

enum {
    CH_PROCESS_LARGE = 1 << 20,   /* least bytes of a large request */
    CH_PROCESS_RELEASE = 8 << 20, /* least bytes of a block whose pages are given back when it is freed */
    CH_PROCESS_REGIONS = 96,      /* most regions */
};

/** The capability mask that a request of this size is served with first. */
CH_INLINE uint32_t ch_process_caps(size_t size) {
    return size < CH_PROCESS_LARGE ? MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL : MALLOC_CAP_DEFAULT | MALLOC_CAP_SPIRAM;
}

/** Number of regions so far: for ch_process_grow(). */
unsigned ch_process_region_count(void);

/**
 * Adds a region that has room for `size` bytes at `alignment`, unless the number of regions is not `seen` any more: somebody else
 * has added one meanwhile, and the request should be tried again.
 *
 * @return false if the system gives no address space, the request is larger than a heap may be, or there are too many regions.
 */
bool ch_process_grow(size_t size, size_t alignment, unsigned seen);

/** Lets fork() find every lock open in the child. Called once, before the first other thread can exist; again is harmless. */
void ch_process_watch_fork(void);

/** Whether p may be a large block: only then ch_process_release() is worth a call. */
bool ch_process_may_be_large(const void *p);

/**
 * Gives the pages of a used block of CH_PROCESS_RELEASE bytes and more back to the system; its contents are lost. Keeps errno.
 */
void ch_process_release(void *p);

/** Clears a new block, without touching pages that the system can clear. Keeps errno. */
void ch_process_clear(void *p, size_t bytes);

/** Gives the pages of free blocks back to the system. @return whether there were any. */
bool ch_process_trim(void);

/** How many critical sections the heaps were in: about the number of calls of the malloc family. */
uint64_t ch_process_sections(void);
