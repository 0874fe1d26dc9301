/* SPDX-License-Identifier: MIT */
/*
 * Linked, never run: the functions whose code size is measured (README.md, code_bytes). The port's functions are empty and
 * there is no start-up, so that nothing but the library itself pulls in helpers of the compiler.
 */
#include "capheap/port.h"
#include "esp_heap_caps.h"
#include "esp_heap_caps_init.h"

int main(void) {
    void *block;

    heap_caps_init();
    block = heap_caps_malloc(16, MALLOC_CAP_DEFAULT);
    block = heap_caps_realloc(block, 32, MALLOC_CAP_DEFAULT);
    heap_caps_free(block);
    heap_caps_free(heap_caps_aligned_alloc(64, 32, MALLOC_CAP_DEFAULT));
    return 0;
}

void ch_port_print(const char *text, size_t len) {
    (void)text;
    (void)len;
}

void ch_port_fatal(const char *reason, const void *address) {
    (void)reason;
    (void)address;
    for (;;) {
    }
}

unsigned ch_port_core_id(void) { return 0; }

void *ch_port_task_id(void) { return NULL; }

uint32_t ch_port_cycles(void) { return 0; }

uint32_t ch_port_random(void) { return 0x2CAB1E55u; }

unsigned ch_port_callers(void **callers, unsigned depth) {
    (void)callers;
    (void)depth;
    return 0;
}
