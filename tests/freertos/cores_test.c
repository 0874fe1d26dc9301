/* SPDX-License-Identifier: MIT */
/*
 * The lock of ports/freertos on several cores, on the stand-in kernel: a thread is a core. All allocate, reallocate, free each
 * other's blocks, check and ask for statistics at once; each block carries a tag that its last owner verifies. For flavours with
 * several cores.
 */
#include <pthread.h>
#include <string.h>

#include "ch_test.h"
#include "esp_heap_caps.h"
#include "freertos_options.h"
#include "stub_kernel.h"

#define CORES 4u
#define SLOTS 64u

typedef struct {
    uint32_t tag;
    uint32_t size;
    uint8_t rest[];
} block_t;

/* Blocks on their way from one core to another. */
static block_t *slots[SLOTS];
static unsigned faults;

static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void fault(void) { __atomic_fetch_add(&faults, 1, __ATOMIC_RELAXED); }

static void fill(block_t *b, uint32_t tag, uint32_t size) {
    b->tag = tag;
    b->size = size;
    memset(b->rest, (int)(tag & 0xff), size - sizeof *b);
}

static void verify(const block_t *b, uint32_t size) {
    for (uint32_t i = 0; i < size - sizeof *b; i++) {
        if (b->rest[i] != (b->tag & 0xff)) {
            fault();
            return;
        }
    }
}

static void one_round(uint32_t *seed) {
    uint32_t size = (uint32_t)sizeof(block_t) + 1 + next_random(seed) % 300;
    block_t *mine = pvPortMalloc(size);
    if (mine) fill(mine, *seed, size);
    block_t *other = __atomic_exchange_n(&slots[next_random(seed) % SLOTS], mine, __ATOMIC_ACQ_REL);
    if (!other) return;
    verify(other, other->size);
    if (next_random(seed) % 2) {
        uint32_t least = other->size, wanted = (uint32_t)sizeof(block_t) + 1 + next_random(seed) % 300;
        block_t *moved = heap_caps_realloc(other, wanted, CH_FREERTOS_CAPS);
        if (moved) other = moved;
        if (moved) verify(moved, wanted < least ? wanted : least);
    }
    vPortFree(other);
}

static void *run_core(void *argument) {
    unsigned id = (unsigned)(uintptr_t)argument;
    uint32_t seed = ch_test_seed() + id;
    HeapStats_t stats;
    stub_core.id = id;
    for (unsigned i = 0; i < 30000; i++) {
        one_round(&seed);
        if (i % 1000 == 0 && !heap_caps_check_integrity_all(true)) fault();
        if (i % 1000 == 500) vPortGetHeapStats(&stats);
        if (stub_core.mask != 0) fault();
    }
    return NULL;
}

static void cores_free_what_others_allocated(void **state) {
    (void)state;
    pthread_t cores[CORES];
    HeapStats_t before, after;
    (void)ch_test_seed();
    vPortFree(pvPortMalloc(1));
    vPortGetHeapStats(&before);
    for (unsigned i = 0; i < CORES; i++) assert_int_equal(pthread_create(&cores[i], NULL, run_core, (void *)(uintptr_t)i), 0);
    for (unsigned i = 0; i < CORES; i++) pthread_join(cores[i], NULL);
    for (unsigned i = 0; i < SLOTS; i++) vPortFree(slots[i]);
    assert_int_equal(faults, 0);
    assert_int_equal(stub_calls.forbidden, 0);
    vPortGetHeapStats(&after);
    assert_int_equal(after.xAvailableHeapSpaceInBytes, before.xAvailableHeapSpaceInBytes);
    assert_int_equal(after.xNumberOfFreeBlocks, before.xNumberOfFreeBlocks);
    assert_int_equal(after.xNumberOfSuccessfulAllocations, after.xNumberOfSuccessfulFrees);
    assert_true(after.xNumberOfSuccessfulFrees >= 30000);
    assert_true(heap_caps_check_integrity_all(true));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(cores_free_what_others_allocated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
