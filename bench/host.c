/* SPDX-License-Identifier: MIT */
/*
 * Time and memory of an allocator on the host, for one trace. Run by host.py.
 *
 *     host check TRACE        replays with all checks of replay.c
 *     host time TRACE COUNT   replays COUNT times after two for warming up; prints the processor time of each, nanoseconds an
 *                             operation
 *     host loop TRACE COUNT   the same without the allocator: what the loop itself costs
 *     host memory TRACE       replays once and fills every block; prints the anonymous memory that the process had at the peak of
 *                             requested bytes and at the end, whichever is more, less what it had before: bytes
 *
 * The program's own memory is mapped, so the allocator serves the trace and nothing else. In `time` each new or changed block is
 * written at its first and its last byte, as nobody allocates what he doesn't use.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "replay.h"

extern const subject_t subject;

enum { MOST_REPLAYS = 1000, WARM_UP = 2 };

__attribute__((noreturn)) static void die(const char *what, const char *which) {
    fprintf(stderr, "host: %s: %s\n", which, what);
    exit(1);
}

/** Clear memory, in place already. */
static void *map(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) die("no memory", "mmap");
    return memory;
}

static const trace_t *trace_load(const char *path) {
    struct stat status;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0) die("cannot be read", path);
    size_t length = (size_t)status.st_size;
    const trace_t *trace = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (trace == MAP_FAILED || !trace_is_valid(trace, length)) die("is no trace", path);
    close(file);
    return trace;
}

/* ---- no allocator: every block is the same ---- */

static char *anything;

static void *loop_malloc(size_t size, uint32_t *cost) {
    (void)size, (void)cost;
    return anything;
}

static void *loop_realloc(void *block, size_t size, uint32_t *cost) {
    (void)size, (void)cost;
    return block;
}

static void *loop_aligned_alloc(size_t alignment, size_t size, uint32_t *cost) {
    (void)alignment, (void)size, (void)cost;
    return anything;
}

static void loop_free(void *block, uint32_t *cost) { (void)block, (void)cost; }

static const subject_t nothing = {"loop", 0, NULL, loop_malloc, loop_malloc, loop_realloc, loop_aligned_alloc, loop_free};

/* ---- replaying ---- */

static void *perform(const subject_t *s, uint32_t word, uint32_t size, void *old) {
    uint32_t unused;
    switch (word & 15) {
    case OP_MALLOC: return s->malloc(size, &unused);
    case OP_CALLOC: return s->calloc(size, &unused);
    case OP_REALLOC: return s->realloc(old, size, &unused);
    case OP_ALIGNED: return s->aligned_alloc((size_t)1 << (word >> 4 & 31), size, &unused);
    default: s->free(old, &unused); return NULL;
    }
}

static void use(const trace_t *trace, uint32_t n, unsigned char *block) {
    if (block == NULL) die("a call failed", "replay");
    block[0] = (unsigned char)n;
    block[trace->ops[n].size - 1] = (unsigned char)n;
}

static void replay_quickly(const trace_t *trace, const subject_t *s, void **blocks) {
    for (uint32_t n = 0; n < trace->op_count; n++) {
        uint32_t word = trace->ops[n].word;
        void **block = &blocks[word >> 9];
        *block = perform(s, word, trace->ops[n].size, *block);
        if ((word & 15) != OP_FREE) use(trace, n, *block);
    }
}

static void free_rest(const trace_t *trace, const subject_t *s, void **blocks) {
    uint32_t unused;
    for (uint32_t i = 0; i < trace->slot_count; i++) {
        if (blocks[i] != NULL) s->free(blocks[i], &unused);
        blocks[i] = NULL;
    }
}

/** Processor time, so that other work on the machine counts as little as can be. */
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void time_replays(const trace_t *trace, const subject_t *s, unsigned count) {
    static double times[MOST_REPLAYS];
    void **blocks = map(trace->slot_count * sizeof *blocks);
    for (unsigned i = 0; i < WARM_UP + count; i++) {
        double start = now();
        replay_quickly(trace, s, blocks);
        if (i >= WARM_UP) times[i - WARM_UP] = (now() - start) / trace->op_count;
        free_rest(trace, s, blocks);
    }
    for (unsigned i = 0; i < count; i++) printf("%.3f\n", times[i]);
}

/* ---- memory ---- */

/** Anonymous memory of the process: the kernel counts page by page. */
static long anonymous_bytes(void) {
    static char text[4096];
    int file = open("/proc/self/smaps_rollup", O_RDONLY);
    ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (length <= 0) die("cannot be read", "/proc/self/smaps_rollup");
    close(file);
    text[length] = '\0';
    const char *at = strstr(text, "Anonymous:");
    return at == NULL ? 0 : 1024 * strtol(at + strlen("Anonymous:"), NULL, 10);
}

static void print_memory(const trace_t *trace) {
    slot_t *slots = map(trace->slot_count * sizeof *slots);
    long before = anonymous_bytes(), most = before;
    size_t live = 0;
    bool peak_seen = false;
    for (uint32_t n = 0; n < trace->op_count; n++) {
        uint32_t word = trace->ops[n].word, size = trace->ops[n].size;
        slot_t *slot = &slots[word >> 9];
        slot->data = perform(&subject, word, size, slot->data);
        live = live - slot->size + size;
        slot->size = size;
        if ((word & 15) == OP_FREE) continue;
        if (slot->data == NULL) die("a call failed", "replay");
        memset(slot->data, (int)n, size);
        if (live < trace->peak_bytes || peak_seen) continue;
        peak_seen = true;
        most = anonymous_bytes();
    }
    long end = anonymous_bytes();
    printf("%ld\n", (end > most ? end : most) - before);
}

int main(int argc, char **argv) {
    if (argc < 3) die("host check|time|loop|memory TRACE [COUNT]", "usage");
    const trace_t *trace = trace_load(argv[2]);
    unsigned count = argc > 3 ? (unsigned)atoi(argv[3]) : 1;
    size_t pool_size = subject.pool_size ? subject.pool_size : trace_count_pool(trace);
    if (count > MOST_REPLAYS) die("too many replays", argv[3]);
    anything = map(1 << 24);
    /* Not populated: memory of the pool counts when it is touched. */
    void *pool = mmap(NULL, pool_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pool == MAP_FAILED || !subject.setup(pool, pool_size)) die("does not take the pool", subject.name);
    if (strcmp(argv[1], "check") == 0) {
        replay_result_t result = replay(trace, &subject, map(trace->slot_count * sizeof(slot_t)), NULL);
        if (result.failure != NULL) die(result.failure, argv[2]);
    } else if (strcmp(argv[1], "time") == 0) {
        time_replays(trace, &subject, count);
    } else if (strcmp(argv[1], "loop") == 0) {
        time_replays(trace, &nothing, count);
    } else {
        print_memory(trace);
    }
    return 0;
}
