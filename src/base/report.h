/* SPDX-License-Identifier: MIT */
/* Lines of text for the low-level console, and assertions. */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "capheap/port.h"

/** Prints one line, formatted as printf does, newline added. At most 159 characters; the rest is cut. Any context but a lock. */
void ch_report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Ends the program unless something holds that the caller answers for. As with assert(), nobody looks if NDEBUG is defined. */
CH_INLINE void ch_require(bool holds, const char *reason, const void *address) {
    if (!CH_CFG_NDEBUG && CH_UNLIKELY(!holds)) ch_port_fatal(reason, address);
}
