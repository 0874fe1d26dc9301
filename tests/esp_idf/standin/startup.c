/* SPDX-License-Identifier: MIT */
/*
 * Stand-in for ESP-IDF's start-up of a chip: RAM at the chip's addresses, the registered functions by stage and priority, what
 * the main task does, and app_main(). A program that comes back from there has passed.
 */
#include <stdio.h>
#include <string.h>

#include "capheap/chip.h"
#include "esp_heap_caps_init.h"
#include "esp_private/startup_internal.h"
#include "posix_ram.h"
#include "psram.h"
#include "standin.h"

extern const esp_system_init_fn_t __start_esp_system_init_fn[], __stop_esp_system_init_fn[];

void app_main(void);

static char order[256];

const char *standin_startup_order(void) { return order; }

static void call(const esp_system_init_fn_t *f) {
    strncat(order, f->name, sizeof order - strlen(order) - 1);
    strncat(order, ";", sizeof order - strlen(order) - 1);
    ESP_ERROR_CHECK(f->fn());
}

static void run_stage(esp_system_init_stage_t stage) {
    unsigned previous = 0, next;
    do {
        next = ~0u;
        for (const esp_system_init_fn_t *f = __start_esp_system_init_fn; f < __stop_esp_system_init_fn; f++) {
            if (f->stage == stage && f->priority > previous && f->priority < next) next = f->priority;
        }
        for (const esp_system_init_fn_t *f = __start_esp_system_init_fn; f < __stop_esp_system_init_fn; f++) {
            if (f->stage == stage && f->priority == next && f->cores & 1) call(f);
        }
        previous = next;
    } while (next != ~0u);
}

/* The size of the RAM chip on the board. */
#define PSRAM_BYTES 0x200000u

/* As a driver would find it: at the start of the chip's window. */
const ch_psram_t *ch_psram_found(void) {
    static ch_psram_t found;
    if (CH_SPIRAM_HEAP && found.bytes.low == 0) {
        uintptr_t low = ch_chip.external.low;
        (void)posix_ram_map(low, PSRAM_BYTES); /* it may be mapped as a row of the chip's table */
        found.bytes = (ch_window_t){low, low + PSRAM_BYTES};
    }
    return &found;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (!posix_ram_map_chip()) {
        perror("stand-in: the chip's RAM");
        return 1;
    }
    run_stage(ESP_SYSTEM_INIT_STAGE_CORE);
    run_stage(ESP_SYSTEM_INIT_STAGE_SECONDARY);
    heap_caps_enable_nonos_stack_heaps();
    app_main();
    puts("\nch_test: 1 passed, 0 failed"); /* the program may have left a line open */
    return 0;
}
