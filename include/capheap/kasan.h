/* SPDX-License-Identifier: MIT */
/*
 * Which memory the address sanitizer's runtime watches: for whoever sets up a board (docs/KASAN.md). One of
 *
 *   an array          CONFIG_KASAN_SHADOW_SIZE bytes in .bss cover 8 times as many from CONFIG_KASAN_RAM_LOW on
 *   linker symbols    kasan_ram_low, kasan_ram_high: the covered range, multiples of 8; kasan_shadow_mem: an eighth of that in
 *                     RAM
 *   a table           the board defines ch_kasan_ranges and ch_kasan_range_count; the library's, made of the above, are weak
 *
 * Shadow memory is cleared by kasan_init_shadow(); nobody else may use it, so it must not be part of a heap. Accesses outside the
 * ranges are never reported.
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** RAM from low to high, multiples of 8, and (high - low) / 8 bytes of shadow memory. */
typedef struct {
    uintptr_t low, high;
    uint8_t *shadow;
} ch_kasan_range_t;

/** The most used range, which is also the fastest to check, comes first: data, stacks. */
extern const ch_kasan_range_t ch_kasan_ranges[];
extern const unsigned ch_kasan_range_count;

#ifdef __cplusplus
}
#endif
