/* SPDX-License-Identifier: MIT */
/* What tests ask the stand-ins, beside ESP-IDF's own functions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Everything that esp_rom_printf() wrote since the last standin_console_clear(). */
const char *standin_console(void);
void standin_console_clear(void);

/** Critical sections entered so far, and how deep they nested at most. */
unsigned long standin_critical_count(void);
unsigned standin_critical_deepest(void);
/** How many the caller is in. */
unsigned standin_critical_depth(void);

/** Handlers for esp_system_abort() and abort(); the handler may jump. NULL: the program ends. */
void standin_on_abort(void (*handler)(const char *details));

/** Makes the calls between these two look as if they came from an interrupt handler. */
void standin_isr_begin(void);
void standin_isr_end(void);

/** Names of the start-up functions in the order of their calls, with ";" behind each. */
const char *standin_startup_order(void);
