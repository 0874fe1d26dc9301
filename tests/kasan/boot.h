/* SPDX-License-Identifier: MIT */
/* Boots the chip's heaps; on a host its memory has to come from somewhere first. */
#pragma once

#include "ch_test.h"
#include "esp_heap_caps_init.h"

#if defined __unix__
#include "posix_ram.h"
#endif

static inline void boot(void) {
#if defined __unix__
    if (!posix_ram_map_chip()) fail_msg("the chip's memory cannot be mapped");
#endif
    heap_caps_init();
}
