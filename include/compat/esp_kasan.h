/* SPDX-License-Identifier: MIT */
/*
 * The kernel address sanitizer's runtime as firmware sees it, under ESP-IDF's names; for platforms that bring no esp_kasan.h.
 * What it catches, what it costs, how to set it up: docs/KASAN.md. The functions exist where the library is built with
 * CONFIG_COMPILER_KASAN.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Shadow memory: one byte for 8 bytes of RAM, of which the low nibble tells about the first four. Its address is
 * kasan_shadow_offset + (address >> 3), in the first of the covered ranges.
 *
 *      0       all four may be used             1 ... 3   only so many, from the start
 *
 * and these say why none of them may; 0x8, 0x9 and 0xB are those of variables (docs/KASAN.md):
 */
#define KASAN_POISON_UNINIT 0xC    /**< memory of a heap that was never handed out */
#define KASAN_POISON_HEAP_RRZ 0xD  /**< behind a block */
#define KASAN_POISON_HEAP_LRZ 0xE  /**< in front of a block */
#define KASAN_POISON_HEAP_FREE 0xF /**< a freed block */

/**
 * Clears the shadow memory; from then on accesses are checked. heap_caps_init() calls it unless that was done already; who makes
 * heaps with multi_heap_register() alone calls it before. Prints one line.
 */
void kasan_init_shadow(void);

/**
 * From now on no access to [addr, addr + size) is allowed; tag is one of the values above. Whole units of 4 bytes, rounded
 * inwards.
 */
void kasan_poison_region(const void *addr, size_t size, uint8_t tag);

/** Allows accesses to [addr, addr + size). addr is a multiple of 4. */
void kasan_unpoison_region(const void *addr, size_t size);

/** Nothing is reported until kasan_enable_checks() was called as often. Any context, all cores. */
void kasan_disable_checks(void);
void kasan_enable_checks(void);

/** Reports so far; with CONFIG_KASAN_NO_HALT, as a program without it ends with the first. */
uint32_t kasan_get_error_count(void);
void kasan_reset_error_count(void);

/** The first covered range's shadow memory, and what to add to an address >> 3 to get there. */
extern uint8_t kasan_shadow_mem[];
extern uintptr_t kasan_shadow_offset;

#ifdef __cplusplus
}
#endif
