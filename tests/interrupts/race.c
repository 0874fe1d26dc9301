/* SPDX-License-Identifier: MIT */
/* See race.h. */
#include "race.h"

#include <string.h>

#include "esp_heap_caps_init.h"
#include "heap_memory_layout.h"
#include "machine.h"

#if defined __unix__
#include "posix_ram.h"
#endif

bool race_has_struck;
unsigned char *race_fresh;

static const interrupt_t *current;
static bool in_handler;
static const char *volatile fault;

/* ---- slots ---- */

static struct {
    void *block;
    size_t size;
} slots[SLOTS];

static uint32_t pattern(int i) { return 0x01010101u * (uint32_t)(i + 1); }

void slot_put(int i, void *p, size_t size) {
    slots[i].block = p;
    slots[i].size = size;
    if (p) memset(p, i + 1, size);
}

bool slot_pattern_is(int i, const void *p, size_t bytes) {
    const unsigned char *byte = p;
    const uint32_t *word = p;
    size_t k = 0;
    for (; k + 4 <= bytes; k += 4) {
        if (*word++ != pattern(i)) return false;
    }
    for (; k < bytes; k++) {
        if (byte[k] != i + 1) return false;
    }
    return true;
}

void *slot_take(int i) {
    void *p = slots[i].block;
    race_require(!p || slot_pattern_is(i, p, slots[i].size), "the contents of a block have changed");
    slots[i].block = NULL;
    return p;
}

void slot_release(int i) {
    void *p = slot_take(i);
    if (p) heap_caps_free(p);
}

void slot_allocate(int i, size_t size, uint32_t caps) { slot_put(i, heap_caps_malloc(size, caps), size); }
void *slot_block(int i) { return slots[i].block; }
size_t slot_size(int i) { return slots[i].size; }

/* ---- checks ---- */

void race_require(bool good, const char *what) {
    if (good) return;
    if (!in_handler) fail_msg("%s", what);
    if (!fault) fault = what;
}

static bool add_up(walker_heap_into_t heap, walker_block_info_t block, void *user_data) {
    multi_heap_info_t *sum = user_data;
    if ((uintptr_t)block.ptr < (uintptr_t)heap.start || (uintptr_t)block.ptr + block.size > (uintptr_t)heap.end)
        sum->total_blocks += 1000;
    sum->total_blocks++;
    sum->allocated_blocks += block.used;
    if (!block.used) sum->total_free_bytes += block.size;
    return true;
}

static void check_heap(uint32_t caps) {
    multi_heap_info_t info, sum;
    memset(&sum, 0, sizeof sum);
    race_require(heap_caps_check_integrity(caps, true), "a heap is damaged");
    heap_caps_get_info(&info, caps);
    heap_caps_walk(caps, add_up, &sum);
    race_require(sum.total_blocks == info.total_blocks && sum.allocated_blocks == info.allocated_blocks,
                 "the count of blocks is wrong");
    race_require(sum.total_free_bytes == info.total_free_bytes, "the sum of free bytes is wrong");
}

void race_check_heaps(void) {
    check_heap(CAP_NEAR);
    check_heap(CAP_FAR);
}

/* ---- the race ---- */

static void checked_interrupt(void) {
    in_handler = true;
    race_has_struck = true;
    race_check_heaps(); /* what the handler does is checked when the operation has ended too */
    current->handler();
    in_handler = false;
}

/* All patterns are still right; then everything is freed, and the heaps are as at the beginning. */
static void clear_away(const multi_heap_info_t *before) {
    multi_heap_info_t now;
    if (fault) fail_msg("in the interrupt: %s: %s", fault, ch_test_output());
    race_check_heaps();
    for (int i = 0; i < SLOTS; i++) slot_release(i);
    heap_caps_get_info(&now, CAP_SHARED);
    assert_int_equal(now.total_free_bytes, before->total_free_bytes);
    assert_int_equal(now.total_blocks, before->total_blocks);
}

static machine_result_t run_once(const scene_t *scene, unsigned long point, const multi_heap_info_t *before) {
    race_has_struck = false;
    heap_caps_monitor_local_minimum_free_size_start(); /* the low watermark is part of the state */
    scene->prepare();
    machine_result_t result = machine_race(scene->operation, checked_interrupt, point);
    scene->finish();
    clear_away(before);
    return result;
}

void race_run(const scene_t *scene, const interrupt_t *interrupt) {
    machine_result_t result = MACHINE_EARLY;
    multi_heap_info_t before;
    unsigned long struck = 0;
    current = interrupt;
    fault = NULL;
    heap_caps_get_info(&before, CAP_SHARED);
    run_once(scene, 0, &before); /* learns masks */
    machine_mark_scene();
    run_once(scene, 0, &before); /* what the plugin sees of the operation by itself */
    for (unsigned long point = 1; result != MACHINE_NEVER; point = machine_next(point, scene->stride)) {
        if (point > 4000000) fail_msg("%s does not end", scene->name);
        result = run_once(scene, point, &before);
        struck += result == MACHINE_STRUCK;
    }
    machine_mark_scene();
    race_check_heaps();
    print_message("%s, %s: %lu interrupts\n", scene->name, interrupt->name, struck);
    if (struck == 0) fail_msg("%s was never interrupted", scene->name);
}

/*
 * The most that a run may ask for, and the failure callback of requests that cannot be served, are part of what is interrupted.
 */
static void ignore_failure(size_t size, uint32_t caps, const char *name) { (void)size, (void)caps, (void)name; }

static void add(unsigned char *start, uint32_t caps) {
    const uint32_t columns[SOC_MEMORY_TYPE_NO_PRIOS] = {caps, 0, 0};
    heap_caps_add_region_with_caps(columns, (intptr_t)start, (intptr_t)(start + HEAP_BYTES));
}

void race_boot(void) {
    static unsigned char memory[3][HEAP_BYTES] __attribute__((aligned(64)));
#if defined __unix__
    if (!posix_ram_map_chip()) fail_msg("the chip's memory cannot be mapped");
#endif
    heap_caps_init();
    add(memory[0], CAP_FAR | CAP_LEARNED | CAP_SHARED | MALLOC_CAP_8BIT);
    add(memory[1], CAP_NEAR | CAP_SHARED); /* the latest is asked first */
    race_fresh = memory[2];
    heap_caps_register_failed_alloc_callback(ignore_failure);
    machine_begin();
}
