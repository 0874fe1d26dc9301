/* SPDX-License-Identifier: MIT */
/*
 * The malloc family as programs of glibc expect it; for an ESP-IDF program src/libc/malloc.c is the one. What differs:
 *   size 0     a block of its own, that free() takes; realloc(p, 0) frees p and returns NULL
 *   failure    NULL with errno ENOMEM; no call changes errno otherwise, free() neither
 *   alignment  of every block: 16 bytes
 *   growth     memory is added when the heaps have no room (process.h)
 *   bad free   one line on stderr, then abort()
 */
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/sums.h"
#include "libc/posix/process.h"

#define EXPORT __attribute__((visibility("default")))
#define PAGE ((size_t)4096)
#define MAX_ALIGNMENT ((size_t)1 << 31)

_Static_assert(CH_CFG_GRANULE >= _Alignof(max_align_t), "malloc() has to serve every type");

/* Not in every header: an old name, and one that C libraries declare under different macros. */
void cfree(void *ptr);
void *reallocarray(void *ptr, size_t n, size_t size);

/** What was asked: by realloc (old), or with an alignment above the granule's, or plainly. */
typedef struct {
    size_t size;
    size_t alignment; /* 0: any */
    void *old;        /* NULL: none */
} asked_t;

static void *ask(const asked_t *q, uint32_t caps) {
    if (q->old) return heap_caps_realloc(q->old, q->size, caps);
    if (q->alignment) return heap_caps_aligned_alloc(q->alignment, q->size, caps);
    return heap_caps_malloc(q->size, caps);
}

/** Asks until there is room, and adds regions. Last come the regions of the other kind. */
static CH_NOINLINE void *ask_and_grow(asked_t q) {
    unsigned seen;
    void *p;
    do {
        seen = ch_process_region_count();
        p = ask(&q, ch_process_caps(q.size));
    } while (!p && ch_process_grow(q.size, q.alignment, seen));
    if (!p) p = ask(&q, MALLOC_CAP_DEFAULT);
    if (!p) errno = ENOMEM;
    return p;
}

/** A request for nothing is served as one for a byte. */
static size_t at_least_one(size_t size) { return size + (size == 0); }

EXPORT void *malloc(size_t size) {
    size = at_least_one(size);
    void *p = heap_caps_malloc(size, ch_process_caps(size));
    return CH_LIKELY(p) ? p : ask_and_grow((asked_t){size, 0, NULL});
}

EXPORT void free(void *ptr) {
    if (CH_UNLIKELY(ch_process_may_be_large(ptr))) ch_process_release(ptr);
    heap_caps_free(ptr);
}

EXPORT void cfree(void *ptr) { free(ptr); }

EXPORT void *calloc(size_t n, size_t size) {
    size_t bytes = ch_size_mul(n, size);
    void *p = malloc(bytes);
    if (p) ch_process_clear(p, bytes);
    return p;
}

EXPORT void *realloc(void *ptr, size_t size) {
    if (!ptr) return malloc(size);
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    void *p = heap_caps_realloc(ptr, size, ch_process_caps(size));
    return CH_LIKELY(p) ? p : ask_and_grow((asked_t){size, 0, ptr});
}

EXPORT void *reallocarray(void *ptr, size_t n, size_t size) { return realloc(ptr, ch_size_mul(n, size)); }

/** A block at a multiple of alignment, a power of two. */
static void *aligned(size_t alignment, size_t size) {
    if (alignment <= CH_CFG_GRANULE) return malloc(size);
    if (alignment > MAX_ALIGNMENT) {
        errno = ENOMEM;
        return NULL;
    }
    return ask_and_grow((asked_t){at_least_one(size), alignment, NULL});
}

static bool is_power_of_two(size_t x) { return x != 0 && (x & (x - 1)) == 0; }

/** EINVAL for an alignment that is no power of two; size need not be a multiple of it. */
EXPORT void *aligned_alloc(size_t alignment, size_t size) {
    if (is_power_of_two(alignment)) return aligned(alignment, size);
    errno = EINVAL;
    return NULL;
}

/** As aligned_alloc(), but other alignments count as the next power of two. */
EXPORT void *memalign(size_t alignment, size_t size) {
    size_t power = 1;
    while (power < alignment && power <= MAX_ALIGNMENT) power *= 2;
    return aligned(power, size);
}

/**
 * EINVAL for an alignment that is no power of two or no multiple of a pointer's size. *out is written on success only, errno
 * never.
 */
EXPORT int posix_memalign(void **out, size_t alignment, size_t size) {
    if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0) return EINVAL;
    int kept = errno;
    void *p = aligned(alignment, size);
    errno = kept;
    if (!p) return ENOMEM;
    *out = p;
    return 0;
}

EXPORT void *valloc(size_t size) { return aligned(PAGE, size); }

/** Whole pages, at least one. */
EXPORT void *pvalloc(size_t size) { return aligned(PAGE, ch_size_round_up(at_least_one(size), PAGE)); }

EXPORT size_t malloc_usable_size(void *ptr) { return ptr ? heap_caps_get_allocated_size(ptr) : 0; }

/** `pad` is not looked at: only whole free pages go back, wherever they are, and the address space stays. */
EXPORT int malloc_trim(size_t pad) {
    (void)pad;
    return ch_process_trim();
}

/** There is nothing to set; says yes, as glibc does to what it does not know. */
EXPORT int mallopt(int parameter, int value) {
    (void)parameter;
    (void)value;
    return 1;
}

EXPORT struct mallinfo2 mallinfo2(void) {
    multi_heap_info_t all;
    heap_caps_get_info(&all, MALLOC_CAP_DEFAULT);
    return (struct mallinfo2){.arena = all.total_free_bytes + all.total_allocated_bytes,
                              .ordblks = all.free_blocks,
                              .uordblks = all.total_allocated_bytes,
                              .fordblks = all.total_free_bytes,
                              .keepcost = all.largest_free_block};
}

/** The same in ints, which wrap beyond 2 GiB. */
EXPORT struct mallinfo mallinfo(void) {
    struct mallinfo2 all = mallinfo2();
    return (struct mallinfo){.arena = (int)all.arena,
                             .ordblks = (int)all.ordblks,
                             .uordblks = (int)all.uordblks,
                             .fordblks = (int)all.fordblks,
                             .keepcost = (int)all.keepcost};
}

/** One line of XML elements for each heap, oldest last. */
EXPORT int malloc_info(int options, FILE *stream) {
    if (options != 0) return EINVAL;
    fprintf(stream, "<malloc version=\"capheap-1\">\n");
    for (const ch_region_t *r = ch_registry_next(NULL, MALLOC_CAP_DEFAULT); r; r = ch_registry_next(r, MALLOC_CAP_DEFAULT)) {
        multi_heap_info_t here;
        multi_heap_get_info(r->heap, &here);
        fprintf(stream,
                "<heap at=\"%p\"><used blocks=\"%zu\" size=\"%zu\"/><free blocks=\"%zu\" size=\"%zu\" largest=\"%zu\"/></heap>\n",
                (void *)r->heap, here.allocated_blocks, here.total_allocated_bytes, here.free_blocks, here.total_free_bytes,
                here.largest_free_block);
    }
    fprintf(stream, "</malloc>\n");
    return 0;
}

EXPORT void malloc_stats(void) { malloc_info(0, stderr); }
