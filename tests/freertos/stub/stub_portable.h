/* SPDX-License-Identifier: MIT */
/*
 * The heap's part of the kernel's portable.h: types and functions as documented. Needs configSTACK_ALLOCATION_FROM_SEPARATE_HEAP.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct HeapRegion {
    uint8_t *pucStartAddress;
    size_t xSizeInBytes;
} HeapRegion_t;

typedef struct xHeapStats {
    size_t xAvailableHeapSpaceInBytes;
    size_t xSizeOfLargestFreeBlockInBytes;
    size_t xSizeOfSmallestFreeBlockInBytes;
    size_t xNumberOfFreeBlocks;
    size_t xMinimumEverFreeBytesRemaining;
    size_t xNumberOfSuccessfulAllocations;
    size_t xNumberOfSuccessfulFrees;
} HeapStats_t;

void vPortDefineHeapRegions(const HeapRegion_t *const pxHeapRegions);
void vPortGetHeapStats(HeapStats_t *pxHeapStats);
void *pvPortMalloc(size_t xSize);
void *pvPortCalloc(size_t xNum, size_t xSize);
void vPortFree(void *pv);
void vPortInitialiseBlocks(void);
void vPortHeapResetState(void);
size_t xPortGetFreeHeapSize(void);
size_t xPortGetMinimumEverFreeHeapSize(void);
void xPortResetHeapMinimumEverFreeHeapSize(void);

#if defined configSTACK_ALLOCATION_FROM_SEPARATE_HEAP && configSTACK_ALLOCATION_FROM_SEPARATE_HEAP
void *pvPortMallocStack(size_t xSize);
void vPortFreeStack(void *pv);
#else
#define pvPortMallocStack pvPortMalloc
#define vPortFreeStack vPortFree
#endif
