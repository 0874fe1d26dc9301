/* SPDX-License-Identifier: MIT */
/* Stand-in for ESP-IDF's esp_memory_utils.h: ours, less what ESP-IDF does not have. */
#pragma once

#include "../../../../include/compat/esp_memory_utils.h"

#ifndef STANDIN_PLATFORM
#pragma GCC poison esp_ptr_rtc_iram_to_dram
#endif
