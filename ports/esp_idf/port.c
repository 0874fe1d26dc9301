/* SPDX-License-Identifier: MIT */
/*
 * The functions of capheap/port.h on ESP-IDF's chips. They print through the printf in ROM, which works before stdio is up, in
 * interrupt handlers and while the flash cache is off. All weak: firmware may put its own in their place.
 */
#include <esp_attr.h>
#include <esp_cpu.h>
#include <esp_log.h>
#include <esp_random.h>
#include <esp_rom_sys.h>
#include <esp_system.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "capheap/port.h"

#define WEAK __attribute__((weak))

/** Prints characters without a terminating zero. */
static void print_part(const char *text, size_t len) {
    static const char DRAM_ATTR format[] = "%s";
    char part[64];
    while (len > 0) {
        size_t n = len < sizeof part ? len : sizeof part - 1;
        memcpy(part, text, n);
        part[n] = '\0';
        esp_rom_printf(format, part);
        text += n;
        len -= n;
    }
}

/** Hands a line of the boot log to the logger, which adds level and time; false if it is none. */
static bool log_line(const char *text, size_t len) {
    static const char *const tags[] = {"heap_init", "memory_layout", "esp_psram"};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        size_t tag = strlen(tags[i]);
        if (len < tag + 3 || memcmp(text, tags[i], tag) != 0 || text[tag] != ':') continue;
        char line[128];
        size_t n = len - tag - 3 < sizeof line ? len - tag - 3 : sizeof line - 1; /* without ": " and the newline */
        memcpy(line, text + tag + 2, n);
        line[n] = '\0';
        ESP_EARLY_LOGI(tags[i], "%s", line);
        return true;
    }
    return false;
}

WEAK void ch_port_print(const char *text, size_t len) {
    if (!log_line(text, len)) print_part(text, len);
}

WEAK void ch_port_fatal(const char *reason, const void *address) {
    (void)address; /* the report before has it */
    static const char DRAM_ATTR failed_request[] = "Mem alloc fail";
    if (CH_PORT_SILENT && strncmp(reason, failed_request, sizeof failed_request - 1) != 0) abort();
    esp_system_abort(reason);
}

/* What the trace and task tracking ask for each allocation: while the flash cache is off, too. */
WEAK IRAM_ATTR unsigned ch_port_core_id(void) { return (unsigned)xPortGetCoreID(); }

WEAK IRAM_ATTR uint32_t ch_port_cycles(void) { return (uint32_t)esp_cpu_get_cycle_count(); }

WEAK IRAM_ATTR void *ch_port_task_id(void) { return xTaskGetCurrentTaskHandle(); }

/* Asked when a task allocates for the first time: by a task, whose name is in RAM. */
WEAK IRAM_ATTR const char *ch_port_task_name(const void *task) { return pcTaskGetName((TaskHandle_t)(uintptr_t)task); }

WEAK IRAM_ATTR int ch_port_in_interrupt(void) { return xPortInIsrContext(); }

WEAK uint32_t ch_port_random(void) { return esp_random(); }

WEAK unsigned ch_port_callers(void **callers, unsigned depth) {
    (void)callers;
    (void)depth;
    return 0;
}
