/* SPDX-License-Identifier: MIT */
/* A request on its way to a heap: what the caller asked, turned into what the hardware needs, and the search for a heap. */
#pragma once

#include "caps/registry.h"
#include "esp_heap_caps.h"

/** MALLOC_CAP_EXEC where the flag exists; else no request has it. */
#define CH_CAP_EXEC (CH_CFG_HAS_EXEC_HEAP ? 1u << 0 : 0u)

typedef struct {
    size_t size;      /* bytes, rounded as the flags ask */
    size_t alignment; /* bytes, a power of two */
    uint32_t caps;    /* without the flags that only ask for alignment */
} ch_request_t;

/** Alignment that every block has anyway: a request for no more is plain. */
#define CH_LEAST_ALIGNMENT ((size_t)CH_G)

/** Applies the chip's alignments to a request (flags DMA, DMA_DESC_*, CACHE_ALIGNED, SIMD). */
void ch_request_adjust(ch_request_t *q);

/** Makes a request complete, 2.1 and 2.2 of the contract: false if no memory can ever serve it. */
bool ch_request_prepare(ch_request_t *q);

/** Finds a heap for a prepared request and allocates. Learns the mask's route. NULL: no room anywhere. */
void *ch_request_serve(const ch_request_t *q);

/** Flags that ask for alignment. */
#define CH_CAPS_THAT_ALIGN                                                                                                       \
    (MALLOC_CAP_DMA | MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_DMA_DESC_AXI | MALLOC_CAP_CACHE_ALIGNED | MALLOC_CAP_SIMD)

/** Flags that may change a request: ch_request_prepare() leaves every one without them as it is. */
#define CH_CAPS_NOT_PLAIN (CH_CAPS_THAT_ALIGN | CH_CAP_EXEC | MALLOC_CAP_32BIT)

/** Whether a request with these caps is plain. */
CH_INLINE bool ch_request_is_plain(uint32_t caps) { return !(caps & CH_CAPS_NOT_PLAIN); }
