/* SPDX-License-Identifier: MIT */
/*
 * Facts about a chip beside its table of regions (heap_memory_layout.h). Each chip file defines one `const ch_chip_t ch_chip`.
 * Pure data: the functions that read it are in src/soc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap_memory_layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An address window [low, high); {0, 0} where the chip has none. */
typedef struct {
    uintptr_t low;
    uintptr_t high;
} ch_window_t;

/** RAM that both buses see. */
typedef struct {
    ch_window_t data, code; /**< by data-bus and instruction-bus addresses; equal where both views are one */
    bool inverted;          /**< the instruction bus sees its words in opposite order */
} ch_twin_t;

/**
 * RAM that becomes a heap only at run time, once a driver has found it:
 * heap_caps_add_region_with_caps(late->caps, start, start + size).
 */
typedef struct {
    const char *name;
    uint32_t caps[SOC_MEMORY_TYPE_NO_PRIOS]; /**< MALLOC_CAP_* by priority */
    size_t max_size;                         /**< bytes that its window can show */
} ch_late_region_t;

typedef struct {
    const char *name;         /**< as in the file name, for messages */
    uint32_t cores;           /**< cores that share these tables */
    size_t max_request;       /**< largest single request and largest heap at boot, bytes (SOC_MAX_CONTIGUOUS_RAM_SIZE) */
    uint32_t word_only_types; /**< bit n: memory type n takes aligned 32-bit accesses only */

    ch_window_t dram; /**< data-bus view of internal RAM */
    ch_window_t iram; /**< instruction-bus view of internal RAM */
    union {
        struct {
            ch_window_t diram_dram; /**< RAM that both buses see: data-bus view */
            ch_window_t diram_iram; /**< the same RAM: instruction-bus view; equal to diram_dram where both views are one */
            bool diram_inverted;    /**< the instruction bus sees its words in opposite order */
            ch_window_t rtc_dram;   /**< low-power fast RAM: data-bus view */
            ch_window_t rtc_iram;   /**< the same RAM: instruction-bus view */
            bool rtc_inverted;      /**< false */
        };
        ch_twin_t twins[2]; /**< the same, for all that is done with both */
    };
    ch_window_t rtc_slow;        /**< low-power slow RAM */
    ch_window_t spm;             /**< scratchpad next to the core */
    ch_window_t spm2;            /**< a second scratchpad elsewhere: that of the instruction bus, or a cache used as one */
    ch_window_t apart;           /**< internal RAM far from the rest, for CPU and DMA: a cache used as RAM, packet RAM */
    ch_window_t external;        /**< window of external RAM */
    ch_window_t dma;             /**< internal RAM that general DMA reaches */
    ch_window_t dma_external;    /**< external RAM that DMA reaches */
    ch_window_t byte_accessible; /**< internal addresses that take any access */
    ch_window_t internal;        /**< on-chip addresses */
    ch_window_t rom;             /**< mask ROM; for esp_ptr_in_rom() only */
    ch_window_t flash_data;      /**< where the data bus shows flash; for esp_ptr_in_drom() only */

    uint32_t cache_line_internal; /**< step of DMA, DMA_DESC, CACHE_ALIGNED and SIMD requests in internal memory; 0: none */
    uint32_t cache_line_external; /**< the same in external memory */
    uint32_t simd_step;           /**< alignment of vector loads; 0: no vector instructions */
    uint32_t encrypted_dma_step;  /**< least alignment of DMA requests where DMA reaches encrypted external RAM; else 0 */
    bool has_axi_dma;             /**< AXI descriptors need 8 bytes */
    intptr_t uncached_offset;     /**< from an address in cached internal RAM to its view without cache; 0: none */

    const ch_late_region_t *late; /**< external RAM and the like; NULL: none */
    size_t late_count;
} ch_chip_t;

/** The chip that the program is linked for. */
extern const ch_chip_t ch_chip;

#ifdef __cplusplus
}
#endif
