/* SPDX-License-Identifier: MIT */
/* Old name of the memory layout headers; kept for firmware that includes it. */
#pragma once

#include "esp_memory_utils.h"
#include "heap_memory_layout.h"
