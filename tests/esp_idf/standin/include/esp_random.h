/* SPDX-License-Identifier: MIT */
/* Stand-in for ESP-IDF's header of the random number generator. */
#pragma once

#include <stdint.h>

uint32_t esp_random(void);
