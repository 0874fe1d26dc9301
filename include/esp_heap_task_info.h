/* SPDX-License-Identifier: MIT */
/*
 * Heap use of each task. As in ESP-IDF there is nothing here without CONFIG_HEAP_TASK_TRACKING; this version does not offer that.
 */
#pragma once

#include "sdkconfig.h"

#ifdef CONFIG_HEAP_TASK_TRACKING
#error "this version of capheap does not track tasks: switch CONFIG_HEAP_TASK_TRACKING off"
#endif
