/* SPDX-License-Identifier: MIT */
/*
 * Registers the heap with ESP-IDF's start-up: stage CORE, priority 100, on the first core; before the C library, the PSRAM's heap
 * (103) and all that allocates. The main task calls heap_caps_enable_nonos_stack_heaps() itself.
 *
 * A linker takes a file out of a library only if something names it: the component asks for ch_startup_include (-u).
 */
#include <esp_private/startup_internal.h>

#include "esp_err.h"
#include "esp_heap_caps_init.h"

ESP_SYSTEM_INIT_FN(ch_init_heap, CORE, 1 << 0, 100) {
    heap_caps_init(); /* the second call does nothing, should the system have its own */
    return ESP_OK;
}

void ch_startup_include(void);

/** Link anchor. */
void ch_startup_include(void) {}

void multi_heap_in_rom_init(void);

/** Systems whose ROM has an allocator call this before the heap starts. Ours is not in ROM. */
void multi_heap_in_rom_init(void) {}
