/* SPDX-License-Identifier: MIT */
/* The covered range where the board has no table of its own: from options, or from the linker script (capheap/kasan.h). */
#include "base/compiler.h"
#include "capheap/kasan.h"
#include "esp_kasan.h"

extern char kasan_ram_low[], kasan_ram_high[];
CH_KASAN_SHADOW;

#define LOW (CH_CFG_KASAN_SHADOW_SIZE ? CH_CFG_KASAN_RAM_LOW : (uintptr_t)kasan_ram_low)
#define HIGH                                                                                                                     \
    (CH_CFG_KASAN_SHADOW_SIZE ? CH_CFG_KASAN_RAM_LOW + (uintptr_t)8 * CH_CFG_KASAN_SHADOW_SIZE : (uintptr_t)kasan_ram_high)

CH_WEAK const ch_kasan_range_t ch_kasan_ranges[] = {{LOW, HIGH, kasan_shadow_mem}};
CH_WEAK const unsigned ch_kasan_range_count = 1;
