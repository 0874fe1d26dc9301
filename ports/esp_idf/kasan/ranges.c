/* SPDX-License-Identifier: MIT */
/*
 * What the address sanitizer covers in ESP-IDF: the data bus's view of internal RAM. Shadow memory is an array, an eighth of
 * that.
 */
#include <soc/soc.h>

#include "capheap/kasan.h"

#define LOW (SOC_DRAM_LOW & ~7u)
#define HIGH ((SOC_DRAM_HIGH + 7u) & ~7u)

extern uint8_t kasan_shadow_mem[];
uint8_t kasan_shadow_mem[(HIGH - LOW) / 8] __attribute__((aligned(8)));

const ch_kasan_range_t ch_kasan_ranges[] = {{LOW, HIGH, kasan_shadow_mem}};
const unsigned ch_kasan_range_count = 1;
