/* SPDX-License-Identifier: MIT */
/* Stand-ins: console, clock, critical sections, the end of the program. */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "esp_cpu.h"
#include "esp_log.h"
#include "esp_random.h"
#include "esp_rom_sys.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "standin.h"

static char console[64 * 1024];
static size_t console_length;

static _Thread_local portMUX_TYPE *held[8];
static _Thread_local unsigned depth;
static _Thread_local uint32_t self;
static _Thread_local bool in_isr;
static atomic_ulong sections;
static atomic_uint deepest, threads;

static void (*abort_handler)(const char *details);

static void stop(const char *text) {
    (void)!write(STDERR_FILENO, text, strlen(text));
    (void)!write(STDERR_FILENO, "\n", 1);
    abort();
}

int esp_rom_printf(const char *format, ...) {
    if (depth > 0) stop("stand-in: print in a critical section");
    va_list args;
    va_start(args, format);
    int n = vsnprintf(console + console_length, sizeof console - console_length, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof console - console_length) stop("stand-in: console is full");
    (void)!write(STDOUT_FILENO, console + console_length, (size_t)n);
    console_length += (size_t)n;
    return n;
}

const char *standin_console(void) { return console; }

void standin_console_clear(void) { memset(console, 0, console_length), console_length = 0; }

uint32_t esp_log_timestamp(void) { return (uint32_t)(clock() * 1000 / CLOCKS_PER_SEC); }

uint32_t esp_random(void) { return (uint32_t)rand(); }

esp_cpu_cycle_count_t esp_cpu_get_cycle_count(void) { return (esp_cpu_cycle_count_t)clock(); }

void standin_on_abort(void (*handler)(const char *details)) { abort_handler = handler; }

void esp_system_abort(const char *details) {
    if (depth > 0) stop("stand-in: abort in a critical section");
    if (abort_handler) abort_handler(details);
    stop(details);
    abort();
}

void vPortEnterCriticalSafe(portMUX_TYPE *mux) {
    if (self == 0) self = atomic_fetch_add(&threads, 1) + 1;
    if (depth == sizeof held / sizeof held[0]) stop("stand-in: critical sections nest too deep");
    uint32_t open = SPINLOCK_FREE;
    while (mux->owner != self &&
           !__atomic_compare_exchange_n(&mux->owner, &open, self, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        if (open == 0) stop("stand-in: lock is not initialized");
        open = SPINLOCK_FREE;
    }
    mux->count++;
    held[depth++] = mux;
    atomic_fetch_add(&sections, 1);
    if (depth > atomic_load(&deepest)) atomic_store(&deepest, depth);
}

void vPortExitCriticalSafe(portMUX_TYPE *mux) {
    if (depth == 0 || held[depth - 1] != mux) stop("stand-in: critical sections are left in the wrong order");
    depth--;
    if (--mux->count == 0) __atomic_store_n(&mux->owner, SPINLOCK_FREE, __ATOMIC_RELEASE);
}

unsigned long standin_critical_count(void) { return atomic_load(&sections); }
unsigned standin_critical_deepest(void) { return atomic_load(&deepest); }
unsigned standin_critical_depth(void) { return depth; }

void standin_isr_begin(void) { in_isr = true; }
void standin_isr_end(void) { in_isr = false; }
bool xPortInIsrContext(void) { return in_isr; }
BaseType_t xPortGetCoreID(void) { return 0; }
__attribute__((weak)) TaskHandle_t xTaskGetCurrentTaskHandle(void) { return NULL; } /* tasks.c has a better one */

__attribute__((weak)) char *pcTaskGetName(TaskHandle_t task) {
    (void)task;
    static char name[] = "task";
    return name;
}
