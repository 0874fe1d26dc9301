/* SPDX-License-Identifier: MIT */
/* Stand-in for ESP-IDF's esp_rom_sys.h. */
#pragma once

/** The printf in ROM. Here it ends the program if it is called with interrupts masked. */
int esp_rom_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
