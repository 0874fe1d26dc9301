/* SPDX-License-Identifier: MIT */
/* The pvPortMalloc family of ports/freertos, as the kernel documents it, on the stand-in kernel with one heap in ucHeap. */
#include <string.h>

#include "ch_test.h"
#include "esp_heap_caps.h"
#include "freertos_options.h"
#include "stub_kernel.h"

#define CAPS CH_FREERTOS_CAPS

extern uint8_t ucHeap[];

static int begin(void **state) {
    (void)state;
    memset(&stub_calls, 0, sizeof stub_calls);
    return 0;
}

static void the_first_allocation_makes_the_heaps(void **state) {
    (void)state;
    assert_int_equal(heap_caps_get_total_size(0), 0);
    uint8_t *block = pvPortMalloc(10);
    assert_non_null(block);
    assert_in_range((uintptr_t)block, (uintptr_t)ucHeap, (uintptr_t)ucHeap + configTOTAL_HEAP_SIZE);
    assert_int_equal(heap_caps_get_total_size(0), configTOTAL_HEAP_SIZE);
    size_t free_bytes = xPortGetFreeHeapSize();
    vPortInitialiseBlocks(); /* and only once */
    assert_int_equal(xPortGetFreeHeapSize(), free_bytes);
    vPortFree(block);
}

static void blocks_are_aligned_as_the_kernel_port_asks(void **state) {
    (void)state;
    void *blocks[200];
    for (size_t i = 0; i < 200; i++) {
        blocks[i] = i % 2 ? pvPortMalloc(i) : pvPortCalloc(1, i + 1);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % portBYTE_ALIGNMENT, 0);
    }
    for (size_t i = 0; i < 200; i++) vPortFree(blocks[i]);
}

static void size_0_and_too_much_give_null_and_call_the_hook(void **state) {
    (void)state;
    const size_t sizes[] = {0, configTOTAL_HEAP_SIZE, SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX};
    for (unsigned i = 0; i < 5; i++) {
        assert_null(pvPortMalloc(sizes[i]));
        assert_int_equal(stub_calls.failed_hooks, CH_FREERTOS_FAILED_HOOK * (i + 1));
    }
    vPortFree(NULL); /* nothing */
    assert_int_equal(stub_calls.frees_traced, 0);
}

static void calloc_clears_and_refuses_products_that_overflow(void **state) {
    (void)state;
    uint8_t *block = pvPortMalloc(1000);
    memset(block, 0xff, 1000);
    vPortFree(block);
    block = pvPortCalloc(100, 10);
    assert_non_null(block);
    for (size_t i = 0; i < 1000; i++) assert_int_equal(block[i], 0);
    vPortFree(block);
    assert_null(pvPortCalloc(SIZE_MAX / 4 + 2, 4));
    assert_null(pvPortCalloc(0, 4));
    assert_int_equal(stub_calls.failed_hooks, 2 * CH_FREERTOS_FAILED_HOOK);
}

static void trace_macros_see_allocations_failures_and_frees(void **state) {
    (void)state;
    uint8_t probe = 0;
    (void)probe;
    traceMALLOC(&probe, 1);
    if (stub_calls.mallocs_traced == 0) skip(); /* the configuration defines none */
    void *block = pvPortMalloc(100);
    assert_int_equal(stub_calls.mallocs_traced, 2);
    assert_ptr_equal(stub_calls.traced_block, block);
    assert_int_equal(stub_calls.traced_size, 100);
    size_t usable = heap_caps_get_allocated_size(block);
    vPortFree(block);
    assert_int_equal(stub_calls.frees_traced, 1);
    assert_ptr_equal(stub_calls.traced_block, block);
    assert_int_equal(stub_calls.traced_size, usable);
    assert_null(pvPortCalloc(SIZE_MAX, 2));
    assert_null(stub_calls.traced_block);
    assert_int_equal(stub_calls.traced_size, SIZE_MAX);
}

static void blocks_pass_between_both_interfaces(void **state) {
    (void)state;
    size_t before = xPortGetFreeHeapSize();
    uint8_t *block = pvPortMalloc(100);
    memset(block, 0x5a, 100);
    block = heap_caps_realloc(block, 5000, CAPS);
    for (size_t i = 0; i < 100; i++) assert_int_equal(block[i], 0x5a);
    assert_int_equal((uintptr_t)block % portBYTE_ALIGNMENT, 0);
    vPortFree(block);
    heap_caps_free(pvPortMalloc(7));
    vPortFree(heap_caps_malloc(7, MALLOC_CAP_DEFAULT));
    assert_int_equal(xPortGetFreeHeapSize(), before);
}

static void a_block_freed_twice_is_reported(void **state) {
    (void)state;
    void *block = pvPortMalloc(100);
    vPortFree(block);
    CH_EXPECT_FATAL(vPortFree(block));
    assert_ptr_equal(ch_test_fatal_address(), block);
    assert_true(heap_caps_check_integrity_all(true));
}

static void free_size_and_its_minimum_follow_the_allocations(void **state) {
    (void)state;
    xPortResetHeapMinimumEverFreeHeapSize();
    size_t before = xPortGetFreeHeapSize();
    assert_int_equal(xPortGetMinimumEverFreeHeapSize(), before);
    void *block = pvPortMalloc(10000);
    size_t least = xPortGetFreeHeapSize();
    assert_in_range(before - least, 10000, 10000 + 64);
    vPortFree(block);
    assert_int_equal(xPortGetFreeHeapSize(), before);
    assert_int_equal(xPortGetMinimumEverFreeHeapSize(), least);
    xPortResetHeapMinimumEverFreeHeapSize();
    assert_int_equal(xPortGetMinimumEverFreeHeapSize(), before);
}

static void the_statistics_are_those_of_the_heap(void **state) {
    (void)state;
    HeapStats_t start, now;
    void *blocks[8];
    vPortHeapResetState();
    vPortGetHeapStats(&start);
    assert_int_equal(start.xNumberOfSuccessfulAllocations, 0);
    assert_int_equal(start.xNumberOfSuccessfulFrees, 0);
    assert_int_equal(start.xSizeOfLargestFreeBlockInBytes, heap_caps_get_largest_free_block(CAPS));
    assert_in_range(start.xNumberOfFreeBlocks, 1,
                    2); /* with small granules, also what aligning the heap's descriptor left over */
    assert_int_equal(start.xAvailableHeapSpaceInBytes, xPortGetFreeHeapSize());
    for (size_t i = 0; i < 8; i++) blocks[i] = i % 2 ? pvPortMalloc(1600) : pvPortCalloc(1, i < 4 ? 3200 : 640);
    assert_null(pvPortMalloc(SIZE_MAX));
    vPortFree(NULL);
    size_t least = xPortGetFreeHeapSize();
    for (size_t i = 0; i < 8; i += 2)
        vPortFree(blocks[i]); /* four holes between used blocks, the smallest of 640 bytes or little more */
    vPortGetHeapStats(&now);
    assert_int_equal(now.xNumberOfSuccessfulAllocations, 8);
    assert_int_equal(now.xNumberOfSuccessfulFrees, 4);
    assert_int_equal(now.xNumberOfFreeBlocks, start.xNumberOfFreeBlocks + 4);
    if (start.xNumberOfFreeBlocks == 1) assert_in_range(now.xSizeOfSmallestFreeBlockInBytes, 640, 640 + 128);
    if (start.xNumberOfFreeBlocks == 2)
        assert_int_equal(now.xSizeOfSmallestFreeBlockInBytes, start.xSizeOfSmallestFreeBlockInBytes);
    assert_int_equal(now.xSizeOfLargestFreeBlockInBytes, heap_caps_get_largest_free_block(CAPS));
    assert_int_equal(now.xAvailableHeapSpaceInBytes, xPortGetFreeHeapSize());
    assert_int_equal(now.xMinimumEverFreeBytesRemaining, least);
    for (size_t i = 1; i < 8; i += 2) vPortFree(blocks[i]);
    vPortGetHeapStats(&now);
    assert_int_equal(now.xNumberOfSuccessfulFrees, 8);
    assert_int_equal(now.xAvailableHeapSpaceInBytes, start.xAvailableHeapSpaceInBytes);
}

static void the_statistics_of_a_full_heap_are_zero(void **state) {
    (void)state;
    HeapStats_t stats;
    void *head = NULL;
    size_t before = xPortGetFreeHeapSize();
    for (size_t size = configTOTAL_HEAP_SIZE; size >= sizeof(void *); size /= 2) {
        for (void *block; (block = heap_caps_malloc(size, CAPS)) != NULL; head = block) *(void **)block = head;
    }
    vPortGetHeapStats(&stats);
    assert_int_equal(stats.xAvailableHeapSpaceInBytes, 0);
    assert_int_equal(stats.xNumberOfFreeBlocks, 0);
    assert_int_equal(stats.xSizeOfLargestFreeBlockInBytes, 0);
    assert_int_equal(stats.xSizeOfSmallestFreeBlockInBytes, 0);
    while (head) {
        void *next = *(void **)head;
        vPortFree(head);
        head = next;
    }
    assert_int_equal(xPortGetFreeHeapSize(), before);
}

static void a_reset_counts_anew_and_leaves_blocks_alone(void **state) {
    (void)state;
    HeapStats_t stats;
    uint8_t *block = pvPortMalloc(100);
    memset(block, 0x77, 100);
    vPortHeapResetState();
    vPortGetHeapStats(&stats);
    assert_int_equal(stats.xNumberOfSuccessfulAllocations, 0);
    assert_int_equal(stats.xMinimumEverFreeBytesRemaining, xPortGetFreeHeapSize());
    for (size_t i = 0; i < 100; i++) assert_int_equal(block[i], 0x77);
    vPortFree(block);
}

/* The real functions, also where the kernel makes macros of them. */
#undef pvPortMallocStack
#undef vPortFreeStack
void *pvPortMallocStack(size_t size);
void vPortFreeStack(void *block);

static void stacks_come_from_their_own_memory(void **state) {
    (void)state;
    size_t before = heap_caps_get_free_size(CH_FREERTOS_STACK_CAPS);
    void *stack = pvPortMallocStack(2048);
    assert_non_null(stack);
    assert_int_equal((uintptr_t)stack % portBYTE_ALIGNMENT, 0);
    vPortFreeStack(stack);
    vPortFreeStack(NULL);
    assert_int_equal(heap_caps_get_free_size(CH_FREERTOS_STACK_CAPS), before);
}

/* The last ones: regions stay. */

static void regions_become_heaps_that_are_asked_in_their_order(void **state) {
    (void)state;
    static uint8_t memory[2][8192] __attribute__((aligned(16)));
    const HeapRegion_t regions[] = {{memory[0] + 1, 8000}, {memory[1], 8192}, {NULL, 0}};
    const HeapRegion_t none[] = {{NULL, 0}};
    size_t before = xPortGetFreeHeapSize();
    vPortDefineHeapRegions(none);
    assert_int_equal(xPortGetFreeHeapSize(), before);
    vPortDefineHeapRegions(regions);
    assert_in_range(xPortGetFreeHeapSize(), before + 15000, before + sizeof memory);
    uint8_t *first = pvPortMalloc(7000), *second = pvPortMalloc(7000), *third = pvPortMalloc(7000);
    assert_in_range((uintptr_t)first, (uintptr_t)memory[0], (uintptr_t)memory[0] + 8001);
    assert_in_range((uintptr_t)second, (uintptr_t)memory[1], (uintptr_t)memory[1] + 8192);
    assert_in_range((uintptr_t)third, (uintptr_t)ucHeap, (uintptr_t)ucHeap + configTOTAL_HEAP_SIZE);
    vPortFree(first);
    vPortFree(second);
    vPortFree(third);
    assert_true(heap_caps_check_integrity_all(true));
}

static void a_region_that_cannot_be_a_heap_is_reported(void **state) {
    (void)state;
    static uint8_t memory[64];
    const HeapRegion_t small[] = {{memory, 8}, {NULL, 0}};
    const HeapRegion_t taken[] = {{ucHeap, configTOTAL_HEAP_SIZE}, {NULL, 0}};
    CH_EXPECT_FATAL(vPortDefineHeapRegions(small));
    assert_ptr_equal(ch_test_fatal_address(), memory);
    CH_EXPECT_FATAL(vPortDefineHeapRegions(taken));
    assert_ptr_equal(ch_test_fatal_address(), ucHeap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_first_allocation_makes_the_heaps, begin),
        cmocka_unit_test_setup(blocks_are_aligned_as_the_kernel_port_asks, begin),
        cmocka_unit_test_setup(size_0_and_too_much_give_null_and_call_the_hook, begin),
        cmocka_unit_test_setup(calloc_clears_and_refuses_products_that_overflow, begin),
        cmocka_unit_test_setup(trace_macros_see_allocations_failures_and_frees, begin),
        cmocka_unit_test_setup(blocks_pass_between_both_interfaces, begin),
        cmocka_unit_test_setup(a_block_freed_twice_is_reported, begin),
        cmocka_unit_test_setup(free_size_and_its_minimum_follow_the_allocations, begin),
        cmocka_unit_test_setup(the_statistics_are_those_of_the_heap, begin),
        cmocka_unit_test_setup(the_statistics_of_a_full_heap_are_zero, begin),
        cmocka_unit_test_setup(a_reset_counts_anew_and_leaves_blocks_alone, begin),
        cmocka_unit_test_setup(stacks_come_from_their_own_memory, begin),
        cmocka_unit_test_setup(regions_become_heaps_that_are_asked_in_their_order, begin),
        cmocka_unit_test_setup(a_region_that_cannot_be_a_heap_is_reported, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
