/* SPDX-License-Identifier: MIT */
/*
 * Pages of memory that is not in use go back to the system: those of a large block before it is freed, while it still belongs to
 * the caller and no lock is needed, and those of free blocks when malloc_trim() asks for it. They read as zero when they come
 * back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "libc/posix/process.h"
#include "multi_heap_internal.h"

#define PAGE ((uintptr_t)4096) /* at least: where pages are larger, madvise() refuses what is no multiple of them */

enum { FREE_WORDS = 32 }; /* bytes at the start of a free block, and 4 at its end, that the heap keeps its links in */

/** Gives the whole pages in [start, end) back. Keeps errno. */
static bool give_back(uintptr_t start, uintptr_t end) {
    int kept = errno;
    start = (start + PAGE - 1) & ~(PAGE - 1), end &= ~(PAGE - 1);
    bool given = start < end && madvise((void *)start, end - start, MADV_DONTNEED) == 0;
    errno = kept;
    return given;
}

void ch_process_release(void *p) {
    const ch_region_t *r = ch_registry_find(p);
    size_t size = r ? ch_heap_size(r->heap, p, NULL) : 0; /* 0: free() reports it */
    if (size >= CH_PROCESS_RELEASE) give_back((uintptr_t)p, (uintptr_t)p + size);
}

void ch_process_clear(void *p, size_t bytes) {
    char *start = p, *first = (char *)(((uintptr_t)p + PAGE - 1) & ~(PAGE - 1)), *last = start + bytes;
    last -= (uintptr_t)last & (PAGE - 1);
    if (bytes < CH_PROCESS_RELEASE || !give_back((uintptr_t)first, (uintptr_t)last)) {
        memset(p, 0, bytes);
        return;
    }
    memset(start, 0, (size_t)(first - start));
    memset(last, 0, (size_t)(start + bytes - last));
}

/** The same for the free blocks of one heap, with its lock held as long as that takes. */
static bool trim(const ch_region_t *r) {
    bool given = false;
    multi_heap_internal_lock(r->heap);
    multi_heap_block_handle_t next, b = multi_heap_get_first_block(r->heap);
    for (; b; b = next) {
        next = multi_heap_get_next_block(r->heap, b);
        uintptr_t start = (uintptr_t)multi_heap_get_block_address(b);
        uintptr_t end = next ? (uintptr_t)multi_heap_get_block_address(next) : (uintptr_t)r->heap + ch_heap_engine(r->heap)->end;
        if (multi_heap_is_free(b) && give_back(start + FREE_WORDS, end - 4)) given = true;
    }
    multi_heap_internal_unlock(r->heap);
    return given;
}

bool ch_process_trim(void) {
    bool given = false;
    for (const ch_region_t *r = ch_registry.first; r; r = r->next) {
        if (r->heap && trim(r)) given = true;
    }
    return given;
}

uint64_t ch_process_sections(void) {
    uint64_t sum = 0;
    for (const ch_region_t *r = ch_registry.first; r; r = r->next) sum += r->lock.lock.sections;
    return sum;
}
