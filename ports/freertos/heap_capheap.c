/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own heap functions (portable.h) on the capability heap: compiled in place of one of the kernel's heap_x.c, every
 * dynamic task, queue, timer and stack is a block of capheap. Names and meaning are those of the kernel's documentation; beyond
 * it:
 *
 *   contexts   all but vPortDefineHeapRegions() may be called from tasks, with the scheduler suspended, before it starts, and,
 *              unlike the kernel's own, from interrupt handlers up to configMAX_SYSCALL_INTERRUPT_PRIORITY. Nothing suspends the
 *              scheduler
 *   memory     pvPortMalloc() takes memory with configCAPHEAP_CAPS, by default MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT
 *   blocks     heap_caps_free() takes what pvPortMalloc() gave, and vPortFree() what the heap_caps functions gave
 *   boot       the first call makes the heaps of the chip's table, unless heap_caps_init() was called before
 *   size 0     is a request that fails, like any other: NULL, and the hook
 */
#include <stdbool.h>

#include "capheap/port.h"
#include "esp_heap_caps_init.h"
#include "freertos_options.h"

/* Where the kernel has no dynamic allocation, or no separate heap of stacks, it makes macros of these. */
#undef vPortFree
#undef pvPortMallocStack
#undef vPortFreeStack

void *pvPortCalloc(size_t count, size_t size);
void *pvPortMallocStack(size_t size);
void vPortFreeStack(void *block);
void vPortInitialiseBlocks(void);
void vPortHeapResetState(void);
void xPortResetHeapMinimumEverFreeHeapSize(void);

/** What vPortGetHeapStats() tells and the heaps do not count. */
static struct {
    ch_port_lock_t lock;
    bool booted;
    size_t allocations;
    size_t frees;
} calls = {.lock = CH_PORT_LOCK_INIT};

static void count(size_t *calls_of_a_kind) {
    ch_port_state_t state = ch_port_lock(&calls.lock);
    ++*calls_of_a_kind;
    ch_port_unlock(&calls.lock, state);
}

/** Makes the heaps, if nobody did. The kernel calls it where a linker wants it; the first allocation does so too. */
void vPortInitialiseBlocks(void) {
    if (!calls.booted && heap_caps_get_total_size(0) == 0) heap_caps_init();
    calls.booted = true;
}

static void *allocate(size_t size, uint32_t caps) {
    if (!calls.booted) vPortInitialiseBlocks();
    return portBYTE_ALIGNMENT > CH_CFG_GRANULE ? heap_caps_aligned_alloc(portBYTE_ALIGNMENT, size, caps)
                                               : heap_caps_malloc(size, caps);
}

/** What follows an allocation: the trace macro, which also sees failures, then the hook. */
static void *finish(void *block, size_t size) {
    (void)size;
    traceMALLOC(block, size);
    if (!block && CH_FREERTOS_FAILED_HOOK) vApplicationMallocFailedHook();
    return block;
}

void *pvPortMalloc(size_t size) {
    void *block = allocate(size, CH_FREERTOS_CAPS);
    if (block) count(&calls.allocations);
    return finish(block, size);
}

/** An overflowing product fails as a request of SIZE_MAX bytes does. */
void *pvPortCalloc(size_t number, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(number, size, &bytes)) bytes = SIZE_MAX;
    if (!calls.booted) vPortInitialiseBlocks();
    void *block = heap_caps_aligned_calloc(portBYTE_ALIGNMENT > CH_CFG_GRANULE ? portBYTE_ALIGNMENT : CH_CFG_GRANULE, number,
                                           size, CH_FREERTOS_CAPS);
    if (block) count(&calls.allocations);
    return finish(block, bytes);
}

void vPortFree(void *block) {
    if (!block) return;
    traceFREE(block, heap_caps_get_allocated_size(block));
    heap_caps_free(block);
    count(&calls.frees);
}

/* Used with configSTACK_ALLOCATION_FROM_SEPARATE_HEAP. Not counted: they are no calls of pvPortMalloc(). */
void *pvPortMallocStack(size_t size) { return finish(allocate(size, CH_FREERTOS_STACK_CAPS), size); }

void vPortFreeStack(void *block) {
    if (!block) return;
    traceFREE(block, heap_caps_get_allocated_size(block));
    heap_caps_free(block);
}

/** Free bytes of all memory that pvPortMalloc() may take. */
size_t xPortGetFreeHeapSize(void) { return heap_caps_get_free_size(CH_FREERTOS_CAPS); }

/** The sum of the heaps' low watermarks: with several heaps it may be less than their sum ever was. */
size_t xPortGetMinimumEverFreeHeapSize(void) { return heap_caps_get_minimum_free_size(CH_FREERTOS_CAPS); }

/** For all heaps. A heap_caps_monitor_local_minimum_free_size_stop() later brings the older marks back. */
void xPortResetHeapMinimumEverFreeHeapSize(void) { (void)heap_caps_monitor_local_minimum_free_size_start(); }

static bool note_smallest(walker_heap_into_t heap, walker_block_info_t block, void *smallest) {
    (void)heap;
    if (!block.used && block.size < *(size_t *)smallest) *(size_t *)smallest = block.size;
    return true;
}

/**
 * All but the smallest free block are counters. That one takes a walk over the blocks, in slices: others may allocate meanwhile,
 * and time grows with the number of blocks. A free block counts by what could be allocated from it; no free block at all: 0.
 */
void vPortGetHeapStats(HeapStats_t *stats) {
    multi_heap_info_t info;
    size_t smallest = SIZE_MAX;
    heap_caps_walk(CH_FREERTOS_CAPS, note_smallest, &smallest);
    heap_caps_get_info(&info, CH_FREERTOS_CAPS);
    stats->xAvailableHeapSpaceInBytes = info.total_free_bytes;
    stats->xSizeOfLargestFreeBlockInBytes = info.largest_free_block;
    /* What was seen may be gone by now. */
    stats->xSizeOfSmallestFreeBlockInBytes = smallest < info.largest_free_block ? smallest : info.largest_free_block;
    stats->xNumberOfFreeBlocks = info.free_blocks;
    stats->xMinimumEverFreeBytesRemaining = info.minimum_free_bytes;
    ch_port_state_t state = ch_port_lock(&calls.lock);
    stats->xNumberOfSuccessfulAllocations = calls.allocations;
    stats->xNumberOfSuccessfulFrees = calls.frees;
    ch_port_unlock(&calls.lock, state);
}

/**
 * Before the scheduler is started again: counts begin anew. Blocks stay what they are, as in these heaps lie those of others too;
 * the kernel's objects of the first run are lost unless they are deleted.
 */
void vPortHeapResetState(void) {
    ch_port_state_t state = ch_port_lock(&calls.lock);
    calls.allocations = 0;
    calls.frees = 0;
    ch_port_unlock(&calls.lock, state);
    xPortResetHeapMinimumEverFreeHeapSize();
}

static void add_region(const HeapRegion_t *region) {
    static const uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS] = {CH_FREERTOS_REGION_CAPS};
    uintptr_t start = ((uintptr_t)region->pucStartAddress + 3) & ~(uintptr_t)3;
    uintptr_t end = (uintptr_t)region->pucStartAddress + region->xSizeInBytes;
    if (heap_caps_add_region_with_caps(caps, (intptr_t)start, (intptr_t)end) != ESP_OK)
        ch_port_fatal(
            "vPortDefineHeapRegions: no heap fits there, it overlaps another one, or no heap has room for its descriptor",
            region->pucStartAddress);
}

/**
 * Each region becomes a heap beside those of the chip's table, which hold their descriptors (40 bytes each on 32-bit machines).
 * The last entry has size 0. Earlier regions are asked first, all of them before the table's. In a task or before the scheduler,
 * and any number of times.
 */
void vPortDefineHeapRegions(const HeapRegion_t *const regions) {
    size_t number = 0;
    vPortInitialiseBlocks();
    while (regions[number].xSizeInBytes != 0) number++;
    while (number > 0) add_region(&regions[--number]); /* who is added last is asked first */
}
