/* SPDX-License-Identifier: MIT */
/* Regions from mmap(), and the locks around fork(). See process.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

#include "base/sums.h"
#include "capheap/chip.h"
#include "libc/posix/process.h"

#define MAX_BYTES ((size_t)1 << 32) /* of a heap: offsets have 32 bits */
#define PAGE ((size_t)4096)         /* at least: mmap() rounds up to real ones */

/* A process as a chip: no table of regions, and nothing but sizes. */
const ch_chip_t ch_chip = {.name = "process", .max_request = MAX_BYTES};

/** A kind of region: its size doubles with each one, up to a limit. */
typedef struct {
    uint32_t caps;
    size_t next, most; /* bytes */
} kind_t;

#define ALL_BYTES (MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT)

static kind_t small_kind = {ALL_BYTES | MALLOC_CAP_INTERNAL, (size_t)16 << 20, (size_t)1 << 30};
static kind_t large_kind = {ALL_BYTES | MALLOC_CAP_SPIRAM, (size_t)64 << 20, MAX_BYTES};

static ch_port_lock_t growing = CH_PORT_LOCK_INIT; /* taken before the locks of registry and heaps */
static ch_region_t regions[CH_PROCESS_REGIONS];
static _Atomic unsigned count;
static _Atomic uintptr_t large_start = UINTPTR_MAX, large_end; /* all large regions lie between; written under the lock */

unsigned ch_process_region_count(void) { return atomic_load_explicit(&count, memory_order_acquire); }

static uintptr_t value_of(const _Atomic uintptr_t *bound) { return atomic_load_explicit(bound, memory_order_relaxed); }

bool ch_process_may_be_large(const void *p) {
    return (uintptr_t)p >= value_of(&large_start) && (uintptr_t)p < value_of(&large_end);
}

/** Bytes of a region that surely serves the request: a bit for each granule, the control block and one misfit beside it. */
static size_t room_for(size_t size, size_t alignment) {
    size_t bytes = ch_size_add(size, alignment);
    return ch_size_round_up(ch_size_add(bytes, bytes / 32 + 2 * PAGE), PAGE);
}

/** Address space of *bytes, or of less, down to `least`; *bytes says how much. Keeps errno. */
static void *map(size_t *bytes, size_t least) {
    int kept = errno;
    void *start = MAP_FAILED;
    for (size_t n = *bytes; start == MAP_FAILED && n >= least; n = n > least && n / 2 < least ? least : n / 2 & ~(PAGE - 1)) {
        start = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        *bytes = n;
    }
    errno = kept;
    return start == MAP_FAILED ? NULL : start;
}

/** Makes a heap of new address space. Under the lock. */
static bool add_region(kind_t *kind, size_t least) {
    unsigned n = ch_process_region_count();
    size_t bytes = least > kind->next ? least : kind->next;
    if (n == CH_PROCESS_REGIONS || bytes > MAX_BYTES) return false;
    ch_region_t *r = &regions[n];
    void *start = map(&bytes, least);
    if (!start) return false;
    *r = (ch_region_t){.start = (uintptr_t)start, .end = (uintptr_t)start + bytes, .name = "process"};
    r->caps[0] = kind->caps;
    multi_heap_lock_init(&r->lock);
    if (kind == &large_kind && r->start < large_start) large_start = r->start;
    if (kind == &large_kind && r->end > large_end) large_end = r->end;
    if (!ch_registry_add(r) || !ch_region_open(r)) return false;
    ch_registry_activate(r);
    if (kind->next < kind->most) kind->next *= 2;
    atomic_store_explicit(&count, n + 1, memory_order_release);
    return true;
}

bool ch_process_grow(size_t size, size_t alignment, unsigned seen) {
    size_t least = room_for(size, alignment);
    if (least > MAX_BYTES) return false;
    ch_port_state_t state = ch_port_lock(&growing);
    bool grown = ch_process_region_count() != seen;
    if (!grown) grown = add_region(size < CH_PROCESS_LARGE ? &small_kind : &large_kind, least);
    ch_port_unlock(&growing, state);
    if (seen == 0) ch_process_watch_fork(); /* this one may allocate itself */
    return grown;
}

/* ---- fork ---- */

/*
 * The child has one thread and the locks as they were. So the thread that forks takes all of them before, in the order in which
 * nested ones are taken, and opens them after. The library's list of streams comes first: a thread may wait for the heap while it
 * holds that. What runs between may allocate: the port lets the thread that holds a lock through.
 */
void _IO_list_lock(void);
void _IO_list_unlock(void);
void _IO_list_resetlock(void);

static struct {
    unsigned heap_count; /* a region may be added meanwhile, by this thread */
    ch_port_state_t growing, registry, heaps[CH_PROCESS_REGIONS];
} held;

static void before_fork(void) {
    _IO_list_lock();
    held.growing = ch_port_lock(&growing);
    held.registry = ch_port_lock(&ch_registry.lock);
    held.heap_count = ch_process_region_count();
    for (unsigned i = 0; i < held.heap_count; i++) held.heaps[i] = ch_port_lock(&regions[i].lock.lock);
}

static void after_fork_in_parent(void) {
    for (unsigned i = held.heap_count; i-- > 0;) ch_port_unlock(&regions[i].lock.lock, held.heaps[i]);
    ch_port_unlock(&ch_registry.lock, held.registry);
    ch_port_unlock(&growing, held.growing);
    _IO_list_unlock();
}

/** Nobody waits here. */
static void open_in_child(ch_port_lock_t *lock) { *lock = (ch_port_lock_t){0, 0, lock->sections}; }

static void after_fork_in_child(void) {
    for (unsigned i = 0; i < held.heap_count; i++) open_in_child(&regions[i].lock.lock);
    open_in_child(&ch_registry.lock);
    open_in_child(&growing);
    _IO_list_resetlock(); /* glibc does so itself, but only where the parent had threads */
}

void ch_process_watch_fork(void) {
    static _Atomic bool watching;
    if (!atomic_exchange(&watching, true)) pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
