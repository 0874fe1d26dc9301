/* SPDX-License-Identifier: MIT */
/*
 * Task tracking against a naive model: tasks that live, die and get their handles again at random, interrupts, and blocks of all
 * heaps that any of them allocates, resizes and frees. The model keeps a plain list of owners, and of each what it holds of each
 * heap; the table is smaller than there are tasks, so that deleted ones give way.
 *
 * CH_SEED repeats a run, CH_OPS sets the number of operations.
 */
#include "api_tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capheap/task_tracking.h"

enum {
    LIVING = CH_CFG_TRACKED_TASKS - 4, /* at a time: the dead with blocks have the others, so that nobody finds the table full */
    DEAD_WITH_BLOCKS = 3,
    BLOCKS = 150,
    OWNERS = 4096,
    OPS_HOST = 60000,
    OPS_BOARD = 4000,
    CHECK_EVERY = 97,
    HEAPS = 16,
};

typedef struct {
    void *handle; /* its control block, of the heap */
    bool alive;
    size_t bytes, peak;
    unsigned blocks;
    struct {
        uintptr_t heap; /* start; 0: none */
        size_t bytes, peak;
        unsigned blocks;
    } heaps[HEAPS]; /* in the order of first use */
} owner_t;

typedef struct {
    void *p;
    unsigned owner;
    size_t whole;
    uintptr_t heap;
    unsigned long age;
} block_t;

static owner_t owners[OWNERS] CH_TEST_LARGE;
static unsigned owner_count;
static unsigned living[LIVING], living_count;
static block_t held[BLOCKS];
static unsigned held_count, kept; /* the first ones stay: what the heap that boot() adds is described in */
static unsigned long ages;
static unsigned current;
static uint32_t draw;

enum { EARLY, HANDLER, FIRST };

static uint32_t next(uint32_t below) {
    draw ^= draw << 13, draw ^= draw >> 17, draw ^= draw << 5;
    return draw % below;
}

static void book(unsigned o, uintptr_t heap, size_t whole) {
    owner_t *owner = &owners[o];
    unsigned i = 0;
    while (owner->heaps[i].heap != 0 && owner->heaps[i].heap != heap) i++;
    owner->heaps[i].heap = heap;
    owner->heaps[i].bytes += whole, owner->heaps[i].blocks++;
    if (owner->heaps[i].bytes > owner->heaps[i].peak) owner->heaps[i].peak = owner->heaps[i].bytes;
    owner->bytes += whole, owner->blocks++;
    if (owner->bytes > owner->peak) owner->peak = owner->bytes;
}

static void unbook(const block_t *b) {
    owner_t *owner = &owners[b->owner];
    unsigned i = 0;
    while (owner->heaps[i].heap != b->heap) i++;
    owner->heaps[i].bytes -= b->whole, owner->heaps[i].blocks--;
    owner->bytes -= b->whole, owner->blocks--;
}

static block_t describe(void *p) { return (block_t){p, current, api_whole_block(p), api_heap_of(p)->start, ++ages}; }

static uint32_t caps_at_random(void) {
    static const uint32_t masks[] = {MALLOC_CAP_8BIT, MALLOC_CAP_DEFAULT, MALLOC_CAP_32BIT, MALLOC_CAP_DMA,
                                     MALLOC_CAP_8BIT, API_CAP_USER_A,     MALLOC_CAP_8BIT,  MALLOC_CAP_INTERNAL};
    return masks[next(sizeof(masks) / sizeof(masks[0]))];
}

static size_t size_at_random(void) { return 1 + next(next(4) ? 80 : 1500); }

static void run(unsigned owner) {
    current = owner;
    api_task_interrupt(owner == HANDLER);
    if (owner != HANDLER) api_task_run(owners[owner].handle);
}

static void someone_runs(void) {
    unsigned who = next(LIVING + 2);
    run(who < living_count ? living[who] : who % 2 ? EARLY : HANDLER);
}

static void allocate(void) {
    if (held_count == BLOCKS) return;
    uint32_t caps = caps_at_random();
    void *p = next(8) ? heap_caps_malloc(size_at_random(), caps)
                      : heap_caps_aligned_alloc((size_t)16 << next(4), size_at_random(), caps);
    if (p == NULL) return;
    held[held_count] = describe(p);
    book(current, held[held_count].heap, held[held_count].whole);
    held_count++;
}

static void give(unsigned i) {
    unbook(&held[i]);
    heap_caps_free(held[i].p);
    held[i] = held[--held_count];
}

static void resize(unsigned i) {
    uint32_t caps = next(4) ? MALLOC_CAP_8BIT : caps_at_random();
    void *p = heap_caps_realloc(held[i].p, size_at_random(), caps);
    if (p == NULL) return;
    unbook(&held[i]);
    held[i] = describe(p);
    book(current, held[i].heap, held[i].whole);
}

static void is_born(void) {
    if (living_count == LIVING || owner_count == OWNERS || held_count == BLOCKS) return;
    void *handle = heap_caps_malloc(64, MALLOC_CAP_8BIT);
    if (handle == NULL) return;
    block_t b = describe(handle);
    held[held_count++] = b; /* a block like others, of who makes the task; who frees it ends the task */
    book(current, b.heap, b.whole);
    char name[16];
    snprintf(name, sizeof(name), "t%u", owner_count);
    api_task_rename(handle, name);
    owners[owner_count] = (owner_t){.handle = handle, .alive = true};
    living[living_count++] = owner_count++;
}

static unsigned dead_with_blocks(void) {
    unsigned count = 0;
    for (unsigned o = FIRST; o < owner_count; o++) count += !owners[o].alive && owners[o].blocks > 0;
    return count;
}

/* Whether a block is a living task's control block; that is all which the model has to know of death. */
static int task_of(const void *p) {
    for (unsigned i = 0; i < living_count; i++) {
        if (owners[living[i]].handle == p) return (int)i;
    }
    return -1;
}

static void free_or_kill(void) {
    if (held_count == kept) return;
    unsigned i = kept + next(held_count - kept);
    int task = task_of(held[i].p);
    if (task >= 0) {
        if (next(3) || dead_with_blocks() >= DEAD_WITH_BLOCKS) return;
        unsigned dead = living[task];
        living[task] = living[--living_count];
        owners[dead].alive = false;
        if (current == dead) run(EARLY);
    }
    give(i);
}

/* ---- the comparison ---- */

static heap_stat_t heap_stats[64 * HEAPS] CH_TEST_LARGE;
static heap_task_block_t lists[BLOCKS] CH_TEST_LARGE;
static task_stat_t stats[CH_CFG_TRACKED_TASKS + 3] CH_TEST_LARGE;

static const block_t *held_at(const void *p) {
    for (unsigned i = 0; i < held_count; i++) {
        if (held[i].p == p) return &held[i];
    }
    return NULL;
}

static void compare_heap(const owner_t *owner, unsigned number, unsigned place, const heap_stat_t *stat) {
    assert_int_equal(stat->current_usage, owner->heaps[place].bytes);
    assert_int_equal(stat->peak_usage, owner->heaps[place].peak);
    assert_int_equal(stat->alloc_count, owner->heaps[place].blocks);
    unsigned long age = 0;
    for (size_t i = 0; i < stat->alloc_count; i++) {
        const block_t *b = held_at(stat->alloc_stat[i].address);
        assert_non_null(b);
        assert_int_equal(b->owner, number);
        assert_int_equal(b->heap, owner->heaps[place].heap);
        assert_int_equal(b->whole, stat->alloc_stat[i].size);
        assert_true(b->age > age);
        age = b->age;
    }
}

static void compare_task(unsigned number, const task_stat_t *stat) {
    const owner_t *owner = &owners[number];
    unsigned heaps = 0;
    while (heaps < HEAPS && owner->heaps[heaps].heap != 0) heaps++;
    assert_int_equal(stat->is_alive, owner->alive);
    assert_int_equal(stat->overall_current_usage, owner->bytes);
    assert_int_equal(stat->overall_peak_usage, owner->peak);
    assert_int_equal(stat->heap_count, heaps);
    for (unsigned i = 0; i < heaps; i++) compare_heap(owner, number, i, &stat->heap_stat[i]);
}

/* The owner that an entry is of: its name has the number. */
static unsigned owner_of(const task_stat_t *stat) {
    if (stat->handle == NULL) return EARLY;
    if (stat->handle == (TaskHandle_t)CH_TASK_INTERRUPTS) return HANDLER;
    unsigned number = (unsigned)strtoul(stat->name + 1, NULL, 10);
    assert_true(number >= FIRST && number < owner_count);
    assert_ptr_equal(owners[number].handle, stat->handle);
    return number;
}

static void compare(void) {
    heap_all_tasks_stat_t all = {
        sizeof(stats) / sizeof(stats[0]), stats, sizeof(heap_stats) / sizeof(heap_stats[0]), heap_stats, BLOCKS, lists};
    assert_int_equal(heap_caps_get_all_task_stat(&all), ESP_OK);
    unsigned alive = 0, expected = 0;
    size_t blocks = 0;
    for (size_t i = 0; i < all.task_count; i++) {
        unsigned number = owner_of(&stats[i]);
        compare_task(number, &stats[i]);
        alive += stats[i].is_alive && number >= FIRST;
        blocks += owners[number].blocks;
    }
    for (unsigned i = 0; i < living_count; i++) expected += owners[living[i]].peak > 0;
    assert_int_equal(alive, expected);
    assert_int_equal(blocks, all.alloc_count);
    if (CH_CFG_TRACK_DELETED_TASKS) assert_int_equal(blocks, held_count);
}

static void keep_what_there_is(void) {
    heap_single_task_stat_t stat = {.heap_count = 1, .heap_stat_start = heap_stats, .alloc_count = 1, .alloc_stat_start = lists};
    assert_int_equal(heap_caps_get_single_task_stat(&stat, NULL), ESP_OK);
    assert_int_equal(stat.alloc_count, 1);
    run(EARLY);
    held[held_count] = describe(lists[0].address);
    book(EARLY, held[held_count].heap, held[held_count].whole);
    kept = ++held_count;
}

static void random_tasks_agree_with_the_model(void **state) {
    (void)state;
    const char *asked = ch_test_argument("CH_OPS");
    unsigned long ops = asked ? strtoul(asked, NULL, 0) : ch_test_on_host() ? OPS_HOST : OPS_BOARD;
    draw = ch_test_seed() | 1;
    owners[EARLY] = owners[HANDLER] = (owner_t){.alive = true};
    owner_count = FIRST;
    keep_what_there_is();
    for (unsigned long op = 0; op < ops; op++) {
        someone_runs();
        uint32_t what = next(20);
        if (what < 9) {
            allocate();
        } else if (what < 15) {
            free_or_kill();
        } else if (what < 18) {
            unsigned i = held_count > kept ? kept + next(held_count - kept) : 0;
            if (i >= kept && held_count > kept && task_of(held[i].p) < 0) resize(i);
        } else {
            is_born();
        }
        if (op % CHECK_EVERY == 0) compare();
    }
    run(EARLY);
    compare();
    while (held_count > kept) {
        int task = task_of(held[kept].p);
        if (task >= 0) owners[living[task]].alive = false, living[task] = living[--living_count];
        give(kept);
    }
    api_failures_clear();
    for (unsigned o = FIRST; o < owner_count; o++) assert_int_equal(owners[o].bytes, 0);
    compare();
}

static int boot(void **state) {
    api_tasks_boot(state);
    void *span = api_span(8192);
    api_add_heap(span, 8192, API_CAP_USER_A, 0, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {TASK_TEST(random_tasks_agree_with_the_model)};
    return cmocka_run_group_tests(tests, boot, NULL);
}
