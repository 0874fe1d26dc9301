/* SPDX-License-Identifier: MIT */
/*
 * The bare-metal ports' ticket lock (ports/baremetal/core_lock.h) on the host, beside the mutex of its port; on boards their own.
 */
#pragma once

#include "capheap/port.h"
#include "cores.h"

#if defined __unix__

static inline uint32_t ch_core_name(void) { return cores_me() + 1; }

static inline uint32_t ch_core_draw(uint32_t *next) { return __atomic_fetch_add(next, 1u, __ATOMIC_RELAXED); }

#define CH_CORE_RELAX() cores_relax()

#include "../../ports/baremetal/core_lock.h"
#endif
