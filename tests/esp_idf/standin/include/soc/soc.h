/* SPDX-License-Identifier: MIT */
/* Stand-in: bounds of the data bus's view of internal RAM, as the contract has them for these two chips. */
#pragma once

#include "sdkconfig.h"

#ifdef CONFIG_IDF_TARGET_ESP32
#define SOC_DRAM_LOW 0x3FFAE000
#define SOC_DRAM_HIGH 0x40000000
#else
#define SOC_DRAM_LOW 0x3FC80000
#define SOC_DRAM_HIGH 0x3FCE0000
#endif
